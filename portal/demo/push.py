"""What the practice IdP does by SCIM, in the order identity providers do it: look up, then create or update."""

import json
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

from portal.demo.state import Exchanged, Person, State

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
KEPT = 12


def call(state: State, method: str, path: str, body: dict[str, Any] | None = None) -> tuple[int, dict[str, Any]]:
    """Make one SCIM call and keep it for the page; returns status and body."""
    request = urllib.request.Request(state.scim_url.rstrip("/") + path, method=method)
    request.add_header("Authorization", f"Bearer {state.scim_token}")
    request.add_header("Content-Type", "application/scim+json")
    request.add_header("Accept", "application/scim+json")
    request.add_header("User-Agent", "Seatgate-Practice-IdP/1.0")
    data = json.dumps(body).encode() if body is not None else None
    try:
        with urllib.request.urlopen(request, data, timeout=10) as response:
            status, text = response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        status, text = error.code, error.read().decode(errors="replace")
    except (urllib.error.URLError, ValueError, OSError) as error:
        status, text = 0, json.dumps({"detail": f"No answer from {state.scim_url or 'nowhere'}: {error}"})
    sent = f"{method} {path}" + (f"\n{json.dumps(body, indent=2, ensure_ascii=False)}" if body is not None else "")
    state.last = [Exchanged(sent, status, _pretty(text)), *state.last][:KEPT]
    try:
        return status, json.loads(text) if text else {}
    except ValueError:
        return status, {}


def _pretty(text: str) -> str:
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False) if text else "(no body)"
    except ValueError:
        return text[:4000]


def test_connection(state: State) -> int:
    """Look for somebody, as a Test button does; returns the status."""
    return call(state, "GET", "/Users?startIndex=1&count=2")[0]


def push(state: State, person: Person) -> int:
    """Look the person up, then create or update them; returns the last status."""
    wanted = urllib.parse.quote(f'userName eq "{person.user_name}"')
    status, found = call(state, "GET", f"/Users?filter={wanted}")
    if status != 200:
        return status
    hits = found.get("Resources", [])
    path, method = (f"/Users/{hits[0]['id']}", "PUT") if hits else ("/Users", "POST")
    status, made = call(state, method, path, document(person))
    if status in (200, 201):
        person.scim_id = made["id"]
    return status


def set_active(state: State, person: Person, active: bool) -> int:
    """Deactivate or reactivate the person; returns the status."""
    if not person.scim_id:
        return push(state, person)
    operation = {"op": "replace", "path": "active", "value": active}
    status, _answer = call(
        state, "PATCH", f"/Users/{person.scim_id}", {"schemas": [PATCH_OP], "Operations": [operation]}
    )
    if status == 200:
        person.active = active
    return status


def delete(state: State, person: Person) -> int:
    """Delete the person at the application; they stay in the directory."""
    status, _answer = call(state, "DELETE", f"/Users/{person.scim_id}")
    if status in (204, 404):
        person.scim_id, person.active = "", True
    return status


def document(person: Person) -> dict[str, Any]:
    """Return the person as a SCIM User."""
    return {
        "schemas": [USER],
        "userName": person.user_name,
        "externalId": f"practice-{person.user_name}",
        "name": {"givenName": person.given_name, "familyName": person.family_name},
        "displayName": person.label,
        "emails": [{"value": person.email, "type": "work", "primary": True}],
        "active": person.active,
    }
