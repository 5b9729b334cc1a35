"""Only the browser that began a sign-in can finish it."""

import pytest
from django.conf import settings
from django.test import Client

from portal.teams.models import Entry, Member, Team
from sso import binding
from sso.models import AuthnRequest, SignInAttempt
from tests import make
from tests.pages import reading


def arrived(team: Team, browser: Client, email: str = "new@acme.test") -> str:
    """Begin in this browser and let the identity provider answer; returns where the ACS leads."""
    request = make.ask_idp(browser, team)
    return str(make.post_acs(team, make.answer(make.idp_of(team.slug), request, email))["Location"])


def test_another_browser_cannot_finish_and_nothing_is_made(acme: Team, browser: Client) -> None:
    make.connect_idp(acme)
    events = make.fresh(acme).last_event
    finish = arrived(acme, browser)

    stolen = Client().get(finish)

    assert stolen.status_code == 403
    assert SignInAttempt.every_team.get().result == "other_browser"
    assert not Entry.every_team.exists()
    assert not Member.every_team.filter(email="new@acme.test").exists()
    assert make.fresh(acme).last_event == events


def test_a_browser_that_began_another_sign_in_cannot_finish_this_one(acme: Team, browser: Client) -> None:
    make.connect_idp(acme)
    finish, thief = arrived(acme, browser), Client()
    make.ask_idp(thief, acme)

    assert thief.get(finish).status_code == 403
    assert thief.get("/")["Location"] == "/sign-in/"


def test_a_person_is_not_pushed_into_the_session_of_somebody_else_s_answer(acme: Team, browser: Client) -> None:
    make.connect_idp(acme)
    victim = make.sign_in(Client(), "mia@acme.test")
    finish = arrived(acme, browser, "adam@acme.test")

    victim.get(finish)

    assert "mia@acme.test" in reading.words(victim.get("/settings/profile/"))


@pytest.mark.parametrize("method", ["get", "post"])
def test_neither_way_of_coming_back_passes_without_the_binding(acme: Team, browser: Client, method: str) -> None:
    make.connect_idp(acme)
    path, _, ticket = arrived(acme, browser).partition("?ticket=")

    assert getattr(Client(), method)(path, {"ticket": ticket}).status_code == 403


def test_the_cookie_is_out_of_reach_of_scripts_and_of_other_sites(acme: Team, browser: Client) -> None:
    make.connect_idp(acme)

    cookie = browser.get("/sso/acme/login").cookies[binding.BINDING]

    assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["domain"]) == (True, "Lax", "/", "")
    assert cookie["max-age"] == 600
    assert bool(cookie["secure"]) is settings.HTTPS
    assert len(cookie.value) >= 22


def test_the_binding_is_kept_as_a_hash_only(acme: Team, browser: Client) -> None:
    make.connect_idp(acme)

    value = browser.get("/sso/acme/login").cookies[binding.BINDING].value

    assert value not in str(AuthnRequest.objects.values().get())


def test_a_finish_page_without_a_ticket_is_the_neutral_page(acme: Team, browser: Client) -> None:
    make.connect_idp(acme)

    answers = [browser.get("/sso/acme/finish" + query) for query in ("", "?ticket=", "?ticket=%00", "?ticket=x")]

    assert {each.status_code for each in answers} == {403}
    assert set(SignInAttempt.every_team.values_list("result", flat=True)) == {"ticket_ended"}
