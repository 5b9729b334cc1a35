"""What every dialect answers: which calls an identity provider makes for each act."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from django.utils.functional import Promise

from portal.demo.state import Person

Document = dict[str, Any]
Words = str | Promise
# Ids at the application, each with the person's name.
Members = dict[str, str]

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


@dataclass(frozen=True)
class Call:
    """One SCIM request: method, path below the base URL, body."""

    method: str
    path: str
    body: Document | None = None


class Dialect:
    """An identity provider's way to speak SCIM. What a dialect never does has a sentence that says so."""

    key: str
    label: str
    about: Words
    agent: str
    media = "application/scim+json"
    # What the identity provider's own form calls the base URL and the token.
    url_field: str
    token_field: str
    # How many people it asks for at a time; 0 where it imports nobody.
    page_size = 0
    no_import: Words = ""
    no_delete: Words = ""
    # It reads the user it knows by id before it updates them; else it looks them up.
    reads_first = False
    # Its connection test makes a user (and a group) and takes them away again.
    makes_test_user = False
    detach_words: Words

    def headers(self) -> dict[str, str]:
        """Return the headers of every request, but for the token."""
        return {"User-Agent": self.agent, "Content-Type": self.media, "Accept": self.media}

    def user_name(self, person: Person) -> str:
        """Return what this identity provider sends as userName."""
        return person.user_name

    def probes(self, serves_groups: bool, stranger: str) -> list[Call]:
        """Return the look-ups of a connection test; `stranger` is a name nobody has."""
        raise NotImplementedError

    def look_ups(self, person: Person) -> list[Call]:
        """Return the queries that decide between create and update; the first hit counts."""
        raise NotImplementedError

    def document(self, person: Person) -> Document:
        """Return the person as this identity provider creates them."""
        raise NotImplementedError

    def create(self, person: Person) -> Call:
        """Return the request that creates the person."""
        return Call("POST", "/Users", self.document(person))

    def update(self, person: Person, found: Document) -> Call:
        """Return the request that brings the user `found` at the application up to date."""
        raise NotImplementedError

    def activation(self, scim_id: str, active: bool) -> Call:
        """Return the request that deactivates or reactivates."""
        raise NotImplementedError

    def delete(self, scim_id: str) -> list[Call]:
        """Return the requests that delete; none where the identity provider never does."""
        return [Call("DELETE", f"/Users/{scim_id}")]

    def page(self, start: int) -> Call:
        """Return the request for one page of an import."""
        return Call("GET", f"/Users?startIndex={start}&count={self.page_size}")

    def group_look_up(self, name: str) -> Call | None:
        """Return the query for a group by its name, or None where it is not asked before creating."""
        return Call("GET", f"/Groups?filter={equals('displayName', name)}")

    def group_create(self, name: str, members: Members) -> Call:
        """Return the request that creates a group."""
        raise NotImplementedError

    def member_checks(self, scim_id: str, add: Members) -> list[Call]:
        """Return the queries asked before members are added."""
        return []

    def group_change(self, scim_id: str, name: str, add: Members, remove: list[str]) -> Call | None:
        """Return the request that changes the membership, or None where there is nothing to say."""
        raise NotImplementedError

    def group_detach(self, scim_id: str, name: str) -> Call:
        """Return the request sent when the group is taken off the application."""
        return Call("DELETE", f"/Groups/{scim_id}")


def equals(attribute: str, value: str) -> str:
    """Write an `eq` filter as it stands in a URL (RFC 7644 section 3.4.2.2: values as JSON)."""
    return quote(f"{attribute} eq {json.dumps(value, ensure_ascii=False)}", safe="")


def patch(path: str, *operations: Document) -> Call:
    """Write a PATCH of these operations."""
    return Call("PATCH", path, {"schemas": [PATCH_OP], "Operations": list(operations)})


def mark(person: Person, of: str, length: int) -> str:
    """Make an id or a secret that stays the same for a person, as a directory's would."""
    return hashlib.sha256(f"{of}:{person.user_name}".encode()).hexdigest()[:length]
