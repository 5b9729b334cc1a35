"""The production server spoken to over sockets: what a test client in the process never shows."""

import http.client
import json
import socket
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from threading import Barrier
from typing import Any
from urllib.parse import urlsplit

from portal.demo.idp import PracticeIdp
from tests.scim.idp import BASE, CONTENT_TYPE
from tests.servers import Portal

numbers = count(1)


@dataclass
class Line:
    """A team's identity provider, which opens a connection for each call."""

    portal: Portal
    token: str
    slug: str

    def send(self, method: str, path: str, body: Any = None, /, **headers: str) -> tuple[int, Any]:
        """Make one call; returns status and body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        given = {"Host": "localhost", "Authorization": f"Bearer {self.token}", "Content-Type": CONTENT_TYPE}
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        raw = json.dumps(body).encode() if isinstance(body, dict) else body
        try:
            connection.request(method, path, raw, given, encode_chunked="Transfer-Encoding" in given)
            answer = connection.getresponse()
            text = answer.read()
        finally:
            connection.close()
        assert answer.getheader("Content-Type") == CONTENT_TYPE
        return answer.status, json.loads(text) if text else None

    def raw(self, request: str) -> bytes:
        """Send bytes that no client library would, and nothing more; returns all that comes back."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as connection:
            connection.sendall(request.replace("{token}", self.token).encode())
            connection.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: connection.recv(65_536), b""))

    @property
    def port(self) -> int:
        """Where the server listens."""
        return urlsplit(self.portal.url).port or 0

    def make(self, user_name: str, **more: Any) -> str:
        """Create somebody; returns the path to them."""
        status, body = self.send("POST", f"{BASE}/Users", {"userName": user_name, **more})
        assert status == 201, body
        return f"{BASE}/Users/{body['id']}"

    def total(self) -> int:
        """Count the people of the team."""
        return int(self.send("GET", f"{BASE}/Users?count=0")[1]["totalResults"])


def team(portal: Portal, folder: Path, seats: int) -> Line:
    """Make a team with single sign-on and SCIM on, by the commands an operator has."""
    slug = f"team{next(numbers)}"
    metadata = folder / "metadata.xml"
    metadata.write_bytes(PracticeIdp.make("https://idp.test", "https://idp.test/sso").metadata())
    portal.manage(
        "create_team", slug, "--name", slug.title(), "--seats", str(seats), "--owner", f"olga@{slug}.test",
        "--plan", "enterprise", "--entitle", "sso", "scim",
    )  # fmt: skip
    portal.manage("configure_sso", slug, "--metadata", str(metadata))
    return Line(portal, portal.manage("enable_scim", slug)["token"], slug)


def at_once(calls: Iterable[Callable[[], tuple[int, Any]]]) -> Counter[int]:
    """Make all calls at the same moment; count the statuses."""
    calls = list(calls)
    barrier = Barrier(len(calls))

    def run(call: Callable[[], tuple[int, Any]]) -> int:
        barrier.wait(30)
        return call()[0]

    with ThreadPoolExecutor(len(calls)) as pool:
        return Counter(pool.map(run, calls))
