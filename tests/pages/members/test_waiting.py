"""The waiting list: who, since when, refused where and in which words; seated or dismissed by hand."""

import pytest
from django.test import Client

from portal.teams import refused, roster, seats
from portal.teams.actor import Door
from portal.teams.errors import NoSeatsLeft
from portal.teams.models import Team
from tests import make
from tests.pages import reading

BY_SCIM = "Members are managed by your identity provider (SCIM is on). Assign and unassign them there."


@pytest.fixture
def full(acme: Team, browser: Client) -> Team:
    """Acme with all seats taken, three people waiting, and Olga signed in."""
    seats.resize(acme, make.BY_OPERATOR, 3)
    for who, door in (("late@acme.test", Door.SCIM), ("nia", Door.SCIM), ("late@acme.test", Door.CSV)):
        refused.record(acme, make.through(door), NoSeatsLeft("Acme", 3), who)
    inactive = roster.add(
        acme, make.BY_OPERATOR, {"user_name": "ida@acme.test", "email": "ida@acme.test", "active": False}
    )
    refused.record(acme, make.as_owner(acme), NoSeatsLeft("Acme", 3), inactive)
    make.sign_in(browser, "olga@acme.test")
    return acme


def address(team: Team, who: str, verb: str) -> str:
    """Where the form of one who waits is sent."""
    return f"/members/waiting/{team.waiting.get(label=who).pk}/{verb}/"


def test_the_list_names_door_number_and_words_of_the_last_refusal(full: Team, browser: Client) -> None:
    rows = reading.page(browser.get("/members/waiting/")).xpath("//tbody/tr")

    told = {row.xpath(".//th//span")[0].text_content(): " ".join(row.text_content().split()) for row in rows}
    assert set(told) == {"late@acme.test", "nia", "ida@acme.test"}
    assert "CSV import 2" in told["late@acme.test"] and "SCIM 1" in told["nia"]
    assert "3 of 3 seats are in use" in told["ida@acme.test"]


def test_the_tab_says_how_many_wait(full: Team, browser: Client) -> None:
    tab = reading.page(browser.get("/members/")).xpath("//nav[@aria-label='Members']//a[@href='/members/waiting/']")[0]

    assert tab.text_content() == "Waiting for a seat3"


def test_seating_waits_for_a_free_seat(full: Team, browser: Client) -> None:
    closed = reading.closed(browser.get("/members/waiting/"), "Seat now")
    refused_now = make.press(browser, address(full, "late@acme.test", "seat"), full)
    seats.resize(full, make.BY_OPERATOR, 5)
    make.press(browser, address(full, "late@acme.test", "seat"), full)
    make.press(browser, address(full, "ida@acme.test", "seat"), full)

    assert closed == "No seat is free: free one, or ask for more under Plan and seats."
    assert refused_now.status_code == 409
    assert make.who(full, "late").active and make.who(full, "ida").active
    assert [row.label for row in full.waiting.all()] == ["nia"]


def test_a_name_that_is_no_address_is_told_so(full: Team, browser: Client) -> None:
    seats.resize(full, make.BY_OPERATOR, 5)

    answer = make.press(browser, address(full, "nia", "seat"), full)

    assert (answer.status_code, "nia is no e-mail address" in reading.words(answer)) == (400, True)
    assert full.waiting.filter(label="nia").exists()


def test_a_lock_closes_seating_with_its_words(full: Team, browser: Client) -> None:
    seats.resize(full, make.BY_OPERATOR, 5)
    make.scim_on(full)

    closed = reading.closed(browser.get("/members/waiting/"), "Seat now")
    answer = make.press(browser, address(full, "ida@acme.test", "seat"), full)

    assert closed == BY_SCIM
    assert (answer.status_code, BY_SCIM in reading.words(answer)) == (409, True)


def test_several_are_dismissed_at_once(full: Team, globex: Team, browser: Client) -> None:
    ids = [str(row.pk) for row in full.waiting.exclude(label="nia")]

    make.press(browser, "/members/waiting/dismiss/", full, who=[*ids, "x"])

    assert [row.label for row in full.waiting.all()] == ["nia"]
    assert full.events.filter(kind="waiting.dismissed").count() == 2
    assert make.press(browser, "/members/waiting/dismiss/", full).status_code == 400


def test_a_stranger_s_row_is_unknown(full: Team, globex: Team) -> None:
    gregs = make.sign_in(Client(), "greg@globex.test")

    assert make.press(gregs, address(full, "nia", "seat"), globex).status_code == 404
    make.press(gregs, "/members/waiting/dismiss/", globex, who=[str(row.pk) for row in full.waiting.all()])
    assert full.waiting.count() == 3
