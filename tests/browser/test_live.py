"""Pages that live: without an answer they say so and ask again, and never show what is of another team or session."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from portal.demo.idp import PracticeIdp
from tests import servers
from tests.browser import tour
from tests.browser.conftest import World, world_on
from tests.browser.test_provisioning_wizard import Directory, connected

pytestmark = pytest.mark.browser
LOG = "/log/provisioning/"
NO_ANSWER = "No answer just now. This page asks again by itself."
ADA = "ada@acme.test"
SOON = 15_000


def team(world: World, folder: Path, slug: str) -> Directory:
    """A team of Ada's with SCIM on, and its directory."""
    metadata = folder / f"{slug}.xml"
    metadata.write_bytes(PracticeIdp.make(f"https://{slug}.test", f"https://{slug}.test/sso").metadata())
    entitled = ("--plan", "enterprise", "--entitle", "sso", "scim")
    world.portal.manage("create_team", slug, "--name", slug.title(), "--seats", "5", "--owner", ADA, *entitled)
    world.portal.manage("configure_sso", slug, "--metadata", str(metadata))
    return connected(world, slug)


@pytest.fixture
def on_postgres(
    chrome: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[World, servers.Postgres]]:
    """Everything a person meets, on a database server that can go away."""
    monkeypatch.delenv(servers.SOCKET, raising=False)
    with servers.postgres() as server, server.fresh() as url, world_on(url, chrome, tmp_path) as started:
        yield started, server


@pytest.mark.pg
def test_a_log_says_that_no_answer_comes_and_goes_on_when_one_does(
    on_postgres: tuple[World, servers.Postgres], tmp_path: Path
) -> None:
    world, server = on_postgres
    idp, ada = team(world, tmp_path, "acme"), world.open()
    world.sign_in(ada, ADA)
    ada.goto(world.portal.url + LOG)
    told, rows = ada.locator("main").get_by_text(NO_ANSWER), ada.locator("#log > li")
    before = rows.count()

    with server.away():
        with ada.expect_response(lambda answer: answer.status == 503, timeout=SOON):
            pass
        expect(told).to_be_visible()
        expect(ada.locator("#announce")).to_have_text(NO_ANSWER)
        with ada.expect_response(lambda answer: answer.status == 503, timeout=SOON):
            pass
        # It says so once, and shows no error for a row.
        expect(told).to_have_count(1)
        expect(rows).to_have_count(before)
    idp.add("zoe")

    expect(rows).to_have_count(before + 1, timeout=2 * SOON)
    expect(told).to_have_count(0)
    # The browser tells of each such answer, and nothing else was wrong.
    assert [each for each in world.trouble.seen if "503" not in each] == []


def test_a_log_shows_no_row_of_the_team_that_another_tab_went_to(world: World, tmp_path: Path) -> None:
    acme, globex = team(world, tmp_path, "acme"), team(world, tmp_path, "globex")
    ada = world.open()
    world.sign_in(ada, ADA)
    choose(ada, world, "Acme")
    ada.goto(world.portal.url + LOG)
    acme.add("zoe")
    expect(ada.locator("#log > li")).to_have_count(1, timeout=SOON)
    # What is written into a page is there as long as the page is.
    ada.evaluate("window.samePage = true")

    tab = ada.context.new_page()
    choose(tab, world, "Globex")
    globex.add("gus")

    # Either the page is loaded anew as the other team's, or a row of hers came among those of the first.
    gone_or_mixed = "() => !window.samePage || document.getElementById('log').innerText.includes('gus')"
    ada.wait_for_function(gone_or_mixed, timeout=SOON)
    assert not ada.evaluate("window.samePage")
    expect(ada.locator("#log > li")).to_have_count(1)
    expect(ada.locator("#log > li")).to_contain_text("gus@acme.test")
    expect(ada.get_by_role("complementary", name="Menu")).to_contain_text("Globex")


def choose(page: Page, world: World, name: str) -> None:
    """Go to one of one's teams."""
    page.goto(f"{world.portal.url}/teams/")
    page.get_by_role("button", name=f"Open {name}").click()
    page.wait_for_url(f"{world.portal.url}/")


def test_a_session_that_ended_on_the_server_leads_to_sign_in(world: World, tmp_path: Path) -> None:
    team(world, tmp_path, "acme")
    ada, elsewhere = world.open(), world.open()
    for page in (ada, elsewhere):
        world.sign_in(page, ADA)
    ada.goto(world.portal.url + LOG)
    expect(ada.get_by_text("Live: new requests appear by themselves.")).to_be_visible()

    # Her cookie is still there.
    elsewhere.goto(f"{world.portal.url}/settings/profile/")
    elsewhere.get_by_role("button", name="Sign out everywhere else").click()
    elsewhere.get_by_role("dialog").get_by_role("button", name="Sign out everywhere else").click()

    expect(ada).to_have_url(re.compile("/sign-in/"), timeout=SOON)


def test_a_secret_that_is_shown_once_is_not_refreshed_away(chrome: Browser, tmp_path: Path) -> None:
    with tour.demo(chrome, tmp_path) as demo:
        ada = demo.open(tour.ADA)
        ada.goto(demo.url + tour.WEBHOOKS)
        ada.get_by_label("Name").fill("Billing")
        ada.get_by_label("Address").fill("http://127.0.0.1:9/events")
        ada.get_by_role("button", name="Add it").click()
        secret = ada.get_by_role("textbox", name="Signing secret")
        shown, asked = secret.input_value(), list[str]()
        # The icon of the tab may still come.
        ada.on("request", lambda request: asked.append(request.url) if "/static/" not in request.url else None)

        # Longer than any page waits before it asks again.
        ada.wait_for_timeout(6_500)

        assert asked == []
        expect(secret).to_have_value(shown)
        # Left behind, the page lives: then there is nothing on it to lose.
        ada.get_by_role("link", name="I copied it").click()
        with ada.expect_request(re.compile("/deliveries/"), timeout=SOON):
            pass
        expect(secret).to_have_count(0)
        assert demo.trouble.seen == []
