"""The wizard for single sign-on walked for each provider, with the practice IdP to test against."""

import os
from pathlib import Path
from urllib.request import urlopen

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import World
from tests.browser.keys import Keys

SSO = "/settings/security/authentication/sso/"
PROVIDERS = ["JumpCloud", "Okta", "Entra ID", "Google Workspace", "OneLogin", "AD FS", "Other SAML 2.0"]
SIZES = {"wide": (1360, 900), "phone": (390, 844)}


def picture(page: Page, name: str) -> None:
    """Keep pictures of a page, where a folder for them is named."""
    folder = os.environ.get("SEATGATE_PICTURES")
    if not folder:
        return
    for size, (width, height) in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # one of its two words
            page.wait_for_timeout(250)  # colours fade
            page.screenshot(path=Path(folder) / f"{name}-{size}-{scheme}.png", full_page=True)
    page.set_viewport_size({"width": 1360, "height": 900})
    page.emulate_media(color_scheme="light")


def nothing_sticks_out(page: Page) -> None:
    """See that a phone needs no sideways scroll."""
    page.wait_for_load_state()
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.set_viewport_size({"width": 1360, "height": 900})


def copy_each(page: Page) -> None:
    """Press every copy button, and see that the clipboard holds just what its field shows."""
    fields = page.get_by_role("main").locator("[data-copy]").all()
    assert len(fields) >= 4
    for button in fields:
        shown = page.locator(str(button.get_attribute("data-copy"))).input_value()
        button.click()
        expect(button).to_have_attribute("data-done", "")
        assert page.evaluate("navigator.clipboard.readText()") == shown.strip()


def set_up(world: World) -> Page:
    """Team Acme, with Ada at its panel."""
    entitled = ("--plan", "enterprise", "--entitle", "sso", "scim")
    world.portal.manage(
        "create_team", "acme", "--name", "Acme", "--seats", "5", "--owner", "ada@northwind.test", *entitled
    )
    ada = world.open()
    ada.context.grant_permissions(["clipboard-read", "clipboard-write"])
    world.sign_in(ada, "ada@northwind.test")
    ada.goto(world.portal.url + SSO)
    return ada


@pytest.mark.browser
def test_the_wizard_leads_each_provider_s_admin_from_choosing_to_a_passed_test(world: World) -> None:
    ada = set_up(world)
    metadata = urlopen(f"{world.idp_url}/metadata").read().decode()
    picture(ada, "panel-empty")
    ada.get_by_role("link", name="Choose your provider").click()
    picture(ada, "1-choose")

    for provider in PROVIDERS:
        ada.goto(f"{world.portal.url}{SSO}connect/choose/")
        ada.get_by_role("button", name=provider, exact=True).click()
        expect(ada.get_by_text("Copy these into")).to_be_visible()
        nothing_sticks_out(ada)
        copy_each(ada)
        picture(ada, f"2-copy-{provider}")
        ada.get_by_role("link", name="Continue").click()
        ada.get_by_label("Or paste the XML").fill(metadata)
        ada.get_by_role("button", name="Look at it").click()
        nothing_sticks_out(ada)
        picture(ada, f"3-proposal-{provider}")
        ada.get_by_role("button", name="Take this").click()
        ada.get_by_role("button", name="Test", exact=True).click()
        # A test asks for a fresh sign-in, each time.
        ada.get_by_role("button", name="Sign in as Ada Okafor").click()
        expect(ada.get_by_text("Passed by you within the hour").first).to_be_visible()
        expect(ada.get_by_text("ada@northwind.test, from")).to_be_visible()
        nothing_sticks_out(ada)
        picture(ada, f"4-test-passed-{provider}")
        ada.get_by_role("link", name="Continue").click()
        expect(ada.get_by_role("button", name="Turn on", exact=True).first).to_be_enabled()
        nothing_sticks_out(ada)
    picture(ada, "5-on")
    ada.get_by_role("button", name="Turn on", exact=True).first.click()
    ada.get_by_role("dialog").get_by_role("button", name="Turn on").click()
    expect(ada.get_by_text("Single sign-on is on.", exact=False).first).to_be_visible()
    picture(ada, "panel-on")


@pytest.mark.browser
def test_the_wizard_is_walked_by_the_keyboard_alone(world: World) -> None:
    ada = set_up(world)
    metadata = urlopen(f"{world.idp_url}/metadata").read().decode()
    keys = Keys(ada)

    keys.skip()
    keys.press("Choose your provider")
    expect(ada.get_by_role("button", name="Okta", exact=True)).to_be_visible()
    keys.press("Okta")
    expect(ada.get_by_text("Copy these into")).to_be_visible()
    keys.press("Continue")
    expect(ada.get_by_label("Or paste the XML")).to_be_visible()
    keys.reach("Or paste the XML")
    ada.keyboard.insert_text(metadata)
    keys.press("Look at it", "Space")
    expect(ada.get_by_role("button", name="Take this")).to_be_visible()
    keys.press("Take this")
    expect(ada.get_by_role("button", name="Test", exact=True)).to_be_visible()
    keys.press("Test", "Space")
    expect(ada.get_by_role("button", name="Sign in as Ada Okafor")).to_be_visible()
    # The practice IdP is another site: what is looked at is ours.
    ours = list(keys.seen)
    keys.press("Sign in as Ada Okafor")
    keys.seen = ours
    expect(ada.get_by_text("Passed by you within the hour").first).to_be_visible()
    keys.press("Continue")
    expect(ada.get_by_role("button", name="Turn on", exact=True).first).to_be_visible()
    keys.look_into_dialog("Turn on")
    keys.press("Turn on", "Space")
    expect(ada.get_by_role("dialog")).to_be_visible()
    keys.press("Turn on")
    expect(ada.get_by_text("Single sign-on is on.", exact=False).first).to_be_visible()

    assert keys.seen == []


@pytest.mark.browser
def test_a_wrong_paste_and_the_sign_in_log_speak_in_words(world: World) -> None:
    ada = set_up(world)
    ada.goto(f"{world.portal.url}{SSO}connect/metadata/")
    ada.get_by_label("Metadata URL").fill("https://169.254.169.254/latest/meta-data/")
    ada.get_by_role("button", name="Look at it").click()
    expect(ada.get_by_text("inside a private network")).to_be_visible()
    picture(ada, "3-refused")
    ada.get_by_label("Or paste the XML").fill(urlopen(f"{world.idp_url}/metadata").read().decode())
    ada.get_by_label("Metadata URL").fill("")
    ada.get_by_role("button", name="Look at it").click()
    ada.get_by_role("button", name="Take this").click()
    log = ada.context.new_page()
    world.trouble.watch(log)
    log.goto(f"{world.portal.url}/log/sign-ins/")
    picture(log, "log-empty")

    ada.get_by_role("button", name="Test", exact=True).click()
    ada.get_by_role("button", name="Sign in as Ben Ferro").click()
    expect(ada.get_by_text("Somebody else came back").first).to_be_visible()

    # The row comes by itself, and opens to what was checked.
    row = log.locator("#log > li")
    expect(row).to_have_count(1, timeout=12_000)
    row.locator("summary").click()
    expect(row.get_by_text("Who it is")).to_be_visible()
    nothing_sticks_out(log)
    picture(log, "log-failed")
    ada.goto(f"{world.portal.url}{SSO}connect/test/")
    nothing_sticks_out(ada)
    picture(ada, "4-test-failed")
    ada.goto(f"{world.portal.url}{SSO}attributes/")
    nothing_sticks_out(ada)
    picture(ada, "attributes")
