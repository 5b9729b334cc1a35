"""What identity providers send, step by step, replayed from `dialogues/*.json` on both base URLs.

A step is {"do", "send": [method, path], "headers", "body", "want", "keep"}. `want` holds the status, headers and the
parts of the body that must be there: objects may hold more, lists must match element by element, {"$absent": [names]}
says what must not be there. `keep` gives names to values of the answer ({"user_id": "id"}), which later steps use as
`$user_id`; `$name` in a wanted value is replaced before it is compared.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from portal.teams.models import Team
from tests.scim.idp import Answer, Idp

FILES = sorted((Path(__file__).parent / "dialogues").glob("*.json"))


def filled(value: Any, known: dict[str, Any]) -> Any:
    """Put what was kept where it is named; a text that is nothing but a name takes the value's own type."""
    if isinstance(value, list):
        return [filled(item, known) for item in value]
    if isinstance(value, dict):
        return {filled(name, known): filled(item, known) for name, item in value.items()}
    if isinstance(value, str) and value.removeprefix("$") in known and value.startswith("$"):
        return known[value[1:]]
    if isinstance(value, str):
        for name, kept in known.items():
            value = value.replace(f"${name}", str(kept))
    return value


def differs(wanted: Any, got: Any, where: str = "body") -> str:
    """Say where an answer lacks a wanted part; empty where it has them all."""
    if isinstance(wanted, dict) and isinstance(got, dict):
        for name in wanted.get("$absent", []):
            if name in got:
                return f"{where}.{name} must not be there"
        parts = ((f"{where}.{name}", item, got.get(name)) for name, item in wanted.items() if name != "$absent")
    elif isinstance(wanted, list) and isinstance(got, list) and len(wanted) == len(got):
        parts = ((f"{where}[{n}]", item, got[n]) for n, item in enumerate(wanted))
    else:
        same = wanted == got and type(wanted) is type(got)
        return "" if same else f"{where}: wanted {wanted!r}, got {got!r}"
    return next((found for place, item, had in parts if (found := differs(item, had, place))), "")


def pick(body: Any, path: str) -> Any:
    """Follow a dotted path into a body."""
    for step in path.split("."):
        body = body[int(step)] if isinstance(body, list) else body[step]
    return body


def judge(step: dict[str, Any], answer: Answer, known: dict[str, Any]) -> str:
    """Say how an answer differs from what the step wants."""
    want = filled(step["want"], known)
    if answer.status != want["status"]:
        return f"wanted {want['status']}, got {answer.status} {answer.raw!r}"
    for name, value in want.get("headers", {}).items():
        if answer.headers.get(name) != value:
            return f"{name}: wanted {value!r}, got {answer.headers.get(name)!r}"
    return differs(want["body"], answer.body) if "body" in want else ""


@pytest.mark.parametrize("tenant", [False, True], ids=["plain", "tenant"])
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_an_identity_providers_dialogue(file: Path, tenant: bool, idp: Idp, acme: Team) -> None:
    idp.base = f"/scim/v2/{acme.pk}" if tenant else "/scim/v2"
    known: dict[str, Any] = {"base": f"http://localhost:8000{idp.base}"}

    for number, step in enumerate(json.loads(file.read_text()), 1):
        method, path = filled(step["send"], known)
        answer = idp.send(method, path, filled(step.get("body"), known), **step.get("headers", {}))

        assert not judge(step, answer, known), f"{file.stem} step {number}, {step['do']}"
        known |= {name: pick(answer.body, where) for name, where in step.get("keep", {}).items()}


def test_every_identity_provider_has_a_dialogue() -> None:
    assert [file.stem for file in FILES] == [
        "authentik", "entra", "entra_aadoptscim062020", "jumpcloud", "keycloak", "okta", "okta_spec_test", "onelogin",
        "ping",
    ]  # fmt: skip
