"""A newcomer imports from the practice directory: key, groups, dry run, enabled; with a script and without one."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests import servers
from tests.browser import tour

PATH = "/settings/security/directory-import/"
FINN = "finn@fresh.test"


@pytest.fixture
def demo(chrome: Browser, sqlite_files: servers.SqliteFiles, tmp_path: Path) -> Iterator[tour.Demo]:
    """What `./dev up` starts, with a team that has neither single sign-on nor SCIM."""
    with sqlite_files.fresh() as url, tour.demo(chrome, tmp_path, database_url=url) as started:
        servers.manage(url, "create_team", "fresh", "--name", "Fresh", "--seats", "4", "--owner", FINN)
        yield started


def see(page: Page, demo: tour.Demo, words: str) -> None:
    """Wait for words that a run brings; without a script the page is loaded again, as its link does."""
    link = page.get_by_role("link", name="Look again")
    for _time in range(60):
        if page.get_by_text(words).count():
            return
        if link.count():
            link.click()
        else:
            page.wait_for_timeout(500)
            page.reload()
    expect(page.get_by_text(words).first).to_be_visible()


def set_up(finn: Page, key: str) -> None:
    """Go through the wizard up to the dry run: the key, refused in words and then taken; groups and rules."""
    finn.get_by_role("link", name="Add an import").click()
    finn.get_by_label("Name", exact=True).fill("Practice")
    finn.get_by_label("Where your JumpCloud is").select_option("practice")
    finn.get_by_label("API key").fill("wrong")
    finn.get_by_role("button", name="Check the key").click()
    expect(finn.get_by_text("Key refused by JumpCloud (401).")).to_be_visible()
    finn.get_by_label("API key").fill(key)
    finn.get_by_role("button", name="Check the key").click()
    finn.get_by_label("Engineering", exact=True).check()
    finn.get_by_label("Put them in a group of this team").select_option("new")
    finn.get_by_label("Name of the new group").fill("From practice")
    finn.get_by_label("Unassign who leaves these groups").check()
    finn.get_by_role("button", name="Save and go on").click()


def lose_the_key(demo: tour.Demo, finn: Page, idp: Page) -> None:
    """The key dies; the page says so and leads to a new one."""
    idp.goto(f"{demo.idp_url}/application")
    idp.get_by_role("button", name="Make another key").click()
    expect(idp.get_by_text("There is another API key now.")).to_be_visible()
    fresh_key = idp.get_by_label("API key").input_value()
    finn.goto(demo.url + PATH)
    finn.get_by_role("link", name="Practice", exact=True).click()
    finn.get_by_role("button", name="Run now").click()
    see(finn, demo, "Key refused by JumpCloud (401).")
    finn.get_by_role("link", name="Replace the key").click()
    finn.get_by_label("Where your JumpCloud is").select_option("practice")
    finn.get_by_label("API key").fill(fresh_key)
    finn.get_by_role("button", name="Check the key").click()
    see(finn, demo, "The new key works")


@pytest.mark.browser
@pytest.mark.timeout(240)
@pytest.mark.parametrize("scripts", [True, False], ids=["with a script", "without a script"])
def test_a_newcomer_imports_from_the_practice_directory(demo: tour.Demo, scripts: bool) -> None:
    finn, idp = demo.open(FINN), demo.open()
    if not scripts:
        context = demo.chrome.new_context(java_script_enabled=False, storage_state=demo.signed_in[FINN])
        demo.closing.callback(context.close)
        finn = context.new_page()
    idp.goto(f"{demo.idp_url}/application")
    key = idp.get_by_label("API key").input_value()

    finn.goto(demo.url + PATH)
    set_up(finn, key)

    # The dry run: four people, three seats.
    finn.get_by_role("button", name="Look what would happen").click()
    see(finn, demo, "What the first run would do")
    expect(finn.get_by_text("1 person would find no seat.")).to_be_visible()
    expect(finn.get_by_text("3 seats are free, 4 are needed.")).to_be_visible()
    finn.get_by_role("button", name="Enable", exact=True).click()
    see(finn, demo, "3 added")
    finn.goto(f"{demo.url}/members/waiting/")
    expect(finn.get_by_text("otto@northwind.test", exact=True)).to_be_visible()

    # Somebody leaves: their seat goes to who waits.
    idp.goto(f"{demo.idp_url}/groups")
    idp.get_by_role("button", name="Take Ben Ferro out of Engineering").click()
    finn.goto(demo.url + PATH)
    finn.get_by_role("link", name="Practice", exact=True).click()
    finn.get_by_role("button", name="Run now").click()
    see(finn, demo, "1 left")
    finn.get_by_role("row").filter(has_text="1 left").get_by_role("link").click()
    expect(finn.get_by_role("row").filter(has_text="ben@northwind.test")).to_contain_text("Seat freed")
    expect(finn.get_by_role("row").filter(has_text="otto@northwind.test")).to_contain_text("Added")

    lose_the_key(demo, finn, idp)

    # It is paused, and removed; nobody loses a seat.
    finn.get_by_role("main").get_by_role("button", name="Pause", exact=True).first.click()
    finn.get_by_role("dialog").get_by_role("button", name="Pause").click()
    expect(finn.get_by_role("button", name="Resume")).to_be_visible()
    finn.get_by_role("main").get_by_role("button", name="Remove", exact=True).first.click()
    expect(finn.get_by_role("dialog")).to_contain_text("3 people who came by it keep seat and group")
    finn.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(finn.get_by_text("Nobody lost their seat.")).to_be_visible()
    finn.goto(demo.url)
    assert re.search(r"4 / 4", " ".join(finn.locator(".sg-tile", has_text="Assigned seats").inner_text().split()))
    assert demo.trouble.seen == []
