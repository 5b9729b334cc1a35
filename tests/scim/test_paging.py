"""Lists, page by page, and what of each person is shown (requirement 23, spec rule 22)."""

from typing import Any

import pytest

from portal.teams.models import Team
from tests.scim.idp import Idp


@pytest.fixture
def crowd(idp: Idp) -> Idp:
    """Seven people beside the cast: ten in all, one of them inactive."""
    for n in range(7):
        idp.make(f"person{n}", active=n != 3)
    return idp


def seen(idp: Idp, query: str) -> Any:
    """The page a query gives: totalResults, startIndex, itemsPerPage and the ids."""
    body = idp.get(f"/Users?{query}").body
    ids = [found["id"] for found in body["Resources"]]
    assert body["itemsPerPage"] == len(ids)
    return body["totalResults"], body["startIndex"], ids


@pytest.mark.parametrize("step", [1, 3, 4, 10, 100])
def test_pages_give_everybody_once_in_one_order(crowd: Idp, step: int) -> None:
    """Requirement 23."""
    whole = seen(crowd, "")[2]

    pages = [seen(crowd, f"startIndex={start}&count={step}")[2] for start in range(1, 12, step)]

    assert [one for page in pages for one in page] == whole
    assert len(set(whole)) == 10


def test_a_change_moves_nobody_to_another_page(crowd: Idp) -> None:
    """Requirement 23."""
    before = seen(crowd, "")[2]

    crowd.patch(f"/Users/{before[5]}", {"op": "add", "path": "title", "value": "x"})

    assert seen(crowd, "")[2] == before


def test_the_inactive_are_listed_and_say_so(crowd: Idp) -> None:
    """Spec rule 22."""
    states = {found["userName"]: found["active"] for found in crowd.get("/Users").body["Resources"]}

    assert [name for name, active in states.items() if not active] == ["person3"]


@pytest.mark.parametrize(
    ("query", "total", "start", "shown"),
    [
        ("startIndex=0&count=2", 10, 1, 2),
        ("startIndex=-5&count=2", 10, 1, 2),
        ("count=0", 10, 1, 0),
        ("count=-1", 10, 1, 0),
        ("startIndex=10&count=5", 10, 10, 1),
        ("startIndex=11", 10, 11, 0),
        ("startIndex=99999999999999999999999999&count=2", 10, 10**15, 0),
        ("count=99999999999999999999999999", 10, 1, 10),
        ("count=-99999999999999999999999999", 10, 1, 0),
        ("startIndex=&count=", 10, 1, 10),
    ],
)
def test_numbers_beyond_the_list_are_brought_back_to_it(
    crowd: Idp, query: str, total: int, start: int, shown: int
) -> None:
    """Requirement 23."""
    got_total, got_start, ids = seen(crowd, query)

    assert (got_total, got_start, len(ids)) == (total, start, shown)


@pytest.mark.parametrize("count", [1, 2, 3, 100])
def test_a_filtered_list_counts_only_what_it_finds(crowd: Idp, count: int) -> None:
    """Requirement 23."""
    total, _start, ids = seen(crowd, f"filter=userName%20sw%20%22person%22%20and%20active%20eq%20true&count={count}")

    assert (total, len(ids)) == (6, min(count, 6))


def test_a_filtered_list_has_pages_too(crowd: Idp) -> None:
    """Requirement 23."""
    query = "filter=userName%20sw%20%22person%22"
    whole = seen(crowd, query)[2]

    assert seen(crowd, f"{query}&startIndex=5&count=2") == (7, 5, whole[4:6])


def test_no_page_is_longer_than_was_announced(crowd: Idp, monkeypatch: pytest.MonkeyPatch) -> None:
    """Requirement 26: filter.maxResults is kept."""
    monkeypatch.setattr("scim.listing.MAX_RESULTS", 4)

    total, _start, ids = seen(crowd, "count=1000")

    assert (total, len(ids)) == (10, 4)


@pytest.mark.parametrize(("order", "first"), [("ascending", "person0"), ("descending", "person6"), ("", "person0")])
def test_a_list_can_be_sorted(crowd: Idp, order: str, first: str) -> None:
    found = crowd.get(f"/Users?filter=userName%20sw%20%22person%22&sortBy=userName&sortOrder={order}").body

    assert found["Resources"][0]["userName"] == first


@pytest.mark.parametrize("path", ["/Users", "/Users/$id"])
def test_attributes_chooses_what_is_shown(idp: Idp, path: str) -> None:
    """Requirement 23."""
    place = path.replace("$id", idp.make("nina").rpartition("/")[2])

    body = idp.get(f"{place}?attributes=userName,name.givenName").body

    shown = body["Resources"][-1] if "Resources" in body else body
    assert shown.keys() == {"schemas", "id", "userName", "name"}
    assert shown["name"].keys() == {"givenName"}


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_a_write_shows_what_it_is_asked_for(idp: Idp, method: str) -> None:
    """Requirement 23."""
    path = "" if method == "POST" else idp.make("nina").removeprefix("/Users")
    body = {"Operations": [{"op": "add", "path": "title", "value": "x"}], "userName": "omar"}

    answer = idp.send(method, f"/Users{path}?excludedAttributes=emails,name,meta", body)

    assert answer.status in (200, 201)
    assert not {"emails", "name", "meta"} & answer.body.keys()
    assert "ETag" in answer.headers


def test_a_list_holds_nobody_of_another_team(crowd: Idp, stranger: Idp, globex: Team) -> None:
    """Requirement 6."""
    assert seen(stranger, "")[0] == 1
