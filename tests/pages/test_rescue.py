"""Rescue codes on their page, and the door they open: "Trouble signing in" (spec rule 28)."""

from typing import Any
from urllib.parse import unquote

import pytest
from django.core.cache import cache
from django.test import Client

from portal.teams import rescue
from portal.teams.models import Entry, RescueCode, Team
from tests import make
from tests.pages import reading
from tests.teams import journal

CODES, TROUBLE = "/settings/profile/rescue-codes/", "/sign-in/trouble/"
PANEL = "/settings/security/authentication/sso/"
WRONG = "That does not fit together, or the code was used."


@pytest.fixture(autouse=True)
def no_limits_of_before(db: None) -> None:
    """Forget the tries of the tests before: they all come from one address."""
    cache.clear()


@pytest.fixture
def codes(acme: Team) -> list[str]:
    """Olga's rescue codes, in a team that enforces single sign-on."""
    made = rescue.make(acme, make.as_owner(acme))
    make.connect_idp(acme)
    make.enforced(acme)
    return made


def use(client: Client, code: str, **changes: str) -> Any:
    """Type a rescue code."""
    return client.post(TROUBLE, {"slug": "acme", "email": "olga@acme.test", "code": code, **changes})


def shown(answer: Any) -> list[str]:
    """The codes that a page shows."""
    return str(reading.page(answer).xpath("//main//textarea")[0].text_content()).split()


# ── Making them ──────────────────────────────────────────────────────────────────────────────────────────────────────
def test_codes_are_shown_once_and_never_cached(acme: Team, browser: Client) -> None:
    make.sign_in(browser, "olga@acme.test")

    made = make.press(browser, f"{CODES}make/", acme)
    later = browser.get(CODES)

    assert len(shown(made)) == 10
    assert "no-store" in made["Cache-Control"]
    assert shown(made)[0] not in later.content.decode()
    assert "Codes were made, but you did not say that you saved them." in reading.words(later)


def test_the_download_holds_the_codes_the_team_and_the_address(acme: Team, browser: Client) -> None:
    made = make.press(make.sign_in(browser, "olga@acme.test"), f"{CODES}make/", acme)

    link = reading.page(made).xpath("//main//a[@download]")[0]

    assert link.get("download") == "seatgate-acme-rescue-codes.txt"
    text = unquote(link.get("href").partition(",")[2])
    assert [code for code in [*shown(made), "team acme", "olga@acme.test"] if code not in text] == []


def test_saying_that_they_are_saved_is_noted(acme: Team, browser: Client) -> None:
    make.press(make.sign_in(browser, "olga@acme.test"), f"{CODES}make/", acme)

    make.press(browser, f"{CODES}saved/", acme)

    assert "10 codes left" in reading.words(browser.get(CODES))
    assert journal.kinds(acme)[-1] == "rescue_codes.saved"


def test_making_them_asks_for_a_fresh_proof(acme: Team, browser: Client) -> None:
    make.enter_by_sso(browser, make.who(make.sso_on(acme), "olga"))
    session = browser.session
    session["sudo_at"] = None
    session.save()

    asked = make.press(browser, f"{CODES}make/", acme)

    assert asked["Location"].startswith("/again/")
    assert not RescueCode.every_team.exists()


def test_the_enforce_card_warns_until_codes_are_saved(acme: Team, browser: Client) -> None:
    make.connect_idp(acme)
    make.sign_in(browser, "olga@acme.test")
    before = reading.words(browser.get(PANEL))

    make.press(browser, f"{CODES}make/", acme)
    made = reading.words(browser.get(PANEL))
    make.press(browser, f"{CODES}saved/", acme)

    assert "Your rescue codes are not saved" in before and "Your rescue codes are not saved" in made
    assert "Your rescue codes are not saved" not in reading.words(browser.get(PANEL))


# ── Using one ────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_the_sign_in_page_leads_to_it(db: None, browser: Client) -> None:
    assert reading.page(browser.get("/sign-in/")).xpath(f"//a[@href='{TROUBLE}']")


def test_a_code_opens_emergency_access_and_relax_opens_the_team(codes: list[str], acme: Team, browser: Client) -> None:
    entered = use(browser, codes[0])
    kept_out = browser.get("/members/")

    make.press(browser, f"{PANEL}relax/", acme)

    assert (entered["Location"], kept_out["Location"]) == (PANEL, PANEL)
    assert Entry.every_team.get(ended_at=None).door == "break_glass"
    assert not make.fresh(acme).sso_enforced
    assert make.sign_in(Client(), "olga@acme.test").get("/members/").status_code == 200


def test_a_code_drops_the_session_that_the_browser_had(
    codes: list[str], acme: Team, globex: Team, browser: Client
) -> None:
    make.sign_in(browser, "greg@globex.test")
    before = browser.cookies["seatgate"].value

    use(browser, codes[0])

    assert browser.cookies["seatgate"].value != before
    assert list(Entry.every_team.filter(ended_at=None).values_list("team__slug", flat=True)) == ["acme"]


def test_every_wrong_combination_gets_the_same_answer(codes: list[str], acme: Team, globex: Team) -> None:
    use(Client(), codes[0])
    tries = [
        use(Client(), codes[0]),
        use(Client(), "2222-2222-2222-2222"),
        use(Client(), codes[1], slug="globex"),
        use(Client(), codes[1], slug="no-such-team"),
        use(Client(), codes[1], email="mia@acme.test"),
        use(Client(), codes[1], email="nobody@acme.test"),
    ]

    assert {answer.status_code for answer in tries} == {403}
    assert len({reading.words(answer) for answer in tries}) == 1
    assert WRONG in reading.words(tries[0])


def test_a_wrong_try_writes_nothing_and_mails_nobody(codes: list[str], acme: Team, browser: Client) -> None:
    before = journal.numbers(acme)

    use(browser, "2222-2222-2222-2222")

    assert journal.numbers(acme) == before
    assert journal.mailed("rescue_code_used") == []


def test_one_caller_tries_only_so_often_known_or_not(codes: list[str]) -> None:
    tries = [use(Client(), "x", email=f"p{n}@acme.test", slug=f"team-{n}").status_code for n in range(11)]

    assert tries == [403] * 10 + [429]


def test_wrong_tries_of_strangers_keep_no_owner_out(codes: list[str], browser: Client) -> None:
    for n in range(50):
        use(Client(REMOTE_ADDR=f"192.0.2.{n}"), "2222-2222-2222-2222")

    assert use(browser, codes[0])["Location"] == PANEL


def test_a_right_code_beyond_the_limit_is_not_used_up(codes: list[str]) -> None:
    for _ in range(10):
        use(Client(), "x")

    assert use(Client(), codes[0]).status_code == 429
    assert not RescueCode.every_team.exclude(used_at=None).exists()


@pytest.mark.parametrize("odd", ["\x00", "\ud7ff", "x" * 500, "'; --", "\u202e"])
def test_odd_input_is_a_polite_no(db: None, browser: Client, odd: str) -> None:
    answers = [use(browser, odd), use(browser, "x", slug=odd), use(browser, "x", email=f"{odd}@acme.test")]

    assert {answer.status_code for answer in answers} <= {200, 403}
