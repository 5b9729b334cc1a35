"""An operator's morning as they live it: second factor, a team founded, seats granted, and a locked-out team helped."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from portal.demo.idp import PracticeIdp
from tests.browser.conftest import World
from tests.factors import code

# One long day: on a busy machine it takes its time.
pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
OTTO, OLGA = "otto@vendor.test", "olga@acme.test"


def fill(page: Page, **said: str) -> None:
    """Fill fields in by their labels."""
    for label, text in said.items():
        page.get_by_label(re.compile(f"^{label.replace('_', ' ')}")).fill(text)


@pytest.fixture
def otto(world: World) -> Page:
    """Otto's browser, after a first sign-in that led to a second factor."""
    world.portal.manage("create_operator", OTTO)
    page = world.open()
    world.sign_in(page, OTTO, "/operator/", "/settings/profile/security/")
    expect(page.get_by_text("Operators need a second factor.", exact=False).first).to_be_visible()
    page.get_by_role("button", name="Set up an app").click()
    secret = page.get_by_role("textbox", name="The key, to be typed").input_value()
    page.get_by_label("Code", exact=True).fill(code(secret))
    page.get_by_role("button", name="Turn it on").click()
    page.get_by_role("button", name="I saved them").click()
    return again(world, page, secret)


def again(world: World, page: Page, secret: str) -> Page:
    """Sign out, and in again by code and by what the app shows next: neither alone opens the operator's pages."""
    page.get_by_text("Your menu").locator("..").click()
    page.get_by_role("button", name="Sign out").click()
    world.sign_in(page, OTTO, "/operator/", "/sign-in/second/")
    page.context.new_page().goto(f"{world.portal.url}/operator/teams/")
    expect(page.context.pages[-1]).to_have_url(re.compile("/sign-in/"))
    page.context.pages[-1].close()
    page.get_by_label("Code from your app").fill(code(secret, 1))
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{world.portal.url}/operator/")
    return page


def deed(page: Page, button: str, told: str, reason: str) -> None:
    """Give a reason, press the button of a deed, and read what came of it."""
    fill(page, Reason=reason)
    page.get_by_role("button", name=button, exact=True).click()
    expect(page.get_by_text(told)).to_be_visible()


def test_an_operator_s_morning(world: World, otto: Page, tmp_path: Path) -> None:
    found_a_team_and_answer_its_request_from_the_mail(world, otto)
    help_a_team_that_its_identity_provider_locked_out(world, otto, tmp_path)

    assert world.portal.manage("check_invariants")["differences"] == 0


def found_a_team_and_answer_its_request_from_the_mail(world: World, otto: Page) -> None:
    """A team's first day and its last, at the operator's hands."""
    portal, olga = world.portal, world.open()

    # A team is founded, found, and has a reason in its journal.
    otto.get_by_role("link", name="Teams").first.click()
    otto.get_by_role("link", name="Create a team").click()
    fill(otto, Name="Acme", Short_name="acme", Seats_bought="1", Reason="Signed on Monday")
    otto.get_by_label("Owner's e-mail").fill(OLGA)
    otto.get_by_role("button", name="Create the team").click()
    expect(otto.get_by_role("heading", level=1)).to_have_text("Acme")
    expect(otto.get_by_text("otto@vendor.test created the team: Signed on Monday")).to_be_visible()
    expect(otto.get_by_role("button", name="Lift Enforce SSO")).to_be_disabled()

    # Its owner asks for seats where the portal says that none is left.
    world.sign_in(olga, OLGA)
    olga.get_by_role("link", name="Request seats").first.click()
    fill(olga, How_many_more_seats="4", Note_to_your_account_executive="Four people begin")
    olga.get_by_role("button", name="Request seats").click()
    expect(olga.get_by_text("Waiting for an answer")).to_be_visible()

    # The mail leads to it; another number is granted, and the owner hears of it in the portal and by mail.
    mail = world.letter(OTTO, "asks for 4 more seats")
    assert "Four people begin" in mail
    otto.goto(link_in(mail, "/operator/requests/"))
    expect(otto.get_by_text("from 1 to 5 seats")).to_be_visible()
    fill(otto, How_many_more_seats="3", Note_to_the_team="Three for now")
    otto.get_by_role("button", name="Grant the seats").click()
    expect(otto.get_by_text("Acme has 3 more seats. Its admins are told.")).to_be_visible()
    assert "Three for now" in world.letter(OLGA, "3 more seats")
    olga.goto(f"{portal.url}/notices/")
    expect(olga.get_by_role("main").get_by_text("3 more seats were granted.")).to_be_visible()

    # Deleted only with the slug typed; its people are out at the next click.
    otto.goto(f"{portal.url}/operator/teams/acme/delete/")
    fill(otto, Reason="Cancelled")
    otto.get_by_label(re.compile("to confirm")).fill("acma")
    otto.get_by_role("button", name="Delete the team").click()
    expect(otto.get_by_text("Type “acme” to confirm.", exact=True)).to_be_visible()
    otto.get_by_label(re.compile("to confirm")).fill("acme")
    deed(otto, "Delete the team", "Team Acme is deleted.", "Cancelled")
    olga.goto(f"{portal.url}/")
    expect(olga.get_by_role("heading", level=1)).not_to_have_text("Overview")


def link_in(mail: str, path: str) -> str:
    """Return the address that a mail leads to."""
    found = re.search(rf"http\S+{re.escape(path)}\S*", mail)
    assert found, mail
    return found.group(0)


def help_a_team_that_its_identity_provider_locked_out(world: World, otto: Page, tmp_path: Path) -> None:
    """Enforce SSO lifted, another owner, and entitlements in use taken away."""
    portal, team = world.portal, f"{world.portal.url}/operator/teams/globex/"
    entitled = ("--plan", "enterprise", "--entitle", "sso", "scim")
    portal.manage("create_team", "globex", "--name", "Globex", "--seats", "3", "--owner", OLGA, *entitled)
    (tmp_path / "idp.xml").write_bytes(PracticeIdp.make("https://idp.test", "https://idp.test/sso").metadata())
    portal.manage("configure_sso", "globex", "--metadata", str(tmp_path / "idp.xml"), "--enforce")

    # Enforce SSO is lifted, with a reason that the team's owner reads.
    otto.goto(team)
    otto.get_by_role("link", name="Lift Enforce SSO").click()
    expect(otto.get_by_text("E-mail codes open the team again for its 1 active member")).to_be_visible()
    deed(otto, "Lift Enforce SSO", "Enforce SSO is lifted in Globex.", "Their IdP is down")
    assert "Their IdP is down" in world.letter(OLGA, "Enforce SSO")

    # Another owner, on a free seat.
    otto.get_by_role("link", name="Set an owner").click()
    expect(otto.get_by_text("2 of 3 seats are free.")).to_be_visible()
    fill(otto, **{"E-mail": "nia@acme.test"})
    deed(otto, "Make them an owner", "nia@acme.test is an owner of Globex now.", "Olga is ill")
    expect(otto.get_by_role("listitem").filter(has_text="nia@acme.test").first).to_be_visible()
    world.sign_in(world.open(), "nia@acme.test")

    # What is in use is taken away only where that was ticked, and in its order.
    portal.manage("enable_scim", "globex")
    otto.goto(f"{team}plan/")
    otto.get_by_label("Entitled to single sign-on").uncheck()
    otto.get_by_label("Entitled to provisioning by SCIM").uncheck()
    deed(otto, "Set plan and entitlements", "SCIM is in use. Turn it off first, or force it.", "Their contract ended")
    otto.get_by_label("Turn off what is in use").check()
    deed(otto, "Set plan and entitlements", "Plan and entitlements of Globex are set.", "Their contract ended")
    expect(otto.get_by_text("No entitlement", exact=True)).to_be_visible()
    told = " ".join(otto.get_by_role("listitem").filter(has_text="Their contract ended").all_inner_texts())
    assert "SCIM" in told and "single sign-on" in told
