"""Enforce SSO with its net: the test before it, what it ends, and lifting it (rules 5 and 24)."""

from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.test import Client

from portal.demo.idp import PracticeIdp
from portal.teams import owners, policy
from portal.teams.errors import NotReady
from portal.teams.models import Entry, Member, Team
from sso import connection
from sso.models import SignInAttempt, Subject
from tests import make
from tests.pages import reading
from tests.sso.sign_ins import in_minutes, is_in
from tests.teams import journal

PANEL = "/settings/security/authentication/sso/"


@pytest.fixture
def olgas(acme: Team) -> Client:
    """Olga's browser, signed in by code."""
    return make.sign_in(Client(), "olga@acme.test")


def try_out(browser: Client, team: Team, email: str = "olga@acme.test", **said: Any) -> Any:
    """Press Test and come back from the identity provider as this person."""
    led_on = make.press(browser, f"{PANEL}test/", team)
    request = make.asked({"Location": led_on.context["url"]})
    response = make.answer(make.idp_of(team.slug), request, email, **said)
    return make.follow(browser, make.post_acs(team, response))


# ── The test sign-in ─────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("on", [False, True], ids=["draft", "live"])
def test_a_test_sign_in_makes_no_session_no_member_and_no_link(acme: Team, olgas: Client, on: bool) -> None:
    (make.connect_idp if on else make.draft_idp)(acme)
    before, cookie = make.fresh(acme).last_event, olgas.cookies["seatgate"].value

    done = try_out(olgas, acme)

    assert (done.status_code, done["Location"]) == (302, PANEL)
    attempt = SignInAttempt.every_team.get()
    assert (attempt.purpose, attempt.result, attempt.member) == ("test", "ok", make.who(acme, "olga"))
    assert [entry.door for entry in Entry.every_team.all()] == ["code"]
    assert (olgas.cookies["seatgate"].value, make.fresh(acme).last_event) == (cookie, before)
    assert not Subject.every_team.exists()


def test_a_test_does_not_change_names(acme: Team, idp: PracticeIdp, olgas: Client) -> None:
    try_out(olgas, acme, attributes={"email": "olga@acme.test", "firstName": "Evil"})

    assert make.who(acme, "olga").given_name == ""


@pytest.mark.parametrize("email", ["adam@acme.test", "new@acme.test"])
def test_a_test_that_somebody_else_finishes_does_not_count(
    acme: Team, idp: PracticeIdp, olgas: Client, email: str
) -> None:  # fmt: skip
    shown = try_out(olgas, acme, email)

    assert shown.status_code == 403
    assert "Somebody else came back" in reading.words(shown)
    assert SignInAttempt.every_team.get().result == "other_subject"
    assert not Member.every_team.filter(email="new@acme.test").exists()


def test_a_test_names_what_would_stop_the_person(acme: Team, idp: PracticeIdp, olgas: Client) -> None:
    shown = try_out(olgas, acme, name_id="x-1", attributes={})

    assert "did not send your e-mail address" in reading.words(shown)
    assert (SignInAttempt.every_team.get().purpose, SignInAttempt.every_team.get().result) == ("test", "email_missing")


def test_a_test_of_somebody_suspended_meanwhile_does_not_count(acme: Team, idp: PracticeIdp) -> None:
    browser, other = make.sign_in(Client(), "olga@acme.test"), make.second_owner(acme)
    led_on = make.press(browser, f"{PANEL}test/", acme)
    response = make.answer(idp, make.asked({"Location": led_on.context["url"]}), "olga@acme.test")
    owners.suspend(acme, make.by(other), make.who(acme, "olga").pk)

    shown = make.follow(browser, make.post_acs(acme, response))

    assert (shown.status_code, SignInAttempt.every_team.get().result) == (403, "account_off")


def test_a_draft_s_trust_opens_no_session(acme: Team, browser: Client) -> None:
    idp = make.connect_idp(acme)
    asked = make.ask_idp(browser, acme)
    policy.turn_sso_off(acme, make.as_owner(acme))

    shown = make.follow(browser, make.post_acs(acme, make.answer(idp, asked, "olga@acme.test")))

    assert (shown.status_code, SignInAttempt.every_team.get().result) == (403, "not_on")
    assert not Entry.every_team.exists()


# ── Enforcing ────────────────────────────────────────────────────────────────────────────────────────────────────────
def enforce(team: Team, name: str = "olga") -> None:
    """Enforce as somebody, as the panel does."""
    connection.enforce(team, make.by(make.who(team, name)))


def test_enforcing_wants_a_test_first(acme: Team, idp: PracticeIdp, olgas: Client) -> None:
    with pytest.raises(NotReady, match="Test the connection first"):
        enforce(acme)
    try_out(olgas, acme)

    enforce(acme)

    assert make.fresh(acme).sso_enforced


SPOILED: dict[str, Callable[[Team, Client], object]] = {
    "failed": lambda team, olgas: try_out(olgas, team, "adam@acme.test"),
    "of another configuration": lambda team, olgas: (try_out(olgas, team), make.connect_idp_anew(team)),
    "of another owner": lambda team, olgas: (
        make.second_owner(team),
        try_out(make.sign_in(Client(), "adam@acme.test"), team, "adam@acme.test"),
    ),
    "a mere sign-in": lambda team, olgas: make.sso_sign_in(olgas, team, make.idp_of("acme"), "olga@acme.test"),
}


@pytest.mark.parametrize("name", SPOILED)
def test_a_test_that_is_not_the_owner_s_own_of_this_configuration_does_not_count(
    acme: Team, idp: PracticeIdp, olgas: Client, name: str
) -> None:  # fmt: skip
    SPOILED[name](acme, olgas)

    with pytest.raises(NotReady, match="Test the connection first"):
        enforce(acme)


def test_a_test_counts_for_an_hour(acme: Team, idp: PracticeIdp, olgas: Client) -> None:
    try_out(olgas, acme)

    with time_machine.travel(in_minutes(61)), pytest.raises(NotReady):
        enforce(acme)
    with time_machine.travel(in_minutes(59)):
        enforce(acme)


def test_a_test_that_began_before_the_trust_was_changed_does_not_count(
    acme: Team, idp: PracticeIdp, olgas: Client
) -> None:  # fmt: skip
    led_on = make.press(olgas, f"{PANEL}test/", acme)
    request = make.asked({"Location": led_on.context["url"]})
    arrived = make.post_acs(acme, make.answer(idp, request, "olga@acme.test"))
    make.connect_idp_anew(acme)

    assert make.follow(olgas, arrived).status_code == 403
    with pytest.raises(NotReady):
        enforce(acme)


def test_enforcing_from_the_panel_ends_the_owner_s_code_session_and_leads_to_the_identity_provider(
    acme: Team, idp: PracticeIdp, olgas: Client
) -> None:  # fmt: skip
    try_out(olgas, acme)

    led_on = make.press(olgas, f"{PANEL}enforce/", acme, confirm="Acme")

    assert (led_on.status_code, led_on.context["url"]) == (200, connection.url(acme, "login"))
    assert not is_in(olgas)
    make.sso_sign_in(olgas, acme, idp, "olga@acme.test")
    assert olgas.get(PANEL).status_code == 200


# ── What it closes ───────────────────────────────────────────────────────────────────────────────────────────────────
def test_older_code_sessions_end_and_sso_sessions_stay(acme: Team, idp: PracticeIdp, olgas: Client) -> None:
    by_sso = Client()
    make.sso_sign_in(by_sso, acme, idp, "mia@acme.test")

    policy.enforce(acme, make.as_owner(acme))

    assert (is_in(olgas), is_in(by_sso)) == (False, True)


def test_the_mail_carries_the_sign_on_link_and_no_code(acme: Team, idp: PracticeIdp, browser: Client) -> None:
    policy.enforce(acme, make.as_owner(acme))

    browser.post("/sign-in/", {"who": "mia@acme.test", "by_code": "1"})

    words = journal.words("code")
    assert (words["code"], words["enforced"]) == ("", [{"name": "Acme", "slug": "acme"}])


def test_a_code_session_of_the_same_address_does_not_see_the_team(
    acme: Team, globex: Team, idp: PracticeIdp
) -> None:  # fmt: skip
    make.member(globex, "mia@acme.test")
    browser = make.sign_in(Client(), "mia@acme.test", "acme")

    policy.enforce(acme, make.as_owner(acme))

    shown = browser.get("/teams/", follow=True)
    assert "Acme" not in shown.content.decode()
    assert "Globex" in shown.content.decode()


def test_a_code_session_can_t_enter_the_team_by_its_member_s_id(acme: Team, globex: Team, idp: PracticeIdp) -> None:
    make.member(globex, "mia@acme.test")
    browser = make.sign_in(Client(), "mia@acme.test", "globex")
    policy.enforce(acme, make.as_owner(acme))

    browser.post("/teams/", {"member": str(make.who(acme, "mia").pk)})

    assert not make.who(acme, "mia").entries.exists()


def test_lifting_it_lets_new_codes_in_and_no_older_session(acme: Team, idp: PracticeIdp, olgas: Client) -> None:
    policy.enforce(acme, make.as_owner(acme))

    policy.relax(acme, make.as_owner(acme))

    assert not is_in(olgas)
    assert is_in(make.sign_in(Client(), "olga@acme.test"))


def test_nobody_is_added_by_hand_while_it_is_enforced(acme: Team, idp: PracticeIdp, browser: Client) -> None:
    make.sso_sign_in(browser, acme, idp, "olga@acme.test")
    policy.enforce(acme, make.as_owner(acme))

    shown = make.press(browser, "/members/assign/", acme, email="new@acme.test")

    assert shown.status_code == 409
    assert not Member.every_team.filter(email="new@acme.test").exists()
