"""A team full of markup, seen in a real browser: no script runs, and the policy has nothing to report."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests import servers
from tests.browser import tour
from tests.security.hostile import OPERATOR_PAGES, PROBE

INFEST = """
import json
from django.test.utils import setup_test_environment
setup_test_environment()
from tests import make
from tests.security import hostile
team = make.acme()
hostile.infest(team, hook="http://127.0.0.1:9/in")
print(json.dumps(hostile.paths(team) + [f"/members/{each.pk}/" for each in team.members.all()]))
"""
FILES = ("csv", "jsonl", "export")
pytestmark = [pytest.mark.browser, pytest.mark.long]


@pytest.fixture(scope="module")
def demo(chrome: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tour.Demo]:
    """The demo at work."""
    with tour.demo(chrome, tmp_path_factory.mktemp("demo")) as started:
        yield started


@pytest.fixture(scope="module")
def paths(demo: tour.Demo) -> list[str]:
    """The pages of Acme, in which whoever may write something wrote markup."""
    said = servers.python(demo.database_url, INFEST, SEATGATE_DEMO="1", BASE_URL=demo.url)
    found: list[str] = json.loads(said.strip().splitlines()[-1])
    return [path for path in found if not any(word in path for word in FILES)]


def look(page: Page, url: str) -> tuple[bool, list[str]]:
    """Open a page and all that folds out on it; say whether the markup stands there, and what came of it."""
    page.goto(url)
    for summary in page.locator("main details:not([open]) > summary").all():
        if summary.is_visible():
            summary.click()
    wrong = [url] * bool(page.evaluate("window.ran")) + [f"element: {url}"] * page.locator("xss-probe").count()
    return PROBE in page.content().replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"').replace(
        "&#x27;", "'"
    ).replace("&#39;", "'"), wrong


@pytest.mark.parametrize("who", ["olga@acme.test", tour.OTTO])
def test_no_script_runs_and_the_policy_reports_nothing(demo: tour.Demo, paths: list[str], who: str) -> None:
    page = demo.open(who)
    demo.trouble.seen.clear()

    seen = [look(page, f"{demo.url}{path}") for path in (paths if who != tour.OTTO else OPERATOR_PAGES)]

    assert [wrong for _shown, found in seen for wrong in found] == []
    assert demo.trouble.seen == []
    assert sum(shown for shown, _found in seen) > (25 if who != tour.OTTO else 5)


def test_a_script_that_ran_and_a_report_would_be_seen(demo: tour.Demo, tmp_path: Path) -> None:
    page = demo.open()
    demo.trouble.seen.clear()
    page.goto(f"{demo.url}/sign-in/")

    page.evaluate(
        "markup => document.querySelector('main').insertAdjacentHTML('beforeend', markup)", f'<p title="{PROBE}'
    )

    page.wait_for_timeout(300)
    assert page.locator("xss-probe").count() == 1
    # The policy stops what the page let through, and says so.
    assert any("Content Security Policy" in each for each in demo.trouble.seen)
    demo.trouble.seen.clear()
