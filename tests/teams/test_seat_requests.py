"""Asking for more seats and the answer: one request a team, mail to both sides, events on both ends."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from portal.teams import founding, refused, seat_requests, seats
from portal.teams.actor import Actor, Door, Role
from portal.teams.errors import Conflict, Invalid, Missing, NoSeatsLeft, NotAllowed, OperatorsOnly
from portal.teams.models import SeatRequest, Team, Waiting
from tests import make
from tests.teams import journal

OTTO = Actor(Door.OPERATOR, "otto@vendor.test", role=Role.OWNER, reason="Signed")


def ask(team: Team, more: int = 5, who: str = "adam") -> SeatRequest:
    """Ask as one of the cast."""
    return seat_requests.ask(team, make.by(make.who(team, who)), more, "We grow")


def test_an_admin_asks_and_the_operators_are_mailed(acme: Team) -> None:
    for address in ("otto@vendor.test", "ada@vendor.test"):
        make.vendor_operator(address)

    ask(acme)

    assert journal.mailed("seats_requested") == ["ada@vendor.test", "otto@vendor.test"]
    assert (journal.last(acme).kind, journal.last(acme).data) == ("seat_request.made", {"more": 5, "note": "We grow"})


def test_where_the_vendor_reads_at_one_address_it_alone_is_mailed(acme: Team, settings: Any) -> None:
    settings.OPERATOR_EMAIL = "ops@vendor.test"
    make.vendor_operator("otto@vendor.test")

    ask(acme)

    assert journal.mailed("seats_requested") == ["ops@vendor.test"]


def test_only_admins_ask(acme: Team) -> None:
    with pytest.raises(NotAllowed):
        ask(acme, who="mia")


@pytest.mark.parametrize("more", [0, -1, seat_requests.MOST + 1])
def test_a_number_that_makes_no_sense_is_refused(acme: Team, more: int) -> None:
    with pytest.raises(Invalid):
        ask(acme, more)


def test_one_request_of_a_team_waits_at_a_time(acme: Team, globex: Team) -> None:
    ask(acme)

    with pytest.raises(Conflict, match="Adam asked for 5 more seats already"):
        ask(acme)
    ask(globex, who="greg")
    with pytest.raises(IntegrityError), transaction.atomic():
        SeatRequest(team=acme, more=1, asked_by="x", asked_at=timezone.now()).save()


def test_a_withdrawn_request_makes_room_for_another(acme: Team) -> None:
    ask(acme)

    seat_requests.retract(acme, make.as_owner(acme))
    with pytest.raises(Missing):
        seat_requests.retract(acme, make.as_owner(acme))

    assert ask(acme, 2).is_open
    assert "seat_request.retracted" in journal.kinds(acme)


def test_granting_buys_the_seats_and_tells_the_admins(acme: Team) -> None:
    row = seat_requests.grant(acme, OTTO, ask(acme).pk, 3, "As agreed")

    assert seats.tally(acme).bought == 13
    assert (row.answer, row.granted, row.answered_by) == ("granted", 3, "otto@vendor.test")
    assert journal.kinds(acme)[-2:] == ["seats.resized", "seat_request.granted"]
    assert journal.last(acme).door == "operator"
    assert journal.mailed("seats_answered") == ["adam@acme.test", "olga@acme.test"]


def test_whoever_waits_is_not_seated_by_it_but_by_the_next_try(acme: Team) -> None:
    refused.record(acme, make.by(make.who(acme, "adam")), NoSeatsLeft("Acme", 3), "late@acme.test")

    seat_requests.grant(acme, OTTO, ask(acme).pk, 1)
    still = Waiting.every_team.filter(team=acme).count()
    make.member(acme, "late@acme.test")

    assert journal.words_of("seats_answered")["waiting"] == 1
    assert (still, Waiting.every_team.filter(team=acme).count()) == (1, 0)


def test_declining_needs_a_reason_which_the_admins_read(acme: Team) -> None:
    row = ask(acme)

    with pytest.raises(Invalid, match="Say why"):
        seat_requests.decline(acme, OTTO, row.pk, " ")
    seat_requests.decline(acme, OTTO, row.pk, "Not paid")

    assert seats.tally(acme).bought == 10
    assert (journal.last(acme).kind, journal.last(acme).data["reason"]) == ("seat_request.declined", "Not paid")
    assert journal.words_of("seats_answered")["words"] == "Not paid"


def test_a_request_is_answered_once(acme: Team) -> None:
    row = ask(acme)
    seat_requests.grant(acme, OTTO, row.pk, 5)

    with pytest.raises(Conflict, match="Granted, by otto@"):
        seat_requests.grant(acme, OTTO, row.pk, 5)
    with pytest.raises(Conflict):
        seat_requests.decline(acme, OTTO, row.pk, "late")

    assert seats.tally(acme).bought == 15


def test_no_owner_answers_their_own_request(acme: Team) -> None:
    row = ask(acme)

    with pytest.raises(OperatorsOnly):
        seat_requests.grant(acme, make.as_owner(acme), row.pk, 5)


def test_a_stranger_s_request_does_not_exist(acme: Team, globex: Team) -> None:
    with pytest.raises(Missing):
        seat_requests.grant(globex, OTTO, ask(acme).pk, 5)


def test_a_closed_team_leaves_no_request(acme: Team) -> None:
    ask(acme)

    founding.close(acme, make.BY_OPERATOR)

    assert not SeatRequest.every_team.exists()
