"""A database that goes away: every door says "in a moment" in its own language, and works again without a restart."""

import json
import urllib.error
import urllib.request
from email.message import Message
from pathlib import Path

import pytest

from tests import servers
from tests.scim.idp import BASE
from tests.scim.wire import team
from tests.servers import Portal, portal_server

pytestmark = pytest.mark.pg
# Who has no session costs the database nothing.
SOME_SESSION = {"Cookie": "seatgate=abcdefghijklmnopqrstuvwxyz012345"}


def ask(portal: Portal, path: str, **headers: str) -> tuple[int, Message, str]:
    """Ask the server for a page; returns status, headers and body."""
    request = urllib.request.Request(portal.url + path, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.headers, answer.read().decode()
    except urllib.error.HTTPError as answer:
        return answer.code, answer.headers, answer.read().decode()


def test_while_the_database_is_away_every_door_says_when_to_come_again_and_recovers(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv(servers.SOCKET, raising=False)
    with servers.postgres() as server, server.fresh() as url, portal_server(url) as portal:
        line = team(portal, tmp_path, 5)
        key = portal.manage("create_api_key", "--team", line.slug, "--name", "Product")["key"]
        users, members = f"{BASE}/Users", "/api/v1/members"
        paths: list[tuple[str, dict[str, str]]] = [
            ("/readyz", {}), ("/teams/", SOME_SESSION), (users, {"Authorization": f"Bearer {line.token}"}),
            (members, {"Authorization": f"Bearer {key}"}),
        ]  # fmt: skip
        assert [ask(portal, path, **headers)[0] for path, headers in paths] == [200] * 4

        with server.away():
            gone = {path: ask(portal, path, **headers) for path, headers in paths}
            alive = ask(portal, "/healthz")[0]

        back = [ask(portal, path, **headers)[0] for path, headers in paths for _ in range(3)]

    assert [status for status, _, _ in gone.values()] == [503] * 4
    assert all(int(headers["Retry-After"]) > 0 for _, headers, _ in gone.values())
    assert json.loads(gone[users][2])["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]
    assert "Try again in a few seconds" in gone["/teams/"][2]
    assert gone[members][1]["Content-Type"].startswith("application/problem+json")
    assert alive == 200
    assert back == [200] * 12
