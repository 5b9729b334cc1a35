"""A directory that refuses its key, is away, is busy or lost a group: nobody is changed, and the team is told once."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from portal.demo.directory_api import Reply
from portal.directories import contributions, running, setting_up, switching
from portal.directories.models import DirectoryImport, State
from portal.outbound.directory import Access
from portal.teams import invariants, seats
from portal.teams.models import Notice, Team
from tests import make
from tests.directories.conftest import Import, draft, run, trial
from tests.directories.stand_in import JumpCloud
from tests.teams import journal


@pytest.fixture
def source(acme: Team, jumpcloud: JumpCloud, imported: Import) -> DirectoryImport:
    """An import that ran well once, with three people."""
    jumpcloud.join("Staff", "nia", "ola", "pat")
    made = imported(unassigns=True)
    run(made)
    return made


def open_notices(team: Team) -> list[str]:
    """The kinds of what the team is told of now."""
    kinds = Notice.every_team.filter(team=team, ended_at=None, kind__startswith="directory")
    return sorted(kinds.values_list("kind", flat=True))


def test_a_refused_key_changes_nobody_and_is_told_until_it_is_replaced(
    acme: Team, jumpcloud: JumpCloud, source: DirectoryImport
) -> None:
    jumpcloud.key = "another"

    ended = run(source)

    assert (ended.state, ended.reason) == (State.FAILED, "Key refused by JumpCloud (401).")
    assert source.key_refused and seats.tally(acme).assigned == 6
    assert open_notices(acme) == ["directory_key_refused"]
    assert source.due_at is not None and source.due_at > timezone.now() + timedelta(hours=23)
    run(source)
    assert journal.kinds(acme).count("directory_import.failed") == 1
    setting_up.replace_key(acme, make.as_owner(acme), source.pk, Access("practice", "another"), [])
    assert open_notices(acme) == [] and run(source).state == State.DONE


def test_a_directory_that_is_away_is_tried_again_then_by_schedule(
    acme: Team, jumpcloud: JumpCloud, source: DirectoryImport
) -> None:
    jumpcloud.instead = lambda _path: Reply(503, b"")

    waits = []
    for _time in range(5):
        ended = run(source)
        waits.append(round((source.due_at - timezone.now()).total_seconds() / 60))  # type: ignore[operator]

    assert waits == [1, 5, 15, 60, 60]
    assert (ended.state, ended.reason) == (State.FAILED, "JumpCloud answered 503.")
    assert source.runs.count() == 2 and source.dead_at is None and source.attempts == 0
    assert open_notices(acme) == ["directory_import_failed"]
    jumpcloud.instead = lambda _path: None
    assert run(source).state == State.DONE
    assert open_notices(acme) == [] and source.failing_since is None


def test_one_blip_is_told_nobody(acme: Team, jumpcloud: JumpCloud, source: DirectoryImport) -> None:
    jumpcloud.instead = lambda _path: Reply(500, b"")
    run(source)
    jumpcloud.instead = lambda _path: None

    assert run(source).state == State.DONE
    assert "directory_import.failed" not in journal.kinds(acme)


def test_a_long_wait_that_was_asked_for_is_kept(jumpcloud: JumpCloud, source: DirectoryImport) -> None:
    jumpcloud.busy, jumpcloud.retry_after = 1, "7200"

    run(source)

    assert source.due_at is not None and source.due_at > timezone.now() + timedelta(seconds=7100)


def test_a_short_wait_is_waited_within_the_run(jumpcloud: JumpCloud, source: DirectoryImport) -> None:
    jumpcloud.busy, jumpcloud.retry_after = 1, "1"

    assert run(source).state == State.DONE


def test_a_group_that_vanished_takes_nobodys_seat(acme: Team, jumpcloud: JumpCloud, source: DirectoryImport) -> None:
    jumpcloud.groups.clear()

    ended = run(source)

    assert ended.reason.startswith("The group Staff is no longer in the directory.")
    assert seats.tally(acme).assigned == 6 and open_notices(acme) == ["directory_import_failed"]


def test_an_empty_answer_takes_nobodys_seat(acme: Team, jumpcloud: JumpCloud, source: DirectoryImport) -> None:
    jumpcloud.groups[0].users = []

    ended = run(source)

    assert ended.state == State.HELD and seats.tally(acme).assigned == 6
    assert open_notices(acme) == ["directory_import_held"]
    switching.cancel(acme, make.as_owner(acme), source.pk, ended.pk)
    assert open_notices(acme) == [] and seats.tally(acme).assigned == 6


def test_a_dry_run_that_fails_alarms_nobody(acme: Team, jumpcloud: JumpCloud) -> None:
    jumpcloud.join("Staff", "nia")
    source = draft(acme, jumpcloud)
    jumpcloud.key = "another"

    assert trial(acme, source).reason == "Key refused by JumpCloud (401)."
    assert open_notices(acme) == [] and source.due_at is None


def test_a_key_that_cannot_be_opened_is_told_as_one_to_replace(source: DirectoryImport) -> None:
    DirectoryImport.every_team.filter(pk=source.pk).update(name="HQ")
    with make.transaction.get_connection().cursor() as cursor:
        cursor.execute("UPDATE directories_directoryimport SET key = 'gone:AAAA'")

    assert run(source).reason == "The stored key can’t be opened. Replace it."


def test_a_paused_import_that_failed_is_no_notice(acme: Team, jumpcloud: JumpCloud, source: DirectoryImport) -> None:
    jumpcloud.key = "another"
    run(source)

    switching.pause(acme, make.as_owner(acme), source.pk)

    assert open_notices(acme) == []


@pytest.mark.parametrize("key", ["", "wrong key", "schlüssel", "x\r\ny: z"])
def test_a_key_is_checked_before_it_is_kept(db: None, jumpcloud: JumpCloud, key: str) -> None:
    with pytest.raises(setting_up.Invalid):
        setting_up.look("jumpcloud", Access("practice", key))


def test_a_key_that_was_replaced_while_the_old_one_was_used_is_not_refused(
    acme: Team, jumpcloud: JumpCloud, source: DirectoryImport, monkeypatch: pytest.MonkeyPatch
) -> None:
    def replaced(_path: str) -> Reply | None:
        if jumpcloud.key != "another":
            jumpcloud.key = "another"
            setting_up.replace_key(acme, make.as_owner(acme), source.pk, Access("practice", "another"), [])
        return None

    jumpcloud.instead = replaced
    monkeypatch.setattr(running.providers, "opened", _beside(running.providers.opened, replaced))

    assert run(source).state == State.DONE
    assert not source.key_refused and open_notices(acme) == []


def _beside(opened: Any, first: Any) -> Any:
    """Open a directory with the key that was read, and let something happen before it is used."""

    def late(provider: str, access: Access, pause: Any) -> Any:
        found = opened(provider, access, pause)
        first("")
        return found

    return late


def test_a_fault_of_ours_is_told_and_does_not_stop_the_schedule(
    acme: Team, jumpcloud: JumpCloud, source: DirectoryImport, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("a fault")

    with monkeypatch.context() as patch:
        patch.setattr(running, "Comparison", broken)
        ended = run(source)

    assert ended.state == State.FAILED and ended.reason.startswith("Something went wrong on our side.")
    assert open_notices(acme) == ["directory_import_failed"] and source.dead_at is None and source.due_at is not None
    assert run(source).state == State.DONE


def test_the_doctor_names_what_fails(acme: Team, jumpcloud: JumpCloud, source: DirectoryImport) -> None:
    assert [(each.state, each.words) for each in contributions.diagnosis()] == [("ok", "1 runs by itself.")]
    jumpcloud.key = "another"
    run(source)

    (found,) = contributions.diagnosis()

    assert found.state == "warn" and "HQ of team acme has failed since" in found.words


def test_runs_go_when_they_are_old_and_what_waits_stays(
    acme: Team, jumpcloud: JumpCloud, source: DirectoryImport
) -> None:
    jumpcloud.groups[0].users = []
    held = run(source)
    source.runs.update(started_at=timezone.now() - timedelta(days=31))
    run_kept = next(each for each in contributions.registry.retentions if each.name == "directory import runs")

    run_kept.purge(timezone.now() - timedelta(days=30))

    assert list(source.runs.all()) == [held]


def test_a_tie_to_a_stranger_is_found(acme: Team, globex: Team, source: DirectoryImport) -> None:
    assert list(invariants.check(make.fresh(acme))) == []

    source.ties.exclude(member=make.who(acme, "nia")).delete()
    source.ties.update(member=make.who(globex, "greg"))

    assert [each.invariant for each in invariants.check(make.fresh(acme))] == ["tie_of_own_team"]


def test_a_team_that_closes_takes_its_keys_along(acme: Team, source: DirectoryImport) -> None:
    make.manage("delete_team", "acme", "--confirm", "acme")

    assert not DirectoryImport.every_team.exists()


def test_a_run_whose_answer_is_slow_ends_when_somebody_pauses(
    acme: Team, jumpcloud: JumpCloud, source: DirectoryImport, monkeypatch: pytest.MonkeyPatch
) -> None:
    until: list[int] = []

    def paused(path: str) -> None:
        if "/membership" in path and not until:
            until.append(len(jumpcloud.asked))
            switching.pause(acme, make.as_owner(acme), source.pk)

    real = running.work.stopping.wait
    monkeypatch.setattr(running.work.stopping, "wait", lambda seconds: paused(jumpcloud.asked[-1]) or real(seconds))
    ended = run(source)

    assert ended.state == State.CANCELLED and source.due_at is None
    assert until == [len(jumpcloud.asked)], "it asked on after somebody paused it"
