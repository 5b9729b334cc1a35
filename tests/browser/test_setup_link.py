"""A setup link in two browsers: the team sends it, who runs the identity provider uses it, the team confirms."""

import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import World
from tests.browser.test_opening_day import choose

LINKS = "/settings/setup-links/"


def clean(page: Page, name: str, pictures: Path) -> None:
    """Hold what is on the screen to WCAG and to a phone's width, in a picture of both."""
    found = Axe().run(page).response["violations"]
    assert not found, (name, [(each["id"], each["nodes"][0]["html"]) for each in found])
    page.screenshot(path=pictures / f"{name}.png", full_page=True)
    page.set_viewport_size({"width": 320, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320, name
    page.screenshot(path=pictures / f"{name}-320.png", full_page=True)
    page.set_viewport_size({"width": 1360, "height": 900})


@pytest.mark.browser
def test_a_setup_link_in_two_browsers(world: World, tmp_path: Path) -> None:  # noqa: PLR0915  # one walk, told in one go
    portal, pictures = world.portal, tmp_path / "pictures"
    pictures.mkdir()
    entitled = ("--plan", "enterprise", "--entitle", "sso", "scim")
    portal.manage("create_team", "acme", "--name", "Acme", "--seats", "5", "--owner", "ada@northwind.test", *entitled)
    ada, ben, late = (world.open(reduced_motion="reduce") for _ in range(3))

    # Ada makes a link; its address is shown once.
    world.sign_in(ada, "ada@northwind.test")
    ada.goto(portal.url + LINKS)
    clean(ada, "links-empty", pictures)
    ada.get_by_label("Note").fill("Ben at Contoso IT")
    ada.get_by_role("button", name="Make the link").click()
    address = ada.get_by_role("textbox", name="Setup link").input_value()
    clean(ada, "links-made", pictures)

    # Ben looks, then presses; whoever comes later is told so.
    ben.goto(address)
    clean(ben, "open", pictures)
    late.goto(address)
    ben.get_by_role("button", name="Open in this browser").click()
    expect(ben.get_by_role("heading", level=1)).to_have_text("Connect Acme to your identity provider")
    clean(ben, "home", pictures)
    late.get_by_role("button", name="Open in this browser").click()
    expect(late.get_by_text("This link has been opened in another browser.")).to_be_visible()
    clean(late, "taken", pictures)

    # Ben gives the practice IdP's metadata and tests: no session, no member.
    ben.get_by_role("navigation").get_by_role("link", name="Single sign-on").click()
    clean(ben, "sso-empty", pictures)
    (tmp_path / "idp.xml").write_bytes(ben.request.get(f"{world.idp_url}/metadata").body())
    ben.get_by_label("Metadata file").set_input_files(tmp_path / "idp.xml")
    ben.get_by_role("button", name="Take the metadata").click()
    ben.get_by_role("button", name="Test the draft").click()
    choose(ben, "Cleo Martin")
    expect(ben.get_by_text("Last test: passed by cleo@northwind.test", exact=False)).to_be_visible()
    ben.get_by_role("button", name="Ask an owner to confirm").click()
    expect(ben.get_by_text("Waiting for an owner")).to_be_visible()
    clean(ben, "sso-waiting", pictures)
    ben.get_by_role("navigation").get_by_role("link", name="Sign-in log").click()
    clean(ben, "sso-log", pictures)
    ben.goto(f"{portal.url}/members/")
    expect(ben).to_have_url(re.compile("/sign-in/"))

    # Ada sees old and new, and confirms: single sign-on is on.
    ada.goto(portal.url + LINKS)
    clean(ada, "links-draft", pictures)
    ada.get_by_role("button", name="Confirm").click()
    expect(ada.get_by_text("Confirmed.")).to_be_visible()
    ben.goto(address)
    ben.get_by_role("navigation").get_by_role("link", name="Single sign-on").click()
    expect(ben.get_by_text("Single sign-on is on.", exact=False)).to_be_visible()

    # The token: asked for, confirmed, shown once, in Ben's browser.
    ben.get_by_role("navigation").get_by_role("link", name="Provisioning", exact=True).click()
    ben.get_by_role("button", name="Ask for the token").click()
    clean(ben, "scim-waiting", pictures)
    ada.goto(portal.url + LINKS)
    ada.get_by_role("button", name="Confirm").click()
    expect(ada.get_by_text("Confirmed.")).to_be_visible()
    ben.reload()
    ben.get_by_role("button", name="Show the token").click()
    assert ben.get_by_role("textbox", name="SCIM token").input_value().startswith("sgs_")
    current = ben.get_by_role("navigation", name="Pages of this link").locator("[aria-current]")
    expect(current).to_have_text("Provisioning")
    clean(ben, "scim-token", pictures)
    ben.get_by_role("link", name="I copied it").click()
    expect(ben.get_by_text("It was shown, once.", exact=False)).to_be_visible()
    expect(ben.get_by_role("textbox", name="SCIM token")).to_have_count(0)
    clean(ben, "scim-after", pictures)
    ben.get_by_role("navigation").get_by_role("link", name="Provisioning log").click()
    clean(ben, "scim-log", pictures)

    # Revoked: Ben is out on the next click.
    ada.goto(portal.url + LINKS)
    ada.get_by_role("button", name="Revoke Ben at Contoso IT", exact=False).click()
    ada.get_by_role("dialog").get_by_role("button", name="Revoke now").click()
    ben.get_by_role("navigation").get_by_role("link", name="Start").click()
    expect(ben.get_by_text("This link has ended. Ask ada@northwind.test for a new one.")).to_be_visible()
    clean(ada, "links-revoked", pictures)
    assert world.trouble.seen == []
    assert portal.manage("check_invariants")["differences"] == 0
