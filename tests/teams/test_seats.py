"""The seat rule."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from portal.teams import refused, roster, seats
from portal.teams.actor import Door
from portal.teams.acts import acting
from portal.teams.errors import Invalid, NoSeatsLeft, NotAllowed
from portal.teams.models import Event, Member, Seat, Team, Waiting
from portal.teams.seats import Tally
from tests import make
from tests.teams import journal


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


def test_seats_are_counted_alike_one_by_one_by_the_ledger_and_for_many_teams(acme: Team, globex: Team) -> None:
    seats.resize(acme, make.BY_OPERATOR, 12)
    roster.unassign(acme, make.as_owner(acme), make.who(acme, "mia").pk)

    assert seats.tally(acme) == Tally(12, 2)
    assert seats.counted(acme) == Tally(12, 2)
    assert seats.tallies([acme, globex]) == {acme.pk: Tally(12, 2), globex.pk: seats.tally(globex)}
    assert seats.tallies([acme]) == {acme.pk: Tally(12, 2)}


def test_as_many_seats_as_there_are_is_no_change(acme: Team) -> None:
    told = journal.kinds(acme)

    assert seats.resize(acme, make.BY_OPERATOR, 10) == Tally(10, 3)

    assert journal.kinds(acme) == told


def test_the_lowest_free_seat_is_taken_and_new_ones_are_numbered_on(acme: Team, globex: Team) -> None:
    seats.resize(globex, make.BY_OPERATOR, 20)
    seats.resize(acme, make.BY_OPERATOR, 12)
    roster.unassign(acme, make.as_owner(acme), make.who(acme, "adam").pk)
    freed = set(range(1, 13)) - set(
        Seat.every_team.filter(team=acme).exclude(member=None).values_list("number", flat=True)
    )

    ada = make.member(acme, "ada@acme.test")

    assert sorted(Seat.every_team.filter(team=acme).values_list("number", flat=True)) == list(range(1, 13))
    assert Seat.every_team.get(member=ada).number == min(freed)


# ── No door seats more than were bought (spec rule 2) ────────────────────────────────────────────────────────────────
def full(team: Team) -> None:
    """Take every free seat away."""
    seats.resize(team, make.BY_OPERATOR, seats.tally(team).assigned)


@pytest.mark.parametrize("door", [Door.DASHBOARD, Door.CSV, Door.API, Door.COMMAND, Door.IMPORT, Door.SSO, Door.SCIM])
def test_no_door_adds_beyond_what_was_bought(acme: Team, door: Door) -> None:
    if door is Door.SCIM:
        make.scim_on(acme)
    full(acme)

    with pytest.raises(NoSeatsLeft, match="3 of 3 seats are in use"):
        roster.add(acme, make.through(door), {"user_name": "late", "email": "late@acme.test"})

    assert seats.tally(acme) == Tally(bought=3, assigned=3)


def test_scim_wakes_nobody_beyond_what_was_bought(acme: Team) -> None:
    make.scim_on(acme)
    ada = make.provisioned(acme, "ada@acme.test", active=False)
    full(acme)

    with pytest.raises(NoSeatsLeft):
        roster.update(acme, make.scim(acme), ada.pk, {"active": True})

    assert not make.who(acme, "ada").active


def test_somebody_provisioned_inactive_holds_no_seat(acme: Team) -> None:
    make.scim_on(acme)
    full(acme)

    ada = make.provisioned(acme, "ada@acme.test", active=False)

    assert not Seat.every_team.filter(member=ada).exists()


def test_nobody_returns_by_sso_beyond_what_was_bought(acme: Team) -> None:
    mia = make.who(acme, "mia")
    roster.unassign(acme, make.as_owner(acme), mia.pk)
    make.enforced(acme)
    roster.allow_return(acme, make.as_owner(acme), mia.pk)
    full(acme)

    with pytest.raises(NoSeatsLeft):
        roster.come_back(acme, make.sso(acme), mia.pk)

    assert make.who(acme, "mia").may_return


def test_one_seat_is_counted_in_the_singular(globex: Team) -> None:
    full(globex)

    with pytest.raises(NoSeatsLeft, match="1 of 1 seat is in use"):
        make.member(globex, "late@globex.test")


def test_the_database_gives_a_member_no_second_seat(acme: Team) -> None:
    free = Seat.every_team.filter(team=acme, member=None)[0]

    with pytest.raises(IntegrityError), transaction.atomic():
        Seat.every_team.filter(pk=free.pk).update(member=make.who(acme, "mia"))


def test_fewer_seats_take_away_free_ones_only(acme: Team) -> None:
    roster.unassign(acme, make.as_owner(acme), make.who(acme, "adam").pk)

    seats.resize(acme, make.BY_OPERATOR, 2)

    assert Seat.every_team.filter(team=acme, member__isnull=False).count() == 2


def test_many_seats_cost_as_many_statements_as_few(acme: Team) -> None:
    sizes, costs = (50, 20_000), []
    for size in sizes:
        with CaptureQueriesContext(connection) as caught:
            seats.resize(acme, make.BY_OPERATOR, size)
        costs.append(len(caught))

    numbers = Seat.every_team.filter(team=acme).order_by("number").values_list("number", flat=True)
    assert costs[0] == costs[1]
    assert list(numbers) == list(range(1, sizes[1] + 1))


def test_more_seats_go_than_a_statement_takes_values(acme: Team, few_values: Callable[[], None]) -> None:
    seats.resize(acme, make.BY_OPERATOR, 200)

    few_values()
    seats.resize(acme, make.BY_OPERATOR, 3)

    assert seats.tally(acme) == seats.Tally(3, 3)


def test_new_seats_that_are_made_piece_by_piece_are_numbered_without_a_gap(
    acme: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seats, "MOST_AT_ONCE", 5)

    for size in (25, 27):
        seats.resize(acme, make.BY_OPERATOR, size)

        numbers = Seat.every_team.filter(team=acme).order_by("number").values_list("number", flat=True)
        assert list(numbers) == list(range(1, size + 1))


def test_the_seats_of_another_team_are_not_freed(acme: Team, globex: Team) -> None:
    with acting(acme, make.as_owner(acme)) as act:
        seats.release_all(act, [make.who(globex, "greg"), make.who(acme, "mia")])
        act.record(seats.RESIZED, before=10, after=10)

    assert (seats.tally(acme).assigned, seats.tally(globex).assigned) == (2, 1)
    assert not Seat.every_team.filter(team=acme, member=None).exclude(since=None).exists()


def test_many_are_seated_in_their_own_team_though_lower_seats_are_free_elsewhere(acme: Team, globex: Team) -> None:
    seats.resize(globex, make.BY_OPERATOR, 20)
    ian = roster.unassign(acme, make.as_owner(acme), make.member(acme, "ian@acme.test").pk)

    with acting(acme, make.as_owner(acme)) as act:
        seats.take_all(act, [ian])
        act.record(seats.RESIZED, before=10, after=10)

    assert Seat.every_team.get(member=ian).team == acme
    assert seats.tally(globex).assigned == 1


@pytest.mark.parametrize("bought", [-1, seats.MAX_SEATS + 1])
def test_seats_have_limits(acme: Team, bought: int) -> None:
    with pytest.raises(Invalid):
        seats.resize(acme, make.BY_OPERATOR, bought)

    assert seats.tally(acme).bought == 10


def test_a_team_may_buy_none_and_as_many_as_there_may_be(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    empty = Team.every_team.create(slug="empty", name="Empty")
    monkeypatch.setattr(seats, "MAX_SEATS", 12)

    assert seats.resize(empty, make.BY_OPERATOR, 12) == Tally(12, 0)
    assert seats.resize(empty, make.BY_OPERATOR, 0) == Tally(0, 0)
    with pytest.raises(Invalid, match="between 0 and 12"):
        seats.resize(empty, make.BY_OPERATOR, 13)


def test_many_are_seated_on_the_lowest_free_seats_or_none_of_them(acme: Team) -> None:
    three = [roster.unassign(acme, make.as_owner(acme), make.member(acme, f"n{n}@acme.test").pk) for n in range(3)]
    seats.resize(acme, make.BY_OPERATOR, 5)

    with pytest.raises(NoSeatsLeft, match="5 of 5"), acting(acme, make.as_owner(acme)) as act:
        seats.take_all(act, three)
    before = seats.tally(acme)
    with acting(acme, make.as_owner(acme)) as act:
        seats.take_all(act, three[:2])
        act.record(seats.RESIZED, before=5, after=5)

    assert (before, seats.tally(acme), seats.counted(acme)) == (Tally(5, 3), Tally(5, 5), Tally(5, 5))


# ── The waiting list ─────────────────────────────────────────────────────────────────────────────────────────────────
def refuse(team: Team, email: str, bought: int = 3) -> None:
    """Refuse somebody for want of a seat, as a door does."""
    refused.record(team, make.scim(team), NoSeatsLeft(team.name, bought), email)


def waiting(team: Team) -> list[str]:
    """List who waits."""
    return sorted(Waiting.every_team.filter(team=team).values_list("label", flat=True))


def test_somebody_refused_for_want_of_a_seat_waits_once_however_often_their_idp_retries(acme: Team) -> None:
    refuse(acme, "late@acme.test")
    refuse(acme, "Late@Acme.test")

    assert waiting(acme) == ["late@acme.test"]
    assert Waiting.every_team.get(team=acme).times == 2


def test_somebody_waits_in_each_team_for_themself(acme: Team, globex: Team) -> None:
    for team in (globex, acme):
        refuse(team, "late@acme.test")

    assert [Waiting.every_team.get(team=team).times for team in (acme, globex)] == [1, 1]


def test_the_list_tells_when_and_why_somebody_was_refused_last(acme: Team) -> None:
    refuse(acme, "late@acme.test", bought=3)
    first = Waiting.every_team.get(team=acme)

    with time_machine.travel(datetime.now(UTC) + timedelta(hours=1)):
        refuse(acme, "late@acme.test", bought=7)

    again = Waiting.every_team.get(team=acme)
    assert ("3 of 3" in first.why, "7 of 7" in again.why) == (True, True)
    assert timedelta(minutes=59) < again.last_at - first.last_at < timedelta(minutes=61)


def test_who_gets_a_seat_leaves_the_waiting_list(acme: Team) -> None:
    refuse(acme, "late@acme.test")

    make.member(acme, "LATE@acme.test")

    assert waiting(acme) == []


def test_who_gets_a_seat_and_a_new_address_at_once_leaves_the_waiting_list(acme: Team) -> None:
    make.scim_on(acme)
    ada = make.provisioned(acme, "ada@acme.test", active=False)
    refuse(acme, "ada.new@acme.test")

    roster.update(acme, make.scim(acme), ada.pk, {"active": True, "email": "ada.new@acme.test"})

    assert waiting(acme) == []


def test_the_list_tells_the_door_of_the_last_time_and_keeps_no_endless_name(acme: Team) -> None:
    refuse(acme, "late@acme.test")
    refused.record(acme, make.sso(acme), NoSeatsLeft("Acme", 3), "late@acme.test")
    refuse(acme, "x" * 400)

    assert Waiting.every_team.get(label="late@acme.test").door == Door.SSO
    assert "x" * 320 in waiting(acme)


def test_who_is_put_on_the_list_and_seated_in_one_act_waits_no_more(acme: Team) -> None:
    ian = roster.unassign(acme, make.as_owner(acme), make.member(acme, "ian@acme.test").pk)

    mia = roster.unassign(acme, make.as_owner(acme), make.who(acme, "mia").pk)

    with acting(acme, make.as_owner(acme)) as act:
        seats.take_all(act, [mia])
        seats.put_on_waiting_list(act, "ian@acme.test", "no seat was free")
        seats.take_all(act, [ian])
        act.record(seats.RESIZED, before=10, after=10)

    assert waiting(acme) == []


def test_who_waits_is_counted_for_many_teams_at_once(acme: Team, globex: Team) -> None:
    for name in ("late@acme.test", "later@acme.test"):
        refuse(acme, name)
    refuse(globex, "late@globex.test")

    assert seats.waiting([acme]) == {acme.pk: 2}


def test_any_other_refusal_puts_nobody_on_the_waiting_list(acme: Team) -> None:
    refused.record(acme, make.scim(acme), NotAllowed(), "late@acme.test")

    assert waiting(acme) == []
    assert journal.last(acme).data["code"] == "not_allowed"


def test_an_admin_dismisses_somebody_who_waits(acme: Team) -> None:
    refuse(acme, "late@acme.test")

    seats.dismiss(acme, make.by(make.who(acme, "adam")), str(Waiting.every_team.get(team=acme).pk))

    assert waiting(acme) == []
    assert journal.last(acme).kind == seats.DISMISSED.name


def test_a_member_dismisses_nobody(acme: Team) -> None:
    refuse(acme, "late@acme.test")

    with pytest.raises(NotAllowed):
        seats.dismiss(acme, make.by(make.who(acme, "mia")), str(Waiting.every_team.get(team=acme).pk))

    assert waiting(acme) == ["late@acme.test"]


def test_a_stranger_dismisses_nobody(acme: Team, globex: Team) -> None:
    refuse(acme, "late@acme.test")

    seats.dismiss(globex, make.as_owner(globex), str(Waiting.every_team.get(team=acme).pk))

    assert waiting(acme) == ["late@acme.test"]
