"""The page of API keys: who sees it, a key shown once, revoked with a confirmation."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from portal.api import keys
from portal.api.models import ApiKey
from portal.teams.models import Team
from tests import make
from tests.api import product
from tests.pages import reading
from tests.pages.test_every_page import check

PAGE = "/settings/developers/"
FORM = {"name": "Production", "scopes": ["seats:read", "events:read"], "days": "90"}


def make_key(browser: Client, team: Team, **fields: Any) -> Any:
    """Send the form."""
    return make.press(browser, f"{PAGE}keys/make/", team, **FORM | fields)


def shown_key(answer: Any) -> str:
    """The key that an answer shows."""
    return str(reading.page(answer).xpath("//main//input[starts-with(@value, 'sgk_')]/@value")[0])


def test_an_admin_makes_a_key_which_is_shown_once_and_works(acme: Team, browser: Client) -> None:
    make.sign_in(browser, "adam@acme.test")

    answer = make_key(browser, acme)
    text = shown_key(answer)

    check(answer)
    assert "no-store" in answer["Cache-Control"]
    assert product.Product(text).get("/team").status == 200
    assert product.Product(text).get("/members").status == 403
    pages = [browser.get(path).content.decode() for path in (PAGE, "/log/audit/", "/")]
    assert not any(text in drawn for drawn in pages)
    assert "made the API key Production" in reading.words(browser.get("/log/audit/"))


@pytest.mark.parametrize(
    "wrong", [{"name": ""}, {"scopes": []}, {"scopes": ["all"]}, {"days": "7"}, {"name": "x" * 81}]
)
def test_a_form_that_cant_be_used_keeps_what_was_written(acme: Team, browser: Client, wrong: Any) -> None:
    make.sign_in(browser, "adam@acme.test")

    answer = make_key(browser, acme, **wrong)

    assert answer.status_code == 400
    assert not ApiKey.every_team.exists()
    check(answer)


def test_making_and_revoking_ask_for_re_authentication(acme: Team, browser: Client) -> None:
    key = keys.make(acme, make.as_owner(acme), "P", ["seats:read"], None)[1]
    make.sign_in(browser, "adam@acme.test")
    with time_machine.travel(timezone.now() + timedelta(minutes=6)):
        answers = [make_key(browser, acme), make.press(browser, f"{PAGE}keys/{key.pk}/revoke/", acme)]

    assert all(answer["Location"].startswith("/again/") for answer in answers)
    assert ApiKey.every_team.get().is_live


def test_a_key_is_revoked_after_a_question_that_says_when_it_was_used(acme: Team, browser: Client) -> None:
    app = product.of(acme)
    app.get("/team")
    make.sign_in(browser, "adam@acme.test")
    page = browser.get(PAGE)
    key = ApiKey.every_team.get()

    answer = make.press(browser, f"{PAGE}keys/{key.pk}/revoke/", acme)

    assert f"Last used just now from {app.address}" in reading.words(page)
    assert "It ends now: what still uses it is refused" in reading.words(page)
    assert (answer.status_code, app.get("/team").status) == (302, 401)
    assert "Revoked" in reading.words(browser.get(PAGE))


def test_an_auditor_reads_and_changes_nothing(acme: Team, browser: Client) -> None:
    key = keys.make(acme, make.as_owner(acme), "Production", ["seats:read"], None)[1]
    make.role(acme, make.who(acme, "mia"), "auditor")
    make.sign_in(browser, "mia@acme.test")

    page = browser.get(PAGE)

    assert key.hint in reading.words(page)
    assert reading.actions(page) == []
    assert make_key(browser, acme).status_code == 403
    assert make.press(browser, f"{PAGE}keys/{key.pk}/revoke/", acme).status_code == 403


def test_a_full_team_is_told_so_and_the_button_is_shut(acme: Team, browser: Client) -> None:
    for _ in range(keys.MOST_LIVE):
        product.of(acme)
    make.sign_in(browser, "adam@acme.test")

    page, answer = browser.get(PAGE), make_key(browser, acme)

    assert reading.closed(page, "Make the key").startswith("There are 20 live keys")
    assert answer.status_code == 409
    assert "There are 20 live keys, the most there may be." in reading.words(answer)
