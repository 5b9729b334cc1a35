"""The seat rule."""

import pytest

from portal.teams import roster, seats
from portal.teams.errors import Invalid, NoSeatsLeft
from portal.teams.models import Event, Member, Seat, Team
from tests import make


def test_the_26th_person_has_nowhere_to_sit(acme: Team) -> None:
    seats.resize(acme, make.BY_OPERATOR, 3)

    with pytest.raises(NoSeatsLeft) as refusal:
        make.member(acme, "late@acme.test")

    assert str(refusal.value) == (
        "No unassigned seats left in team Acme: 3 of 3 seats are in use. Unassign a user or add seats, then retry."
    )
    assert not Member.every_team.filter(email="late@acme.test").exists()


def test_a_refused_addition_leaves_no_gap_in_the_journal(acme: Team) -> None:
    seats.resize(acme, make.BY_OPERATOR, 3)
    with pytest.raises(NoSeatsLeft):
        make.member(acme, "late@acme.test")

    seats.resize(acme, make.BY_OPERATOR, 4)

    numbers = list(Event.every_team.filter(team=acme).order_by("number").values_list("number", flat=True))
    assert numbers == list(range(1, len(numbers) + 1))


def test_fewer_seats_than_are_taken_is_refused(acme: Team) -> None:
    with pytest.raises(Invalid, match="3 seats are in use"):
        seats.resize(acme, make.BY_OPERATOR, 2)

    assert seats.tally(acme).bought == 10


def test_unassigning_frees_exactly_one_seat(acme: Team) -> None:
    before = seats.tally(acme)

    roster.unassign(acme, make.as_owner(acme), make.who(acme, "mia").pk)

    assert seats.tally(acme).free == before.free + 1
    assert not Seat.every_team.filter(member=make.who(acme, "mia")).exists()
