"""Finding people on the members page, and how much it asks the database."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from portal.teams import roster
from portal.teams.actor import Role
from portal.teams.models import Team
from tests import make
from tests.pages import reading


@pytest.fixture
def olgas(acme: Team, browser: Client) -> Client:
    """Olga's browser, signed in."""
    return make.sign_in(browser, "olga@acme.test")


def shown(client: Client, query: str) -> list[str]:
    """The people the table names."""
    return [name.text_content() for name in reading.page(client.get(f"/members/?{query}")).xpath("//tbody//th//b")]


@pytest.mark.parametrize("words", ["ä", "Ä", "a\u0308", "ärn", "ÖBERG", "Ärne öb", "öb är", "aerne.o"])
def test_people_are_found_by_the_beginning_of_a_name_whatever_its_case(acme: Team, olgas: Client, words: str) -> None:
    make.member(acme, "aerne.oberg@acme.test", given_name="Ärne", family_name="Öberg")

    assert shown(olgas, f"q={words}") == ["Ärne Öberg"]


@pytest.mark.parametrize("words", ["rne", "lund mia x", "%", "_", "nobody", "\x00\x00zzz", "(", "x" * 5000])
def test_what_nobody_begins_with_finds_nobody(olgas: Client, words: str) -> None:
    answer = olgas.get("/members/", {"q": words})

    assert answer.status_code == 200
    assert "Nobody found" in reading.words(answer)


def test_people_of_another_team_are_not_found(acme: Team, globex: Team, olgas: Client) -> None:
    assert shown(olgas, "q=greg") == []


def test_people_are_filtered_by_status_and_role(acme: Team, olgas: Client) -> None:
    make.member(acme, "aud@acme.test", role=Role.AUDITOR)
    roster.unassign(acme, make.as_owner(acme), make.who(acme, "mia").pk)
    make.suspend(acme, make.who(acme, "aud"))

    assert shown(olgas, "status=inactive") == ["Mia Lund"]
    assert shown(olgas, "status=suspended") == ["aud@acme.test"]
    assert shown(olgas, "status=active") == ["Adam", "olga@acme.test"]
    assert shown(olgas, "role=admin&status=active") == ["Adam"]


def test_a_filter_that_does_not_exist_is_ignored(acme: Team, olgas: Client) -> None:
    assert len(shown(olgas, "status=king&role=%00&page=99999999999999999999")) == 3


def test_the_source_of_a_member_is_named(acme: Team, olgas: Client) -> None:
    make.provisioned(make.scim_on(acme), "sue@acme.test")

    drawn = reading.page(olgas.get("/members/"))

    cells = {
        row.xpath(".//b")[0].text_content(): row.xpath("td")[2].text_content() for row in drawn.xpath("//tbody/tr")
    }
    assert cells == {"Adam": "By hand", "Mia Lund": "By hand", "olga@acme.test": "Operator", "sue@acme.test": "SCIM"}


@pytest.fixture
def sixty(db: None) -> Team:
    """Team Acme with sixty members more."""
    team = make.acme(seats=70)
    for number in range(60):
        make.member(team, f"person{number:02}@acme.test")
    return team


def test_a_page_holds_fifty_people_in_one_stable_order(sixty: Team, browser: Client) -> None:
    make.sign_in(browser, "olga@acme.test")

    pages = [shown(browser, f"page={number}") for number in (1, 2)]

    assert [len(page) for page in pages] == [50, 13]
    assert len(set(pages[0] + pages[1])) == 63
    assert shown(browser, "page=1") == pages[0]


def test_the_page_asks_the_database_the_same_whether_five_or_fifty_are_shown(sixty: Team, browser: Client) -> None:
    make.sign_in(browser, "olga@acme.test")
    browser.get("/members/")

    def queries(query: str) -> int:
        with CaptureQueriesContext(connection) as asked:
            assert browser.get(f"/members/?{query}").status_code == 200
        return len(asked)

    assert queries("q=person1") == queries("") <= 13
