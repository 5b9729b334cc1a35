"""Pages of a whole team from remembered places are the pages that the ORM's OFFSET would show."""

from collections import OrderedDict
from collections.abc import Iterator

import pytest

from portal.teams.models import Member, Team
from scim import bookmarks
from scim.lookup import everybody
from tests import make
from tests.scim.idp import Idp

PEOPLE, PAGE = 61, 7


@pytest.fixture
def crowd(acme: Team, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """A team of many, in the order in which lists show it; nothing is remembered of it, and few rows are near."""
    monkeypatch.setattr(bookmarks, "NEAR", 5)
    for n in range(PEOPLE):
        make.member(acme, f"p{n}@acme.test") if n < 2 else _inactive(acme, n)
    yield [
        str(key)
        for key in Member.every_team.filter(team=acme).order_by("created_at", "id").values_list("pk", flat=True)
    ]


def _inactive(team: Team, n: int) -> None:
    Member.every_team.create(
        team=team, user_name=f"p{n}", active=False, entry_after=team.created_at, origin="scim",
        created_at=team.created_at, updated_at=team.created_at,
    )  # fmt: skip


def page(team: Team, start: int, count: int = PAGE) -> list[str]:
    """The ids of one page, the way a list asks for it."""
    known = bookmarks.of(team.pk, "User", team.last_event)
    bookmarks.total(known, everybody(team.pk))
    return [str(row.pk) for row in bookmarks.rows(known, everybody, team.pk, start, count)]


@pytest.mark.parametrize("places", [range(0, 64, PAGE), range(63, -1, -PAGE), (40, 3, 41, 50, 10, 39, 60, 0, 33)])
def test_each_page_is_what_offset_shows(acme: Team, crowd: list[str], places: range) -> None:
    shown = [page(acme, place) for place in places]

    assert shown == [crowd[place : place + PAGE] for place in places]


def test_a_crawl_goes_on_from_the_page_before(acme: Team, crowd: list[str]) -> None:
    known = bookmarks.of(acme.pk, "User", acme.last_event)
    page(acme, 30)

    place, key = known.before(37)

    assert (place, str(key[1]) if key else "") == (36, crowd[36])


def test_what_is_remembered_ends_with_the_next_change(acme: Team, crowd: list[str], idp: Idp) -> None:
    idp.get("/Users?startIndex=40&count=5")
    gone = crowd[10]
    idp.delete(f"/Users/{gone}")

    answer = idp.get("/Users?startIndex=40&count=5")

    crowd.remove(gone)
    assert [each["id"] for each in answer.body["Resources"]] == crowd[39:44]
    assert answer.body["totalResults"] == len(crowd)


def test_only_so_many_lists_and_places_are_remembered(acme: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bookmarks, "_lists", OrderedDict())
    monkeypatch.setattr(bookmarks, "MOST_LISTS", 2)
    monkeypatch.setattr(bookmarks, "MOST_PLACES", 3)
    for version in range(5):
        bookmarks.of(acme.pk, f"kind {version}", version)
    known = bookmarks.of(acme.pk, "kind 4", 4)
    for place in range(5):
        known.put(place, make.who(acme, "mia"))

    assert len(bookmarks._lists) == 2
    assert known.places == [0, 1, 2]
