"""Enforce with a net: an owner enforces, lands at the identity provider, and a rescue code opens again."""

import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import World

SSO, CODES = "/settings/security/authentication/sso/", "/settings/profile/rescue-codes/"
DOMAINS, ADA = "/settings/security/domains/", "ada@northwind.test"


def picture(page: Page, name: str) -> None:
    """Keep a picture where SEATGATE_PICTURES says so."""
    folder = os.environ.get("SEATGATE_PICTURES")
    for width in (1360, 390) if folder else ():
        for theme in ("light", "dark"):
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
            page.screenshot(path=f"{folder}/{name}-{width}-{theme}.png", full_page=True)
    page.set_viewport_size({"width": 1360, "height": 900})


def connect(ada: Page, world: World, folder: Path) -> None:
    """Install the practice IdP's metadata, test it, turn it on."""
    url = world.portal.url
    (folder / "idp.xml").write_bytes(ada.request.get(f"{world.idp_url}/metadata").body())
    world.portal.manage("configure_sso", "acme", "--metadata", str(folder / "idp.xml"))
    ada.goto(url + SSO)
    ada.get_by_role("button", name="Test", exact=True).click()
    ada.get_by_role("button", name="Sign in as Ada Okafor").click()
    expect(ada.get_by_text("Passed by you within the hour").first).to_be_visible()


@pytest.mark.browser
def test_enforce_with_a_net(world: World, tmp_path: Path) -> None:
    portal = world.portal
    entitled = ("--plan", "enterprise", "--entitle", "sso", "scim")
    portal.manage("create_team", "acme", "--name", "Acme", "--seats", "5", "--owner", ADA, *entitled)
    ada = world.open()
    world.sign_in(ada, ADA)
    connect(ada, world, tmp_path)

    # Rescue codes: shown once, and saved.
    picture(ada, "enforce")
    ada.goto(portal.url + CODES)
    picture(ada, "codes-none")
    ada.get_by_role("button", name="Make ten codes").click()
    codes = ada.get_by_role("textbox", name="Rescue codes").input_value().split()
    assert len(codes) == 10
    with ada.expect_download() as download:
        ada.get_by_role("link", name="Download").click()
    assert codes[9] in Path(download.value.path()).read_text()
    picture(ada, "codes-shown")
    ada.get_by_role("button", name="I saved them").click()
    expect(ada.get_by_text("10 codes left")).to_be_visible()

    # Enforce: the code session ends, and the owner lands at the identity provider, whose live session brings them back.
    ada.goto(portal.url + SSO)
    ada.get_by_role("button", name="Enforce single sign-on").click()
    dialog = ada.get_by_role("dialog")
    dialog.get_by_label("Type “Acme” to confirm").fill("Acme")
    dialog.get_by_role("button", name="Enforce").click()
    ada.wait_for_url(f"{portal.url}/")
    ada.goto(f"{portal.url}/settings/profile/")
    expect(ada.get_by_text("By single sign-on.", exact=False).first).to_be_visible()

    # Locked out: the rescue code opens the panel and Relax, once.
    ada = world.open()
    ada.goto(portal.url + SSO)
    expect(ada).to_have_url(re.compile("/sign-in/"))
    ada.get_by_role("link", name="Trouble signing in?").click()
    picture(ada, "trouble")
    for code, used in ((codes[0].lower(), False), (codes[0], True)):
        page = world.open() if used else ada
        page.goto(f"{portal.url}/sign-in/trouble/")
        page.get_by_label("Team's short name").fill("acme")
        page.get_by_label("Your work e-mail").fill(ADA)
        page.get_by_label("Rescue code").fill(code)
        page.get_by_role("button", name="Use the rescue code").click()
        if used:
            expect(page.get_by_text("That does not fit together")).to_be_visible()
    picture(ada, "break-glass")
    ada.get_by_role("button", name="Relax").click()
    ada.get_by_role("dialog").get_by_role("button", name="Relax").click()
    expect(ada.get_by_text("Enforce SSO is lifted").first).to_be_visible()

    # The code opens again.
    again = world.open()
    world.sign_in(again, ADA)
    expect(again.get_by_role("heading", name=re.compile("Overview|Set up team Acme"))).to_be_visible()
    domains(again, world)
    assert portal.manage("check_invariants")["differences"] == 0


def domains(ada: Page, world: World) -> None:
    """Claim a domain, set its record, and have it verified with the owner looking at who is refused."""
    ada.goto(world.portal.url + DOMAINS)
    ada.get_by_label("Domain").fill("northwind.test")
    ada.get_by_role("button", name="Claim it").click()
    name = ada.get_by_role("textbox", name="TXT record, name").input_value()
    ada.get_by_role("button", name="Check now").click()
    expect(ada.get_by_text("is not there yet").first).to_be_visible()
    picture(ada, "domains-claimed")
    world.zone.texts[name] = [ada.get_by_role("textbox", name="TXT record, value").input_value()]
    ada.get_by_role("button", name="Check now").click()
    ada.get_by_role("button", name="Verify").click()
    expect(ada.get_by_text("northwind.test is verified.").first).to_be_visible()
    picture(ada, "domains-verified")
    ada.goto(f"{world.portal.url}/settings/security/sessions/")
    picture(ada, "sessions")
