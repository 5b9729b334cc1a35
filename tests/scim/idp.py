"""An identity provider at the other end: sends what it is told to over HTTP, reads what comes back."""

import json
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from uuid import UUID

from django.test import Client

from portal.teams.models import Member, Team
from scim import switch
from tests import make

CONTENT_TYPE = "application/scim+json"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
BASE = "/scim/v2"
# Wrong tokens are throttled by address: each identity provider calls from one of its own.
addresses = (f"10.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}" for n in count(1))


@dataclass
class Answer:
    """What came back; every answer's form is checked by `Idp.send`."""

    status: int
    headers: dict[str, str]
    raw: bytes

    @property
    def body(self) -> Any:
        """The JSON body."""
        return json.loads(self.raw)

    @property
    def detail(self) -> str:
        """The sentence of an Error."""
        return str(self.body["detail"])


@dataclass
class Idp:
    """An identity provider with a team's token."""

    token: str
    base: str = BASE
    client: Client = field(default_factory=lambda: Client(raise_request_exception=False))
    address: str = field(default_factory=lambda: next(addresses))

    def send(self, method: str, path: str, body: Any = None, /, **headers: str) -> Answer:
        """Make one call; a header is named as in `If_Match`. Whatever is asked, the answer is SCIM."""
        given = {"Authorization": f"Bearer {self.token}", "Content-Type": CONTENT_TYPE}
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        response = self.client.generic(
            method, self.base + path, raw, given.pop("Content-Type"), headers=given, REMOTE_ADDR=self.address
        )  # fmt: skip
        answer = Answer(response.status_code, dict(response.headers), response.content)
        assert answer.headers["Content-Type"] == CONTENT_TYPE, answer
        if answer.status >= 400 and method != "HEAD":
            assert answer.body["schemas"] == [ERROR], answer
            assert answer.body["status"] == str(answer.status), answer
            assert answer.detail, answer
        return answer

    def get(self, path: str, /, **headers: str) -> Answer:
        """Read."""
        return self.send("GET", path, **headers)

    def post(self, body: Any, /, **headers: str) -> Answer:
        """Create a person."""
        return self.send("POST", "/Users", body, **headers)

    def put(self, path: str, body: Any, /, **headers: str) -> Answer:
        """Replace a person."""
        return self.send("PUT", path, body, **headers)

    def patch(self, path: str, *operations: dict[str, Any], **headers: str) -> Answer:
        """Modify a person."""
        return self.send("PATCH", path, {"schemas": [PATCH_OP], "Operations": list(operations)}, **headers)

    def delete(self, path: str, /, **headers: str) -> Answer:
        """Delete a person."""
        return self.send("DELETE", path, **headers)

    def find(self, filter_text: str, path: str = "/Users") -> list[Any]:
        """Look people up, or groups."""
        answer = self.client.get(
            f"{self.base}{path}", {"filter": filter_text}, headers={"Authorization": f"Bearer {self.token}"}
        )
        assert answer.status_code == 200, answer.content
        return list(answer.json()["Resources"])

    def active(self, path: str, value: Any) -> Answer:
        """Activate or deactivate."""
        return self.patch(path, {"op": "replace", "path": "active", "value": value})

    def group(self, name: str, *people: str, **more: Any) -> str:
        """Push a group with these people (paths); returns the path to it."""
        members = [{"value": path.rpartition("/")[2]} for path in people]
        answer = self.send("POST", "/Groups", {"schemas": [GROUP], "displayName": name, "members": members, **more})
        assert answer.status == 201, answer
        return f"/Groups/{answer.body['id']}"

    def inside(self, group: str) -> set[str]:
        """The paths of those who are in a group."""
        return {f"/Users/{member['value']}" for member in self.get(group).body["members"]}

    def make(self, user_name: str, **more: Any) -> str:
        """Create somebody; returns the path to them."""
        answer = self.post(person(user_name, **more))
        assert answer.status == 201, answer
        return f"/Users/{answer.body['id']}"


def person(user_name: str, **more: Any) -> dict[str, Any]:
    """A User as JumpCloud would send it: the userName is no e-mail."""
    return {
        "schemas": [USER],
        "userName": user_name,
        "name": {"givenName": user_name.title(), "familyName": "Test"},
        "emails": [{"value": f"{user_name}@acme.test", "type": "work", "primary": True}],
        "active": True,
        **more,
    }


def connect(team: Team) -> Idp:
    """Turn single sign-on and SCIM on, and give the identity provider its token."""
    make.sso_on(team)
    token = switch.turn_on(team, make.as_owner(team))
    team.refresh_from_db()
    return Idp(token)


def at(path: str) -> Member:
    """The row behind a path that `Idp.make` gave."""
    return Member.every_team.select_related("team").get(pk=UUID(path.rpartition("/")[2]))


def to(member: Member) -> str:
    """The path to a member."""
    return f"/Users/{member.pk}"
