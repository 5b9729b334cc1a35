"""Second factors as people use them: an app that counts, and a passkey on a device, in a real browser."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import World
from tests.factors import code

pytestmark = pytest.mark.browser
SECURITY = "/settings/profile/security/"


def with_device(page: Page) -> Page:
    """Give a browser a device that keeps passkeys and knows its person."""
    page.goto("about:blank")
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    device = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    session.send("WebAuthn.addVirtualAuthenticator", {"options": device})
    return page


@pytest.fixture
def olgas(world: World) -> Page:
    """Olga's browser, signed in, on the page of her security."""
    world.portal.manage("create_team", "acme", "--name", "Acme", "--seats", "5", "--owner", "olga@acme.test")
    page = with_device(world.open())
    world.sign_in(page, "olga@acme.test")
    page.get_by_role("link", name="Your security").first.click()
    return page


def test_a_passkey_is_added_signs_in_and_confirms(world: World, olgas: Page) -> None:
    page = olgas
    page.get_by_role("button", name="Add a passkey").click()
    page.get_by_label("Name").fill("Work laptop")
    page.get_by_role("button", name="Create the passkey").click()
    expect(page.get_by_role("heading", name="Your recovery codes")).to_be_visible()
    page.get_by_role("button", name="I saved them").click()
    expect(page.get_by_text("10 codes left")).to_be_visible()

    page.get_by_text("Your menu").locator("..").click()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url(f"{world.portal.url}/")

    page.goto(f"{world.portal.url}/again/?next={SECURITY}")
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url(re.compile(f"{SECURITY}$"))
    page.get_by_role("link", name="Remove Work laptop").or_(
        page.get_by_role("button", name="Remove Work laptop")
    ).click()
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(page.get_by_text("The passkey is removed.")).to_be_visible()


def test_an_app_is_set_up_and_asked_for(world: World, olgas: Page) -> None:
    olgas.get_by_role("button", name="Set up an app").click()
    secret = olgas.get_by_role("textbox", name="The key, to be typed").input_value()
    olgas.get_by_label("Code", exact=True).fill(code(secret))
    olgas.get_by_role("button", name="Turn it on").click()
    expect(olgas.get_by_role("heading", name="Your recovery codes")).to_be_visible()

    other = world.open(390, 844)
    other.goto(f"{world.portal.url}/sign-in/")
    other.get_by_label("Work e-mail").fill("olga@acme.test")
    other.get_by_role("button", name="Continue").click()
    other.get_by_label("Code").fill(world.code_for("olga@acme.test"))
    other.get_by_role("button", name="Sign in").click()
    other.get_by_label("Code from your app").fill("000000")
    other.get_by_role("button", name="Sign in").click()
    expect(other.get_by_text("That code is wrong")).to_be_visible()
    other.get_by_label("Code from your app").fill(code(secret, 1))
    other.get_by_role("button", name="Sign in").click()

    other.wait_for_url(f"{world.portal.url}/")


def test_without_a_device_the_page_says_so_and_the_mail_still_works(world: World, olgas: Page) -> None:
    page = world.open()
    page.goto(f"{world.portal.url}/sign-in/")
    page.add_init_script("delete window.PublicKeyCredential;")
    page.get_by_role("button", name="Use a passkey").click()

    expect(page.get_by_role("alert")).to_contain_text("too old for passkeys")
    page.get_by_role("link", name="Sign in by e-mail instead").click()
    world.sign_in(page, "olga@acme.test")
