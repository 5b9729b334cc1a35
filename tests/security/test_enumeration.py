"""Who is here is told neither by an answer nor by the work it takes: the same statements run, known or not."""

import re
from collections.abc import Callable

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from portal.teams import rescue
from portal.teams.models import Team
from tests import make
from tests.pages import reading

# Of whom a stranger might want to know whether they are here.
PEOPLE = {
    "nobody": "nobody@acme.test",
    "a member": "mia@acme.test",
    "an owner": "olga@acme.test",
    "of a team that enforces": "greg@globex.test",
    "an operator": "otto@vendor.test",
}


@pytest.fixture
def everybody(acme: Team, globex: Team) -> None:
    """Each of them as they are called."""
    make.connect_idp(globex)
    make.enforced(globex)
    make.vendor_operator("otto@vendor.test")
    # Who signed in before has a User.
    make.sign_in(Client(), "olga@acme.test")
    rescue.make(acme, make.as_owner(acme))
    cache.clear()


def verbs(work: Callable[[], object]) -> list[str]:
    """Name the statements that a piece of work runs: verb and table, in their order."""
    with CaptureQueriesContext(connection) as captured:
        work()
    found = []
    for query in captured.captured_queries:
        sql = query["sql"]
        table = re.search(r'(?:FROM|INTO|UPDATE) "(\w+)"', sql)
        if table is not None and table[1] != "portal_cache":
            found.append(f"{sql.split()[0]} {table[1]}")
    return found


def asked(who: str) -> tuple[list[str], str, set[str]]:
    """Ask for a code in a new browser: the statements, what is read, and which cookies are set."""
    browser = Client()
    ran = verbs(lambda: browser.post("/sign-in/", {"who": who, "by_code": "1"}))
    shown = reading.words(browser.get("/sign-in/code/")).replace(who, "them")
    return ran, shown, set(browser.cookies)


def test_asking_for_a_code_looks_the_same_for_everybody(everybody: None) -> None:
    answers = {what: asked(who)[1:] for what, who in PEOPLE.items()}

    assert len({str(answer) for answer in answers.values()}) == 1, answers


def test_asking_for_a_code_costs_the_same_for_everybody(everybody: None) -> None:
    # What differs is only which table takes the last write: a letter, or the code's own once more.
    ran = {
        what: [re.sub("INSERT outbound_letter|INSERT teams_letter|UPDATE teams_signincode", "a write", each)
               for each in asked(who)[0]]
        for what, who in PEOPLE.items()
    }  # fmt: skip

    assert len(ran["nobody"]) > 4
    for what in PEOPLE:
        assert ran[what] == ran["nobody"], what


def test_a_wrong_code_costs_and_says_the_same_for_everybody(everybody: None) -> None:
    def typed(who: str) -> tuple[list[str], str]:
        browser = Client()
        browser.post("/sign-in/", {"who": who, "by_code": "1"})
        answers = []
        ran = verbs(lambda: answers.append(browser.post("/sign-in/code/", {"code": "ZZZZ-ZZZZ"})))
        return ran, reading.words(answers[0]).replace(who, "them")

    answers = {what: typed(who) for what, who in PEOPLE.items()}

    assert {what: told for what, told in answers.items() if told != answers["nobody"]} == {}


@pytest.mark.parametrize(
    ("slug", "who"),
    [
        ("acme", "mia@acme.test"),
        ("acme", "nobody@acme.test"),
        ("nowhere", "olga@acme.test"),
        ("globex", "greg@globex.test"),
    ],
)
def test_a_wrong_rescue_code_costs_and_says_the_same_for_everybody(everybody: None, slug: str, who: str) -> None:
    def typed(slug: str, who: str) -> tuple[list[str], str]:
        answers = []
        said = {"slug": slug, "email": who, "code": "AAAA-BBBB-CCCC"}
        ran = verbs(lambda: answers.append(Client().post("/sign-in/trouble/", said)))
        return ran, reading.words(answers[0])

    assert typed(slug, who) == typed("acme", "olga@acme.test")


@pytest.mark.parametrize("slug", ["nowhere", "globex", "acme"])
def test_a_slug_leads_to_the_same_page_whether_there_is_such_a_team(everybody: None, slug: str) -> None:
    def shown(slug: str) -> tuple[list[str], str]:
        browser, answers = Client(), []
        ran = verbs(lambda: answers.append(browser.post("/sign-in/", {"who": slug})))
        return ran, reading.words(answers[0]).replace(slug, "slug")

    assert shown(slug) == shown("no-such-team")
