"""An operator's morning, as they live it: a first sign-in, a team founded, its seats asked for and granted."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import World
from tests.factors import code

OTTO, OLGA = "otto@vendor.test", "olga@acme.test"


def fill(page: Page, **said: str) -> None:
    """Fill fields in by their labels."""
    for label, text in said.items():
        page.get_by_label(label.replace("_", " ")).fill(text)


@pytest.mark.browser
def test_an_operator_founds_a_team_and_answers_its_request(world: World) -> None:
    portal, otto, olga = world.portal, world.open(), world.open()
    portal.manage("create_operator", OTTO)

    # The first sign-in leads to a second factor.
    world.sign_in(otto, OTTO)
    expect(otto.get_by_text("Operators need a second factor.", exact=False).first).to_be_visible()
    otto.get_by_role("button", name="Set up an app").click()
    secret = otto.get_by_role("textbox", name="Or type this key").input_value()
    otto.get_by_label("Code").fill(code(secret))
    otto.get_by_role("button", name="Turn it on").click()
    otto.get_by_role("button", name="I saved them").click()

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

    # The operator finds it, and grants another number; the owner reads it.
    otto.get_by_role("link", name="Seat requests").click()
    otto.get_by_role("link", name="Acme").click()
    expect(otto.get_by_text("from 1 to 5 seats")).to_be_visible()
    fill(otto, How_many_more_seats="3", Note_to_the_team="Three for now")
    otto.get_by_role("button", name="Grant the seats").click()
    expect(otto.get_by_text("Acme has 3 more seats. Its admins are told.")).to_be_visible()
    olga.goto(f"{portal.url}/")
    expect(olga.get_by_text("You have 3 more seats.", exact=False)).to_be_visible()

    # Deleted only with the slug typed; its people are out at the next click.
    otto.goto(f"{portal.url}/operator/teams/acme/delete/")
    fill(otto, Reason="Cancelled")
    otto.get_by_label(re.compile("to confirm")).fill("acme")
    otto.get_by_role("button", name="Delete the team").click()
    expect(otto.get_by_text("Team Acme is deleted.")).to_be_visible()
    olga.goto(f"{portal.url}/")
    expect(olga.get_by_role("heading", level=1)).not_to_have_text("Overview")
    assert world.trouble.seen == []
    assert portal.manage("check_invariants")["differences"] == 0
