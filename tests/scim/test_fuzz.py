"""Seeded fuzz (requirement 27): whatever is sent, the answer is SCIM, never a 5xx, never slow, with no inner text."""

import json
import random
import time

import pytest
from django.test import Client

from tests.scim import fuzz
from tests.scim.fuzz import Call
from tests.scim.idp import CONTENT_TYPE, ERROR, Idp

SHORT, LONG = 3_000, 20_000
# What only our own code, database or libraries would say.
INNER = ("Traceback", "django", "psycopg", "sqlite", "teams_member", "SELECT ", "scim2_models", "pydantic", ".py", "0x")
SLOWEST = 1.0


def wrong(call: Call, status: int, kind: str, raw: bytes, seconds: float) -> str:
    """Say what is wrong with an answer; empty where nothing is."""
    if status >= 500 and status != 501:
        return f"{status}"
    if kind != CONTENT_TYPE:
        return f"content type {kind}"
    if seconds > SLOWEST:
        return f"{seconds:.2f} s"
    if status < 400 or call.method == "HEAD" or not raw:
        return ""
    body = json.loads(raw)
    if body.get("schemas") != [ERROR] or body.get("status") != str(status) or not body.get("detail"):
        return f"no SCIM Error: {raw[:200]!r}"
    # What the client sent may be said back to it.
    told = str(body["detail"])
    return next((f"tells {word}: {told}" for word in INNER if word in told and word not in call.text), "")


def send(client: Client, token: str, call: Call) -> tuple[int, str, bytes, float]:
    """Make a call inside this process; returns status, content type, body and seconds."""
    began = time.perf_counter()
    answer = client.generic(
        call.method, call.path, call.body, call.kind, headers={"Authorization": f"Bearer {token}", **call.headers}
    )
    return answer.status_code, answer.headers["Content-Type"], answer.content, time.perf_counter() - began


def run(idp: Idp, seed: int, count: int) -> list[str]:
    """Make so many calls; returns what was wrong with which."""
    chance = random.Random(seed)
    people = [idp.make(f"person{n}") for n in range(3)]
    group = idp.send("POST", "/Groups", {"displayName": "Crew"}).body["id"]
    client, bad = Client(raise_request_exception=False), []
    for number in range(count):
        call = fuzz.call(chance, people, f"/Groups/{group}")
        outcome = send(client, idp.token, call)
        # A busy machine may hold one call up: what is truly slow is slow twice.
        problem = wrong(call, *outcome) and wrong(call, *send(client, idp.token, call))
        if problem:
            bad.append(f"seed {seed} call {number}: {problem} to {call.method} {call.path[:200]} {call.body[:200]!r}")
    return bad


@pytest.fixture
def unlimited(monkeypatch: pytest.MonkeyPatch) -> None:
    """No rate limit: a flood is another test."""
    monkeypatch.setattr("scim.http.calls.rate", 0)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", range(6))
def test_no_input_breaks_the_form_of_an_answer(idp: Idp, unlimited: None, seed: int) -> None:
    """Requirements 2, 3 and 27."""
    assert run(idp, seed, SHORT // 6) == []


@pytest.mark.long
@pytest.mark.timeout(1_800)
@pytest.mark.parametrize("seed", range(100, 108))
def test_no_input_of_many_breaks_the_form_of_an_answer(idp: Idp, unlimited: None, seed: int) -> None:
    """Requirements 2, 3 and 27."""
    assert run(idp, seed, LONG // 8) == []


def test_the_fuzz_reaches_every_endpoint_and_every_status() -> None:
    """A fuzz that is refused at the door proves nothing."""
    chance = random.Random(1)
    calls = [fuzz.call(chance, ["/Users/x"], "/Groups/y") for _ in range(2_000)]

    assert {call.method for call in calls} >= {"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "FOO"}
    for place in ("/Users", "/Groups", "/Bulk", "/.search", "/Schemas", "/Me", "/ServiceProviderConfig"):
        assert any(place in call.path for call in calls), place


@pytest.mark.parametrize(
    ("status", "kind", "raw", "seconds"),
    [(500, CONTENT_TYPE, b"{}", 0.1), (200, "text/html", b"", 0.1), (200, CONTENT_TYPE, b"", 1.5),
     (400, CONTENT_TYPE, b'{"detail": "x"}', 0.1),
     (400, CONTENT_TYPE, json.dumps({"schemas": [ERROR], "status": "400", "detail": "no teams_member"}).encode(),
      0.1)],
)  # fmt: skip
def test_the_judge_sees_what_is_wrong(status: int, kind: str, raw: bytes, seconds: float) -> None:
    assert wrong(Call("POST", "/scim/v2/Users", b""), status, kind, raw, seconds)
