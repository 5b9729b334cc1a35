"""Input that means harm: refused in words, fast, and nobody is made or changed by it (requirement 27)."""

import json
import time
from typing import Any

import pytest

from portal.teams.models import Member, Team
from tests.scim.idp import PATCH_OP, Idp, person

BODIES: dict[str, bytes] = {
    "nothing": b"",
    "no JSON": b"{",
    "a list": b"[]",
    "null": b"null",
    "NUL": b'{"userName": "a\\u0000b"}',
    "raw NUL": b'{"userName": "a\x00b"}',
    "invalid UTF-8": b'{"userName": "\xff\xfe"}',
    "UTF-16": '{"userName": "nina"}'.encode("utf-16"),
    "lone surrogate": b'{"userName": "\\ud800"}',
    "NaN": b'{"userName": NaN}',
    "50,000 brackets": b"[" * 50_000,
    "50,000 objects": b'{"a":' * 50_000,
    "deep": b'{"name":' + b"[" * 60 + b"]" * 60 + b"}",
    "a number for a name": b'{"userName": 5}',
    "a list for a name": b'{"userName": ["nina"]}',
    "an object for a name": b'{"userName": {"a": 1}}',
    "spaces for a name": b'{"userName": "   "}',
    "5,000 characters": json.dumps(person("n" * 5_000)).encode(),
    "a text for names": json.dumps(person("nina", name="Nina")).encode(),
    "a number among e-mails": json.dumps(person("nina", emails=[5])).encode(),
    "201 e-mails": json.dumps(person("nina", emails=[{"value": f"{n}@x.test"} for n in range(201)])).encode(),
    "maybe active": json.dumps(person("nina", active="maybe")).encode(),
    "an extension as text": json.dumps(
        person("nina", **{"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": "x"})
    ).encode(),
}
OPERATIONS: list[Any] = [
    None, {}, [], "x", 5, [5], [None], [[]], [{}], [{"op": 5}], [{"op": "move"}], [{"op": "replace"}],
    [{"op": "replace", "value": 5}], [{"op": "replace", "value": ["active"]}],
    [{"op": "replace", "path": 5, "value": 1}], [{"op": "replace", "path": "nothing", "value": 1}],
    [{"op": "replace", "path": "emails[", "value": 1}], [{"op": "replace", "path": "a" * 5_000, "value": 1}],
    [{"op": "replace", "path": "emails[" + "(" * 600 + "]", "value": 1}], [{"op": "remove"}],
    [{"op": "remove", "path": "userName"}], [{"op": "replace", "path": "userName", "value": ""}],
    [{"op": "replace", "path": "active", "value": "perhaps"}], [{"op": "replace", "path": "id", "value": "x"}],
    [{"op": "replace", "path": "userName", "value": "x" * 5_000}],
    [{"op": "add", "path": "emails", "value": [{"value": str(n)} for n in range(300)]}],
    [{"op": "replace", "path": "displayName", "value": "x"}] * 1_001,
]  # fmt: skip
IDS = [
    "%00", "%ff", "%0A", "..", "%2e%2e", "%2F", "'", "\"", "1%20OR%201=1", "0", "-1", "null", "undefined", "Users",
    "{}", "%F0%9F%A6%8A", "a" * 5_000, "019F0000", "00000000-0000-0000-0000-000000000000", ";", "$", "*",
]  # fmt: skip


@pytest.mark.parametrize("raw", BODIES.values(), ids=BODIES.keys())
def test_a_hostile_body_makes_nobody(idp: Idp, acme: Team, raw: bytes) -> None:
    """Requirement 27."""
    before = Member.every_team.count()

    assert idp.post(raw).status == 400
    assert Member.every_team.count() == before


@pytest.mark.parametrize("operations", OPERATIONS, ids=lambda value: str(value)[:40])
def test_a_hostile_patch_changes_nobody(idp: Idp, operations: Any) -> None:
    """Requirement 27."""
    path = idp.make("nina")
    before = idp.get(path).body

    answer = idp.send("PATCH", path, {"schemas": [PATCH_OP], "Operations": operations})

    assert answer.status in (400, 413)
    assert idp.get(path).body == before


@pytest.mark.parametrize("odd", IDS)
@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_an_odd_id_is_not_found(idp: Idp, method: str, odd: str) -> None:
    """Requirement 27."""
    answer = idp.send(method, f"/Users/{odd}", person("nina"))

    assert answer.status == 404


@pytest.mark.parametrize(
    "query",
    [
        "filter=%00", "filter=%ff", "filter=userName%20eq%20%22%00%22", "filter=" + "(" * 5_000, "filter=x",
        "filter=title", "filter=userName%20eq", "filter=nothing%20pr", "filter=password%20eq%20%22x%22",
        "filter=active%20gt%20true", "filter=" + "%20or%20".join(["userName%20pr"] * 101), "sortBy=%00", "sortBy=x",
        "count=x", "count=1.5", "startIndex=1e3", "count=%00", "startIndex=%D9%A3", "count=true",
        "attributes=userName&excludedAttributes=id",
    ],
)  # fmt: skip
def test_a_query_that_cannot_be_read_is_refused(idp: Idp, query: str) -> None:
    """Requirements 22, 23 and 27."""
    assert idp.get(f"/Users?{query}").status == 400


def test_more_parameters_than_anybody_sends_are_refused(idp: Idp) -> None:
    """Requirement 27."""
    assert idp.get("/Users?" + "&".join(f"a{n}=1" for n in range(2_000))).status == 400


def test_a_body_of_24_megabytes_is_refused_by_its_length(idp: Idp) -> None:
    """Requirement 27."""
    body = b'{"userName": "' + b"x" * 24 * 1024 * 1024 + b'"}'
    began = time.monotonic()

    assert idp.post(body).status == 413
    assert time.monotonic() - began < 2


@pytest.mark.parametrize("length", ["x", "-1", "²", "1" * 30])
def test_a_length_that_is_none_is_refused(idp: Idp, length: str) -> None:
    """Requirement 27."""
    answer = idp.client.generic(
        "POST", "/scim/v2/Users", b"", "application/json", CONTENT_LENGTH=length,
        headers={"Authorization": f"Bearer {idp.token}"},
    )  # fmt: skip

    assert answer.status_code in (400, 413)
    assert answer.json()["status"] == str(answer.status_code)


def test_a_thousand_operations_are_carried_out_fast(idp: Idp) -> None:
    """Requirement 27."""
    path = idp.make("nina")
    began = time.monotonic()

    answer = idp.patch(path, *({"op": "replace", "path": "title", "value": str(n)} for n in range(1_000)))

    assert (answer.status, answer.body["title"]) == (200, "999")
    assert time.monotonic() - began < 2


@pytest.mark.parametrize("agent", ["\x00", "é", "x" * 5_000])
def test_an_odd_user_agent_spoils_nothing(idp: Idp, agent: str) -> None:
    """Requirement 27."""
    answer = idp.client.generic(
        "POST", "/scim/v2/Users", b"{}", "application/json", HTTP_USER_AGENT=agent,
        headers={"Authorization": f"Bearer {idp.token}"},
    )  # fmt: skip

    assert answer.status_code == 400


@pytest.mark.parametrize("tag", ["x", "W/", '"', 'W/"x"', "²", "9" * 400, ",", "*,x", "%00"])
def test_an_odd_precondition_never_breaks(idp: Idp, tag: str) -> None:
    """Requirement 27."""
    path = idp.make("nina")

    assert idp.patch(path, {"op": "add", "path": "title", "value": "x"}, If_Match=tag).status in (200, 412)
    assert idp.get(path, If_None_Match=tag).status in (200, 304)
