"""Nothing crosses teams: every endpoint and verb with the other team's token (requirement 6)."""

from typing import Any

import pytest

from portal.teams.models import Member, Team
from scim.models import Exchange
from tests import make
from tests.scim.idp import Idp, at, person, to
from tests.teams import journal

UNKNOWN = "/Users/019f0000-0000-7000-8000-000000000000"
BODIES: dict[str, Any] = {
    "GET": None,
    "HEAD": None,
    "PUT": person("taken", active=False),
    "PATCH": {"Operations": [{"op": "replace", "path": "active", "value": False}]},
    "DELETE": None,
}


@pytest.mark.parametrize("method", BODIES)
def test_a_strangers_id_is_answered_like_an_unknown_one(idp: Idp, stranger: Idp, method: str) -> None:
    """Requirement 6."""
    nina = idp.make("nina")
    before = list(Member.every_team.filter(pk=at(nina).pk).values())

    answer, unknown = (stranger.send(method, path, BODIES[method]) for path in (nina, UNKNOWN))

    assert answer.status == unknown.status == 404
    assert answer.raw == unknown.raw
    assert list(Member.every_team.filter(pk=at(nina).pk).values()) == before


@pytest.mark.parametrize("method", BODIES)
def test_a_strangers_group_is_answered_like_an_unknown_one(idp: Idp, stranger: Idp, method: str) -> None:
    """Requirements 6 and 24."""
    nina = idp.make("nina")
    group = idp.group("Staff", nina)
    body = {"PUT": {"displayName": "x"}, "PATCH": {"Operations": [{"op": "remove", "path": "members"}]}}.get(method)

    answer, unknown = (stranger.send(method, path, body) for path in (group, UNKNOWN.replace("/Users", "/Groups")))

    assert (answer.status, answer.raw) == (404, unknown.raw)
    assert idp.inside(group) == {nina}


@pytest.mark.parametrize(
    "filter_text",
    ['displayName eq "staff"', 'id eq "$group"', 'members eq "$nina"', "members pr", "id pr", 'not (members eq "x")'],
)
def test_no_filter_reaches_another_teams_groups(idp: Idp, stranger: Idp, filter_text: str) -> None:
    """Requirements 6 and 24."""
    nina = idp.make("nina")
    known = {"$nina": nina.rpartition("/")[2], "$group": idp.group("Staff", nina).rpartition("/")[2]}
    for name, value in known.items():
        filter_text = filter_text.replace(name, value)

    assert stranger.find(filter_text, "/Groups") == []
    assert stranger.find(f'groups.value eq "{known["$group"]}"') == []


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize(
    "path",
    [
        "/Users",
        "$nina",
        "/ServiceProviderConfig",
        "/Schemas",
        "/ResourceTypes",
        "/Groups",
        "/Bulk",
        "/.search",
        "/Users/.search",
        "/Groups/.search",
        "/Me",
    ],
)
def test_another_teams_tenant_url_is_shut_for_every_verb(
    idp: Idp, acme: Team, stranger: Idp, path: str, method: str
) -> None:
    """Requirement 6."""
    nina = idp.make("nina")
    stranger.base = f"/scim/v2/{acme.pk}"

    assert stranger.send(method, path.replace("$nina", nina), BODIES.get(method)).status == 401
    assert at(nina).active


@pytest.mark.parametrize(
    "filter_text",
    ['userName eq "nina"', 'id eq "$id"', 'externalId eq "7"', 'emails.value eq "nina@acme.test"', "userName pr",
     'not (userName eq "x")', 'userName ne "x" or userName pr', "active eq true", 'externalId ne "8"'],
)  # fmt: skip
def test_no_filter_reaches_another_team(idp: Idp, stranger: Idp, globex: Team, filter_text: str) -> None:
    """Requirement 6."""
    nina = idp.make("nina", externalId="7")

    found = stranger.find(filter_text.replace("$id", nina.rpartition("/")[2]))

    assert {one["id"] for one in found} <= {str(make.who(globex, "greg").pk)}


def test_the_same_person_may_be_in_both_teams(idp: Idp, stranger: Idp) -> None:
    """Requirement 6."""
    mine, theirs = idp.make("nina", externalId="7"), stranger.make("NINA", externalId="7")

    stranger.active(theirs, False)

    assert mine != theirs
    assert idp.get(mine).body["active"] is True
    assert idp.put(mine, person("nina", externalId="7")).status == 200


def test_nobody_of_another_team_is_adopted(idp: Idp, acme: Team, stranger: Idp) -> None:
    """Requirement 6."""
    path = stranger.make("mlund", emails=[{"value": "mia@acme.test"}])

    assert at(path).pk != make.who(acme, "mia").pk
    assert not make.who(acme, "mia").scim_written


def test_no_seat_of_another_team_is_taken(idp: Idp, acme: Team, stranger: Idp) -> None:
    """Requirement 6."""
    for n in range(4):
        stranger.make(f"p{n}")

    assert stranger.post(person("p5")).detail.startswith("No unassigned seats left in team Globex: 5 of 5")
    assert idp.post(person("p5")).status == 201


def test_what_one_team_does_stands_in_its_own_logs_alone(idp: Idp, acme: Team, stranger: Idp, globex: Team) -> None:
    """Requirements 6 and 29."""
    before = journal.kinds(acme)
    path = stranger.make("nina")

    stranger.active(path, False)
    stranger.get(to(make.who(acme, "mia")))

    assert journal.kinds(acme) == before
    assert not Exchange.every_team.filter(team=acme).exists()
    assert Exchange.every_team.filter(team=globex).count() == 3


def test_a_document_points_to_the_url_it_was_asked_at(idp: Idp, acme: Team) -> None:
    idp.base = f"/scim/v2/{acme.pk}"

    path = idp.make("nina")

    assert idp.get(path).body["meta"]["location"] == f"http://localhost:8000/scim/v2/{acme.pk}{path}"
