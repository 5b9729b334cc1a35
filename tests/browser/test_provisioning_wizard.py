"""The provisioning wizard and the live log in a real browser, with an identity provider that really calls."""

import json
import re
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from portal.demo.idp import PracticeIdp
from tests.browser.conftest import World
from tests.browser.keys import Keys

pytestmark = pytest.mark.browser
SCIM, LOG = "/settings/security/authentication/scim/", "/log/provisioning/"
SOON = 12_000
# How each calls, and what it calls the endpoint, the token and the place where people are assigned.
PROVIDERS = {
    "JumpCloud": ("JumpCloud", "Base URL", "Token Key", "User Groups"),
    "Okta": ("Okta SCIM Client 1.0.0", "SCIM connector base URL", "Authorization", "Assignments"),
    "Entra ID": ("", "Tenant URL", "Secret Token", "Users and groups"),
    "your identity provider": ("", "Base URL", "Bearer token", "Assignments"),
}


@dataclass
class Directory:
    """An identity provider with an address and a token."""

    base: str
    token: str
    agent: str = "JumpCloud"

    def send(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Make one call."""
        headers = {"Authorization": f"Bearer {self.token}", "User-Agent": self.agent}
        headers["Content-Type"] = "application/scim+json"
        raw = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.base + path, raw, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                text = answer.read()
                return answer.status, json.loads(text) if text else None
        except urllib.error.HTTPError as refused:
            return refused.code, json.load(refused)

    def add(self, name: str) -> str:
        """Push somebody; returns their id."""
        status, body = self.send("POST", "/Users", {"userName": name, "emails": [{"value": f"{name}@acme.test"}]})
        assert status == 201, body
        return str(body["id"])

    def test_connection(self) -> None:
        """JumpCloud's Test Connection: a test user is looked up, made, and deleted again."""
        self.send("GET", "/Users?filter=userName%20eq%20%22probe%22")
        self.send("DELETE", f"/Users/{self.add('probe')}")


@pytest.fixture
def acme(world: World, tmp_path: Path) -> World:
    """Team Acme with single sign-on on and SCIM off."""
    metadata = tmp_path / "idp.xml"
    metadata.write_bytes(PracticeIdp.make("https://idp.test", "https://idp.test/sso").metadata())
    entitled = ("--plan", "enterprise", "--entitle", "sso", "scim")
    world.portal.manage("create_team", "acme", "--name", "Acme", "--seats", "5", "--owner", "ada@acme.test", *entitled)
    world.portal.manage("configure_sso", "acme", "--metadata", str(metadata))
    return world


@pytest.fixture
def ada(acme: World) -> Page:
    """Ada's browser."""
    page = acme.open()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    acme.sign_in(page, "ada@acme.test")
    return page


def connected(world: World, slug: str = "acme") -> Directory:
    """Turn SCIM on by command."""
    told = world.portal.manage("enable_scim", slug)
    return Directory(told["tenant_base_url"], told["token"])


def test_the_wizard_follows_jumpclouds_test(acme: World, ada: Page) -> None:
    ada.goto(acme.portal.url + SCIM)
    ada.get_by_role("link", name="JumpCloud", exact=True).click()
    ada.get_by_role("button", name="Turn SCIM on").click()
    ada.get_by_role("dialog").get_by_role("button", name="Turn SCIM on").click()
    idp = Directory(
        ada.get_by_role("textbox", name="SCIM endpoint").input_value(),
        ada.get_by_role("textbox", name="SCIM token").input_value(),
    )

    # Whoever leaves without the token is asked first.
    ada.get_by_role("button", name="Listen for the test").click()
    expect(ada.get_by_role("dialog")).to_contain_text("Did you copy the token?")
    ada.get_by_role("button", name="Back to the token").click()
    ada.get_by_role("button", name="Copy SCIM token").click()
    assert ada.evaluate("navigator.clipboard.readText()") == idp.token
    ada.get_by_role("button", name="Listen for the test").click()
    expect(ada.get_by_text("Listening for JumpCloud…")).to_be_visible()

    # What comes shows by itself, first a wrong token, then the whole test.
    assert Directory(idp.base, "sgs_wrong").send("GET", "/Users")[0] == 401
    expect(ada.get_by_text("A request came with a token that is not this team’s.")).to_be_visible(timeout=SOON)
    idp.test_connection()
    expect(ada.get_by_text("JumpCloud reached us. Token correct.")).to_be_visible(timeout=SOON)
    expect(ada.get_by_text("1 test user looked up.")).to_be_visible()
    expect(ada.get_by_text("Created and removed a test user.")).to_be_visible()
    ada.get_by_role("link", name="Continue").click()
    expect(ada.get_by_text("Assign people in JumpCloud")).to_be_visible()
    idp.add("zoe")
    ada.get_by_role("link", name="See the result").click()
    expect(ada.get_by_text("1 member is kept by your directory")).to_be_visible()
    expect(ada.get_by_text("1 member was not named by your directory")).to_be_visible()


def copied(page: Page, name: str) -> str:
    """Press the copy button of a field, and see that the clipboard holds just what the field shows."""
    shown = page.get_by_role("textbox", name=name).input_value()
    page.get_by_role("button", name=f"Copy {name}").click()
    expect(page.get_by_text("Copied", exact=True).filter(visible=True).first).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == shown
    return shown


def test_the_wizard_leads_each_provider_s_admin_from_choosing_to_the_result(acme: World, ada: Page) -> None:
    told = acme.portal.manage("enable_scim", "acme")
    for name, (agent, endpoint, token, assign) in PROVIDERS.items():
        idp = Directory(told["tenant_base_url"], told["token"], agent)
        ada.goto(f"{acme.portal.url}{SCIM}connect/")
        ada.get_by_role("link", name=f"Choose {name}").click()
        expect(ada.get_by_text(f"Copy these values into {name}")).to_be_visible()
        expect(ada.get_by_text(f"{name}: {endpoint}")).to_be_visible()
        expect(ada.get_by_text(f"{name}: {token}")).to_be_visible()
        assert copied(ada, "SCIM endpoint") == told["tenant_base_url"]
        if ada.get_by_role("textbox", name="Unique identifier").count():
            assert copied(ada, "Unique identifier") == {"Okta": "email"}.get(name, "userName")

        ada.get_by_role("button", name="Listen for the test").click()
        expect(ada.get_by_text(f"Listening for {name}…")).to_be_visible()
        idp.test_connection()
        expect(ada.get_by_text(f"{name} reached us. Token correct.")).to_be_visible(timeout=SOON)
        ada.get_by_role("link", name="Continue").click()
        expect(ada.get_by_text(f"Assign people in {name}")).to_be_visible()
        expect(ada.get_by_text(assign).first).to_be_visible()
        ada.get_by_role("link", name="See the result").click()
        expect(ada.get_by_text("What has come of it")).to_be_visible()


def test_a_token_that_was_said_to_be_copied_lets_go(acme: World, ada: Page) -> None:
    ada.goto(acme.portal.url + SCIM)
    ada.get_by_role("button", name="Turn SCIM on").click()
    ada.get_by_role("dialog").get_by_role("button", name="Turn SCIM on").click()

    ada.get_by_role("link", name="Overview").click()
    ada.get_by_role("dialog").get_by_role("button", name="I copied it").click()

    ada.wait_for_url(f"{acme.portal.url}/")


def test_a_new_row_appears_by_itself_once_and_waits_while_paused(acme: World, ada: Page) -> None:
    idp = connected(acme)
    ada.goto(acme.portal.url + LOG)
    rows = ada.locator("#log > li")
    expect(ada.get_by_text("No request yet")).to_be_visible()

    idp.add("zoe")
    expect(rows).to_have_count(1, timeout=SOON)
    expect(ada.get_by_text("No request yet")).to_be_hidden()
    rows.first.locator("summary").click()
    pause = ada.get_by_role("button", name="Pause")
    pause.click()
    idp.add("yan")
    ada.wait_for_timeout(6_500)
    expect(rows).to_have_count(1)

    pause.click()
    expect(rows).to_have_count(2, timeout=SOON)
    expect(rows.first).to_contain_text("yan@acme.test")
    # What was opened stays open, and comes no second time.
    expect(rows.last.get_by_text("Seat taken: 2 of 5 in use.")).to_be_visible()
    # Signed out meanwhile, one is led to sign in.
    ada.context.clear_cookies()
    expect(ada).to_have_url(re.compile("/sign-in/"), timeout=SOON)


def test_the_wizard_is_walked_by_the_keyboard_alone(acme: World, ada: Page) -> None:
    ada.goto(f"{acme.portal.url}{SCIM}connect/")
    keys = Keys(ada)
    steps: list[tuple[str, str, Callable[[], None]]] = [
        ("Choose Okta", "Enter", lambda: expect(ada.get_by_text("Copy these values into Okta")).to_be_visible()),
        ("Turn SCIM on", "Space", lambda: expect(ada.get_by_role("dialog")).to_be_visible()),
        ("Turn SCIM on", "Enter", lambda: expect(ada.get_by_text("Copy it now")).to_be_visible()),
        ("Copy SCIM token", "Space", lambda: expect(ada.get_by_text("Copied", exact=True).last).to_be_visible()),
        ("Listen for the test", "Enter", lambda: expect(ada.get_by_text("Listening for Okta…")).to_be_visible()),
        ("Skip test", "Enter", lambda: expect(ada.get_by_text("Assign people in Okta")).to_be_visible()),
        ("See the result", "Enter", lambda: expect(ada.get_by_text("What has come of it")).to_be_visible()),
        ("Done", "Enter", lambda: expect(ada.get_by_role("heading", name="SCIM is on", exact=True)).to_be_visible()),
    ]

    keys.skip()
    for name, key, shown in steps:
        if (name, key) == ("Turn SCIM on", "Space"):
            keys.look_into_dialog(name)
        keys.press(name, key)
        shown()

    assert keys.seen == []


def test_on_a_phone_the_steps_are_one_line_and_nothing_scrolls_sideways(acme: World) -> None:
    phone = acme.open(width=390, height=844)
    acme.sign_in(phone, "ada@acme.test")

    for step in range(1, 6):
        phone.goto(f"{acme.portal.url}{SCIM}connect/?with=okta&step={step}")
        expect(phone.get_by_text(f"Step {step} of 5")).to_be_visible()
        assert phone.evaluate("document.documentElement.scrollWidth") <= 390
