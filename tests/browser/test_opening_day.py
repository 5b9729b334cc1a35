"""Opening day: a team signs in, connects its identity provider, turns SCIM on, and the IdP fills its seats."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import World

SSO = "/settings/security/authentication/sso/"
SCIM = "/settings/security/authentication/scim/"
REFUSED = "No unassigned seats left in team Acme: 5 of 5 seats are in use. Unassign a user or add seats, then retry."


def assigned(page: Page, world: World) -> str:
    """Read the overview's first tile."""
    page.goto(f"{world.portal.url}/")
    return " ".join(page.locator(".sg-tile", has_text="Assigned seats").inner_text().split())


def ticked(page: Page, world: World) -> list[str]:
    """Read which steps of the set-up checklist are ticked off."""
    page.goto(f"{world.portal.url}/")
    return page.locator("#set-up .sg-check:has(.sg-mark-ok) b").all_inner_texts()


def choose(page: Page, person: str) -> None:
    """Be somebody at the practice IdP."""
    page.get_by_role("button", name=f"Sign in as {person}").click()


@pytest.mark.browser
def test_opening_day(world: World, tmp_path: Path) -> None:  # noqa: PLR0915  # one walk, told in one go
    portal = world.portal
    entitled = ("--plan", "enterprise", "--entitle", "sso", "scim")
    portal.manage("create_team", "acme", "--name", "Acme", "--seats", "5", "--owner", "ada@northwind.test", *entitled)
    ada = world.open()
    directory = world.open()

    # Sign in by code, install the practice IdP's metadata.
    world.sign_in(ada, "ada@northwind.test")
    assert "1 / 5" in assigned(ada, world)
    assert ticked(ada, world) == ["Sign in"]
    directory.goto(f"{world.idp_url}/application")
    with directory.expect_download() as download:
        directory.get_by_role("link", name=f"{world.idp_url}/metadata").click()
    download.value.save_as(tmp_path / "idp.xml")
    ada.locator("#set-up").get_by_role("link", name="Connect", exact=True).click()
    ada.wait_for_url(portal.url + SSO)
    ada.get_by_label("Metadata file").set_input_files(tmp_path / "idp.xml")
    ada.get_by_role("button", name="Take the metadata").click()
    expect(ada.get_by_text(f"{world.idp_url}/metadata", exact=True)).to_be_visible()

    # Test it: no session, no member, and the panel says that it passed.
    ada.get_by_role("button", name="Test", exact=True).click()
    choose(ada, "Ada Okafor")
    expect(ada.get_by_text("Passed by you within the hour").first).to_be_visible()
    ada.get_by_role("button", name="Turn on", exact=True).first.click()
    ada.get_by_role("dialog").get_by_role("button", name="Turn on").click()
    expect(ada.get_by_text("Single sign-on is on.", exact=False).first).to_be_visible()

    steps = ["Sign in", "Connect your identity provider", "Test it", "Turn single sign-on on"]
    assert ticked(ada, world) == steps

    # SP-initiated, first sign-in: Ben is added on a free seat.
    ben = world.open()
    ben.goto(f"{portal.url}/sign-in/")
    ben.get_by_label("Work e-mail").fill("acme")
    ben.get_by_role("button", name="Continue").click()
    ben.get_by_role("link", name="Continue with single sign-on").click()
    choose(ben, "Ben Ferro")
    ben.wait_for_url(f"{portal.url}/")
    ben.goto(f"{portal.url}/settings/profile/")
    expect(ben.get_by_text("ben@northwind.test").first).to_be_visible()
    expect(ben.get_by_text("Acme").first).to_be_visible()
    assert "2 / 5" in assigned(ada, world)

    # The tile: the unasked response is converted, the practice IdP's live session answers at once.
    directory.goto(f"{world.idp_url}/application")
    directory.get_by_label("Service provider metadata URL").fill(f"{portal.url}/sso/acme/metadata")
    directory.get_by_role("button", name="Save").click()
    cleo = world.open()
    cleo.goto(world.idp_url)
    cleo.get_by_role("button", name="Open Seatgate as Cleo Martin").click()
    cleo.wait_for_url(f"{portal.url}/")
    assert "3 / 5" in assigned(ada, world)

    # A page that was drawn before SCIM came on.
    stale = ada.context.new_page()
    world.trouble.watch(stale)
    stale.goto(f"{portal.url}/members/")
    stale.get_by_role("button", name="Assign a seat").first.click()
    stale.get_by_role("dialog").get_by_role("textbox", name="E-mail").fill("new@northwind.test")

    # SCIM on, token copied, people pushed: seats move, one too many is refused in the same words on both sides.
    ada.goto(portal.url + SCIM)
    ada.get_by_role("button", name="Turn SCIM on").first.click()
    ada.get_by_role("dialog").get_by_role("button", name="Turn SCIM on").click()
    token = ada.get_by_role("textbox", name="SCIM token").input_value()
    endpoint = ada.get_by_role("textbox", name="SCIM endpoint").input_value()
    assert token.startswith("sgs_")
    waiting = ada.context.new_page()
    world.trouble.watch(waiting)
    assert ticked(waiting, world) == [*steps, "Turn SCIM on"]
    directory.get_by_label("SCIM base URL").fill(endpoint)
    directory.get_by_label("SCIM token").fill(token)
    directory.get_by_role("button", name="Save").click()
    directory.get_by_role("link", name="People").click()
    directory.get_by_role("button", name="Push Ben Ferro").click()
    directory.get_by_role("button", name="Push 3 people").click()
    expect(directory.get_by_text("403", exact=True)).to_be_visible()
    assert REFUSED in directory.locator("pre", has_text="messages:2.0:Error").first.inner_text()
    assert "5 / 5" in assigned(ada, world)
    assert ticked(ada, world) == [*steps, "Turn SCIM on", "Hear from your identity provider"]
    ada.goto(f"{portal.url}/log/provisioning/?refused=1")
    expect(ada.get_by_text(REFUSED).first).to_be_visible()

    # Assigning by hand is locked: the control says why, a POST all the same is refused in the same words.
    ada.goto(f"{portal.url}/members/")
    locked = "Members are managed by your identity provider (SCIM is on). Assign and unassign them there."
    expect(ada.get_by_role("button", name="Assign a seat").first).to_be_disabled()
    expect(ada.get_by_text(locked).first).to_be_visible()
    with stale.expect_response("**/members/assign/") as answer:
        stale.get_by_role("dialog").get_by_role("button", name="Assign").click()
    assert answer.value.status == 409
    expect(stale.get_by_text(locked)).to_be_visible()

    # Deactivated at the IdP: Ben's open browser is out on the next click.
    directory.get_by_role("button", name="Deactivate Ben Ferro").click()
    ben.get_by_role("link", name="Home").first.click()
    expect(ben).to_have_url(re.compile("/sign-in/"))
    assert "4 / 5" in assigned(ada, world)

    # SCIM off: assigning by hand works again.
    ada.goto(portal.url + SCIM)
    ada.get_by_role("button", name="Turn SCIM off").first.click()
    ada.get_by_role("dialog").get_by_role("button", name="Turn SCIM off").click()
    ada.goto(f"{portal.url}/members/")
    ada.get_by_role("button", name="Assign a seat").first.click()
    dialog = ada.get_by_role("dialog")
    dialog.get_by_label("Work e-mail").or_(dialog.get_by_label("E-mail")).first.fill("new@northwind.test")
    dialog.get_by_role("button", name=re.compile("Assign")).click()
    expect(ada.get_by_text("new@northwind.test").first).to_be_visible()
    assert "5 / 5" in assigned(ada, world)
    assert portal.manage("check_invariants")["differences"] == 0
