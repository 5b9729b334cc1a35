"""A real Chromium, the real production server, a worker that writes mail to files, and the practice IdP beside them."""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests import servers
from tests.pages import dns

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
CODE = re.compile(r"^ {4}([0-9A-Z]{4}-[0-9A-Z]{4})$", re.MULTILINE)


def chromium() -> str | None:
    """Return where Chromium is, or None."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return os.environ.get("CHROMIUM") or next((found for name in names if (found := shutil.which(name))), None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if chromium() is None and os.environ.get("CI") != "true":
        for item in items:
            if "browser" in item.keywords:
                item.add_marker(pytest.mark.skip(reason="no Chromium here: apt-get install chromium"))


@pytest.fixture(scope="session")
def chrome() -> Iterator[Browser]:
    """One Chromium for the run; each test opens contexts of its own."""
    found = chromium()
    assert found, "CI needs Chromium: .ci/run installs it"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield browser
        browser.close()


@dataclass
class Trouble:
    """What a page must never cause: console errors, CSP reports, failed files, requests to other places."""

    seen: list[str]
    own: tuple[str, ...]

    def watch(self, page: Page) -> None:
        """Listen to a page."""
        # The browser's own word on what the policy forbade, beside what it writes into the console.
        page.expose_function("violated", lambda told: self.seen.append(f"CSP: {told}"))
        page.add_init_script(
            "addEventListener('securitypolicyviolation', (e) => violated(e.violatedDirective + ' ' + e.blockedURI))"
        )
        page.on("console", lambda message: self._console(message.type, message.text))
        page.on("pageerror", lambda error: self.seen.append(f"script: {error}"))
        page.on("request", lambda request: self._request(request.url))
        page.on("response", lambda response: self._response(response.status, response.url))

    def _console(self, kind: str, text: str) -> None:
        # Chromium tells of every page answered 4xx; those are judged by the tests themselves.
        if kind in ("error", "warning") and "Failed to load resource" not in text:
            self.seen.append(f"{kind}: {text}")

    def _request(self, url: str) -> None:
        if not url.startswith((*self.own, "data:", "about:", "blob:")):
            self.seen.append(f"leaves the origin: {url}")

    def _response(self, status: int, url: str) -> None:
        if status >= 500 or (status >= 400 and "/static/" in url):
            self.seen.append(f"{status}: {url}")


@dataclass
class World:
    """The portal at work, its mail, the practice IdP, and browsers to look at them."""

    portal: servers.Portal
    idp_url: str
    mail: Path
    chrome: Browser
    trouble: Trouble
    closing: ExitStack
    zone: dns.Zone

    def open(self, width: int = 1360, height: int = 900, **options: object) -> Page:
        """Open a browser of somebody new."""
        context: BrowserContext = self.chrome.new_context(viewport={"width": width, "height": height}, **options)  # type: ignore[arg-type]
        self.closing.callback(context.close)
        page = context.new_page()
        page.set_default_timeout(10_000)
        self.trouble.watch(page)
        return page

    def code_for(self, address: str) -> str:
        """Read the newest code mailed to an address."""
        found = CODE.search(self.letter(address, CODE))
        assert found
        return found.group(1)

    def letter(self, address: str, words: str | re.Pattern[str]) -> str:
        """Take the newest mail to an address that says these words out of the box."""
        give_up = time.monotonic() + 15
        while time.monotonic() < give_up:
            for file in sorted(self.mail.glob("*"), key=lambda file: file.stat().st_mtime_ns, reverse=True):
                text = file.read_text(errors="replace")
                if f"To: {address}" in text and re.search(words, text):
                    file.unlink()
                    return text
            time.sleep(0.1)
        raise AssertionError(f"no mail to {address} says {words!r}")

    def sign_in(self, page: Page, address: str, wanted: str = "", leads_to: str = "/(teams/)?$") -> None:
        """Sign in by e-mail code, as a person does."""
        page.goto(f"{self.portal.url}/sign-in/?next={wanted}")
        page.get_by_label("Work e-mail").fill(address)
        page.get_by_role("button", name="Continue").click()
        page.get_by_label("Code").fill(self.code_for(address))
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(re.compile(self.portal.url + leads_to))


@pytest.fixture
def world(chrome: Browser, sqlite_files: servers.SqliteFiles, tmp_path: Path) -> Iterator[World]:
    """Start everything a person meets, on a database of one's own."""
    with sqlite_files.fresh() as url, world_on(url, chrome, tmp_path) as started:
        yield started
    assert started.trouble.seen == []


@contextmanager
def world_on(url: str, chrome: Browser, folder: Path) -> Iterator[World]:
    """Start everything a person meets on this database."""
    mail = folder / "mail"
    mail.mkdir()
    with ExitStack() as closing:
        env = {"EMAIL_URL": f"filemail:///{mail}", "SCIM_RATE_LIMIT": "0", "ACS_RATE_LIMIT": "0"}
        zone = closing.enter_context(dns.serve())
        env["DNS_RESOLVERS"] = zone.address
        portal = closing.enter_context(servers.portal_server(url, **env))
        closing.enter_context(beside(["manage.py", "worker"], servers.environment(url, BASE_URL=portal.url, **env)))
        idp_port = servers.free_port()
        idp_url = f"http://127.0.0.1:{idp_port}"
        idp_env = {"SEATGATE_DEMO": "1", "PRACTICE_IDP_URL": idp_url, "PRACTICE_IDP_STATE": str(folder / "idp.json")}
        command = ["manage.py", "practice_idp", "--port", str(idp_port)]
        closing.enter_context(beside(command, servers.environment(url, **idp_env)))
        await_port(idp_port)
        trouble = Trouble([], (portal.url, idp_url))
        yield World(portal, idp_url, mail, chrome, trouble, closing, zone)
        # pytest shows it where the test failed.
        print(portal.logged())


class beside:
    """A process that runs while the block does."""

    def __init__(self, command: list[str], env: dict[str, str]) -> None:
        self.start: Callable[[], subprocess.Popen[bytes]] = lambda: subprocess.Popen(
            [sys.executable, *command], cwd=servers.ROOT, env=env, start_new_session=True
        )

    def __enter__(self) -> "subprocess.Popen[bytes]":
        self.process = self.start()
        return self.process

    def __exit__(self, *_: object) -> None:
        servers.stop(self.process)


def await_port(port: int) -> None:
    """Wait until somebody listens."""
    give_up = time.monotonic() + 30
    while time.monotonic() < give_up:
        with servers.socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError(f"nothing listens on port {port}")
