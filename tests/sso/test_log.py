"""The sign-in log, and the pages of a sign-in that fails: what they say, and what they keep to themselves."""

import pytest
from django.test import Client

from portal.teams import policy
from portal.teams.models import Team
from tests import make
from tests.pages import reading
from tests.sso.panels import LOG, as_owner, attempt


# ── The sign-in log ──────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, ["Signed in.", "The assertion has expired."]),
        ({"failed": "1"}, ["The assertion has expired."]),
        ({"q": "MIA@acme.test"}, ["Signed in."]),
        ({"q": "mia\x00@acme.test"}, ["Signed in."]),
        ({"q": "nobody"}, []),
    ],
)
def test_the_log_is_searched(acme: Team, browser: Client, asked: dict[str, str], found: list[str]) -> None:
    attempt(acme, "ok", who="mia@acme.test")
    attempt(acme, "expired", "The assertion has expired.", who="zoe@acme.test")

    words = reading.words(as_owner(browser).get(LOG, asked))

    assert [each for each in ("Signed in.", "The assertion has expired.") if each in words] == found


def test_a_reference_finds_its_attempt_however_it_is_typed(acme: Team, browser: Client) -> None:
    reference = attempt(acme, "expired", "The assertion has expired.")
    attempt(acme, "replayed", "This assertion was received before.")

    words = reading.words(as_owner(browser).get(LOG, {"q": f" {reference.lower()} "}))

    assert "The assertion has expired." in words
    assert "received before" not in words


# ── Pages of a sign-in ───────────────────────────────────────────────────────────────────────────────────────────────
def test_what_is_not_genuine_meets_one_page_that_does_not_say_why(acme: Team, browser: Client) -> None:
    make.connect_idp(acme)
    forged = [make.answer(make.idp_of("rogue"), make.unasked(acme), "mia@acme.test"), "no base64"]

    answers = [reading.words(make.post_acs(acme, each)) for each in forged]
    references = [words.split("Reference number: ")[1].split()[0] for words in answers]

    assert answers[0].replace(references[0], "") == answers[1].replace(references[1], "")
    assert references[0] in reading.words(as_owner(browser).get(LOG, {"failed": "1"}))


def test_somebody_genuine_reads_what_stands_in_the_way(acme: Team, browser: Client) -> None:
    idp = make.connect_idp(acme)
    policy.set_jit(acme, make.as_owner(acme), False)

    answer = make.sso_sign_in(browser, acme, idp, "zoe@acme.test")

    drawn = reading.page(answer)
    reference = drawn.xpath("//code[@id='reference']")[0].text_content()
    assert (answer.status_code, drawn.xpath("//h1")[0].text_content().strip()) == (403, "You have no seat")
    assert f"Ask your admin for a seat. Reference number: {reference}." in drawn.xpath("//textarea")[0].text_content()
    assert drawn.xpath("//main//a/@href") == ["/sign-in/"]


def test_an_unasked_sign_in_asks_before_it_changes_who_somebody_is(acme: Team, browser: Client) -> None:
    idp = make.connect_idp(acme, idp_initiated="accepted")
    as_owner(browser)

    asked = make.follow(browser, make.post_acs(acme, make.answer(idp, make.unasked(acme), "mia@acme.test")))
    form = reading.page(asked).xpath("//main//form")[0]
    fields = {field.get("name"): field.get("value") for field in form.xpath(".//input")}
    browser.post(form.get("action"), fields)

    assert "Continue to Acme as mia@acme.test?" in reading.words(asked)
    assert "mia@acme.test" in reading.words(browser.get("/settings/profile/"))


def test_a_browser_without_cookies_is_told_so(acme: Team, browser: Client) -> None:
    make.connect_idp(acme)

    answer = browser.get("/sso/acme/login?convert")

    assert (answer.status_code, "Allow cookies" in reading.words(answer)) == (403, True)
    assert reading.page(answer).xpath("//main//a/@href") == ["/sso/acme/login"]


def test_an_identity_provider_that_never_answers_is_named_as_the_cause(acme: Team, browser: Client) -> None:
    idp = make.connect_idp(acme)
    unasked = make.answer(idp, make.unasked(acme), "mia@acme.test")
    make.follow(browser, make.post_acs(acme, unasked))

    again = make.follow(browser, make.post_acs(acme, unasked))

    assert (again.status_code, "that nobody asked for, twice" in reading.words(again)) == (403, True)
    assert "another one that nobody asked for" in reading.words(as_owner(browser).get(LOG))


@pytest.mark.parametrize("since", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "soon"])
def test_a_moment_beyond_the_calendar_asks_for_what_comes_from_now_on(
    acme: Team, browser: Client, since: str
) -> None:  # fmt: skip
    assert as_owner(browser).get(f"{LOG}new/", {"since": since}).status_code == 200
