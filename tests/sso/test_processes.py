"""Replay against several processes of the production server, on both engines: whoever is first is the only one."""

import http.client
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from threading import Barrier
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from portal.demo.idp import PracticeIdp, read_request
from tests import servers
from tests.servers import Portal

IDP = PracticeIdp.make("https://idp.test/many", "https://idp.test/many/sso")


@dataclass
class Browser:
    """A browser that keeps its cookies and opens a connection for each call."""

    portal: Portal
    cookies: dict[str, str] = field(default_factory=dict)

    def send(self, method: str, path: str, **form: str) -> tuple[int, str]:
        """Make one call; returns the status and where it leads."""
        connection = http.client.HTTPConnection("127.0.0.1", urlsplit(self.portal.url).port or 0, timeout=60)
        headers = {"Host": "localhost", "Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items())}
        headers |= {"Content-Type": "application/x-www-form-urlencoded"} if form else {}
        try:
            connection.request(method, path, urlencode(form) if form else None, headers)
            answer = connection.getresponse()
            answer.read()
        finally:
            connection.close()
        for line in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value
        return answer.status, answer.getheader("Location") or ""

    def is_in(self) -> bool:
        """Say whether this browser is signed in to a team."""
        return self.send("GET", "/settings/profile/")[0] == 200

    def twin(self) -> "Browser":
        """The same browser in another tab."""
        return Browser(self.portal, dict(self.cookies))


def team(portal: Portal, folder: Path) -> None:
    """Make a team that signs in by the practice IdP."""
    (folder / "idp.xml").write_bytes(IDP.metadata())
    portal.manage(
        "create_team", "acme", "--name", "Acme", "--seats", "9", "--owner", "olga@acme.test", "--plan", "enterprise",
        "--entitle", "sso",
    )  # fmt: skip
    portal.manage("configure_sso", "acme", "--metadata", str(folder / "idp.xml"), "--jit", "--idp-initiated")


def response(portal: Portal, email: str, in_response_to: str | None) -> str:
    """A good response about somebody new."""
    acs, audience = f"{portal.url}/sso/acme/acs", f"{portal.url}/sso/acme/metadata"
    return IDP.respond(
        acs_url=acs, audience=audience, name_id=email, in_response_to=in_response_to, attributes={"email": email},
    )  # fmt: skip


def at_once(browsers: list[Browser], method: str, path: str, **form: str) -> list[tuple[int, str]]:
    """Have every browser make the same call at the same moment."""
    barrier = Barrier(len(browsers))

    def run(browser: Browser) -> tuple[int, str]:
        barrier.wait(30)
        return browser.send(method, path, **form)

    with ThreadPoolExecutor(len(browsers)) as pool:
        return list(pool.map(run, browsers))


def statuses(answers: list[tuple[int, str]]) -> Counter[int]:
    """Count the statuses."""
    return Counter(status for status, _ in answers)


@pytest.mark.timeout(300)
def test_a_response_replayed_eight_times_at_once_opens_one_session(database_url: str, tmp_path: Path) -> None:
    with servers.portal_server(database_url, processes=3, ACS_RATE_LIMIT="0") as portal:
        team(portal, tmp_path)
        browser = Browser(portal)
        request = read_request(dict(parse_qsl(urlsplit(browser.send("GET", "/sso/acme/login")[1]).query)))

        for message in (response(portal, "asked@acme.test", request.id), response(portal, "tile@acme.test", None)):
            posted = at_once([browser.twin() for _ in range(8)], "POST", "/sso/acme/acs", SAMLResponse=message)
            finish = next(where for status, where in posted if status == 303)
            tabs = [browser.twin() for _ in range(8)]
            finished = at_once(tabs, "GET", finish)

            assert (statuses(posted), statuses(finished)) == ({303: 1, 403: 7}, {302: 1, 403: 7})
            assert [tab.is_in() for tab in tabs].count(True) == 1

        assert portal.manage("check_invariants")["members"] == 3
