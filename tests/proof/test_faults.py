"""A fault at any point of any act leaves nothing of it: no row, no event, no letter, no number."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.apps import apps
from django.db import OperationalError, connection

from portal.teams import acts, triggers
from portal.teams.models import Event, Letter, Team
from tests.proof import found
from tests.proof.table import DEEDS

Fault = Callable[[pytest.MonkeyPatch], None]
WRITES = ("INSERT", "UPDATE", "DELETE")
# Which refusals were seen a moment ago, and who knocked when, is no state of a team.
APART = {"django_session", "portal_cache"}


def rows() -> dict[str, list[Any]]:
    """Everything the database holds, table by table."""
    models = [model for model in apps.get_models() if model._meta.db_table not in APART]
    return {each._meta.db_table: list(each._base_manager.order_by("pk").values_list()) for each in models}


def broken(*_: Any, **__: Any) -> Any:
    """Fail as a database does that went away."""
    raise OperationalError("the server closed the connection")


# ── Where a fault is put ─────────────────────────────────────────────────────────────────────────────────────────────
def at_the_event(patch: pytest.MonkeyPatch) -> None:
    """The journal can't be written."""
    patch.setattr(Event.every_team, "bulk_create", broken)
    # A single one goes another way.
    patch.setattr(acts, "insert_soon", broken)


def at_the_mail(patch: pytest.MonkeyPatch) -> None:
    """No letter can be posted."""
    patch.setattr(Letter, "save", broken)
    patch.setattr(Letter.objects, "bulk_create", broken)


def at_the_followers(patch: pytest.MonkeyPatch) -> None:
    """What reads the events in the act's own transaction, notices, fails."""
    patch.setattr(acts, "FOLLOWERS", [broken])


def at_the_commit(patch: pytest.MonkeyPatch) -> None:
    """The last word of the transaction fails; inside a test's own transaction that is the savepoint's."""
    outermost, release, failed = len(connection.savepoint_ids), connection.savepoint_commit, []

    def commit(sid: str) -> None:
        if len(connection.savepoint_ids) == outermost and not failed:
            failed.append(sid)
            broken()
        release(sid)

    patch.setattr(connection, "savepoint_commit", commit)


# The mail last: an act that posts none goes through, and is done.
FAULTS: list[Fault] = [at_the_event, at_the_followers, at_the_commit, at_the_mail]


@contextmanager
def at_write(number: int) -> Iterator[list[str]]:
    """Let the n-th statement that writes fail before it is run; gives those that came so far."""
    seen: list[str] = []

    def count(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.lstrip().upper().startswith(WRITES):
            seen.append(sql)
            if len(seen) == number:
                broken()
        return execute(sql, params, many, context)

    with connection.execute_wrapper(count):
        yield seen


# ── What must hold ───────────────────────────────────────────────────────────────────────────────────────────────────
def test_every_act_of_the_code_has_its_deed() -> None:
    assert found.acts().keys() == DEEDS.keys()


@pytest.mark.parametrize("name", DEEDS)
def test_a_fault_in_an_act_leaves_nothing_of_it(acme: Team, name: str) -> None:
    deed = DEEDS[name](acme)
    before, went_through = rows(), False

    for fault in FAULTS:
        with pytest.MonkeyPatch.context() as patch:
            fault(patch)
            try:
                deed()
                went_through = True
            except OperationalError:
                assert rows() == before, fault.__name__
        assert not went_through or fault is at_the_mail, fault.__name__
    if not went_through:
        deed()

    # Without the fault it does something, and tells of it.
    assert rows() != before
    assert Event.every_team.filter(team=acme).count() > len(before[Event._meta.db_table]) or "purge" in name


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", DEEDS)
def test_a_fault_at_any_write_of_an_act_leaves_nothing_of_it(acme: Team, name: str) -> None:
    deed = DEEDS[name](acme)
    before, number = rows(), 1

    while True:
        with at_write(number) as seen:
            try:
                deed()
                break
            except OperationalError:
                assert len(seen) == number
        assert rows() == before, seen[-1]
        assert triggers.installed() == len(triggers.VERBS)
        number += 1

    assert number > 1
