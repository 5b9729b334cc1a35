"""What the documentation shows of each shape; a test holds every example to its shape."""

from typing import Any

ID, OTHER_ID = "019ae4c2-7b1e-7c44-9f0e-5b6a1c0d2e3f", "019ae4c3-0d52-7e0b-8a11-2f4c6d8e9a01"

TEAM: dict[str, Any] = {
    "id": ID,
    "slug": "northwind",
    "name": "Northwind",
    "plan": "enterprise",
    "seats": {"bought": 25, "assigned": 23, "free": 2, "waiting": 0},
    "sso_on": True,
    "sso_enforced": False,
    "scim_on": True,
    "last_event": 412,
    "locks": {
        "assign": "Members are managed by your identity provider (SCIM is on). Assign and unassign them there.",
        "unassign": "Members are managed by your identity provider (SCIM is on). Assign and unassign them there.",
    },
}
LISTED_TEAM = {name: value for name, value in TEAM.items() if name != "locks"}
MEMBER: dict[str, Any] = {
    "id": OTHER_ID,
    "user_name": "ada@northwind.test",
    "external_id": "",
    "email": "ada@northwind.test",
    "given_name": "Ada",
    "family_name": "Okafor",
    "display_name": "",
    "role": "admin",
    "active": True,
    "suspended": False,
    "held": False,
    "managed_by_directory": False,
    "origin": "dashboard",
    "groups": [{"id": ID, "name": "Engineers"}],
    "last_sign_in": "2026-05-04T09:12:44Z",
    "created_at": "2026-04-02T08:00:00Z",
    "updated_at": "2026-05-04T09:12:44Z",
}
GONE = MEMBER | {"active": False, "role": "member"}
SEAT: dict[str, Any] = {
    "holds_seat": True,
    "may_enter": True,
    "found": True,
    "member_id": OTHER_ID,
    "email": "ada@northwind.test",
    "role": "admin",
    "active": True,
    "suspended": False,
    "held": False,
}
GROUP: dict[str, Any] = {
    "id": ID,
    "name": "Engineers",
    "external_id": "00g1",
    "role": "member",
    "members": 12,
    "empty_since": None,
    "created_at": "2026-04-02T08:00:00Z",
    "updated_at": "2026-04-02T08:00:00Z",
}
WAITING: dict[str, Any] = {
    "id": ID,
    "label": "zoe@northwind.test",
    "door": "scim",
    "times": 3,
    "first_at": "2026-05-03T10:00:00Z",
    "last_at": "2026-05-04T10:00:00Z",
}
EVENT: dict[str, Any] = {
    "number": 411,
    "at": "2026-05-04T09:00:00Z",
    "kind": "member.assigned",
    "door": "dashboard",
    "actor": "Ada Okafor",
    "actor_id": OTHER_ID,
    "subject": "Zoe Lind",
    "subject_id": ID,
    "refused": False,
    "data": {},
    "sentence": "Ada Okafor gave Zoe Lind a seat",
}
