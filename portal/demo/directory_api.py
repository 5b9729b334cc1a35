"""JumpCloud's own API, as far as its documents tell of it: groups, members, membership and users, opened by a key.

The practice IdP serves its people by it, and the tests run against it: one directory for both, which can be told to be
busy, to lose its key, a group or everybody.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

# As documented: what a page has where nothing is said, and at most.
DEFAULT_PAGE, LARGEST_PAGE = 10, 100
ALL_FIELDS = ("username", "email", "firstname", "lastname", "displayname", "activated", "suspended", "state", "mfa")


def made_id(name: str) -> str:
    """Return the id of a user or group: 24 hexadecimal digits, the same for the same name."""
    return hashlib.sha256(name.encode()).hexdigest()[:24]


@dataclass
class User:
    """Somebody in the directory, as JumpCloud names the fields."""

    username: str
    email: str
    firstname: str = ""
    lastname: str = ""
    displayname: str = ""
    activated: bool = True
    suspended: bool = False
    id: str = ""

    def __post_init__(self) -> None:
        self.id = self.id or made_id(self.username)

    def document(self, fields: str) -> dict[str, Any]:
        """Tell of the user what was asked for; the id always."""
        said = {name: getattr(self, name, "") for name in ALL_FIELDS}
        said["state"] = "SUSPENDED" if self.suspended else "ACTIVATED" if self.activated else "STAGED"
        # What an import must not ask for, and would get.
        said["mfa"] = {"configured": False}
        wanted = fields.split() or list(ALL_FIELDS)
        return {"_id": self.id, "id": self.id, **{name: value for name, value in said.items() if name in wanted}}


@dataclass
class UserGroup:
    """A group: its own users, and groups in it whose users count too."""

    name: str
    users: list[str] = field(default_factory=list)
    inside: list[str] = field(default_factory=list)

    @property
    def id(self) -> str:
        """The group's id."""
        return made_id(f"group {self.name}")


@dataclass(frozen=True)
class Reply:
    """What is answered."""

    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Directory:
    """One organisation: its key, its users by id, its groups."""

    key: str
    users: dict[str, User] = field(default_factory=dict)
    groups: list[UserGroup] = field(default_factory=list)
    # Where it is set, the key opens several organisations and must say which is meant.
    organisation: str = ""
    # The next so many requests are one too many, and are told to wait.
    busy: int = 0
    retry_after: str = "1"

    def answer(self, path: str, query: Mapping[str, str], headers: Mapping[str, str]) -> Reply:
        """Answer a GET; the headers' names are in lower case."""
        if not self.key or headers.get("x-api-key") != self.key:
            return Reply(401, {"message": "Unauthorized: user is not authorized"})
        if self.organisation and headers.get("x-org-id") != self.organisation:
            return Reply(400, {"message": "x-org-id must be set to a valid organization"})
        if self.busy:
            self.busy -= 1
            return Reply(429, {"message": "Too Many Requests"}, {"Retry-After": self.retry_after})
        try:
            limit, skip = int(query.get("limit", DEFAULT_PAGE)), int(query.get("skip", 0))
        except ValueError:
            return Reply(400, {"message": "limit and skip are numbers"})
        if not 1 <= limit <= LARGEST_PAGE or skip < 0:
            return Reply(400, {"message": f"limit must be between 1 and {LARGEST_PAGE}"})
        return self._find(path.strip("/").split("/"), query, slice(skip, skip + limit))

    def _find(self, parts: list[str], query: Mapping[str, str], page: slice) -> Reply:
        if parts == ["api", "v2", "usergroups"]:
            found = sorted(self.groups, key=lambda group: group.name)
            return Reply(200, [{"id": each.id, "name": each.name, "type": "user_group"} for each in found[page]])
        if parts[:3] == ["api", "v2", "usergroups"] and len(parts) == 5:
            group = next((each for each in self.groups if each.id == parts[3]), None)
            return self._edges(group, parts[4], page) if group else Reply(404, {"message": "Not Found"})
        if parts == ["api", "systemusers"]:
            rows = sorted(self.users.values(), key=lambda user: user.id)
            told = [user.document(query.get("fields", "")) for user in rows[page]]
            return Reply(200, {"totalCount": len(rows), "results": told})
        if parts[:2] == ["api", "systemusers"] and len(parts) == 3 and parts[2] in self.users:
            return Reply(200, self.users[parts[2]].document(query.get("fields", "")))
        return Reply(404, {"message": "Not Found"})

    def _edges(self, group: UserGroup, kind: str, page: slice) -> Reply:
        """Direct edges (`members`), or everybody who is in it in the end (`membership`)."""
        if kind == "members":
            return Reply(200, [{"to": {"id": each, "type": "user"}, "attributes": None} for each in group.users[page]])
        if kind == "membership":
            return Reply(200, [{"id": each, "type": "user", "paths": []} for each in self._effective(group)[page]])
        return Reply(404, {"message": "Not Found"})

    def _effective(self, group: UserGroup) -> list[str]:
        inner = [each for each in self.groups if each.name in group.inside and each is not group]
        found = [user for each in (group, *inner) for user in each.users]
        return list(dict.fromkeys(found))
