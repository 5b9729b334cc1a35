"""Identity providers that push at the same moment, against real server processes on both engines."""

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.scim.idp import BASE, person
from tests.scim.wire import Line, at_once, team
from tests.servers import Portal, portal_server

OFF = {"Operations": [{"op": "replace", "path": "active", "value": False}]}
ON = {"Operations": [{"op": "replace", "path": "active", "value": True}]}


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.pg)])
def portal(request: pytest.FixtureRequest) -> Iterator[Portal]:
    """Two processes on a database of their own, without a rate limit."""
    engine = {"sqlite": "sqlite_files", "postgres": "postgres_server"}[request.param]
    with request.getfixturevalue(engine).fresh() as url, portal_server(url, SCIM_RATE_LIMIT="0") as portal:
        yield portal
        assert "Traceback" not in portal.logged()


@pytest.fixture
def teams(portal: Portal, tmp_path: Path) -> Iterator[Callable[[int], Line]]:
    """Make teams with so many seats; every invariant holds after the race."""
    yield lambda seats: team(portal, tmp_path, seats)
    portal.manage("check_invariants")


def test_of_24_creates_at_once_on_10_free_seats_exactly_10_are_seated(teams: Callable[[int], Line]) -> None:
    """Requirement 10."""
    idp = teams(11)

    outcome = at_once(lambda n=n: idp.send("POST", f"{BASE}/Users", person(f"p{n}")) for n in range(24))

    assert outcome == {201: 10, 403: 14}
    assert idp.total() == 11


def test_of_8_people_woken_at_once_on_3_free_seats_exactly_3_are_seated(teams: Callable[[int], Line]) -> None:
    """Requirement 10."""
    idp = teams(4)
    people = [idp.make(f"p{n}", active=False) for n in range(8)]

    outcome = at_once(lambda path=path: idp.send("PATCH", path, ON) for path in people)

    assert outcome == {200: 3, 403: 5}


def test_a_user_name_raced_in_different_cases_is_given_once(teams: Callable[[int], Line]) -> None:
    """Requirement 5."""
    idp = teams(20)
    names = ["älice", "ÄLICE", "Älice", "a\u0308lice"] * 3

    outcome = at_once(lambda name=name: idp.send("POST", f"{BASE}/Users", {"userName": name}) for name in names)

    assert outcome == {201: 1, 409: 11}


def test_nobody_comes_back_after_their_deletion(teams: Callable[[int], Line]) -> None:
    """Requirement 8."""
    idp = teams(10)

    for n in range(4):
        path = idp.make(f"p{n}")
        outcome = at_once(
            [lambda path=path: idp.send("DELETE", path)]
            + [lambda path=path, n=n: idp.send("PUT", path, person(f"p{n}", title="back")) for _ in range(3)]
            + [lambda path=path: idp.send("PATCH", path, OFF) for _ in range(2)]
        )

        assert outcome[204] == 1
        assert outcome.keys() <= {200, 204, 404}
        assert idp.send("GET", path)[0] == 404
    assert idp.total() == 1


def test_of_six_writers_with_one_version_one_is_heard(teams: Callable[[int], Line]) -> None:
    """Requirement 26."""
    idp = teams(5)
    path = idp.make("nina")

    outcome = at_once(
        lambda n=n: idp.send("PUT", path, person("nina", title=f"t{n}"), If_Match='W/"1"') for n in range(6)
    )

    assert outcome == {200: 1, 412: 5}
    assert idp.send("GET", path)[1]["meta"]["version"] == 'W/"2"'


def test_a_create_sent_again_meets_its_own(teams: Callable[[int], Line]) -> None:
    """Requirement 5: a client that lost the answer retries."""
    idp = teams(5)

    answers = [idp.send("POST", f"{BASE}/Users", person("nina"))[0] for _ in range(2)]
    raced = at_once([lambda: idp.send("POST", f"{BASE}/Users", person("omar"))] * 4)

    assert answers == [201, 409]
    assert raced == {201: 1, 409: 3}
    assert idp.total() == 3


def test_changes_of_different_attributes_at_once_are_all_kept(teams: Callable[[int], Line]) -> None:
    """Requirement 17."""
    idp = teams(5)
    path = idp.make("nina")
    names = ["title", "nickName", "locale", "timezone", "userType", "displayName"]

    outcome = at_once(
        lambda name=name: idp.send("PATCH", path, {"Operations": [{"op": "add", "path": name, "value": "x"}]})
        for name in names
    )

    assert outcome == Counter({200: 6})
    assert all(idp.send("GET", path)[1][name] == "x" for name in names)


def test_a_storm_of_activations_never_overfills_and_never_fails(teams: Callable[[int], Line]) -> None:
    """Requirements 10 and 28."""
    idp = teams(4)
    people = [idp.make(f"p{n}", active=False) for n in range(6)]

    outcome = at_once(
        lambda path=path, body=body: idp.send("PATCH", path, body) for path in people for body in (ON, OFF, ON)
    )  # fmt: skip

    assert outcome.keys() <= {200, 403}
    assert len(idp.send("GET", f"{BASE}/Users?filter=active%20eq%20true")[1]["Resources"]) <= 4


def test_of_24_additions_at_once_to_one_group_none_is_lost(teams: Callable[[int], Line]) -> None:
    """Requirement 24."""
    idp = teams(30)
    people = [idp.make(f"g{n}", active=False) for n in range(24)]
    group = group_of(idp, "Staff")

    outcome = at_once(lambda path=path: idp.send("PATCH", group, joining(path)) for path in people)

    assert outcome == {204: 24}
    assert inside(idp, group) == {path.rpartition("/")[2] for path in people}


def test_a_group_that_is_filled_and_deleted_at_once_is_gone_whole(teams: Callable[[int], Line]) -> None:
    """Requirement 24."""
    idp = teams(10)
    person_path = idp.make("g", active=False)
    groups = [group_of(idp, f"Staff {n}") for n in range(6)]

    calls = [lambda path=path: idp.send("PATCH", path, joining(person_path)) for path in groups]
    outcome = at_once([*calls, *(lambda path=path: idp.send("DELETE", path) for path in groups)])

    assert outcome[404] + outcome[204] == 12 and outcome[204] >= 6
    assert {idp.send("GET", path)[0] for path in groups} == {404}


def test_of_8_groups_of_one_name_made_at_once_one_is_made(teams: Callable[[int], Line]) -> None:
    """Requirement 24."""
    idp = teams(10)

    outcome = at_once(lambda: idp.send("POST", f"{BASE}/Groups", {"displayName": "Staff"}) for _ in range(8))

    assert outcome == {201: 1, 409: 7}


def test_a_person_deleted_while_they_are_added_is_in_no_group(teams: Callable[[int], Line]) -> None:
    """Requirement 24."""
    idp = teams(10)
    group = group_of(idp, "Staff")
    people = [idp.make(f"g{n}", active=False) for n in range(6)]

    calls = [lambda path=path: idp.send("PATCH", group, joining(path)) for path in people]
    outcome = at_once([*calls, *(lambda path=path: idp.send("DELETE", path) for path in people)])

    assert set(outcome) <= {204, 400}
    assert inside(idp, group) == set()


def group_of(idp: Line, name: str) -> str:
    """Push an empty group; returns the path to it."""
    return f"{BASE}/Groups/{idp.send('POST', f'{BASE}/Groups', {'displayName': name})[1]['id']}"


def joining(path: str) -> dict[str, object]:
    """The PATCH that adds somebody."""
    return {"Operations": [{"op": "add", "path": "members", "value": [{"value": path.rpartition("/")[2]}]}]}


def inside(idp: Line, group: str) -> set[str]:
    """The ids of those who are in a group."""
    return {member["value"] for member in idp.send("GET", group)[1]["members"]}
