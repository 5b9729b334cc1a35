"""What the production server itself makes of a request: a HEAD, and a Host that is not ours."""

import http.client
from collections.abc import Iterator
from contextlib import closing
from urllib.parse import urlsplit

import pytest

from tests import servers
from tests.servers import Portal, portal_server

# What differs between any two answers.
OF_ONE_ANSWER = {"date", "x-request-id", "set-cookie", "content-security-policy"}


@pytest.fixture(scope="module")
def portal(sqlite_files: servers.SqliteFiles) -> Iterator[Portal]:
    """A server at work."""
    with sqlite_files.fresh() as url, portal_server(url, processes=1) as running:
        yield running


def ask(portal: Portal, verb: str, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    """Ask the server; returns status, headers and body."""
    place = urlsplit(portal.url)
    with closing(http.client.HTTPConnection("127.0.0.1", place.port or 0, timeout=30)) as line:
        line.request(verb, path, headers={"Host": place.netloc} | headers)
        answer = line.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()


@pytest.mark.parametrize("path", ["/sign-in/", "/sign-in/trouble/", "/members/", "/no-such-page/"])
def test_head_is_answered_as_get_is_without_a_body(portal: Portal, path: str) -> None:
    status, headers, body = ask(portal, "GET", path)

    told, said, nothing = ask(portal, "HEAD", path)

    assert (told, nothing) == (status, b"")
    assert {name: said.get(name) for name in headers.keys() - OF_ONE_ANSWER} == {
        name: headers[name] for name in headers.keys() - OF_ONE_ANSWER
    }
    assert int(said["content-length"]) == len(body)


@pytest.mark.parametrize("path", ["/sign-in/", "/scim/v2/Users", "/api/v1/members"])
def test_a_host_that_is_not_ours_leaves_one_line_and_no_traceback(portal: Portal, path: str) -> None:
    before = len(portal.logged())

    status, _headers, body = ask(portal, "GET", path, Host="evil.example")

    said = portal.logged()[before:].splitlines()
    assert (status, b"evil" in body) == (400, False)
    assert [line for line in said if "evil.example" in line] == said
    assert len(said) <= 1
