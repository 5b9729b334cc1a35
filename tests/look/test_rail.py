"""The rail of real pages: where one is, on sub-pages too, and what waits there; the menu; the theme."""

from typing import Any

import pytest
from django.test import Client

from portal.frame import MOST_COUNTED
from portal.teams import refused, seats
from portal.teams.actor import Role
from portal.teams.errors import NoSeatsLeft
from portal.teams.models import Team
from portal.teams.registry import Count, registry
from tests import make
from tests.pages import reading


def current(answer: Any) -> dict[str, str]:
    """Say which links of the rail are marked, and how."""
    marked = reading.page(answer).xpath("//aside//a[@aria-current]")
    return {link.get("href"): link.get("aria-current") for link in marked}


def beside(answer: Any, url: str) -> str:
    """Read what the rail shows behind a page's name."""
    found = reading.page(answer).xpath(f"//aside//a[@href='{url}']")[0]
    return " ".join(found.text_content().split())


def olga(team: Team, browser: Client) -> Client:
    """Sign the owner in."""
    return make.sign_in(browser, f"olga@{team.slug}.test")


@pytest.mark.parametrize(("path", "marked"), [("/", {"/": "page"}), ("/members/waiting/", {"/members/": "true"})])
def test_a_page_is_marked_as_the_present_one(acme: Team, browser: Client, path: str, marked: dict[str, str]) -> None:
    assert current(olga(acme, browser).get(path)) == marked


def test_a_page_below_another_marks_it_too(acme: Team, browser: Client) -> None:
    answer = make.press(olga(acme, browser), "/members/assign/", acme, email="x")

    assert current(answer) == {"/members/": "true"}


def test_the_rail_counts_who_waits_for_a_seat(acme: Team, browser: Client) -> None:
    refused.record(acme, make.by(make.who(acme, "adam")), NoSeatsLeft("Acme", 3), "late@acme.test")

    answer = olga(acme, browser).get("/")

    assert beside(answer, "/members/") == "Members1 waiting for a seat"
    assert beside(answer, "/log/audit/") == "Audit log"


@pytest.mark.parametrize(("number", "shown"), [(0, "Provisioning log"), (7, "Provisioning log7 x"),
                                               (MOST_COUNTED + 1, "Provisioning log99+ x")])  # fmt: skip
def test_other_apps_count_beside_their_pages(
    acme: Team, browser: Client, monkeypatch: pytest.MonkeyPatch, number: int, shown: str
) -> None:
    monkeypatch.setitem(registry.counts, "scim:log", lambda team: Count(number, "x", bad=True))

    assert beside(olga(acme, browser).get("/"), "/log/provisioning/") == shown


def test_a_member_sees_no_counts(acme: Team, browser: Client) -> None:
    refused.record(acme, make.by(make.who(acme, "adam")), NoSeatsLeft("Acme", 3), "late@acme.test")
    make.member(acme, "new@acme.test", role=Role.MEMBER)

    answer = make.sign_in(browser, "new@acme.test").get("/")

    assert "waiting" not in reading.page(answer).xpath("string(//aside)")


def test_the_team_button_leads_to_the_choice_where_there_are_several(acme: Team, globex: Team, browser: Client) -> None:
    make.member(globex, "olga@acme.test")
    answer = make.sign_in(browser, "olga@acme.test", "acme").get("/")

    assert reading.page(answer).xpath("//aside//a[@class='sg-team']/@href") == ["/teams/"]


def test_the_chosen_theme_is_remembered_and_drawn_by_the_server(acme: Team, browser: Client) -> None:
    olga(acme, browser).post("/theme/", {"theme": "dark", "next": "/members/"})

    drawn = reading.page(browser.get("/members/"))

    assert drawn.get("data-bs-theme") == "dark"
    assert drawn.xpath("//button[@name='theme'][@aria-pressed='true']/@value") == ["dark"]


def test_outside_the_demo_no_page_leads_to_it(acme: Team, browser: Client) -> None:
    answer = olga(acme, browser).get("/")

    assert reading.page(answer).xpath("//a[contains(@href, '/demo/')]") == []


def test_the_top_bar_searches_and_its_bell_tells_what_is_new(acme: Team, browser: Client) -> None:
    seats.resize(acme, make.BY_OPERATOR, 3)

    header = reading.page(olga(acme, browser).get("/")).xpath("//header")[0]

    assert header.xpath(".//form[@role='search']/@action") == ["/search/"]
    assert header.xpath(".//summary[@aria-label='Notices, 1 new']")
    assert "No seats are left." in header.text_content()
    assert header.xpath(".//a[@href='/notices/']")


def test_a_member_has_nothing_to_search_and_no_notices(acme: Team, browser: Client) -> None:
    header = reading.page(make.sign_in(browser, "mia@acme.test").get("/")).xpath("//header")[0]

    assert header.xpath(".//form[@role='search'] | .//a[@href='/notices/']") == []
    assert header.xpath(".//form[@action='/theme/']//button/@value")[0] == "dark"
