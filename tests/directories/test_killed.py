"""A worker that is killed in the middle of a run, and runs beside other doors: nobody is lost, or added twice."""

import json
import os
import signal
import threading
from typing import Any

import pytest
from django.db import connections

from portal.directories import applying, running, switching
from portal.directories.models import State, Tie
from portal.teams import errors, invariants, roster, seats
from portal.teams.models import Team
from tests import make, servers
from tests.directories.conftest import Import, run
from tests.directories.stand_in import JumpCloud, listening

PEOPLE = 2500
SET_UP = f"""
from portal.directories import setting_up, switching
from portal.directories.setting_up import Rules
from portal.outbound.directory import Access
from tests import make
from tests.directories.stand_in import KEY
team = make.acme(seats={PEOPLE + 10})
by, access = make.as_owner(team), Access("practice", KEY)
found = setting_up.look("jumpcloud", access)
source = setting_up.add(team, by, "HQ", "jumpcloud", access, found)
rules = Rules("HQ", [found[0].id], target_name="Staff", unassigns=True)
setting_up.set_rules(team, by, source.pk, rules)
switching.enable(team, by, source.pk)
"""
UNTIL_SOME = """
import time
from portal.teams.models import Member
give_up = time.monotonic() + 60
while Member.every_team.count() <= 3 and time.monotonic() < give_up:
    time.sleep(0.02)
"""
# The lease of a dead worker runs out by itself; here nobody waits for it.
LET_GO = """
from django.utils import timezone
from portal.directories.models import DirectoryImport
from portal.teams.models import Member
DirectoryImport.every_team.update(due_at=timezone.now(), leased_until=None)
print(Member.every_team.count())
"""
TELL = """
import json, time
from portal.directories.models import DirectoryImport, RunRow, Tie
from portal.teams import invariants
from portal.teams.models import Event, Group, Letter, Member, Team
source = DirectoryImport.every_team.get()
give_up = time.monotonic() + 60
while (run := source.runs.get()).at_work and time.monotonic() < give_up:
    time.sleep(0.1)
print(json.dumps({
    "state": run.state, "new": run.counts["new"], "members": Member.every_team.count(),
    "events": Event.every_team.filter(kind="member.added", door="import").count(),
    "letters": Letter.objects.filter(kind="seated").count(), "ties": Tie.every_team.filter(added=True).count(),
    "rows": RunRow.every_team.filter(done=True, seat=True).count(),
    "grouped": Group.every_team.get().memberships.count(),
    "findings": [str(finding) for finding in invariants.check(Team.every_team.get())],
}))
"""


@pytest.mark.django_db
@pytest.mark.timeout(300)
def test_a_killed_worker_loses_nobody_and_adds_nobody_twice(database_url: str) -> None:
    with listening() as directory:
        directory.join("Staff", *(f"p{number}" for number in range(PEOPLE)))
        env = {"SEATGATE_DEMO": "1", "PRACTICE_IDP_URL": directory.url}
        servers.python(database_url, SET_UP, **env)
        with servers.worker(database_url, **env) as first:
            servers.python(database_url, UNTIL_SOME)
            os.killpg(first.pid, signal.SIGKILL)
        between = int(servers.python(database_url, LET_GO).split()[-1])
        with servers.worker(database_url, **env):
            told = json.loads(servers.python(database_url, TELL).strip().splitlines()[-1])

    assert 3 < between < PEOPLE + 3, "the first worker did all of it, or nothing"
    assert told == {
        "state": "done", "new": PEOPLE, "members": PEOPLE + 3, "events": PEOPLE, "letters": PEOPLE, "ties": PEOPLE,
        "rows": PEOPLE, "grouped": PEOPLE, "findings": [],
    }  # fmt: skip


def beside(*works: Any) -> list[BaseException]:
    """Do several things at once, each in a thread with connections of its own; returns what they raised."""
    raised: list[BaseException] = []
    start = threading.Barrier(len(works))

    def one(each: Any) -> None:
        try:
            start.wait(20)
            each()
        except BaseException as error:  # a thread's own, told to the test
            raised.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=one, args=(each,)) for each in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return raised


@pytest.mark.django_db(transaction=True)
@pytest.mark.timeout(120)
def test_import_and_dashboard_racing_for_the_last_seats_seat_nobody_too_many(
    acme: Team, jumpcloud: JumpCloud, imported: Import
) -> None:
    seats.resize(acme, make.BY_OPERATOR, 9)
    jumpcloud.join("Staff", *(f"p{number}" for number in range(6)))
    source, by = imported(), make.as_owner(acme)

    def by_hand() -> None:
        for number in range(6):
            roster.assign(acme, by, {"email": f"q{number}@acme.test"})

    raised = beside(by_hand, lambda: run(source))

    assert all(isinstance(error, errors.NoSeatsLeft) for error in raised), raised
    assert seats.tally(acme).free == 0 and acme.members.filter(active=True).count() == 9
    assert list(invariants.check(make.fresh(acme))) == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.timeout(120)
def test_two_workers_with_one_run_in_hand_do_each_person_once(
    acme: Team, jumpcloud: JumpCloud, imported: Import
) -> None:
    seats.resize(acme, make.BY_OPERATOR, 700)
    jumpcloud.join("Staff", *(f"p{number}" for number in range(600)))
    source = imported()
    ready = run(source, times=1)
    assert ready.state == State.APPLYING

    # As where a lease ran out while its worker was still at it.
    def worker() -> None:
        mine = type(source).every_team.select_related("team").get(pk=source.pk)
        while mine.runs.filter(state=State.APPLYING).exists():
            running.run(mine)

    raised = beside(worker, worker)

    assert raised == []
    assert (acme.members.count(), Tie.every_team.filter(added=True).count()) == (603, 600)
    assert ready.rows.filter(done=True).count() == 600
    assert list(invariants.check(make.fresh(acme))) == []


@pytest.mark.django_db
def test_a_worker_that_comes_too_late_undoes_nothing_of_the_other(
    acme: Team, jumpcloud: JumpCloud, imported: Import, monkeypatch: pytest.MonkeyPatch
) -> None:
    jumpcloud.join("Staff", "nia", "ola")
    source = imported()
    half, real = run(source, times=1), applying.keeping

    def overtaken(keep: Any, batch: Any) -> None:
        monkeypatch.setattr(applying, "keeping", real)
        assert applying.step(source, half)
        real(keep, batch)

    monkeypatch.setattr(applying, "keeping", overtaken)
    with pytest.raises(applying.Interrupted):
        applying.step(source, half)

    assert Tie.every_team.filter(added=True).count() == 2 and half.rows.filter(kind="new", done=True).count() == 2
    assert run(source).counts["new"] == 2


@pytest.mark.django_db(transaction=True)
@pytest.mark.timeout(120)
def test_a_run_that_is_cancelled_while_its_rows_are_written_stays_cancelled(
    acme: Team, jumpcloud: JumpCloud, imported: Import, monkeypatch: pytest.MonkeyPatch
) -> None:
    jumpcloud.join("Staff", "nia", "ola")
    source, real = imported(), running.drop_held
    begun = source.runs.get()

    def cancel() -> None:
        switching.cancel(acme, make.as_owner(acme), source.pk, begun.pk)
        connections.close_all()

    pressed = threading.Thread(target=cancel)

    def meanwhile(*args: Any, **kwargs: Any) -> int:
        pressed.start()
        pressed.join(0.5)
        return real(*args, **kwargs)

    monkeypatch.setattr(running, "drop_held", meanwhile)
    run(source, times=1)
    pressed.join(30)
    monkeypatch.setattr(running, "drop_held", real)
    running.run(source)

    begun.refresh_from_db()
    assert begun.state == State.CANCELLED and not begun.rows.filter(done=True).exists()
