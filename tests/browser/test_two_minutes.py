"""The README's two minutes in every dialect: a newcomer signs in, pushes people, and sees the last one refused."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from portal.demo.dialects import DIALECTS
from portal.demo.dialects.call import Dialect
from tests import servers
from tests.browser import tour

REFUSED = (
    "No unassigned seats left in team Northwind: 12 of 12 seats are in use. Unassign a user or add seats, then retry."
)
LOCKED = "Members are managed by your identity provider (SCIM is on). Assign and unassign them there."


@pytest.fixture
def demo(chrome: Browser, sqlite_files: servers.SqliteFiles, tmp_path: Path) -> Iterator[tour.Demo]:
    """What `./dev up` starts."""
    with sqlite_files.fresh() as url, tour.demo(chrome, tmp_path, database_url=url) as started:
        yield started


def seats(page: Page, demo: tour.Demo) -> str:
    """Read the overview's first tile."""
    page.goto(demo.url)
    return " ".join(page.locator(".sg-tile", has_text="Assigned seats").inner_text().split())


@pytest.mark.browser
@pytest.mark.timeout(120)
@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=DIALECTS)
def test_a_newcomer_sees_the_whole_of_it_work(demo: tour.Demo, dialect: Dialect) -> None:
    ada, idp, otto = demo.open(tour.ADA), demo.open(), demo.open()
    idp.goto(f"{demo.idp_url}/application")
    idp.get_by_role("radio", name=dialect.label, exact=True).check()
    idp.get_by_role("button", name="Use this dialect").click()

    # 2 Single sign-on is tested, and passes.
    assert "8 / 12" in seats(ada, demo)
    ada.get_by_role("link", name="Single sign-on").first.click()
    ada.get_by_role("button", name="Test", exact=True).first.click()
    ada.get_by_role("button", name="Sign in as Ada Okafor").click()
    expect(ada.get_by_text("Passed by you within the hour").first).to_be_visible()

    # 3 Three people are pushed, 4 then one more fits, and the next is refused in the same words on both sides.
    idp.get_by_role("link", name="People").click()
    idp.get_by_role("button", name="Push 3 people").click()
    expect(idp.get_by_text("Pushed: Otto Brandt, Nora Quinn, Malik Aziz.")).to_be_visible()
    assert "11 / 12" in seats(ada, demo)
    idp.get_by_role("button", name="Push 3 people").click()
    expect(idp.get_by_text(REFUSED).first).to_be_visible()
    assert "12 / 12" in seats(ada, demo)
    ada.goto(f"{demo.url}/log/provisioning/")
    expect(ada.get_by_text(REFUSED).first).to_be_visible()

    # 5 Assigning by hand is locked and says why; who is deactivated at the IdP is out at once.
    ada.goto(f"{demo.url}/members/")
    expect(ada.get_by_role("button", name="Assign a seat").first).to_be_disabled()
    expect(ada.get_by_text(LOCKED).first).to_be_visible()
    otto.goto(demo.idp_url)
    otto.get_by_role("button", name="Open Seatgate as Otto Brandt").click()
    otto.wait_for_url(f"{demo.url}/")
    idp.get_by_role("button", name="Deactivate Otto Brandt").click()
    expect(idp.get_by_text("Otto Brandt was deactivated.")).to_be_visible()
    otto.reload()
    expect(otto).to_have_url(re.compile("/sign-in/"))
    assert "11 / 12" in seats(ada, demo)

    # 6 A group arrives with its members.
    idp.get_by_role("link", name="Groups").click()
    idp.get_by_role("button", name="Push group Engineering").click()
    expect(idp.get_by_text(re.compile("Engineering was pushed"))).to_be_visible()
    ada.goto(f"{demo.url}/groups/")
    expect(ada.get_by_text("Engineering").first).to_be_visible()
    assert demo.trouble.seen == []
