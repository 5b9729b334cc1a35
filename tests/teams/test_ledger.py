"""The ledger of seats says what changed the numbers, and agrees with the seats whatever was done."""

import importlib
from datetime import timedelta

import pytest
import time_machine
from django.apps import apps
from django.utils import timezone

from portal.teams import founding, ledger, roster, seats
from portal.teams.actor import Door
from portal.teams.errors import NoSeatsLeft
from portal.teams.models import SeatDay, Team
from tests import make

pytestmark = pytest.mark.django_db


def told(team: Team) -> list[tuple[str, int, int, int]]:
    """The ledger in short: who, seated, freed, bought; the oldest row first."""
    return [(row.actor, row.seated, row.freed, row.bought) for row in ledger.rows(team)][::-1]


def agrees(team: Team) -> bool:
    """Say whether the ledger sums up to the seats."""
    tally = seats.tally(team)
    return ledger.totals(team) == (tally.assigned, tally.bought)


def test_one_row_a_day_tells_what_an_actor_did(acme: Team) -> None:
    directory = make.scim(make.scim_on(acme))
    for number in range(3):
        roster.provision(acme, directory, {"user_name": f"p{number}@acme.test", "email": f"p{number}@acme.test"})
    roster.remove(acme, directory, make.who(acme, "p0").pk)

    assert told(acme)[-1] == ("SCIM token", 3, 1, 0)
    assert agrees(acme)


def test_what_was_refused_leaves_nothing(acme: Team) -> None:
    seats.resize(acme, make.BY_OPERATOR, 3)
    before = told(acme)

    with pytest.raises(NoSeatsLeft):
        make.member(acme, "late@acme.test")

    assert told(acme) == before
    assert agrees(acme)


def test_the_history_walks_back_from_today(acme: Team) -> None:
    with time_machine.travel(timezone.now() + timedelta(days=2), tick=False):
        make.member(acme, "late@acme.test")
        seats.resize(acme, make.BY_OPERATOR, 12)
        with time_machine.travel(timezone.now() + timedelta(days=1), tick=False):
            tally = seats.tally(acme)
            shown = ledger.history(acme, 30, tally.assigned, tally.bought)

    assert [(level.assigned, level.bought) for level in shown] == [(3, 10), (3, 10), (4, 12), (4, 12)]


def test_the_history_takes_two_queries_however_long(acme: Team, django_assert_num_queries: object) -> None:
    for days in range(1, 40):
        with time_machine.travel(timezone.now() - timedelta(days=days), tick=False):
            seats.resize(acme, make.BY_OPERATOR, 10 + days % 2)
    Team.every_team.filter(pk=acme.pk).update(created_at=timezone.now() - timedelta(days=400))
    old = make.fresh(acme)

    with django_assert_num_queries(2):  # type: ignore[operator]
        shown = ledger.history(old, 365, 3, 10)

    assert len(shown) == 365


def test_the_ledger_is_read_through_one_door(acme: Team) -> None:
    make.provisioned(make.scim_on(acme), "new@acme.test")

    assert [row.door for row in ledger.rows(acme, Door.SCIM)] == ["scim"]


def test_an_older_team_gets_its_ledger_from_the_journal(acme: Team) -> None:
    roster.unassign(acme, make.as_owner(acme), make.who(acme, "mia").pk)
    make.provisioned(make.scim_on(acme), "new@acme.test")
    founding.crown(acme, make.BY_OPERATOR, "mia@acme.test", "lost")
    kept = sorted(told(acme))
    SeatDay.every_team.filter(team=acme).delete()
    migration = importlib.import_module("portal.teams.migrations.0009_seat_ledger_from_the_journal")

    migration.fill(apps, None)

    assert sorted(told(acme)) == kept
    assert agrees(acme)


def test_what_a_purged_journal_no_longer_knows_stands_on_the_first_day(acme: Team) -> None:
    SeatDay.every_team.filter(team=acme).delete()
    migration = importlib.import_module("portal.teams.migrations.0009_seat_ledger_from_the_journal")
    migration.replay = lambda _events: migration.defaultdict(lambda: [0, 0, 0, None])

    try:
        migration.fill(apps, None)
    finally:
        importlib.reload(migration)

    assert told(acme) == [("Seatgate", 3, 0, 10)]
    assert agrees(acme)
