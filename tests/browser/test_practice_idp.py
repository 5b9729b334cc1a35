"""Every button of the practice IdP, pressed in a real browser in every dialect: what it sent, and what came back."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from portal.demo.answers import CASES
from portal.demo.dialects import DIALECTS
from tests import servers
from tests.browser import tour

pytestmark = pytest.mark.browser
# Each dialect has somebody whom nobody has pushed before it, and finds the seats full at its end but for one.
NEWCOMER = {"jumpcloud": "Otto Brandt", "okta": "Otto Brandt", "entra": "Kai Lindqvist", "entra-rfc": "Kai Lindqvist"}
NEUTRAL, MISSING = "We could not sign you in.", re.compile("e-mail", re.IGNORECASE)


@pytest.fixture(scope="module")
def demo(
    chrome: Browser, sqlite_files: servers.SqliteFiles, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tour.Demo]:  # fmt: skip
    """The demo as it is begun: 8 of 12 seats, connected to the practice IdP."""
    folder = tmp_path_factory.mktemp("demo")
    with sqlite_files.fresh() as url, tour.demo(chrome, folder, database_url=url) as started:
        yield started


def press(page: Page, name: str) -> str:
    """Press a button; returns what the page then says, once both sides of the exchange stand below it."""
    page.get_by_role("button", name=name, exact=True).click()
    newest = page.locator("#last-act .pi-call").first
    expect(newest.locator("pre").first).not_to_be_empty()
    expect(newest.locator("pre").last).to_contain_text(re.compile("HTTP 20|HTTP 403"))
    return page.locator(".sg-alert").first.inner_text().strip()


def more(page: Page, person: str) -> None:
    """Open what else can be done with somebody."""
    page.locator("summary", has_text=re.compile("^More")).and_(page.get_by_label(f"More for {person}")).click()


def seats(page: Page, demo: tour.Demo) -> str:
    """Read the overview's first tile."""
    page.goto(demo.url)
    return " ".join(page.locator(".sg-tile", has_text="Assigned seats").inner_text().split())


@pytest.mark.parametrize("key", DIALECTS)
def test_every_button_of_a_dialect_shows_what_was_sent_and_what_came_back(demo: tour.Demo, key: str) -> None:
    page, dialect, who = demo.open(), DIALECTS[key], NEWCOMER[key]
    page.goto(f"{demo.idp_url}/application")
    page.get_by_role("radio", name=dialect.label, exact=True).check()
    page.get_by_role("button", name="Use this dialect").click()

    assert "The connection works. Groups are served." in press(page, "Test connection")
    if dialect.page_size:
        assert "people came, page by page" in press(page, "Import")
    else:
        expect(page.get_by_role("button", name="Import")).to_be_disabled()
        expect(page.get_by_text(str(dialect.no_import))).to_be_visible()
    _people(page, demo, key, who)
    _groups(page, demo)
    # One seat is free again for the dialect that comes after.
    page.goto(demo.idp_url)
    assert "Refused (403): No unassigned seats left in team Northwind: 12 of 12" in press(page, "Push until refused")
    if dialect.no_delete:
        assert "was deactivated" in press(page, f"Deactivate {who}")
    else:
        more(page, who)
        assert "was deleted" in press(page, f"Delete {who} at the application")
    assert demo.trouble.seen == []


def _people(page: Page, demo: tour.Demo, key: str, who: str) -> None:
    page.goto(demo.idp_url)
    assert f"{who} was" in press(page, f"Push {who}")
    more(page, who)
    page.get_by_label(f"Family name of {who}").fill("Renamed")
    assert "was updated" in press(page, f"Change the name of {who}")
    renamed = f"{who.split(maxsplit=1)[0]} Renamed"
    assert "was deactivated" in press(page, f"Deactivate {renamed}")
    assert "was activated" in press(page, f"Activate {renamed}")
    more(page, renamed)
    page.get_by_label(f"Family name of {renamed}").fill(who.split()[1])
    assert "was updated" in press(page, f"Change the name of {renamed}")
    more(page, who)
    if DIALECTS[key].no_delete:
        expect(page.get_by_text(str(DIALECTS[key].no_delete)).locator("visible=true")).to_have_count(1)
    else:
        assert "was deleted" in press(page, f"Delete {who} at the application")
        assert f"{who} was created" in press(page, f"Push {who}")


def _groups(page: Page, demo: tour.Demo) -> None:
    page.goto(f"{demo.idp_url}/groups")
    assert "Sales was pushed" in press(page, "Push group Sales")
    page.get_by_label("Person to add to Sales").select_option("ada@northwind.test")
    assert "Sales was pushed" in press(page, "Add to Sales")
    assert "Sales was pushed" in press(page, "Take Ada Okafor out of Sales")
    assert "Sales was detached" in press(page, "Detach group Sales")


def test_the_same_person_under_a_name_that_is_no_address_takes_no_second_seat(demo: tour.Demo) -> None:
    ada, page = demo.open(tour.ADA), demo.open()
    before = seats(ada, demo)

    for key, user_name in (("jumpcloud", "eva"), ("okta", "eva@northwind.test")):
        page.goto(f"{demo.idp_url}/application")
        page.get_by_role("radio", name=DIALECTS[key].label, exact=True).check()
        page.get_by_role("button", name="Use this dialect").click()
        page.goto(demo.idp_url)
        assert "Eva Stone was" in press(page, "Push Eva Stone")
        answer = page.locator("#last-act .pi-call").first.locator("pre").last
        expect(answer).to_contain_text(f'"userName": "{user_name}"')

    assert seats(ada, demo) == before


def at_the_idp(page: Page, demo: tour.Demo, button: str, person: str = "eva@northwind.test") -> None:
    """Press one of the buttons of single sign-on for somebody."""
    page.goto(f"{demo.idp_url}/single-sign-on")
    page.get_by_label("Person", exact=True).select_option(person)
    page.get_by_role("button", name=button, exact=True).click()
    page.wait_for_url(re.compile(f"^{demo.url}/(?!sso/northwind/login)"))


def kept(page: Page, demo: tour.Demo) -> list[str]:
    """Read both sides of the last exchange at the practice IdP."""
    page.goto(f"{demo.idp_url}/single-sign-on")
    return page.locator("#last-act .pi-call").first.locator("pre").all_inner_texts()


@pytest.mark.parametrize("key", CASES)
def test_every_case_of_single_sign_on_ends_where_it_says(demo: tour.Demo, key: str) -> None:
    page = demo.open()

    at_the_idp(page, demo, str(CASES[key].label))

    if key == "no-email":
        expect(page.get_by_role("heading", level=1)).to_have_text(MISSING)
    elif CASES[key].genuine:
        expect(page).to_have_url(f"{demo.url}/")
        expect(page.get_by_role("link", name="Home").first).to_be_visible()
    else:
        expect(page.get_by_role("heading", level=1)).to_have_text(NEUTRAL)
        expect(page.get_by_text("Reference number").first).to_be_visible()
    sent, received = kept(page, demo)
    assert ("EncryptedAssertion" in sent) is (key == "encrypted")
    assert ("Response" in sent, "AuthnRequest" in received) == (True, True)
    assert demo.trouble.seen == []


def test_the_tile_enters_and_a_response_sent_twice_does_not(demo: tour.Demo) -> None:
    page, other = demo.open(), demo.open()
    at_the_idp(page, demo, "Sign in")

    at_the_idp(page, demo, "Unsolicited (tile)")
    expect(page).to_have_url(f"{demo.url}/")
    at_the_idp(other, demo, "Replay the last response")

    expect(other.get_by_role("heading", level=1)).to_have_text(NEUTRAL)


def test_signing_out_at_the_practice_idp_ends_the_session_in_another_browser(demo: tour.Demo) -> None:
    eva, idp = demo.open(), demo.open()
    at_the_idp(eva, demo, "Sign in")

    idp.goto(f"{demo.idp_url}/single-sign-on")
    idp.get_by_label("Person", exact=True).select_option("eva@northwind.test")
    idp.get_by_role("button", name="Sign out everywhere").click()

    expect(idp.get_by_text("Signed out here and at Seatgate.")).to_be_visible()
    expect(idp.locator("#last-act pre").last).to_contain_text("LogoutResponse")
    eva.reload()
    expect(eva).to_have_url(re.compile("/sign-in/"))


def test_signing_out_at_the_portal_signs_out_at_the_practice_idp_too(demo: tour.Demo) -> None:
    page = demo.open()
    at_the_idp(page, demo, "Sign in")

    page.locator(".sg-menu > summary").click()
    page.get_by_role("button", name="Sign out").click()

    expect(page.get_by_text("You are signed out, here and at your identity provider.")).to_be_visible()
    page.goto(demo.idp_url)
    expect(page.get_by_text("This browser is signed in here as")).to_have_count(0)
    assert demo.trouble.seen == []
