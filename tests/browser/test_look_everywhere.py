"""Every page there is, in light and dark: axe finds nothing, nothing scrolls sideways, breaks or comes from afar."""

from collections.abc import Iterator
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import resolve
from playwright.sync_api import Browser, Page

from portal.demo import site_urls
from tests.browser import tour
from tests.test_roles import OPERATOR, READ, address

RULES = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]}
# A phone, the narrowest, and a window of 1280 pixels in which everything is twice as large.
NARROW = (390, 320, 640)
THEMES: tuple[Literal["light"], Literal["dark"]] = ("light", "dark")
pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def demo(chrome: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tour.Demo]:
    """The demo, in which something has happened."""
    with tour.demo(chrome, tmp_path_factory.mktemp("demo")) as started:
        tour.live(started)
        yield started


def findings(page: Page) -> list[str]:
    """Say what axe objects to."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(Axe().axe_script)
    found = page.evaluate("axe.run", {"runOnly": RULES, "resultTypes": ["violations"]})["violations"]
    return [f"{one['id']}: {node['html'][:160]} {node['failureSummary']}" for one in found for node in one["nodes"]]


def too_wide(page: Page) -> list[str]:
    """Name the widths at which the page scrolls sideways, and by how much."""
    seen = []
    for width in NARROW:
        page.set_viewport_size({"width": width, "height": 800})
        over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        seen += [f"{width} px: {over} px too wide"] if over > 0 else []
    return seen


@pytest.mark.parametrize("stop", tour.TOUR, ids=lambda stop: stop.name)
def test_a_page_can_be_used_by_everybody_and_fits_a_phone(demo: tour.Demo, stop: tour.Stop) -> None:
    page = demo.open(stop.who)
    demo.trouble.seen.clear()

    demo.visit(page, stop)
    # One visit in both themes: the sheet of the dark one follows the browser where nobody chose.
    found = []
    for theme in THEMES:
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        found += [f"{theme}: {finding}" for finding in findings(page)]
    wide = too_wide(page)
    page.context.close()

    assert (found, wide, demo.trouble.seen) == ([], [], [])


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    "who", [tour.CLEO, tour.FINN, tour.GINA, tour.EVA], ids=["auditor", "empty", "locked", "member"]
)
def test_every_page_that_somebody_may_read_can_be_used_by_everybody(demo: tour.Demo, who: str) -> None:
    page = demo.open(who)
    demo.trouble.seen.clear()
    toured = {stop.path for stop in tour.TOUR if stop.who == who and stop.press is None}
    found: dict[str, list[str]] = {}

    for path in sorted({address(name) for name in READ} - toured):
        # What is no page is a file, or the part of a page that is fetched anew; what is refused has one page.
        asked = page.request.get(demo.url + path)
        if not asked.ok or "<!doctype html" not in asked.text()[:100]:
            continue
        page.set_viewport_size({"width": 1360, "height": 900})
        page.goto(demo.url + path)
        for theme in THEMES:
            page.emulate_media(color_scheme=theme, reduced_motion="reduce")
            found[f"{path} {theme}"] = findings(page)
        found[f"{path} width"] = too_wide(page)
    page.context.close()

    assert {where: what for where, what in found.items() if what} == {}
    assert demo.trouble.seen == []


# Acts that ask who it is and then lead back to a page of the tour, and the part of one that is fetched anew.
OF_A_PAGE = {f"operators:webhook_{name}" for name in ("add", "change", "rotate", "deliveries")}


def test_the_tour_leads_to_every_page_a_role_may_read(demo: tour.Demo) -> None:
    reading = demo.open(tour.ADA).request
    inside = {resolve(stop.path.partition("?")[0]).view_name for stop in tour.TOUR if stop.who and not stop.practice}
    inside |= {stop.leads_to for stop in tour.TOUR}

    unvisited = {*READ, *OPERATOR} - inside - OF_A_PAGE
    # What is no page is a file, or the part of a page that is fetched anew.
    forgotten = {name for name in unvisited if "<!doctype html" in reading.get(demo.url + address(name)).text()[:100]}

    assert forgotten == set()


def test_the_tour_leads_to_every_page_of_the_practice_idp(demo: tour.Demo) -> None:
    reading = demo.open().request
    paths = {f"/{url.pattern}" for url in site_urls.urlpatterns if str(url.pattern)[:1] != "^"}
    visited = {stop.path for stop in tour.TOUR if stop.practice}

    pages = {path for path in paths if reading.get(demo.idp_url + path).status != 405}

    # Its metadata is a file, its API no page, and a push of no number of people is no address.
    assert pages - visited == {"/metadata", "/push/<int:count>", "/api/<path:path>"}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_mail_can_be_read_by_everybody(demo: tour.Demo, theme: Literal["light", "dark"]) -> None:
    page = demo.open()
    demo.visit(page, next(stop for stop in tour.TOUR if stop.name == "outbox-mail"))
    mail = page.request.get(demo.url + str(page.locator("iframe").get_attribute("src"))).text()

    # In its frame no script runs, not even axe.
    page.goto("about:blank")
    page.emulate_media(color_scheme=theme)
    page.set_content(mail)

    assert findings(page) == []
    assert too_wide(page) == []


def test_on_a_phone_the_menu_opens_over_the_page_and_closes(demo: tour.Demo) -> None:
    page = demo.open(tour.ADA, width=390, height=800)
    page.goto(demo.url)
    rail = page.get_by_role("complementary", name="Menu")
    assert not rail.is_visible()

    page.get_by_role("button", name="Open menu").click()
    rail.get_by_role("link", name="Members").wait_for()
    found = findings(page)
    page.keyboard.press("Escape")

    assert found == []
    assert not rail.is_visible()
    assert page.get_by_role("button", name="Open menu").evaluate("element => element === document.activeElement")


def test_the_theme_is_chosen_without_a_script_and_kept(demo: tour.Demo) -> None:
    demo.open(tour.ADA).context.close()
    context = demo.chrome.new_context(java_script_enabled=False, storage_state=demo.signed_in[tour.ADA])
    page = context.new_page()
    page.goto(demo.url)

    page.locator(".sg-menu > summary").last.click()
    page.get_by_role("button", name="Dark", exact=True).click()

    assert page.locator("html").get_attribute("data-bs-theme") == "dark"
    assert page.locator("body").evaluate("body => getComputedStyle(body).backgroundColor") == "rgb(16, 20, 28)"
    context.close()
