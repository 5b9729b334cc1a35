"""Bulk requests (RFC 7644 section 3.7): each operation is the single call, in an act of its own."""

from typing import Any

import pytest

from portal.teams.models import Member, Team
from scim.models import Exchange
from tests import make
from tests.scim.idp import Answer, Idp, at, person
from tests.teams import journal

REQUEST = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
RESPONSE = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"


def bulk(idp: Idp, *operations: Any, **more: Any) -> Answer:
    """One bulk request."""
    return idp.send("POST", "/Bulk", {"schemas": [REQUEST], "Operations": list(operations), **more})


def done(idp: Idp, *operations: Any, **more: Any) -> list[dict[str, Any]]:
    """What each operation of a bulk request was answered."""
    answer = bulk(idp, *operations, **more)
    assert (answer.status, answer.body["schemas"]) == (200, [RESPONSE])
    return list(answer.body["Operations"])


def create(bulk_id: str, path: str = "/Users", **data: Any) -> dict[str, Any]:
    """An operation that makes something."""
    return {"method": "POST", "path": path, "bulkId": bulk_id, "data": data or person(bulk_id)}


def group(bulk_id: str, *members: str) -> dict[str, Any]:
    """An operation that makes a group."""
    return create(bulk_id, "/Groups", displayName=bulk_id, members=[{"value": member} for member in members])


def statuses(answers: list[dict[str, Any]]) -> list[str]:
    return [one["status"] for one in answers]


def test_all_four_methods_are_carried_out(idp: Idp) -> None:
    """RFC 7644 section 3.7.3."""
    nina, omar, pia = (idp.make(name) for name in ("nina", "omar", "pia"))

    answers = done(
        idp,
        create("quin"),
        {"method": "PUT", "path": nina, "data": person("nina", title="Chief")},
        {"method": "PATCH", "path": omar, "data": {"Operations": [{"op": "replace", "value": {"active": False}}]}},
        {"method": "DELETE", "path": pia},
    )

    assert statuses(answers) == ["201", "200", "200", "204"]
    assert (idp.get(nina).body["title"], at(omar).active, idp.get(pia).status) == ("Chief", False, 404)
    made = answers[0]
    assert (made["method"], made["bulkId"]) == ("POST", "quin")
    assert made["location"] == f"http://localhost:8000{idp.base}/Users/{made['response']['id']}"
    assert made["version"] == made["response"]["meta"]["version"]
    assert answers[3]["location"].endswith(pia)
    assert "response" not in answers[3]


def test_what_is_refused_is_answered_as_the_single_call_would_be(idp: Idp) -> None:
    """RFC 7644 section 3.7.3: the others go on."""
    idp.make("nina")

    answers = done(idp, create("a", userName="NINA"), create("b", userName=""), create("c"))

    assert statuses(answers) == ["409", "400", "201"]
    assert [one["response"].get("scimType") for one in answers[:2]] == ["uniqueness", "invalidValue"]
    assert "location" not in answers[0]


@pytest.mark.parametrize("order", [1, -1])
def test_a_group_is_filled_with_people_made_in_the_same_request(idp: Idp, order: int) -> None:
    """RFC 7644 section 3.7.2, in either order."""
    operations = [create("nina"), create("omar"), group("Crew", "bulkId:nina", "bulkId:omar")]

    answers = done(idp, *operations[::order])[::order]

    ids = {one["response"]["id"] for one in answers[:2]}
    assert statuses(answers) == ["201"] * 3
    assert {one["value"] for one in answers[2]["response"]["members"]} == ids


def test_a_manager_made_in_the_same_request_is_named_by_its_id(idp: Idp) -> None:
    """RFC 7644 section 3.7.2."""
    urn = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
    worker = create("w", userName="worker", **{urn: {"manager": {"value": "bulkId:boss"}}})

    answers = done(idp, worker, create("boss"))

    assert answers[0]["response"][urn]["manager"]["value"] == answers[1]["response"]["id"]


def test_paths_may_name_what_was_just_made(idp: Idp) -> None:
    """RFC 7644 section 3.7.2: in the path of an operation, and inside the path of a PATCH."""
    answers = done(
        idp,
        create("nina"),
        group("Crew", "bulkId:nina"),
        {"method": "PATCH", "path": "/Users/bulkId:nina",
         "data": {"Operations": [{"op": "add", "path": "title", "value": "Chief"}]}},
        {"method": "PATCH", "path": "/Groups/bulkId:Crew",
         "data": {"Operations": [{"op": "remove", "path": 'members[value eq "bulkId:nina"]'}]}},
    )  # fmt: skip

    assert statuses(answers)[:3] == ["201", "201", "200"]
    assert answers[2]["response"]["title"] == "Chief"
    assert not idp.get(f"/Groups/{answers[1]['response']['id']}").body.get("members")


def test_references_in_a_circle_are_refused(idp: Idp) -> None:
    """RFC 7644 section 3.7.1."""
    answers = done(idp, group("a", "bulkId:b"), group("b", "bulkId:a"), create("nina"), group("c", "bulkId:c"))

    assert statuses(answers) == ["409", "409", "201", "409"]


def test_what_refers_to_a_failure_fails_with_it(idp: Idp) -> None:
    """RFC 7644 section 3.7.2."""
    answers = done(idp, group("Crew", "bulkId:x"), create("x", userName=""))

    assert statuses(answers) == ["409", "400"]
    assert idp.get("/Groups").body["totalResults"] == 0


@pytest.mark.parametrize(("most", "made"), [(None, 2), (1, 1), (2, 1), (3, 2)])
def test_after_so_many_errors_nothing_more_is_tried(idp: Idp, most: int | None, made: int) -> None:
    """RFC 7644 section 3.7.3: failOnErrors."""
    bad = create("bad", userName="")
    more = {} if most is None else {"failOnErrors": most}

    answers = done(idp, create("a"), bad, {**bad, "bulkId": "bad2"}, create("b"), **more)

    assert statuses(answers).count("201") == made
    assert len(answers) == {None: 4, 1: 2, 2: 3, 3: 4}[most]


def test_a_version_is_held_to(idp: Idp) -> None:
    """RFC 7644 section 3.7: version is If-Match."""
    nina = idp.make("nina")
    old = idp.get(nina).body["meta"]["version"]
    idp.patch(nina, {"op": "add", "path": "title", "value": "x"})

    answers = done(idp, *({"method": method, "path": nina, "version": old, "data": person("nina")}
                          for method in ("PUT", "DELETE")))  # fmt: skip

    assert statuses(answers) == ["412", "412"]
    assert idp.get(nina).body["title"] == "x"


def test_seats_are_refused_one_by_one(idp: Idp, acme: Team) -> None:
    """Requirement 10."""
    answers = done(idp, *(create(f"p{n}") for n in range(9)))

    assert statuses(answers) == ["201"] * 7 + ["403"] * 2
    assert answers[8]["response"]["detail"].startswith("No unassigned seats left in team Acme: 10 of 10")
    assert Member.every_team.filter(team=acme, active=True).count() == 10


def test_each_operation_is_an_act_and_a_row_of_its_own(idp: Idp, acme: Team) -> None:
    """Requirement 29."""
    before = len(journal.kinds(acme))
    done(idp, create("a"), create("b", userName=""), create("c"))

    assert journal.kinds(acme)[before:] == ["member.added", "member.added"]
    rows = Exchange.every_team.order_by("at", "pk").values_list("path", "status")
    assert list(rows) == [(f"{idp.base}/Users", 201), (f"{idp.base}/Users", 400), (f"{idp.base}/Users", 201),
                          (f"{idp.base}/Bulk", 200)]  # fmt: skip


@pytest.mark.parametrize(
    ("operation", "status"),
    [
        (None, "400"), ([], "400"), (5, "400"), ({}, "400"),
        ({"method": "GET", "path": "/Users"}, "400"),
        ({"method": 5, "path": "/Users"}, "400"),
        ({"method": "POST", "path": 5, "bulkId": "x", "data": {}}, "400"),
        ({"method": "POST", "path": "Users", "bulkId": "x", "data": {"userName": "x"}}, "400"),
        ({"method": "POST", "path": "/Users", "data": {"userName": "x"}}, "400"),
        ({"method": "POST", "path": "/Users", "bulkId": "x"}, "400"),
        ({"method": "POST", "path": "/Users", "bulkId": "x", "data": "x"}, "400"),
        ({"method": "POST", "path": "/Bulk", "bulkId": "x", "data": {"Operations": []}}, "404"),
        ({"method": "POST", "path": "/Users/.search", "bulkId": "x", "data": {"count": 1}}, "404"),
        ({"method": "POST", "path": "/../../sign-in/", "bulkId": "x", "data": {"a": 1}}, "404"),
        ({"method": "DELETE", "path": "/"}, "404"),
        ({"method": "DELETE", "path": "/Users"}, "405"),
        ({"method": "DELETE", "path": "/Users/x"}, "404"),
        ({"method": "DELETE", "path": "/Users/%00"}, "404"),
        ({"method": "DELETE", "path": "/Users/ä/ö"}, "404"),
        ({"method": "DELETE", "path": "https://elsewhere.test/Users/x"}, "400"),
    ],
)  # fmt: skip
def test_an_odd_operation_spoils_only_itself(idp: Idp, operation: Any, status: str) -> None:
    """Requirement 27."""
    answers = done(idp, operation, create("nina"))

    assert statuses(answers) == [status, "201"]
    assert answers[0]["response"]["status"] == status


@pytest.mark.parametrize(
    ("body", "status"),
    [({}, 400), ({"Operations": {}}, 400), ({"Operations": None}, 400), ({"Operations": [], "failOnErrors": 0}, 400),
     ({"Operations": [], "failOnErrors": "x"}, 400), ({"Operations": [], "failOnErrors": True}, 400),
     ({"Operations": []}, 200), ({"operations": []}, 200), ({"Operations": [{}] * 101}, 413)],
)  # fmt: skip
def test_a_request_that_cannot_be_read_does_nothing(idp: Idp, body: Any, status: int) -> None:
    assert idp.send("POST", "/Bulk", body).status == status


def test_the_limits_are_those_that_discovery_tells(idp: Idp) -> None:
    """RFC 7644 section 3.7.4, requirement 26."""
    told = idp.get("/ServiceProviderConfig").body["bulk"]
    most = [create(f"p{n}", userName=f"p{n}", active=False) for n in range(told["maxOperations"])]

    assert told["supported"] is True
    assert statuses(done(idp, *most)) == ["201"] * 100
    assert bulk(idp, *most, create("more")).status == 413
    assert bulk(idp, create("x", userName="x", title="x" * told["maxPayloadSize"])).status == 413


def test_a_bulk_id_used_twice_is_refused(idp: Idp) -> None:
    assert statuses(done(idp, create("a"), {**create("b"), "bulkId": "a"})) == ["201", "400"]


@pytest.mark.parametrize("tenant", [False, True])
def test_nothing_of_another_team_is_reached(idp: Idp, acme: Team, stranger: Idp, globex: Team, tenant: bool) -> None:
    """Requirement 6."""
    nina = idp.make("nina")
    stranger.base = f"/scim/v2/{globex.pk}" if tenant else "/scim/v2"

    answers = done(
        stranger,
        *({"method": method, "path": path, "data": person("taken", active=False)}
          for path in (nina, f"/{acme.pk}{nina}") for method in ("PUT", "PATCH", "DELETE")),
        {"method": "POST", "path": f"/{acme.pk}/Users", "bulkId": "x", "data": person("late")},
        group("Crew", nina.rpartition("/")[2]),
    )  # fmt: skip

    assert set(statuses(answers[:-1])) == {"404"}
    assert answers[-1]["status"] == "400"
    assert at(nina).active
    assert make.who(globex, "greg").active


def test_a_token_of_another_team_makes_nothing_in_bulk(acme: Team, stranger: Idp) -> None:
    """Requirement 6."""
    stranger.base = f"/scim/v2/{acme.pk}"

    assert bulk(stranger, create("x")).status == 401
