"""A seat request on both ends: asked on the team's page, answered on the operator's, told on the team's."""

from typing import Any

import pytest
from django.test import Client

from portal.teams import seat_requests, seats
from portal.teams.actor import Role
from portal.teams.models import SeatRequest, Team
from tests import make
from tests.pages import reading
from tests.teams import journal

ASK = "/settings/plan/request/"


@pytest.fixture
def olga(acme: Team) -> Client:
    """Olga's browser."""
    return make.sign_in(Client(), "olga@acme.test")


def asked(team: Team) -> SeatRequest:
    """Ask for five seats as Adam."""
    return seat_requests.ask(team, make.by(make.who(team, "adam")), 5, "We <b>grow</b>")


def answer(client: Client, row: SeatRequest, verb: str, **said: Any) -> Any:
    """Press a button of the request's page."""
    return client.post(f"/operator/requests/{row.pk}/{verb}/", said)


def test_an_admin_asks_withdraws_and_asks_again(acme: Team, olga: Client) -> None:
    make.press(olga, f"{ASK}ask/", acme, more="5", note="We grow")
    waits = reading.words(olga.get(ASK))
    make.press(olga, f"{ASK}withdraw/", acme)
    again = make.press(olga, f"{ASK}ask/", acme, more="2")

    assert "olga@acme.test asked your account executive for 5 more seats" in waits
    assert again.status_code == 302
    assert [row.answer for row in acme.seat_requests.order_by("asked_at")] == ["retracted", ""]


@pytest.mark.parametrize("more", ["", "0", "-3", "x", "1e9", "9" * 30, "²"])
def test_an_odd_number_is_a_polite_no_and_the_note_is_kept(acme: Team, olga: Client, more: str) -> None:
    refused = make.press(olga, f"{ASK}ask/", acme, more=more, note="We grow")

    assert refused.status_code == 400
    assert reading.page(refused).xpath("//textarea")[0].text_content().strip() == "We grow"


def test_a_second_request_says_that_one_waits(acme: Team, olga: Client) -> None:
    asked(acme)

    refused = make.press(olga, f"{ASK}ask/", acme, more="2")

    assert refused.status_code == 400
    assert acme.seat_requests.count() == 1


def test_an_auditor_reads_it_and_has_no_control(acme: Team) -> None:
    make.member(acme, "aud@acme.test", role=Role.AUDITOR)
    asked(acme)

    page = make.sign_in(Client(), "aud@acme.test").get(ASK)

    assert "Changing it takes an admin" in reading.words(page)
    assert reading.actions(page) == []


def test_a_full_team_is_led_to_the_request_from_its_overview(acme: Team, olga: Client) -> None:
    seats.resize(acme, make.BY_OPERATOR, 3)

    assert ASK in reading.page(olga.get("/")).xpath("//main//a/@href")


def test_the_mail_s_link_shows_and_only_pressing_answers(acme: Team, otto: Client) -> None:
    row = asked(acme)

    page = otto.get(f"/operator/requests/{row.pk}/")

    assert "Acme asks for 5 more seats" in reading.words(page) and "We <b>grow</b>" in reading.words(page)
    assert "from 10 to 15 seats" in reading.words(page)
    assert (otto.get(f"/operator/requests/{row.pk}/grant/").status_code, seats.tally(acme).bought) == (405, 10)


def test_it_is_granted_by_another_number_and_the_team_is_told_of_it(acme: Team, otto: Client, olga: Client) -> None:
    row = asked(acme)

    granted = answer(otto, row, "grant", more="3", words="As agreed")

    assert granted.status_code == 302
    assert seats.tally(acme).bought == 13
    told = reading.words(olga.get("/notices/"))
    assert "3 more seats were granted." in told and "As agreed 3 of 13 seats are assigned." in told
    assert "otto@vendor.test granted 3" in reading.words(olga.get(ASK))
    assert acme.events.get(kind="seats.resized", number__gt=3).data["reason"] == "As agreed"


def test_it_is_declined_with_a_reason(acme: Team, otto: Client, olga: Client) -> None:
    row = asked(acme)

    without = answer(otto, row, "decline", words="")
    answer(otto, row, "decline", words="Not paid")

    assert without.status_code == 400
    told = reading.words(olga.get("/notices/"))
    assert "Your request for more seats was declined." in told and "Not paid 3 of 10 seats are assigned." in told
    assert "Declined" in reading.words(otto.get("/operator/requests/?tab=answered"))


def test_what_was_answered_meanwhile_is_said_and_nothing_is_bought_twice(acme: Team, otto: Client) -> None:
    row = asked(acme)
    answer(otto, row, "grant", more="5")

    late = answer(otto, row, "grant", more="5")

    assert late.status_code == 409
    assert "This request has its answer already" in reading.words(late)
    assert seats.tally(acme).bought == 15


@pytest.mark.parametrize("more", ["", "0", "-1", "x", "99999999999"])
def test_an_odd_grant_is_a_polite_no(acme: Team, otto: Client, more: str) -> None:
    assert answer(otto, asked(acme), "grant", more=more).status_code == 400


def test_open_requests_stand_in_the_list_on_the_overview_and_at_the_team(acme: Team, otto: Client) -> None:
    asked(acme)

    assert "Adam" in reading.words(otto.get("/operator/requests/"))
    assert "5 more, asked by Adam" in reading.words(otto.get("/operator/"))
    assert "Adam asks for 5 more seats." in reading.words(otto.get("/operator/teams/acme/"))
    assert journal.mailed("seats_requested") == ["otto@vendor.test"]
