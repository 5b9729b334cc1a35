"""The order of the members page, its pages however deep, and how much it asks the database."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from portal.pages.members import listed, order
from portal.teams import roster
from portal.teams.actor import Role
from portal.teams.models import Member, Team
from tests import make
from tests.pages import reading


@pytest.fixture
def twenty(acme: Team, browser: Client) -> Team:
    """Team Acme with people of every role, with and without a seat and a sign-in, several alike in each."""
    now = timezone.now()
    for number in range(17):
        role = (Role.MEMBER, Role.MEMBER, Role.AUDITOR, Role.ADMIN)[number % 4]
        person = roster.add(
            acme, make.BY_OPERATOR,
            {"user_name": f"p{number}@acme.test", "email": f"p{number % 7}@acme.test", "active": number % 5 == 0},
            role=role,
        )  # fmt: skip
        seen = now - timedelta(days=number // 3) if number % 3 else None
        Member.every_team.filter(pk=person.pk).update(last_sign_in=seen)
    make.sign_in(browser, "olga@acme.test")
    return acme


def walk(browser: Client, path: str, word: str) -> list[str]:
    """Walk through the list by its buttons, as people do; returns the addresses of everybody's page links in order."""
    seen: list[str] = []
    for _ in range(40):
        drawn = reading.page(browser.get(path))
        rows = [row.get("id") for row in drawn.xpath("//tbody/tr")]
        seen = rows + seen if word == "Previous" else seen + rows
        further = drawn.xpath(f"//nav[@aria-label='Pages']//a[normalize-space()='{word}']/@href")
        if not further:
            return seen
        path = f"/members/{further[0]}"
    raise AssertionError("the list has no end")


@pytest.mark.parametrize("name", order.SORTS)
def test_every_page_of_every_order_is_met_once_forwards_and_backwards(
    twenty: Team, browser: Client, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    whole = walk(browser, f"/members/?sort={name}", "Next")
    assert walk(browser, f"/members/?sort=-{name}", "Next") == whole[::-1]
    assert len(set(whole)) == len(whole) == 20
    monkeypatch.setattr(listed, "PER_PAGE", 3)

    for sort, wanted in ((name, whole), (f"-{name}", whole[::-1])):
        last = wanted[-1].removeprefix("m")

        assert walk(browser, f"/members/?sort={sort}", "Next") == wanted
        assert walk(browser, f"/members/?sort={sort}&before={last}", "Previous") == wanted[:-1]


def test_people_are_ordered_by_what_they_are_called(acme: Team, browser: Client) -> None:
    make.sign_in(browser, "olga@acme.test")
    for name in ("Zoë", "öström", "Abel", "bea"):
        make.member(acme, f"{fold_address(name)}@acme.test", given_name=name)

    drawn = reading.page(browser.get("/members/?sort=name"))

    names = [name.text_content() for name in drawn.xpath("//tbody//th//b")]
    assert [name for name in names if name != "öström"] == ["Abel", "Adam", "bea", "Mia Lund", "olga@acme.test", "Zoë"]


def test_who_was_there_before_is_ordered_like_everybody_else(acme: Team) -> None:
    make.member(acme, "zoe@acme.test", given_name="ZOË")
    make.member(acme, "bo@acme.test", family_name="Bo")
    make.member(acme, "cy@acme.test", display_name="Cy X", given_name="A", family_name="B")
    Member.every_team.update(label_key="")

    import_module("portal.teams.migrations.0010_finding_members").label(apps, None)

    assert {each.label: each.label_key for each in Member.every_team.all()} == {
        "olga@acme.test": "olga@acme.test", "Adam": "adam", "Mia Lund": "mia lund", "ZOË": "zoë", "Bo": "bo",
        "Cy X": "cy x",
    }  # fmt: skip


def fold_address(name: str) -> str:
    """An address of plain letters."""
    return "".join(letter for letter in name.lower() if letter.isascii())


def test_roles_are_ordered_by_what_they_may(twenty: Team, browser: Client) -> None:
    drawn = reading.page(browser.get("/members/?sort=role"))

    roles = [cell.text_content().strip() for cell in drawn.xpath("//td[@data-label='Role']")]
    assert list(dict.fromkeys(roles)) == ["Owner", "Admin", "Auditor", "Member"]


def test_the_heading_says_the_order_and_turns_it_round(acme: Team, browser: Client) -> None:
    make.sign_in(browser, "olga@acme.test")

    def headings(path: str) -> dict[str, tuple[str, str]]:
        found = reading.page(browser.get(path)).xpath("//thead//th[a]")
        return {
            head.xpath("a")[0].text_content().strip(): (
                head.get("aria-sort", ""),
                QueryDict(head.xpath("a/@href")[0][1:])["sort"],
            )
            for head in found
        }

    assert headings("/members/")["Name"] == ("ascending", "-name")
    assert headings("/members/")["Last sign-in"] == ("", "-sign_in")
    assert headings("/members/?sort=-sign_in&q=a")["Last sign-in"] == ("descending", "sign_in")
    assert headings("/members/?sort=-sign_in")["Name"] == ("", "name")


def test_a_page_that_goes_on_from_somebody_who_left_begins_anew(twenty: Team, browser: Client) -> None:
    everybody = walk(browser, "/members/", "Next")
    gone = make.who(twenty, "mia")
    roster.remove(twenty, make.as_owner(twenty), gone.pk)

    assert walk(browser, f"/members/?after={gone.pk}", "Next") == [row for row in everybody if row != f"m{gone.pk}"]


def test_a_stranger_s_id_begins_anew(twenty: Team, globex: Team, browser: Client) -> None:
    greg = make.who(globex, "greg")

    assert walk(browser, f"/members/?after={greg.pk}", "Next") == walk(browser, "/members/", "Next")


@pytest.mark.parametrize("sort", ["name", "-role", "sign_in", "-seat"])
def test_the_page_asks_the_database_the_same_however_many_are_shown(
    twenty: Team, browser: Client, monkeypatch: pytest.MonkeyPatch, sort: str
) -> None:
    make.group(twenty, "Leads", *Member.every_team.filter(team=twenty), gives=Role.ADMIN)
    browser.get("/members/")

    def queries(size: int) -> int:
        monkeypatch.setattr(listed, "PER_PAGE", size)
        with CaptureQueriesContext(connection) as asked:
            drawn = reading.page(browser.get(f"/members/?sort={sort}"))
        assert len(drawn.xpath("//tbody/tr")) == size
        return len(asked)

    # An order of several stretches may end in an early one, so the whole list is the dearest.
    assert queries(18) <= queries(20) <= 24
    assert queries(1) <= queries(20)
