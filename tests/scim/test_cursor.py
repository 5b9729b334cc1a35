"""Lists by cursor (RFC 9865), and searches by POST (RFC 7644 section 3.4.3)."""

import base64
import string
import time
from typing import Any

import pytest

from portal.teams.models import Team
from scim import cursor
from scim.models import Exchange
from tests.scim.idp import Idp

UNRESERVED = set(string.ascii_letters + string.digits + "-._~")


@pytest.fixture
def crowd(idp: Idp) -> Idp:
    """Seven people beside the cast: ten in all."""
    for n in range(7):
        idp.make(f"person{n}", title=f"title {n % 3}", active=n != 3)
    return idp


def walk(idp: Idp, query: str, path: str = "/Users") -> list[str]:
    """The userNames of all pages, cursor by cursor."""
    names, cursor = [], ""
    for _page in range(20):
        body = idp.get(f"{path}?{query}&cursor={cursor}").body
        names += [one["userName"] for one in body["Resources"]]
        if "nextCursor" not in body:
            return names
        cursor = body["nextCursor"]
        assert set(cursor) <= UNRESERVED
    raise AssertionError("the list has no end")


def whole(idp: Idp, query: str) -> list[str]:
    """The userNames of the list in one page."""
    return [one["userName"] for one in idp.get(f"/Users?{query}").body["Resources"]]


@pytest.mark.parametrize("count", [1, 3, 9, 10, 11])
@pytest.mark.parametrize(
    "query",
    ["", "sortBy=userName", "sortBy=userName&sortOrder=descending", "sortBy=title", "sortBy=title&sortOrder=descending",
     "sortBy=active", "sortBy=meta.created&sortOrder=descending", "sortBy=id", "sortBy=emails",
     "filter=userName%20sw%20%22person%22&sortBy=name.givenName"],
)  # fmt: skip
def test_cursors_give_everybody_once_in_the_order_of_the_list(crowd: Idp, query: str, count: int) -> None:
    """RFC 9865 section 2."""
    assert walk(crowd, f"{query}&count={count}") == whole(crowd, query)


def test_a_page_by_cursor_has_its_total_and_no_start(crowd: Idp) -> None:
    """RFC 9865 section 2."""
    body = crowd.get("/Users?cursor=&count=4").body

    assert (body["totalResults"], body["itemsPerPage"]) == (10, 4)
    assert "startIndex" not in body
    assert "nextCursor" not in crowd.get("/Users?startIndex=1&count=4").body


def test_whoever_stays_is_met_once_whatever_happens_meanwhile(crowd: Idp) -> None:
    """RFC 9865 section 2: where an index would skip somebody."""
    first = crowd.get("/Users?cursor=&count=5").body
    crowd.delete(f"/Users/{first['Resources'][4]['id']}")
    crowd.delete(f"/Users/{first['Resources'][3]['id']}")
    crowd.make("late")

    rest = crowd.get(f"/Users?count=50&cursor={first['nextCursor']}").body

    names = [one["userName"] for one in rest["Resources"]]
    assert names == ["person2", "person3", "person4", "person5", "person6", "late"]


@pytest.mark.parametrize(
    "other",
    ["filter=title%20pr", "sortBy=userName", "sortBy=title&sortOrder=descending"],
)
def test_a_cursor_is_good_for_its_own_list_alone(crowd: Idp, other: str) -> None:
    """RFC 9865 section 2.2."""
    given = crowd.get("/Users?cursor=&count=2").body["nextCursor"]

    answer = crowd.get(f"/Users?count=2&cursor={given}&{other}")

    assert (answer.status, answer.body["scimType"]) == (400, "invalidCursor")


def test_a_cursor_is_good_for_its_own_team_alone(crowd: Idp, stranger: Idp) -> None:
    """Requirement 6."""
    given = crowd.get("/Users?cursor=&count=2").body["nextCursor"]

    assert stranger.get(f"/Users?count=2&cursor={given}").body["scimType"] == "invalidCursor"


def altered(cursor: str) -> str:
    """A cursor with one character of its seal changed."""
    raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    place = len(raw) // 2
    raw = raw[:place] + ("A" if raw[place] != "A" else "B") + raw[place + 1 :]
    return base64.urlsafe_b64encode(raw.encode()).decode().rstrip("=")


@pytest.mark.parametrize("odd", ["x", "%00", "1", "%C3%A4", "====", "-", "bnVsbA", "A" * 5_000, "$half", "$altered"])
def test_a_cursor_that_was_not_given_out_is_refused(crowd: Idp, odd: str) -> None:
    """RFC 9865 section 2.2."""
    given = crowd.get("/Users?cursor=&count=2").body["nextCursor"]
    odd = {"$half": given[: len(given) // 2], "$altered": altered(given)}.get(odd, odd)

    answer = crowd.get(f"/Users?cursor={odd}")

    assert (answer.status, answer.body["scimType"]) == (400, "invalidCursor")


def test_a_cursor_tells_nothing(crowd: Idp) -> None:
    given = crowd.get("/Users?cursor=&count=9&sortBy=emails").body["nextCursor"]

    assert b"person" not in base64.urlsafe_b64decode(given + "=" * (-len(given) % 4))


def test_discovery_tells_of_cursors_and_how_long_they_last(crowd: Idp) -> None:
    """RFC 9865 section 4."""
    told = crowd.get("/ServiceProviderConfig").body["pagination"]

    assert told["cursor"] is True
    assert told["cursorTimeout"] == cursor.SECONDS
    assert told["index"] is True
    assert told["defaultPaginationMethod"] == "index"


@pytest.mark.parametrize(("seconds", "kind"), [(3_590, None), (3_610, "expiredCursor")])
def test_a_cursor_that_is_too_old_is_told_so(
    crowd: Idp, seconds: int, kind: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RFC 9865 section 2.2."""
    given = crowd.get("/Users?cursor=&count=2").body["nextCursor"]
    now = time.time()
    monkeypatch.setattr("scim.cursor.time.time", lambda: now + seconds)

    assert crowd.get(f"/Users?cursor={given}").body.get("scimType") == kind


@pytest.mark.parametrize("count", ["x", "1.5", "%00", "true"])
def test_a_count_that_is_none_is_told_so(crowd: Idp, count: str) -> None:
    """RFC 9865 section 2.2."""
    answer = crowd.get(f"/Users?cursor=&count={count}")

    assert (answer.status, answer.body["scimType"]) == (400, "invalidCount")


@pytest.mark.parametrize(("count", "shown"), [("0", 0), ("-3", 0), ("1000", 10)])
def test_a_count_beyond_the_page_is_brought_back_to_it(crowd: Idp, count: str, shown: int) -> None:
    """RFC 9865 section 2 with RFC 7644 section 3.4.2.4."""
    body = crowd.get(f"/Users?cursor=&count={count}").body

    assert (len(body["Resources"]), body["totalResults"]) == (shown, 10)
    assert "nextCursor" not in body


# ── POST .search ─────────────────────────────────────────────────────────────────────────────────────────────────────
SEARCH = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
PERSONS = 'userName sw "person"'


@pytest.mark.parametrize("path", ["/Users/.search", "/.search", "/.search/"])
def test_a_search_finds_what_a_list_finds(crowd: Idp, path: str) -> None:
    """RFC 7644 section 3.4.3."""
    asked = {"schemas": [SEARCH], "filter": PERSONS, "sortBy": "userName", "sortOrder": "descending", "count": 3,
             "startIndex": 2, "attributes": ["userName", "name.givenName"]}  # fmt: skip

    body = crowd.send("POST", path, asked).body

    assert [one["userName"] for one in body["Resources"]] == ["person5", "person4", "person3"]
    assert (body["totalResults"], body["startIndex"], body["itemsPerPage"]) == (7, 2, 3)
    assert body["Resources"][0].keys() == {"schemas", "id", "userName", "name"}


def test_a_search_goes_on_by_cursor(crowd: Idp) -> None:
    """RFC 9865 section 3."""
    first = crowd.send("POST", "/Users/.search", {"filter": PERSONS, "count": 4, "cursor": ""}).body

    rest = crowd.send("POST", "/Users/.search", {"filter": PERSONS, "count": 4, "cursor": first["nextCursor"]}).body

    assert [len(page["Resources"]) for page in (first, rest)] == [4, 3]
    assert "nextCursor" not in rest


def test_a_cursor_of_one_place_is_none_of_another(crowd: Idp, acme: Team) -> None:
    """RFC 9865 section 2: the same list under both base URLs, by GET and by POST."""
    given = crowd.get("/Users?cursor=&count=4").body["nextCursor"]
    crowd.base = f"/scim/v2/{acme.pk}"

    assert crowd.send("POST", "/Users/.search", {"cursor": given}).body["itemsPerPage"] == 6


@pytest.mark.parametrize(
    ("asked", "kind"),
    [({"filter": 5}, "invalidSyntax"), ({"attributes": [5]}, "invalidSyntax"), ({"filter": "x"}, "invalidFilter"),
     ({"count": "x"}, "invalidValue"), ({"count": True}, "invalidValue"), ({"startIndex": 1.5}, "invalidValue"),
     ({"sortBy": "nothing"}, "invalidValue"), ({"cursor": 5}, "invalidSyntax"), ({"cursor": "x"}, "invalidCursor"),
     ({"attributes": ["id"], "excludedAttributes": ["userName"]}, "invalidValue")],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/Users/.search", "/.search"])
def test_a_search_that_cannot_be_read_is_refused(crowd: Idp, path: str, asked: Any, kind: str) -> None:
    answer = crowd.send("POST", path, asked)

    assert (answer.status, answer.body["scimType"]) == (400, kind)


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_a_search_has_no_other_verb(crowd: Idp, method: str) -> None:
    """RFC 7644 section 3.4.3."""
    answer = crowd.send(method, "/Users/.search", {})

    assert (answer.status, answer.headers["Allow"]) == (405, "POST")


def test_a_search_is_a_read_for_the_log(crowd: Idp) -> None:
    before = Exchange.every_team.count()

    crowd.send("POST", "/Users/.search", {"filter": PERSONS})

    assert Exchange.every_team.count() == before


def test_a_search_finds_nobody_of_another_team(crowd: Idp, stranger: Idp) -> None:
    """Requirement 6."""
    for path in ("/Users/.search", "/.search"):
        assert stranger.send("POST", path, {"filter": PERSONS}).body["totalResults"] == 0


# ── Both types at the root ───────────────────────────────────────────────────────────────────────────────────────────
@pytest.fixture
def mixed(crowd: Idp) -> Idp:
    """Ten people and two groups, one made between two people."""
    crowd.send("POST", "/Groups", {"displayName": "Crew", "externalId": "g1"})
    crowd.make("last", externalId="u1", displayName="Aaron")
    crowd.send("POST", "/Groups", {"displayName": "Zed"})
    return crowd


def at_the_root(idp: Idp, **asked: Any) -> list[str]:
    """The names of what a search at the root finds."""
    answer = idp.send("POST", "/.search", asked)
    assert answer.status == 200, answer
    return [one.get("userName") or one["displayName"] for one in answer.body["Resources"]]


def test_a_search_at_the_root_finds_people_and_groups(mixed: Idp) -> None:
    """RFC 7644 sections 3.4.2.1 and 3.4.3."""
    names = at_the_root(mixed)

    assert names[-3:] == ["Crew", "last", "Zed"]
    assert len(names) == 13


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('meta.resourceType eq "Group"', ["Crew", "Zed"]),
        ('meta.resourceType eq "User" and displayName pr', ["last"]),
        ("displayName pr", ["Crew", "last", "Zed"]),
        ('externalId eq "g1" or externalId eq "u1"', ["Crew", "last"]),
        # To a group, userName is an attribute without a value.
        ('userName eq "last"', ["last"]),
        ('userName ne "last" and displayName pr', ["Crew", "Zed"]),
        ("not (userName pr)", ["Crew", "Zed"]),
        ("userName eq null", ["Crew", "Zed"]),
        ('emails[type eq "work"] and userName eq "last"', ["last"]),
        ("members pr", []),
    ],
)
def test_an_attribute_of_another_type_has_no_value(mixed: Idp, text: str, found: list[str]) -> None:
    """RFC 7644 section 3.4.2.1."""
    assert at_the_root(mixed, filter=text) == found


@pytest.mark.parametrize("asked", [{"filter": "nothing pr"}, {"filter": "userName pr or nothing pr"}])
def test_an_attribute_of_no_type_is_refused(mixed: Idp, asked: Any) -> None:
    """Requirement 22."""
    assert mixed.send("POST", "/.search", asked).body["scimType"] == "invalidFilter"


@pytest.mark.parametrize("count", [1, 2, 5, 13])
@pytest.mark.parametrize(
    "order",
    [{}, {"sortBy": "displayName"}, {"sortBy": "displayName", "sortOrder": "descending"}, {"sortBy": "userName"},
     {"sortBy": "meta.created", "sortOrder": "descending"}],
)  # fmt: skip
def test_both_types_are_one_list(mixed: Idp, order: dict[str, str], count: int) -> None:
    """RFC 7644 sections 3.4.2.3 and 3.4.2.4, RFC 9865 section 2."""
    whole, by_cursor, cursor = at_the_root(mixed, **order), [], ""
    by_index = [
        one for start in range(1, 14, count) for one in at_the_root(mixed, startIndex=start, count=count, **order)
    ]

    while cursor is not None:
        body = mixed.send("POST", "/.search", {"count": count, "cursor": cursor, **order}).body
        by_cursor += [one.get("userName") or one["displayName"] for one in body["Resources"]]
        cursor = body.get("nextCursor")

    assert by_index == by_cursor == whole
    assert len(whole) == 13


@pytest.mark.parametrize("path", ["/Groups/.search", "/.search"])
def test_where_groups_are_off_a_search_knows_none(mixed: Idp, acme: Team, path: str) -> None:
    """Requirement 25."""
    acme.groups_on = False
    acme.save()

    answer = mixed.send("POST", path, {})

    assert answer.status == 404 if "Groups" in path else answer.body["totalResults"] == 11


def test_groups_have_cursors_too(mixed: Idp) -> None:
    """RFC 9865."""
    first = mixed.send("POST", "/Groups/.search", {"count": 1, "cursor": ""}).body
    rest = mixed.get(f"/Groups?count=1&cursor={first['nextCursor']}").body

    assert [page["Resources"][0]["displayName"] for page in (first, rest)] == ["Crew", "Zed"]
    assert mixed.get(f"/Users?cursor={first['nextCursor']}").body["scimType"] == "invalidCursor"
