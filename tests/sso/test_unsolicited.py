"""Sign-ins started at the identity provider: converted, accepted or refused (spec rule 20)."""

import re
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from portal.teams.models import Entry, Event, Member, Team
from sso import binding, connection, login
from sso.models import AuthnRequest, LoginTicket, SeenAssertion, SignInAttempt
from tests import make
from tests.pages import reading


def click_tile(team: Team, email: str = "mia@acme.test", **fields: str) -> Any:
    """Click the application's tile at the identity provider; returns the answer of the ACS."""
    return make.post_acs(team, make.answer(make.idp_of(team.slug), make.unasked(team), email), **fields)


def walk(client: Client, arrived: Any) -> Any:
    """Follow redirects as a browser does until they end, or leave for the identity provider."""
    while arrived.status_code in (302, 303) and arrived["Location"].startswith("/"):
        arrived = client.get(arrived["Location"])
    return arrived


# ── Converted ────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_converting_writes_nothing(acme: Team) -> None:
    make.connect_idp(acme)
    before = Event.every_team.count()

    arrived = click_tile(acme)

    assert (arrived.status_code, arrived["Location"]) == (303, "/sso/acme/finish?convert")
    assert not arrived.cookies
    assert Event.every_team.count() == before
    for rows in (AuthnRequest.objects, LoginTicket.objects, SeenAssertion.objects, SignInAttempt.every_team):
        assert not rows.exists()


def test_what_is_to_be_converted_gets_no_ticket(acme: Team) -> None:
    idp = make.connect_idp(acme)

    assert login.receive(connection.of(acme), make.answer(idp, make.unasked(acme), "mia@acme.test"), "") == ""


def test_a_tile_just_works_by_a_sign_in_of_our_own(acme: Team, browser: Client) -> None:
    idp = make.connect_idp(acme)

    away = walk(browser, click_tile(acme))
    done = make.follow(browser, make.post_acs(acme, make.answer(idp, make.asked(away), "mia@acme.test")))

    assert done["Location"] == "/"
    assert "mia@acme.test" in reading.words(browser.get("/settings/profile/"))


def test_a_converted_message_says_nothing_about_who_comes(acme: Team, browser: Client) -> None:
    idp = make.connect_idp(acme)

    away = walk(browser, click_tile(acme, "adam@acme.test", RelayState="/members/"))
    done = make.follow(browser, make.post_acs(acme, make.answer(idp, make.asked(away), "mia@acme.test")))

    assert done["Location"] == "/"
    assert Entry.every_team.get().member.email == "mia@acme.test"


def test_the_conversion_cookie_lives_two_minutes_and_a_finished_sign_in_clears_it(acme: Team, browser: Client) -> None:
    make.connect_idp(acme)

    cookie = browser.get("/sso/acme/finish?convert").cookies[binding.CONVERT]
    done = make.sso_sign_in(browser, acme, make.idp_of("acme"), "mia@acme.test")

    assert (cookie["max-age"], cookie["httponly"], cookie["samesite"]) == (120, True, "Lax")
    assert bool(cookie["secure"]) is settings.HTTPS
    assert done.cookies[binding.CONVERT]["max-age"] == 0


def test_a_browser_that_keeps_no_cookie_is_told_so(acme: Team) -> None:
    make.connect_idp(acme)
    onward = Client().get(click_tile(acme)["Location"])["Location"]

    shown = Client().get(onward)

    assert (onward, shown.status_code) == ("/sso/acme/login?convert", 403)
    assert reading.words(shown).startswith("Allow cookies to sign in")
    assert not AuthnRequest.objects.exists()


def test_an_identity_provider_that_goes_on_unasked_is_named_as_the_cause(acme: Team, browser: Client) -> None:
    make.connect_idp(acme)
    walk(browser, click_tile(acme))

    shown = walk(browser, click_tile(acme))

    attempt = SignInAttempt.every_team.get()
    assert (shown.status_code, attempt.result) == (403, "unsolicited_again")
    assert "Your identity provider did not answer our question" in reading.words(shown)
    assert attempt.reference in reading.words(shown)


def test_after_that_page_the_next_try_begins_anew(acme: Team, browser: Client) -> None:
    make.connect_idp(acme)
    for _ in range(2):
        walk(browser, click_tile(acme))

    away = walk(browser, click_tile(acme))

    assert away["Location"].startswith(make.idp_of("acme").sso_url)


def test_a_tile_clicked_after_a_finished_sign_in_works_again(acme: Team, browser: Client) -> None:
    idp = make.connect_idp(acme)
    for _ in range(2):
        away = walk(browser, click_tile(acme))
        make.follow(browser, make.post_acs(acme, make.answer(idp, make.asked(away), "mia@acme.test")))

    assert Entry.every_team.count() == 2


def test_a_forged_tile_is_not_converted(acme: Team) -> None:
    make.connect_idp(acme)

    shown = make.post_acs(acme, make.answer(make.idp_of("rogue"), make.unasked(acme), "mia@acme.test"))

    assert (shown.status_code, SignInAttempt.every_team.get().result) == (403, "signature_invalid")


# ── Accepted ─────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_an_accepted_tile_signs_in(acme: Team, browser: Client) -> None:
    make.connect_idp(acme, "accepted")

    done = make.follow(browser, click_tile(acme))

    assert (done.status_code, done["Location"]) == (302, "/")
    assert "mia@acme.test" in reading.words(browser.get("/settings/profile/"))


@pytest.mark.parametrize(
    ("relay_state", "lands"),
    [
        ("/settings/profile/", "/settings/profile/"),
        ("/?" + "x" * 78, "/?" + "x" * 78),
        ("/?" + "x" * 79, "/"),
        ("/?" + "é" * 40, "/"),
        ("//evil.test", "/"),
        ("/\\evil.test", "/"),
        ("https://evil.test/", "/"),
        ("javascript:alert(1)", "/"),
        ("/\r\nSet-Cookie: a=b", "/"),
        ("", "/"),
    ],
)
def test_a_relay_state_is_only_a_path_of_this_site_of_80_bytes(acme: Team, relay_state: str, lands: str) -> None:
    make.connect_idp(acme, "accepted")

    done = make.follow(Client(), click_tile(acme, RelayState=relay_state))

    assert done["Location"] == lands


def test_a_live_session_is_replaced_only_after_asking(acme: Team) -> None:
    make.connect_idp(acme, "accepted")
    browser = make.sign_in(Client(enforce_csrf_checks=False), "adam@acme.test")

    shown = make.follow(browser, click_tile(acme))

    assert shown.status_code == 200
    assert "Continue to Acme as mia@acme.test?" in reading.words(shown)
    assert reading.actions(shown) == ["/sso/acme/finish"]
    assert "adam@acme.test" in reading.words(browser.get("/settings/profile/"))


def test_pressing_continue_replaces_the_session_and_only_with_the_page_s_own_token(acme: Team) -> None:
    make.connect_idp(acme, "accepted")
    browser = make.enter_by_sso(Client(enforce_csrf_checks=True), make.who(acme, "adam"))
    shown = make.follow(browser, click_tile(acme))
    fields = {box.name: box.value for box in reading.page(shown).xpath("//main//form//input[@name]")}

    forged = browser.post("/sso/acme/finish", {"ticket": fields["ticket"]})
    pressed = browser.post("/sso/acme/finish", fields)

    assert (forged.status_code, pressed.status_code, pressed["Location"]) == (403, 302, "/")
    assert "mia@acme.test" in reading.words(browser.get("/settings/profile/"))


def test_asking_uses_the_ticket_up_only_when_the_button_is_pressed(acme: Team) -> None:
    make.connect_idp(acme, "accepted")
    browser = make.sign_in(Client(), "adam@acme.test")
    arrived = click_tile(acme)

    shown = [make.follow(browser, arrived) for _ in range(2)]

    ticket = re.search(r"ticket=(.+)", arrived["Location"])
    assert [each.status_code for each in shown] == [200, 200]
    assert ticket
    assert browser.post("/sso/acme/finish", {"ticket": ticket[1]}).status_code == 302
    assert browser.post("/sso/acme/finish", {"ticket": ticket[1]}).status_code == 403


def test_an_accepted_tile_adds_somebody_new(acme: Team, browser: Client) -> None:
    make.connect_idp(acme, "accepted")

    make.follow(browser, click_tile(acme, "new@acme.test"))

    assert Member.every_team.get(email="new@acme.test").origin == "sso"


# ── Refused ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_refused_tile_names_the_cause(acme: Team) -> None:
    make.connect_idp(acme, "refused")
    events = Event.every_team.count()

    shown = click_tile(acme)

    attempt = SignInAttempt.every_team.get()
    assert (shown.status_code, attempt.result, attempt.who) == (403, "unasked_refused", "mia@acme.test")
    assert "This team takes no sign-in started at the identity provider." in reading.words(shown)
    assert attempt.reference in reading.words(shown)
    assert Event.every_team.count() == events


def test_a_refused_tile_is_used_up(acme: Team) -> None:
    idp = make.connect_idp(acme, "refused")
    message = make.answer(idp, make.unasked(acme), "mia@acme.test")

    for _ in range(3):
        make.post_acs(acme, message)

    found = SignInAttempt.every_team.order_by("at").values_list("result", flat=True)
    assert list(found) == ["unasked_refused", "replayed", "replayed"]


def test_where_tiles_are_refused_our_own_sign_in_works(acme: Team, browser: Client) -> None:
    idp = make.connect_idp(acme, "refused")

    assert make.sso_sign_in(browser, acme, idp, "mia@acme.test").status_code == 302


# ── A connection that is not on ──────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("choice", ["converted", "accepted", "refused"])
def test_a_draft_takes_no_tile(acme: Team, choice: str) -> None:
    make.draft_idp(acme)
    connection.set_idp_initiated(acme, make.as_owner(acme), choice)

    shown = click_tile(acme)

    assert (shown.status_code, SignInAttempt.every_team.get().result) == (403, "not_on")
    assert reading.words(shown).startswith("We could not sign you in.")
    assert not LoginTicket.objects.exists()
