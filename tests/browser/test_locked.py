"""What a lock closes, as an admin meets it: what an older tab sends is refused in the words that close the control."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from portal.demo.idp import PracticeIdp
from tests.browser.conftest import World
from tests.browser.test_look_everywhere import findings
from tests.browser.test_members import seat, tick
from tests.pages.members.test_acts import BY_SCIM

pytestmark = pytest.mark.browser
ADA = "ada@acme.test"


@pytest.fixture
def ada(world: World, tmp_path: Path) -> Page:
    """Ada's browser, in a team with single sign-on on, SCIM off, and Mia and Nia in it."""
    metadata = tmp_path / "idp.xml"
    metadata.write_bytes(PracticeIdp.make("https://idp.test", "https://idp.test/sso").metadata())
    entitled = ("--plan", "enterprise", "--entitle", "sso", "scim")
    world.portal.manage("create_team", "acme", "--name", "Acme", "--seats", "6", "--owner", ADA, *entitled)
    world.portal.manage("configure_sso", "acme", "--metadata", str(metadata))
    page = world.open(reduced_motion="reduce")
    world.sign_in(page, ADA)
    for name in ("mia", "nia"):
        seat(page, world.portal.url, name)
    return page


def assign(page: Page, url: str) -> Callable[[], None]:
    """Open the dialog that gives a seat; what is given back sends it."""
    page.goto(f"{url}/members/")
    page.get_by_role("button", name="Assign a seat").click()
    page.get_by_role("dialog").get_by_label("E-mail").fill("zoe@acme.test")
    return lambda: page.get_by_role("dialog").get_by_role("button", name="Assign a seat").click()


def free(page: Page, url: str) -> Callable[[], None]:
    """Open the dialog that takes Mia's seat."""
    page.goto(f"{url}/members/")
    page.get_by_role("link", name="Mia").click()
    page.get_by_role("main").get_by_role("button", name="Unassign").click()
    return lambda: page.get_by_role("dialog").get_by_role("button", name="Unassign").click()


def free_many(page: Page, url: str) -> Callable[[], None]:
    """Tick two people, and read what is about to happen to them."""
    page.goto(f"{url}/members/")
    tick(page, "Mia")
    tick(page, "Nia")
    page.get_by_role("button", name="Free seat").click()
    return lambda: page.get_by_role("button", name="Free seats").click()


def paste(page: Page, url: str) -> Callable[[], None]:
    """Paste an address."""
    page.goto(f"{url}/members/add/")
    page.get_by_label("People").fill("zoe@acme.test")
    return lambda: page.get_by_role("button", name="Look them over").click()


def begin_import(page: Page, url: str) -> Callable[[], None]:
    """Look over a pasted address."""
    paste(page, url)()
    page.get_by_role("heading", name="Nothing is written yet").wait_for()
    return lambda: page.get_by_role("button", name="Import 1 person").click()


OPENED = (assign, free, free_many, paste, begin_import)


@pytest.mark.timeout(300)
def test_a_tab_opened_before_the_lock_is_refused_in_the_words_that_close_the_control(world: World, ada: Page) -> None:
    url = world.portal.url
    tabs = [ada.context.new_page() for _ in OPENED]
    send = [opened(tab, url) for opened, tab in zip(OPENED, tabs, strict=True)]

    world.portal.manage("enable_scim", "acme")

    # Each control is there, closed, and says why.
    for path, names in {"/members/": ["Assign a seat", "Free seat"], "/members/add/": ["Look them over"]}.items():
        ada.goto(url + path)
        for name in names:
            control = ada.get_by_role("button", name=name, exact=True)
            expect(control).to_be_disabled()
            expect(control).to_have_accessible_description(BY_SCIM)
        assert findings(ada) == []
    # What was open before is refused in the same words, with a number to ask for, and leads back.
    for tab, press in zip(tabs, send, strict=True):
        with tab.expect_response(lambda answer: answer.request.method == "POST") as answered:
            press()
        assert answered.value.status == 409
        expect(tab.get_by_role("main").get_by_text(BY_SCIM)).to_be_visible()
        expect(tab.get_by_text("Reference number")).to_be_visible()
        assert findings(tab) == []
        expect(tab.get_by_role("link", name="Go back")).to_be_visible()
    # And nothing of it was done.
    ada.goto(f"{url}/members/")
    expect(ada.locator("#found tbody tr")).to_have_count(3)
    assert world.portal.manage("check_invariants")["differences"] == 0


@pytest.mark.timeout(300)
def test_a_role_for_many_shows_their_addresses_and_wants_them_known(world: World, ada: Page) -> None:
    url = world.portal.url
    ada.goto(f"{url}/members/")
    tick(ada, "Mia")
    tick(ada, "Nia")

    ada.get_by_role("button", name="Change role").click()
    main = ada.get_by_role("main")
    for address in ("mia@acme.test", "nia@acme.test"):
        expect(main.get_by_text(address)).to_be_visible()
    ada.get_by_label("Role").select_option(label="Auditor")
    ada.get_by_role("checkbox", name="I know these addresses").check()
    assert findings(ada) == []
    main.get_by_role("button", name="Change role").or_(main.get_by_role("button", name="Change roles")).click()

    expect(ada.get_by_role("heading", name="What became of them")).to_be_visible()
    ada.goto(f"{url}/members/?role=auditor")
    expect(ada.locator("#found tbody tr")).to_have_count(2)
