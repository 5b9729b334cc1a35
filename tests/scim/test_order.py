"""The order of checks: 401, 404, 413 and 415, 400, 412, 409, seats (requirement 10); one test a neighbouring pair.

Each request is wrong in two ways, and is answered for the first.
"""

import pytest

from portal.teams import seats
from portal.teams.models import Team
from tests import make
from tests.scim.idp import Idp, person

UNKNOWN = "/Users/019f0000-0000-7000-8000-000000000000"
STALE = 'W/"99"'


@pytest.fixture
def nina(idp: Idp) -> str:
    """The path to Nina, whom the directory made."""
    return idp.make("nina")


def fill(team: Team) -> None:
    """Take away every free seat."""
    seats.resize(team, make.BY_OPERATOR, seats.tally(team).assigned)


def test_401_comes_before_404(idp: Idp) -> None:
    """Requirements 1 and 10."""
    idp.token = "sgs_unknown"

    assert idp.get(UNKNOWN).status == 401


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_404_comes_before_413(idp: Idp, method: str) -> None:
    """Requirement 10."""
    assert idp.send(method, UNKNOWN, b" " * 1_100_000).status == 404


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_404_comes_before_415(idp: Idp, method: str) -> None:
    """Requirement 10."""
    assert idp.send(method, UNKNOWN, b"x", Content_Type="text/plain").status == 404


def test_413_comes_before_415(idp: Idp) -> None:
    """Requirement 10."""
    assert idp.post(b" " * 1_100_000, Content_Type="text/plain").status == 413


def test_413_comes_before_400(idp: Idp, nina: str) -> None:
    """Requirement 10."""
    assert idp.put(nina, b"{" * 1_100_000).status == 413


def test_415_comes_before_400(idp: Idp, nina: str) -> None:
    """Requirement 10."""
    assert idp.put(nina, b"{", Content_Type="text/plain").status == 415


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_400_comes_before_412(idp: Idp, nina: str, method: str) -> None:
    """Requirement 10."""
    assert idp.send(method, nina, {"userName": ""}, If_Match=STALE).status == 400


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_412_comes_before_409(idp: Idp, nina: str, method: str) -> None:
    """Requirement 10."""
    idp.make("omar")
    change = {"op": "replace", "path": "userName", "value": "omar"}
    body = {"userName": "omar"} if method == "PUT" else {"Operations": [change]}

    assert idp.send(method, nina, body, If_Match=STALE).status == 412


def test_409_comes_before_the_seats_where_somebody_is_made(idp: Idp, acme: Team, nina: str) -> None:
    """Requirement 10."""
    fill(acme)

    assert idp.post(person("NINA")).status == 409


def test_409_comes_before_the_seats_where_somebody_is_woken(idp: Idp, acme: Team, nina: str) -> None:
    """Requirement 10."""
    idp.active(nina, False)
    idp.make("omar")
    fill(acme)

    assert idp.put(nina, person("omar")).status == 409


def test_400_comes_before_409_and_the_seats(idp: Idp, acme: Team, nina: str) -> None:
    """Requirement 10."""
    fill(acme)

    assert idp.post(person("nina", active="maybe")).status == 400


def test_a_bad_projection_is_refused_before_anything_is_done(idp: Idp, nina: str) -> None:
    """Requirement 23."""
    both = "?attributes=userName&excludedAttributes=emails"

    assert idp.send("POST", f"/Users{both}", person("omar")).status == 400
    assert idp.find('userName eq "omar"') == []
