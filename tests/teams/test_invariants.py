"""What `check_invariants` finds; each fault is put past the acts, straight into the rows."""

from collections.abc import Callable

import pytest
from django.db import connection

from portal.teams import founding, invariants, triggers
from portal.teams.models import Event, Member, Seat, Team
from portal.teams.registry import Finding, registry
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def ground_floor_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out what the upper floors check of a team."""
    monkeypatch.setattr(registry, "checks", [])


mia_s_seat = Seat.every_team.filter(member__email="mia@acme.test")
FAULTS: dict[str, Callable[[Team, Team], object]] = {
    "active_holds_seat": lambda _acme, _globex: mia_s_seat.all().update(member=None),
    "inactive_holds_none": lambda _acme, _globex: Member.every_team.filter(email="mia@acme.test").update(active=False),
    "seat_of_own_team": lambda acme, globex: sit(acme, make.who(globex, "greg")),
    "ledger_of_seats": lambda acme, _globex: acme.seat_days.filter(seated__gt=0).update(seated=9),
    "owner_left": lambda acme, _globex: Member.every_team.filter(team=acme, role="owner").update(role="admin"),
    "last_event": lambda acme, _globex: Team.every_team.filter(pk=acme.pk).update(last_event=99),
    "gap_free": lambda acme, _globex: cut(acme),
}


def sit(team: Team, member: Member) -> None:
    """Put somebody on a free seat of a team."""
    Seat.every_team.filter(member=member).update(member=None)
    Seat.every_team.filter(pk=Seat.every_team.filter(team=team, member=None)[0].pk).update(member=member)


def cut(team: Team) -> None:
    """Cut an event out of the middle of the journal."""
    with triggers.opened():
        Event.every_team.filter(team=team, number=2).delete()


def found(team: Team) -> list[str]:
    """Name what is wrong with a team."""
    return [finding.invariant for finding in invariants.check(team)]


@pytest.mark.parametrize("name", FAULTS)
def test_a_difference_is_found(acme: Team, globex: Team, name: str) -> None:
    FAULTS[name](acme, globex)

    # A seat that was moved past the acts is also one that the ledger does not know.
    assert set(found(make.fresh(acme))) - {"ledger_of_seats"} <= {name}
    assert name in found(make.fresh(acme))


def test_a_team_at_work_has_no_difference(acme: Team, globex: Team) -> None:
    make.scim_on(make.enforced(acme))
    make.provisioned(acme, "ada@acme.test")

    assert found(make.fresh(acme)) == found(make.fresh(globex)) == []


def test_a_closed_team_has_no_difference(acme: Team) -> None:
    founding.close(acme, make.BY_OPERATOR)

    assert found(make.fresh(acme)) == []


def test_a_beginning_that_was_purged_by_the_checkpoint_is_no_gap(acme: Team) -> None:
    with triggers.opened():
        Event.every_team.filter(team=acme, number__lte=2).delete()
    assert found(make.fresh(acme)) == ["gap_free"]

    Team.every_team.filter(pk=acme.pk).update(purged_through=2)

    assert found(make.fresh(acme)) == []


def test_a_missing_trigger_is_found(db: None) -> None:
    assert list(invariants.check_house()) == []

    on = " ON teams_event" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER teams_journal_delete{on}")

    assert [finding.invariant for finding in invariants.check_house()] == ["journal_guarded"]


def test_what_an_upper_floor_checks_is_found_too(acme: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "checks", [lambda team: [Finding("tokens", team.slug)]])

    assert list(invariants.check(make.fresh(acme))) == [Finding("tokens", "acme")]
