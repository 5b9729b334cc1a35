"""Members as an admin uses them: found, chosen by the keyboard, freed, given back, and one of them looked at."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import World


def seat(page: Page, portal: str, name: str) -> None:
    """Give somebody a seat by hand."""
    page.goto(f"{portal}/members/")
    page.get_by_role("button", name="Assign a seat").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("E-mail").fill(f"{name}@acme.test")
    dialog.get_by_label("Given name").fill(name.title())
    dialog.get_by_role("button", name="Assign a seat").click()
    page.get_by_text(f"{name.title()} has a seat now.").wait_for()


def tick(page: Page, name: str) -> None:
    """Tick somebody as one without a mouse does."""
    box = page.get_by_role("checkbox", name=f"Select {name}")
    box.focus()
    page.keyboard.press("Space")
    expect(box).to_be_checked()


@pytest.mark.browser
def test_members_are_found_chosen_and_looked_at(world: World) -> None:
    portal = world.portal
    portal.manage("create_team", "acme", "--name", "Acme", "--seats", "5", "--owner", "ada@northwind.test")
    ada = world.open(reduced_motion="reduce")
    world.sign_in(ada, "ada@northwind.test")
    for name in ("mia", "nia", "pia"):
        seat(ada, portal.url, name)

    # By the keyboard: order, two ticks, and what is about to happen in numbers.
    ada.get_by_role("columnheader", name="Name").get_by_role("link", name="Name").press("Enter")
    expect(ada.get_by_role("columnheader", name="Name")).to_have_attribute("aria-sort", "descending")
    tick(ada, "Mia")
    tick(ada, "Nia")
    expect(ada.get_by_text("2 selected")).to_be_visible()
    ada.get_by_role("button", name="Free seat").press("Enter")
    expect(ada.get_by_text("2 people lose their seat")).to_be_visible()
    ada.get_by_role("button", name="Free seats").press("Enter")
    expect(ada.get_by_text("2 gave their seat back")).to_be_visible()

    # What was freed is given back by one button.
    ada.get_by_role("button", name="Give these 2 seats back").click()
    expect(ada.get_by_text("2 got a seat")).to_be_visible()

    # All that match, and oneself left out.
    ada.goto(f"{portal.url}/members/")
    ada.get_by_role("checkbox", name="Select everybody on this page").check()
    expect(ada.get_by_text("4 selected")).to_be_visible()
    ada.get_by_role("checkbox", name="All 4 that match").check()
    ada.get_by_role("button", name="Sign out", exact=True).click()
    expect(ada.get_by_text("You are left out")).to_be_visible()
    ada.get_by_role("link", name="Cancel").click()

    # Found by the beginning of a name, and looked at: one timeline.
    ada.get_by_role("search", name="Find members").get_by_label("Search").fill("pi")
    ada.get_by_role("button", name="Filter").click()
    expect(ada.get_by_text("1 person found")).to_be_visible()
    ada.get_by_role("link", name="Pia").click()
    expect(ada).to_have_url(re.compile(r"/members/[0-9a-f-]{36}/$"))
    ada.get_by_role("button", name="Emergency suspend").click()
    expect(ada.get_by_text("Ends access now.")).to_be_visible()
    ada.get_by_role("dialog").get_by_role("button", name="Suspend").click()
    expect(ada.get_by_role("button", name="End suspension")).to_be_visible()
    ada.get_by_role("navigation", name="Show").get_by_role("link", name="Admin").click()
    expect(ada.get_by_role("table", name="Timeline").get_by_role("row")).to_have_count(2)
    with ada.expect_download() as taken:
        ada.goto(f"{portal.url}/members/")
        ada.get_by_role("link", name="Export CSV").click()
    assert taken.value.suggested_filename == "members-acme.csv"


@pytest.mark.browser
def test_the_list_follows_what_is_asked_without_a_new_page(world: World) -> None:
    portal = world.portal
    portal.manage("create_team", "acme", "--name", "Acme", "--seats", "80", "--owner", "ada@northwind.test")
    ada = world.open(reduced_motion="reduce")
    world.sign_in(ada, "ada@northwind.test")
    add_many(ada, portal.url, 60)
    ada.goto(f"{portal.url}/members/")
    ada.evaluate("window.samePage = true")
    rows, search = ada.locator("#found tbody tr"), ada.get_by_role("search", name="Find members").get_by_label("Search")

    # As one types, after a pause, in one request; the focus stays, the address follows, nothing empty stands in it.
    asked: list[str] = []
    ada.on("request", lambda request: asked.append(request.url) if "/members/" in request.url else None)
    search.press_sequentially("person07", delay=30)
    expect(rows).to_have_count(1)
    expect(ada).to_have_url(f"{portal.url}/members/?q=person07&sort=name")
    expect(search).to_be_focused()
    expect(ada.get_by_role("status").filter(has_text="1 person found")).to_have_count(1)
    expect(ada.get_by_role("link", name="Show all")).to_be_visible()
    assert len(asked) == 1

    # A filter, and ticks that count in the list drawn anew.
    search.fill("")
    expect(rows).to_have_count(50)
    ada.get_by_label("Every role").select_option(label="Member")
    expect(ada.get_by_text("60 people found")).to_be_visible()
    tick(ada, "person01@acme.test")
    expect(ada.get_by_text("1 selected")).to_be_visible()

    # Headings and pages, with the focus where it was, or on the number where its control is gone.
    heading = ada.get_by_role("columnheader", name="Name").get_by_role("link", name="Name")
    heading.press("Enter")
    expect(ada.get_by_role("columnheader", name="Name")).to_have_attribute("aria-sort", "descending")
    expect(heading).to_be_focused()
    ada.get_by_role("link", name="Next").press("Enter")
    expect(rows).to_have_count(10)
    expect(ada.locator("[data-count]")).to_be_focused()
    # The order chosen by the heading is kept by what is typed next.
    search.press_sequentially("person0")
    expect(rows).to_have_count(10)
    expect(ada.get_by_role("columnheader", name="Name")).to_have_attribute("aria-sort", "descending")
    assert ada.evaluate("window.samePage")

    # Back leads to what was looked at, fresh from the server: the browser keeps no page with people.
    ada.go_back()
    expect(rows).to_have_count(50)
    expect(ada).to_have_url(re.compile(r"role=member"))
    assert "acme.test" not in ada.evaluate("JSON.stringify({...sessionStorage, ...localStorage})")

    # Signed out meanwhile, one is led to sign in, not shown a list of nobody.
    ada.context.clear_cookies()
    search.press_sequentially("x")
    expect(ada).to_have_url(re.compile("/sign-in/"))


def add_many(page: Page, portal: str, count: int) -> None:
    """Add people by pasting their addresses."""
    page.goto(f"{portal}/members/add/")
    page.get_by_label("People").fill("\n".join(f"person{number:02}@acme.test" for number in range(count)))
    page.get_by_role("button", name="Look them over").click()
    page.get_by_role("button", name=re.compile("^Import [0-9]")).click()
    expect(page.get_by_role("heading", name="What came of it")).to_be_visible(timeout=20_000)
