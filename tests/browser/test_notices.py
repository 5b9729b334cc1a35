"""A notice as people meet it: chosen who gets it, mailed with its reference number, shown, read and put away."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import World
from tests.browser.test_members import seat

pytestmark = pytest.mark.browser
OLGA, ADAM = "olga@acme.test", "adam@acme.test"
REFERENCE = re.compile(r"Reference number: ([0-9A-Z]{4}-[0-9A-Z]{4})")


def reference_of(mail: str) -> str:
    """Read the reference number of a mail."""
    found = REFERENCE.search(mail)
    assert found, mail
    return found.group(1)


def make_admin(page: Page, name: str) -> None:
    """Make a member an admin on their page."""
    page.get_by_role("link", name=name).click()
    page.get_by_role("main").get_by_role("button", name="Change role").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Role").select_option(label="Admin")
    dialog.get_by_role("button", name="Change role").click()
    # Their address is confirmed by whoever makes them an admin.
    again = page.get_by_role("button", name=re.compile("Confirm"))
    if again.count():
        again.first.click()


def test_a_notice_goes_to_whom_the_team_chose_and_is_put_away_by_each_for_themself(world: World) -> None:
    portal = world.portal
    portal.manage("create_team", "acme", "--name", "Acme", "--seats", "3", "--owner", OLGA)
    olga, adam = world.open(), world.open()
    world.sign_in(olga, OLGA)
    seat(olga, portal.url, "adam")
    make_admin(olga, "Adam")

    # Olga chooses: full seats are Adam's to know of.
    olga.goto(f"{portal.url}/settings/notices/")
    olga.get_by_role("link", name="Change: No seats left").click()
    olga.get_by_label("Chosen people", exact=True).check()
    olga.get_by_role("checkbox", name=re.compile("^Adam")).check()
    olga.get_by_role("button", name="Save").click()
    expect(olga.get_by_text("1 chosen person")).to_be_visible()

    # The last seat is taken: Adam is mailed, and finds the same number in the portal.
    seat(olga, portal.url, "mia")
    mail = world.letter(ADAM, "No seats are left.")
    world.sign_in(adam, ADAM)
    expect(adam.get_by_role("main").get_by_text("No seats are left.")).to_be_visible()
    bell = adam.get_by_label("Notices, 1 new")
    bell.click()
    adam.get_by_role("link", name="All notices").click()
    expect(adam.get_by_text(reference_of(mail), exact=True)).to_be_visible()
    assert f"Request seats: {portal.url}/settings/plan/request/" in mail

    # Olga is told nothing, until the team chooses anew.
    olga.goto(f"{portal.url}/notices/")
    expect(olga.get_by_text("Nothing needs you", exact=True)).to_be_visible()
    adam.goto(f"{portal.url}/settings/notices/seats_full/")
    adam.get_by_label("Owners and admins").check()
    adam.get_by_role("button", name="Save").click()
    olga.reload()
    expect(olga.get_by_text(reference_of(mail), exact=True)).to_be_visible()

    # Put away by Olga, read by Adam: each for themself.
    olga.get_by_role("button", name="Put away: No seats are left.").click()
    expect(olga.get_by_text("Nothing needs you", exact=True)).to_be_visible()
    olga.get_by_role("link", name="Earlier").click()
    expect(olga.get_by_text(reference_of(mail), exact=True)).to_be_visible()
    adam.goto(f"{portal.url}/notices/")
    adam.get_by_role("button", name="Mark as read: No seats are left.").click()
    expect(adam.get_by_label("Notices, 0 new")).to_be_visible()
    expect(adam.get_by_text(reference_of(mail), exact=True)).to_be_visible()

    # What Adam wants by mail is his to say.
    adam.goto(f"{portal.url}/settings/profile/notices/")
    adam.get_by_label("No seats left").uncheck()
    adam.get_by_role("button", name="Save").click()
    expect(adam.get_by_label("No seats left")).not_to_be_checked()
    assert not [file for file in world.mail.glob("*") if "No seats are left." in file.read_text(errors="replace")]
