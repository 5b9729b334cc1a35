"""A team that wants a second factor: who is asked, what stays closed until it is proved, who may set it."""

from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from portal.teams.actor import Role
from portal.teams.models import Team
from tests import make
from tests.factors import SECURITY, App, set_up_app, set_up_passkey, sign_in_by
from tests.pages import reading
from tests.teams import journal

PAGE = "/settings/security/sessions/"
WANT = f"{PAGE}second-factor/"


@pytest.fixture(autouse=True)
def no_limits_of_before(db: None) -> None:
    """Forget the tries of the tests before."""
    cache.clear()


@pytest.fixture
def olgas(acme: Team, browser: Client) -> Client:
    """Olga's browser; she has an app."""
    set_up_app(make.sign_in(browser, "olga@acme.test"), acme)
    return browser


def want(client: Client, team: Team, who: str) -> Any:
    """Put one of the choices in force."""
    return make.press(client, WANT, team, who=who)


# ── Setting it ───────────────────────────────────────────────────────────────────────────────────────────────────────
def test_the_page_says_whom_it_would_affect_in_numbers(acme: Team, olgas: Client) -> None:
    words = reading.words(olgas.get(PAGE))

    assert "2 people, 1 of them without a second factor" in words
    assert "3 people, 2 of them without a second factor" in words


def test_an_owner_has_one_first(acme: Team, browser: Client) -> None:
    answer = want(make.sign_in(browser, "olga@acme.test"), acme, "everybody")

    assert answer.status_code == 409
    assert "Set up a second factor of your own first" in reading.words(answer)


def test_an_admin_sees_it_and_may_not(acme: Team, olgas: Client) -> None:
    adams = make.sign_in(Client(), "adam@acme.test")

    page = reading.page(adams.get(PAGE))

    assert page.xpath("//main//button[@disabled][normalize-space()='Choose']")
    assert want(adams, acme, "everybody").status_code == 403


def test_setting_it_is_recorded_once_and_nonsense_refused(acme: Team, olgas: Client) -> None:
    answers = [want(olgas, acme, who).status_code for who in ("privileged", "privileged", "cats", "")]

    assert answers == [302, 302, 400, 400]
    assert journal.kinds(acme).count("second_factor.wanted_set") == 1


# ── What it does ─────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_session_without_one_reaches_only_the_page_to_set_one_up(acme: Team, olgas: Client) -> None:
    adams = make.sign_in(Client(), "adam@acme.test")
    want(olgas, acme, "privileged")

    home, act = adams.get("/members/"), make.press(adams, "/members/assign/", acme, email="new@acme.test")

    assert (home.status_code, act.status_code, adams.get(SECURITY).status_code) == (403, 403, 200)
    assert "Team Acme wants more than the e-mail code" in reading.words(home)
    assert not acme.members.filter(email="new@acme.test").exists()


def test_setting_one_up_opens_the_team_at_once(acme: Team, olgas: Client) -> None:
    adams = make.sign_in(Client(), "adam@acme.test")
    want(olgas, acme, "privileged")

    set_up_app(adams, acme)

    assert adams.get("/members/").status_code == 200


def test_a_plain_member_is_asked_only_where_everybody_is(acme: Team, olgas: Client) -> None:
    mias = make.sign_in(Client(), "mia@acme.test")
    seen = []
    for who in ("privileged", "everybody", "nobody"):
        want(olgas, acme, who)
        seen.append(mias.get("/").status_code)

    assert seen == [200, 403, 200]


def test_who_signed_in_before_they_had_one_proves_it_once_more(acme: Team, olgas: Client) -> None:
    elsewhere = make.sign_in(Client(), "adam@acme.test")
    app: App = set_up_app(make.sign_in(Client(), "adam@acme.test"), acme)
    want(olgas, acme, "privileged")
    asked = reading.page(elsewhere.get("/members/")).xpath("//a[normalize-space()='Prove your second factor']/@href")

    elsewhere.post("/again/factor/", {"factor": app.code(1), "next": "/members/"})

    assert asked == ["/again/?next=%2Fmembers%2F"]
    assert elsewhere.get("/members/").status_code == 200


def test_taking_the_last_factor_away_closes_the_team(acme: Team, olgas: Client) -> None:
    want(olgas, acme, "privileged")
    before = olgas.get("/members/").status_code

    make.press(olgas, f"{SECURITY}app/remove/", acme)

    assert (before, olgas.get("/members/").status_code) == (200, 403)


def test_a_passkey_sign_in_is_enough(acme: Team, olgas: Client) -> None:
    key = set_up_passkey(olgas, acme)
    want(olgas, acme, "everybody")
    other = Client()

    sign_in_by(other, key)
    other.get("/teams/")

    assert other.get("/members/").status_code == 200


def test_single_sign_on_is_not_asked(acme: Team, olgas: Client) -> None:
    want(olgas, acme, "everybody")
    make.sso_on(acme)

    assert make.enter_by_sso(Client(), make.who(acme, "adam")).get("/").status_code == 200


def test_another_team_of_the_same_person_stays_open(acme: Team, globex: Team, olgas: Client) -> None:
    make.member(globex, "adam@acme.test", role=Role.ADMIN)
    want(olgas, acme, "everybody")
    adams = make.sign_in(Client(), "adam@acme.test", "acme")
    shut = adams.get("/")

    adams.post("/teams/", {"member": str(make.who(globex, "adam").pk)})

    assert shut.status_code == 403 and reading.page(shut).xpath("//main//a[@href='/teams/']")
    assert adams.get("/members/").status_code == 200


# ── The nudge ────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_an_admin_by_code_is_nudged_until_they_have_one(acme: Team, browser: Client) -> None:
    make.sign_in(browser, "adam@acme.test")
    before = reading.words(browser.get("/"))
    set_up_app(browser, acme)

    by_sso = reading.words(make.enter_by_sso(Client(), make.who(make.sso_on(acme), "olga")).get("/"))

    assert "You have no second factor." in before
    assert "You have no second factor." not in reading.words(browser.get("/")) + by_sso
