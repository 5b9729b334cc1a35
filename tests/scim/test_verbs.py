"""Each call has one name of ours, and JumpCloud's own beside it (seed 001)."""

from typing import Any

import pytest

from scim import verbs

URN = "urn:ietf:params:scim:schemas:core:2.0:User"
USER = "/scim/v2/Users/0a"
TENANT = "/scim/v2/00000000-0000-0000-0000-000000000001"


def op(value: Any, path: str | None = None) -> dict[str, Any]:
    """A PATCH of one operation."""
    return {"Operations": [{"op": "Replace", "value": value} | ({"path": path} if path else {})]}


@pytest.mark.parametrize(
    ("method", "path", "body", "verb", "jumpcloud"),
    [
        ("GET", "/scim/v2/Users?filter=userName%20eq%20%22x%22", None, "look_up", "user_lookup_provision"),
        ("GET", f"{TENANT}/Users?count=2", None, "list", ""),
        ("GET", USER, None, "read", ""),
        ("POST", "/scim/v2/Users/.search", {"filter": 'userName eq "x"'}, "look_up", "user_lookup_provision"),
        ("POST", f"{TENANT}/Users", {}, "create", "user_create_provision"),
        ("PUT", USER, {"active": True}, "update", "user_update_provision"),
        ("PUT", USER, {"Active": "False"}, "deactivate", "user_deprovision"),
        ("PATCH", USER, op("False", "active"), "deactivate", "user_deprovision"),
        ("PATCH", USER, op({"active": False}), "deactivate", "user_deprovision"),
        ("PATCH", USER, op(True, f"{URN}:active"), "activate", "user_update_provision"),
        ("PATCH", USER, op("x", "title"), "update", "user_update_provision"),
        ("PATCH", USER, {"Operations": [7, {"path": 5}]}, "update", "user_update_provision"),
        ("DELETE", USER, None, "delete", "user_delete_provision"),
        ("POST", "/scim/v2/Groups", {}, "group_create", "group_create_provision"),
        ("PATCH", "/scim/v2/Groups/1", {}, "group_update", "group_update_provision"),
        ("DELETE", "/scim/v2/Groups/1", None, "group_delete", "group_delete_provision"),
        ("GET", "/scim/v2/Groups", None, "group_list", ""),
        ("GET", "/scim/v2/Schemas/x", None, "discovery", ""),
        ("POST", "/scim/v2/Bulk", {}, "bulk", ""),
        ("GET", "/scim/v1/Users", None, "other", ""),
        ("GET", "/scim/v2", None, "other", ""),
    ],
)  # fmt: skip
def test_a_call_has_its_name(method: str, path: str, body: Any, verb: str, jumpcloud: str) -> None:
    assert verbs.of(method, path, body) == verb
    assert verbs.JUMPCLOUD.get(verb, "") == jumpcloud


def test_every_verb_has_its_words() -> None:
    ours = {value for name, value in vars(verbs).items() if name.isupper() and isinstance(value, str)}

    assert ours == set(verbs.WORDS)
