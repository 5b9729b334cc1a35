"""The production server called over sockets by a product with a key that a command made."""

import http.client
import json
from dataclasses import dataclass
from itertools import count
from typing import Any
from urllib.parse import urlsplit

from tests.servers import Portal

numbers = count(1)


@dataclass
class Caller:
    """A product that opens a connection for each call."""

    portal: Portal
    key: str
    slug: str

    def send(self, method: str, path: str, body: Any = None, /, **headers: str) -> tuple[int, Any]:
        """Make one call; returns status and body."""
        where = http.client.HTTPConnection("127.0.0.1", urlsplit(self.portal.url).port or 0, timeout=60)
        given = {"Host": "localhost", "Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            where.request(method, f"/api/v1{path}", None if body is None else json.dumps(body).encode(), given)
            answer = where.getresponse()
            return answer.status, json.loads(answer.read() or b"null")
        finally:
            where.close()


def team(portal: Portal, seats: int) -> Caller:
    """Make a team and a key of it, by the commands an operator has."""
    slug = f"team{next(numbers)}"
    portal.manage("create_team", slug, "--name", slug, "--seats", str(seats), "--owner", f"olga@{slug}.test")
    return Caller(portal, portal.manage("create_api_key", "--team", slug, "--name", "Races")["key"], slug)
