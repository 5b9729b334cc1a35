"""What only a real server and real sockets show (requirements 2 and 27)."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scim.idp import BASE, person
from tests.scim.wire import Line, team
from tests.servers import SqliteFiles, portal_server

LARGE = 24 * 1024 * 1024
PIECES = [b"x" * 65_536] * (LARGE // 65_536)
HEAD = f"POST {BASE}/Users HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {{token}}\r\n"


@pytest.fixture(scope="module")
def line(sqlite_files: SqliteFiles, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    """An identity provider before a server of one process."""
    folder: Path = tmp_path_factory.mktemp("metadata")
    with sqlite_files.fresh() as url, portal_server(url, processes=1, SCIM_RATE_LIMIT="0") as portal:
        yield team(portal, folder, 50)
        assert "Traceback" not in portal.logged()


def test_a_body_in_chunks_without_a_length_is_read(line: Line) -> None:
    """Requirement 27."""
    raw = json.dumps(person("chunked")).encode()

    status, body = line.send("POST", f"{BASE}/Users", iter([raw[:7], raw[7:]]), Transfer_Encoding="chunked")

    assert (status, body["userName"]) == (201, "chunked")


def test_a_body_of_24_megabytes_is_told_its_limit(line: Line) -> None:
    """Requirement 27: the client, still sending, must be able to read the answer."""
    assert line.send("POST", f"{BASE}/Users", b"x" * LARGE)[0] == 413


def test_24_megabytes_in_chunks_are_told_the_limit(line: Line) -> None:
    """Requirement 27."""
    assert line.send("POST", f"{BASE}/Users", iter(PIECES), Transfer_Encoding="chunked")[0] == 413


def test_a_body_that_ends_early_makes_nobody(line: Line) -> None:
    """Requirement 27."""
    before = line.total()

    answer = line.raw(HEAD + 'Content-Length: 500\r\n\r\n{"userName": "early"}')

    assert answer.startswith(b"HTTP/1.1 400") or answer == b""
    assert line.total() == before


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "//scim/v2/Users", 404),
        ("GET", "/scim", 404),
        ("GET", f"{BASE}//Users", 404),
        ("GET", f"{BASE}/Users/%00", 404),
        ("GET", f"{BASE}/Users/%ff%fe", 404),
        ("GET", f"{BASE}/Users?filter=%00%ff", 400),
        ("GET", f"{BASE}/Users/{'a' * 5_000}", 404),
        ("HEAD", f"{BASE}/Users", 200),
        ("OPTIONS", f"{BASE}/Users", 405),
        ("TRACE", f"{BASE}/Users", 405),
        ("NONSENSE", f"{BASE}/Users", 405),
    ],
)
def test_odd_requests_are_answered_in_scim(line: Line, method: str, path: str, status: int) -> None:
    """Requirements 2 and 27."""
    assert line.send(method, path)[0] == status


def test_another_host_is_refused_in_scim(line: Line) -> None:
    """Requirement 2."""
    assert line.send("GET", f"{BASE}/Users", Host="evil.test")[0] == 400


def test_a_head_of_a_person_has_no_body(line: Line) -> None:
    path = line.make("head")

    assert line.send("HEAD", path) == (200, None)
