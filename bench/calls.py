"""One SCIM call at a time, as a thread of the soak makes it; the load of tables is `bench.load`'s."""

import http.client
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit


@dataclass
class Target:
    """A SCIM server: its base URL and a token."""

    base_url: str
    token: str

    def connect(self) -> http.client.HTTPConnection:
        """Open one connection that is kept."""
        return http.client.HTTPConnection(urlsplit(self.base_url).netloc, timeout=60)

    def call(
        self, line: http.client.HTTPConnection, method: str, path: str, body: dict[str, Any] | None = None
    ) -> tuple[int, bytes]:
        """Make one call; returns status and body."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/scim+json"}
        data = json.dumps(body) if body is not None else None
        line.request(method, urlsplit(self.base_url).path + path, data, headers)
        answer = line.getresponse()
        return answer.status, answer.read()


def person(number: int) -> dict[str, Any]:
    """Return the SCIM document of somebody."""
    name = f"user{number}"
    email = {"value": f"{name}@bench.test", "type": "work", "primary": True}
    return {"userName": name, "name": {"givenName": "User", "familyName": str(number)}, "emails": [email]}


def lookup(user_name: str) -> str:
    """Return the path of a look-up by userName."""
    return "/Users?filter=" + quote(f'userName eq "{user_name}"')


def retitle(number: int) -> dict[str, Any]:
    """Return a PATCH that changes something each time."""
    return {"Operations": [{"op": "replace", "path": "title", "value": f"Title {number}"}]}
