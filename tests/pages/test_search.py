"""Search in the top bar finds people, events and pages, and never a stranger's."""

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from portal.teams.models import Team
from tests import make
from tests.pages import reading


def found(client: Client, q: str, part: str) -> list[str]:
    """Read one group of what is found."""
    lines = reading.page(client.get("/search/", {"q": q})).xpath(f"//*[@id='found-{part}']//li")
    return [" ".join(" ".join(line.xpath(".//text()")).split()) for line in lines]


def test_people_are_found_by_the_beginning_of_a_name(acme: Team, browser: Client) -> None:
    make.sign_in(browser, "olga@acme.test")

    assert [line.split()[1:3] for line in found(browser, "MIA l", "people")] == [["Mia", "Lund"]]
    assert len(found(browser, "mia", "events")) == 1
    links = reading.page(browser.get("/search/", {"q": "mia l"})).xpath("//*[@id='found-people']//li//a/@href")
    assert links == [f"/members/{make.who(acme, 'mia').pk}/"]


def test_pages_are_found_by_the_beginning_of_a_word(acme: Team, browser: Client) -> None:
    make.sign_in(browser, "olga@acme.test")

    assert found(browser, "prov", "pages") == ["Provisioning Security", "Provisioning log Insight"]


def test_nothing_of_another_team_is_found(acme: Team, globex: Team, browser: Client) -> None:
    make.sign_in(browser, "greg@globex.test")

    assert "Nothing found" in reading.words(browser.get("/search/", {"q": "mia"}))


def test_odd_words_are_no_error(acme: Team, browser: Client) -> None:
    make.sign_in(browser, "olga@acme.test")

    for q in ("", "\x00", "%", "x" * 5000, "'", "a b c d e f g h i j"):
        assert browser.get("/search/", {"q": q, "after": "x", "before": "y"}).status_code == 200


def test_more_people_take_no_more_queries(acme: Team, browser: Client) -> None:
    make.sign_in(browser, "olga@acme.test")
    with CaptureQueriesContext(connection) as few:
        browser.get("/search/", {"q": "p"})
    for number in range(6):
        make.member(acme, f"p{number}@acme.test")

    with CaptureQueriesContext(connection) as many:
        browser.get("/search/", {"q": "p"})

    assert len(many) <= len(few) + 2


def test_the_top_bar_leads_to_it(acme: Team, browser: Client) -> None:
    make.sign_in(browser, "olga@acme.test")

    assert reading.page(browser.get("/")).xpath("//header//form[@role='search']/@action") == ["/search/"]
