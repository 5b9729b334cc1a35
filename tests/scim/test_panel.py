"""The provisioning panel: what it says in each state, the switch, and tokens shown once."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from portal.teams import policy, seats
from portal.teams.actor import Door
from portal.teams.models import Event, Member, Team
from scim import tokens
from scim.models import ScimToken
from tests import make
from tests.pages import reading
from tests.scim.idp import Idp, person

PANEL, LOG = "/settings/security/authentication/scim/", "/log/provisioning/"
NO_PLAN = "Provisioning by SCIM is not in your plan. Ask your account executive."
NO_SSO = "Connect single sign-on first: SCIM needs it to be on."
VERBS = ("on", "off", "rotate")


def as_admin(browser: Client) -> Client:
    """Sign Adam in by code."""
    return make.sign_in(browser, "adam@acme.test")


def send(browser: Client, team: Team, verb: str, **fields: Any) -> Any:
    """Press a button of the panel."""
    return make.press(browser, f"{PANEL}{verb}/", team, back=PANEL, **fields)


def shown_token(answer: Any) -> str:
    """The token that an answer shows."""
    return str(reading.page(answer).xpath("//main//input[starts-with(@value, 'sgs_')]/@value")[0])


def live(team: Team) -> list[ScimToken]:
    return tokens.live(team)


# ── States ───────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("path", [PANEL, LOG])
def test_a_member_may_not_open_it(acme: Team, browser: Client, path: str) -> None:
    make.sign_in(browser, "mia@acme.test")

    assert browser.get(path).status_code == 403


@pytest.mark.parametrize(
    ("plan", "sso_on", "words"), [("business", False, NO_PLAN), ("enterprise", False, NO_SSO), ("enterprise", True, "")]
)
def test_it_can_be_turned_on_only_with_plan_and_single_sign_on(
    acme: Team, browser: Client, plan: str, sso_on: bool, words: str
) -> None:
    policy.entitle(acme, make.BY_OPERATOR, plan=plan)
    if sso_on:
        make.sso_on(acme)

    page = as_admin(browser).get(PANEL)
    answer = send(browser, acme, "on")

    if words:
        assert reading.closed(page, "Turn SCIM on").startswith(words)
        assert words in reading.words(answer)
    assert make.fresh(acme).scim_on is not bool(words)


@pytest.mark.parametrize("verb", VERBS)
def test_an_auditor_reads_and_is_refused_every_act(acme: Team, browser: Client, idp: Idp, verb: str) -> None:
    make.role(acme, make.who(acme, "mia"), "auditor")
    make.sign_in(browser, "mia@acme.test")

    page, answer = browser.get(PANEL), send(browser, acme, verb)

    assert live(acme)[0].hint in reading.words(page)
    assert reading.actions(page) == []
    assert (answer.status_code, make.fresh(acme).scim_on, len(live(acme))) == (403, True, 1)


def test_the_panel_shows_everything_to_copy(acme: Team, browser: Client) -> None:
    shown = reading.page(as_admin(browser).get(PANEL)).xpath("//main//input[@readonly]/@value")

    assert shown == [f"http://localhost:8000/scim/v2/{acme.pk}", "http://localhost:8000/scim/v2", "userName"]


def test_the_preview_says_whom_the_directory_does_not_know(acme: Team, browser: Client) -> None:
    make.scim_on(acme)
    make.provisioned(acme, "zoe@acme.test")
    policy.turn_scim_off(acme, make.as_owner(acme))

    words = reading.words(as_admin(browser).get(PANEL))

    assert "3 of 4 active members are not known to your directory" in words
    assert "Only one owner" in words


@pytest.mark.parametrize(("bought", "is_warned"), [(3, True), (4, False)])
def test_the_test_of_jumpcloud_needs_a_free_seat(
    acme: Team, browser: Client, idp: Idp, bought: int, is_warned: bool
) -> None:
    seats.resize(acme, make.BY_OPERATOR, bought)

    assert ("JumpCloud’s test adds a user" in reading.words(as_admin(browser).get(PANEL))) is is_warned


def test_it_waits_for_the_first_request_and_says_when_it_came(acme: Team, browser: Client, idp: Idp) -> None:
    before = reading.words(as_admin(browser).get(PANEL))
    idp.get("/Users")
    after = reading.words(browser.get(PANEL))

    assert "Waiting for the first request" in before
    assert "Last request just now" in after
    assert f"from {idp.address}" in after


def test_while_scim_is_on_the_panel_says_what_is_locked(acme: Team, browser: Client, idp: Idp) -> None:
    lock = policy.lock(acme, Door.DASHBOARD, policy.Task.ASSIGN)

    assert str(lock) in reading.words(as_admin(browser).get(PANEL))


def test_a_stranger_sees_nothing_of_the_team(acme: Team, globex: Team, browser: Client, idp: Idp) -> None:
    idp.post(person("zoe"))
    make.sign_in(browser, "greg@globex.test")
    token = live(acme)[0]

    pages = "".join(browser.get(path).content.decode() for path in (PANEL, LOG))
    send(browser, globex, f"tokens/{token.pk}/revoke")

    assert [each for each in (token.hint, str(acme.pk), "zoe") if each in pages] == []
    assert live(acme) == [token]


def test_an_old_sign_in_is_asked_to_confirm_first(acme: Team, browser: Client) -> None:
    make.sso_on(acme)
    as_admin(browser)

    with time_machine.travel(timezone.now() + timedelta(minutes=6)):
        page, answer = browser.get(PANEL), send(browser, acme, "on")

    assert "Confirm now" in reading.words(page)
    assert answer["Location"].startswith("/again/")
    assert not make.fresh(acme).scim_on


# ── On and off ───────────────────────────────────────────────────────────────────────────────────────────────────────
def test_turning_it_on_shows_a_token_that_works(acme: Team, browser: Client) -> None:
    make.sso_on(acme)

    answer = send(as_admin(browser), acme, "on")

    assert "Copy it now: it is not shown again." in reading.words(answer)
    assert Idp(shown_token(answer)).get("/Users").status == 200


def test_a_token_is_shown_once_and_nowhere_afterwards(acme: Team, browser: Client) -> None:
    make.sso_on(acme)
    answer = send(as_admin(browser), acme, "on")
    token = shown_token(answer)
    Idp(token).post(person("zoe"))

    paths = [PANEL, LOG, "/", "/members/", "/log/audit/", "/log/sign-ins/", "/settings/profile/"]
    pages = {path: browser.get(path) for path in paths}

    assert answer["Cache-Control"].startswith("max-age=0, no-cache, no-store")
    assert {page.status_code for page in pages.values()} == {200}
    assert [path for path, page in pages.items() if token in page.content.decode()] == []
    assert [row for row in Event.every_team.values_list("data", flat=True) if token in str(row)] == []


def test_turning_it_on_twice_makes_no_second_token(acme: Team, browser: Client, idp: Idp) -> None:
    answer = send(as_admin(browser), acme, "on")

    assert (answer.status_code, len(live(acme))) == (409, 1)
    assert "SCIM is on already." in reading.words(answer)


def test_turning_it_off_ends_every_token_and_removes_nobody(acme: Team, browser: Client, idp: Idp) -> None:
    idp.post(person("zoe"))
    dialog = reading.page(as_admin(browser).get(PANEL)).xpath("//dialog[@id='turn-off']")[0].text_content()

    send(browser, acme, "off")
    after = reading.words(browser.get(PANEL))

    assert "4 members stay. Nobody is removed" in dialog
    assert (idp.get("/Users").status, live(acme)) == (403, [])
    assert Member.every_team.filter(team=acme, active=True).count() == 4
    assert "Did you turn it off at your identity provider too?" in after
    assert [name for name in ("JumpCloud:", "Okta:", "Entra ID:") if name not in after or name not in dialog] == []


# ── Tokens ───────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(("grace", "old_status"), [("24", 200), ("0", 401)])
def test_rotating_keeps_the_old_token_for_the_chosen_time(
    acme: Team, browser: Client, idp: Idp, grace: str, old_status: int
) -> None:
    answer = send(as_admin(browser), acme, "rotate", grace=grace)

    assert Idp(shown_token(answer)).get("/Users").status == 200
    assert idp.get("/Users").status == old_status
    assert ("Retiring" in reading.words(browser.get(PANEL))) is (old_status == 200)


def test_the_old_token_ends_when_its_grace_is_over(acme: Team, browser: Client, idp: Idp) -> None:
    send(as_admin(browser), acme, "rotate", grace="1")

    with time_machine.travel(timezone.now() + timedelta(minutes=61)):
        assert idp.get("/Users").status == 401


@pytest.mark.parametrize("grace", ["5", "-1", "", "x"])
def test_a_grace_that_is_not_offered_is_refused(acme: Team, browser: Client, idp: Idp, grace: str) -> None:
    answer = send(as_admin(browser), acme, "rotate", grace=grace)

    assert (answer.status_code, len(live(acme))) == (400, 1)


def test_the_usual_grace_is_a_day(acme: Team, browser: Client, idp: Idp) -> None:
    dialog = reading.page(as_admin(browser).get(PANEL)).xpath("//dialog[@id='rotate']")[0]

    assert dialog.xpath(".//input[@name='grace' and @checked]/@value") == ["24"]
    assert dialog.xpath("normalize-space(.//label[@for='grace-24'])") == "Works for 1 more day"


def test_a_third_token_ends_the_oldest_at_once(acme: Team, browser: Client, idp: Idp) -> None:
    second = Idp(shown_token(send(as_admin(browser), acme, "rotate", grace="24")))
    third = Idp(shown_token(send(browser, acme, "rotate", grace="24")))

    assert [each.get("/Users").status for each in (idp, second, third)] == [401, 200, 200]
    assert len(reading.page(browser.get(PANEL)).xpath("//a[starts-with(@href, '#revoke-')]")) == 2


def test_revoking_ends_one_token_now(acme: Team, browser: Client, idp: Idp) -> None:
    token = live(acme)[0]

    send(as_admin(browser), acme, f"tokens/{token.pk}/revoke")
    page = browser.get(PANEL)

    assert idp.get("/Users").status == 401
    assert "No live token" in reading.words(page)
    assert token.hint not in reading.words(page)
