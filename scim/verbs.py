"""What kind of call it was, and what JumpCloud calls it: both logs can be laid side by side."""

import re
from typing import Any

from django.utils.translation import gettext_lazy

LOOK_UP, LIST, READ = "look_up", "list", "read"
CREATE, UPDATE, ACTIVATE, DEACTIVATE, DELETE = "create", "update", "activate", "deactivate", "delete"
GROUP_LOOK_UP, GROUP_LIST, GROUP_READ = "group_look_up", "group_list", "group_read"
GROUP_CREATE, GROUP_UPDATE, GROUP_DELETE = "group_create", "group_update", "group_delete"
BULK, DISCOVERY, OTHER = "bulk", "discovery", "other"

WORDS = {
    LOOK_UP: gettext_lazy("Look somebody up"),
    LIST: gettext_lazy("List people"),
    READ: gettext_lazy("Read somebody"),
    CREATE: gettext_lazy("Add somebody"),
    UPDATE: gettext_lazy("Update somebody"),
    ACTIVATE: gettext_lazy("Activate somebody"),
    DEACTIVATE: gettext_lazy("Deactivate somebody"),
    DELETE: gettext_lazy("Delete somebody"),
    GROUP_LOOK_UP: gettext_lazy("Look a group up"),
    GROUP_LIST: gettext_lazy("List groups"),
    GROUP_READ: gettext_lazy("Read a group"),
    GROUP_CREATE: gettext_lazy("Make a group"),
    GROUP_UPDATE: gettext_lazy("Update a group"),
    GROUP_DELETE: gettext_lazy("Delete a group"),
    BULK: gettext_lazy("Many at once"),
    DISCOVERY: gettext_lazy("Ask what is served"),
    OTHER: gettext_lazy("Something else"),
}
JUMPCLOUD = {
    LOOK_UP: "user_lookup_provision",
    CREATE: "user_create_provision",
    UPDATE: "user_update_provision",
    ACTIVATE: "user_update_provision",
    DEACTIVATE: "user_deprovision",
    DELETE: "user_delete_provision",
    GROUP_CREATE: "group_create_provision",
    GROUP_UPDATE: "group_update_provision",
    GROUP_DELETE: "group_delete_provision",
}
PLACE = re.compile(r"/scim/v2(?:/[0-9a-fA-F-]{36})?(?P<place>/.*)?\Z")
DISCOVERED = ("/ServiceProviderConfig", "/Schemas", "/ResourceTypes")
READING = {"GET", "HEAD"}
READS = {LOOK_UP, LIST, READ, GROUP_LOOK_UP, GROUP_LIST, GROUP_READ, DISCOVERY, OTHER}
SAID_WORDS = {"true": True, "false": False}


def of(method: str, path: str, body: Any = None) -> str:
    """Name the kind of a call by its method, its path with the query, and whether its body says `active`."""
    found = PLACE.match(path)
    place, _mark, query = ((found["place"] if found else "") or "").partition("?")
    head, _slash, rest = place.strip("/").partition("/")
    if head == "Bulk":
        return BULK
    if place.startswith(DISCOVERED):
        return DISCOVERY
    if rest == ".search" or method in READING:
        return _reading(head, rest, query, body)
    if head == "Groups":
        return {"POST": GROUP_CREATE, "DELETE": GROUP_DELETE}.get(method, GROUP_UPDATE)
    if head == "Users":
        said = active(body) if method in ("PUT", "PATCH") else None
        changed = UPDATE if said is None or (method == "PUT" and said) else ACTIVATE if said else DEACTIVATE
        return {"POST": CREATE, "DELETE": DELETE}.get(method, changed)
    return OTHER


def _reading(head: str, rest: str, query: str, body: Any) -> str:
    if head not in ("Users", "Groups"):
        return OTHER
    filtered = "filter=" in query or (isinstance(body, dict) and bool(body.get("filter")))
    one = bool(rest) and rest != ".search"
    verb = READ if one else LOOK_UP if filtered else LIST
    return verb if head == "Users" else f"group_{verb}"


def active(body: Any) -> bool | None:
    """Say what a PUT or PATCH says of `active`; None where it says nothing that can be read."""
    if not isinstance(body, dict):
        return None
    operations = body.get("Operations", body.get("operations"))
    if not isinstance(operations, list):
        return _truth(_named(body, "active"))
    said = [_truth(_operation(each)) for each in operations if isinstance(each, dict)]
    return next((each for each in reversed(said) if each is not None), None)


def _operation(operation: dict[str, Any]) -> Any:
    path, value = _named(operation, "path"), _named(operation, "value")
    if isinstance(path, str) and path.strip():
        return value if path.strip().lower().rpartition(":")[2] == "active" else None
    return _named(value, "active") if isinstance(value, dict) else None


def _named(body: dict[str, Any], name: str) -> Any:
    return next((value for key, value in body.items() if isinstance(key, str) and key.lower() == name), None)


def _truth(value: Any) -> bool | None:
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, dict):
        value = value.get("value")
    return value if isinstance(value, bool) else SAID_WORDS.get(str(value).strip().lower())
