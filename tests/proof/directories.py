"""The deeds of a directory import's acts: from a directory that is never asked, because its people are given."""

from typing import Any
from uuid import UUID

from portal.directories import applying, running, setting_up, switching
from portal.directories.models import DirectoryImport, Kind, Run, RunRow, State
from portal.directories.setting_up import Rules
from portal.outbound.directory import Access, Group
from portal.teams.models import Team
from tests.proof.stages import Deed, Prepare, a, olga

ACCESS, STAFF = Access("us", "jca_key"), Group("5f0c1e", "Staff")


def draft(team: Team) -> DirectoryImport:
    """An import whose groups were chosen."""
    source = setting_up.add(team, olga(team), "HQ", "jumpcloud", ACCESS, [STAFF])
    return setting_up.set_rules(team, olga(team), source.pk, Rules("HQ", [STAFF.id]))


def live(team: Team) -> DirectoryImport:
    """One that was enabled, and whose first run has ended."""
    source = switching.enable(team, olga(team), draft(team).pk)
    source.runs.update(state=State.DONE)
    return source


def paused(team: Team) -> DirectoryImport:
    """One that was paused."""
    source = live(team)
    switching.pause(team, olga(team), source.pk)
    return source


def run_of(source: DirectoryImport, state: State) -> Run:
    """A run that stands there."""
    made: Run = source.runs.create(state=state, counts={"left": 3})
    return made


def on_run(work: Any, state: State) -> Prepare:
    """Do an act on an import's run."""

    def prepare(team: Team) -> Deed:
        source = live(team)
        run = run_of(source, state)
        return lambda: work(team, olga(team), source.pk, run.pk)

    return prepare


def deal(team: Team) -> Deed:
    """Somebody new comes."""
    source = live(team)
    run = run_of(source, State.APPLYING)
    row = run.rows.create(number=1, kind=Kind.NEW, remote_id="a1", email="nia@acme.test")
    return lambda: applying._deal(
        team, applying.actor(source), source, Kind.NEW, [RunRow.every_team.get(pk=row.pk)]
    )  # fmt: skip


def finish(team: Team) -> Deed:
    """A run that added somebody ends."""
    source = live(team)
    run = run_of(source, State.APPLYING)
    told = {"added": 1, "changed": 0, "left": 0, "unseated": 0}
    return lambda: running._finish(team, applying.actor(source), source, run, {"new": 1}, told)


def tell(team: Team) -> Deed:
    """The key was refused."""
    source = live(team)
    run = run_of(source, State.READING)
    return lambda: running._tell(team, applying.actor(source), source, run, "Key refused.", True)


def hold(team: Team) -> Deed:
    """A landslide waits."""
    source = live(team)
    run_of(source, State.HELD)
    return lambda: running._hold(team, applying.actor(source), source, lambda: None, 3, 4)


def of(stage: Any) -> Any:
    """The id of an import on a stage."""

    def found(team: Team) -> UUID:
        source: DirectoryImport = stage(team)
        return source.pk

    return found


DEEDS: dict[str, Prepare] = {
    "portal.directories.setting_up.add": a(setting_up.add, "HQ", "jumpcloud", ACCESS, [STAFF]),
    "portal.directories.setting_up.set_rules": a(
        setting_up.set_rules, of(live), Rules("Other", [STAFF.id], target_name="Staff", unassigns=True)
    ),
    "portal.directories.setting_up.replace_key": a(setting_up.replace_key, of(live), ACCESS, [STAFF]),
    "portal.directories.switching.enable": a(switching.enable, of(draft)),
    "portal.directories.switching.run_now": a(switching.run_now, of(live)),
    "portal.directories.switching.pause": a(switching.pause, of(live)),
    "portal.directories.switching.resume": a(switching.resume, of(paused)),
    "portal.directories.switching.remove": a(switching.remove, of(live)),
    "portal.directories.switching.confirm": on_run(switching.confirm, State.HELD),
    "portal.directories.switching.cancel": on_run(switching.cancel, State.READING),
    "portal.directories.applying._deal": deal,
    "portal.directories.running._finish": finish,
    "portal.directories.running._tell": tell,
    "portal.directories.running._hold": hold,
}
