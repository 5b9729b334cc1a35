"""Products that write at the same moment, against real server processes on both engines."""

from collections.abc import Callable, Iterator

import pytest

from tests.api import wire
from tests.api.wire import Caller
from tests.scim.wire import at_once
from tests.servers import Portal, portal_server


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.pg)])
def portal(request: pytest.FixtureRequest) -> Iterator[Portal]:
    """Two processes on a database of their own, without a rate limit."""
    engine = {"sqlite": "sqlite_files", "postgres": "postgres_server"}[request.param]
    with request.getfixturevalue(engine).fresh() as url, portal_server(url, API_RATE_LIMIT="0") as portal:
        yield portal
        assert "Traceback" not in portal.logged()


@pytest.fixture
def teams(portal: Portal) -> Iterator[Callable[[int], Caller]]:
    """Make teams with so many seats; every invariant holds after the race."""
    yield lambda seats: wire.team(portal, seats)
    portal.manage("check_invariants")


def test_of_8_posts_at_once_with_one_idempotency_key_one_makes_a_member(teams: Callable[[int], Caller]) -> None:
    app = teams(10)
    answers: list[tuple[int, object]] = []

    def post() -> tuple[int, object]:
        answer = app.send("POST", "/members", {"email": "zoe@x.test"}, Idempotency_Key="one")
        answers.append(answer)
        return answer

    outcome = at_once([post] * 8)

    assert set(outcome) <= {201, 409} and outcome[201] >= 1
    assert len({answer["id"] for status, answer in answers if status == 201}) == 1  # type: ignore[index]
    assert {answer["code"] for status, answer in answers if status == 409} <= {"in_progress"}  # type: ignore[index]
    assert len(app.send("GET", "/members")[1]["data"]) == 2
    added = [each for each in app.send("GET", "/events")[1]["data"] if each["subject"] == "zoe@x.test"]
    assert len(added) == 1
    assert post()[0] == 201


def test_of_8_posts_at_once_with_keys_of_their_own_on_3_free_seats_3_are_seated(
    teams: Callable[[int], Caller],
) -> None:
    app = teams(4)

    outcome = at_once(
        lambda n=n: app.send("POST", "/members", {"email": f"p{n}@x.test"}, Idempotency_Key=f"k{n}") for n in range(8)
    )

    assert outcome == {201: 3, 409: 5}
    assert app.send("GET", "/team")[1]["seats"] == {"bought": 4, "assigned": 4, "free": 0, "waiting": 5}


def test_of_6_writers_with_one_etag_one_is_heard(teams: Callable[[int], Caller]) -> None:
    app = teams(5)
    mia = app.send("POST", "/members", {"email": "mia@x.test"})[1]["id"]

    outcome = at_once(
        lambda role=role: app.send("POST", f"/members/{mia}/role", {"role": role}, If_Match='W/"1"')
        for role in ("admin", "auditor") * 3
    )

    assert outcome == {200: 1, 412: 5}


def test_a_key_revoked_by_the_operator_is_refused_by_every_process(teams: Callable[[int], Caller]) -> None:
    app = teams(2)

    app.portal.manage("revoke_api_key", app.key[:12])

    assert at_once([lambda: app.send("GET", "/team")] * 6) == {401: 6}
