"""The way from nothing to provisioned: each step ticks itself off, and the list goes when all are done."""

from typing import Any

import pytest
from django.test import Client

from portal.teams import bearer, policy, roster
from portal.teams.actor import Role
from portal.teams.models import Member, Team
from portal.teams.registry import Step, registry
from scim import contributions, switch
from scim.models import ScimToken
from sso import connection
from tests import make
from tests.pages import reading
from tests.sso import panels

SSO, SCIM = "/settings/security/authentication/sso/", "/settings/security/authentication/scim/"


def states(team: Team) -> dict[str, str]:
    """Every step that the other apps contribute, with its state."""
    return {step.title: step.state for steps in registry.steps for step in steps(make.fresh(team))}


def card(answer: Any) -> str:
    """Read the checklist; empty where there is none."""
    return " ".join(reading.page(answer).xpath("string(//*[@id='set-up'])").split())


def heard(team: Team) -> None:
    """Turn SCIM on and let the identity provider use its token."""
    token = switch.turn_on(make.sso_on(team), make.as_owner(team))
    ScimToken.every_team.filter(digest=bearer.digest(token)).update(last_used_at=team.created_at)


def link_all(team: Team) -> None:
    """Let the directory name every member who is no owner."""
    for member in Member.every_team.filter(team=team).exclude(role=Role.OWNER):
        roster.provision(team, make.scim(team), {"user_name": member.user_name, "email": member.email})


def test_a_new_team_is_led_from_its_first_step(acme: Team) -> None:
    assert set(states(acme).values()) == {"todo"}
    assert next(iter(states(acme))) == "Connect your identity provider"


def test_connecting_ticks_its_step_off(acme: Team) -> None:
    make.draft_idp(acme)

    assert states(acme)["Connect your identity provider"] == "ok"
    assert states(acme)["Turn single sign-on on"] == "todo"


def test_a_passed_test_ticks_its_step_off_until_the_connection_changes(acme: Team, browser: Client) -> None:
    idp = make.draft_idp(acme)
    panels.passed_test(panels.as_owner(browser), acme, idp)

    assert states(acme)["Test it"] == "ok"

    connection.configure(acme, make.as_owner(acme), allow_sha1=True)
    assert states(acme)["Test it"] == "todo"


def test_scim_that_is_on_waits_for_its_first_request(acme: Team) -> None:
    make.scim_on(acme)

    assert states(acme)["Turn SCIM on"] == "ok"
    assert states(acme)["Hear from your identity provider"] == "wait"


def test_the_last_step_waits_for_everybody_but_owners(acme: Team) -> None:
    heard(acme)
    assert states(acme)["Push everybody"] == "wait"

    link_all(acme)

    assert states(acme)["Push everybody"] == "ok"


@pytest.mark.parametrize(("most", "said"), [(2, "2 members are"), (1, "More than 1 members are")])
def test_who_is_left_is_counted_so_far_as_it_is_said(
    acme: Team, monkeypatch: pytest.MonkeyPatch, most: int, said: str
) -> None:
    monkeypatch.setattr(contributions, "MOST_COUNTED", most)
    heard(acme)
    left = Member.every_team.filter(team=acme, active=True).exclude(role=Role.OWNER).count()

    told = [
        step.detail for steps in registry.steps for step in steps(make.fresh(acme)) if step.title == "Push everybody"
    ]

    assert left == 2
    assert told[0].startswith(f"{said} not linked yet.")


@pytest.mark.parametrize(("sso", "scim", "locked"), [
    (False, False, {"Single sign-on", "Provisioning (SCIM)"}), (True, False, {"Provisioning (SCIM)"}),
])  # fmt: skip
def test_what_the_plan_lacks_is_locked_and_says_so(acme: Team, sso: bool, scim: bool, locked: set[str]) -> None:
    policy.entitle(acme, make.BY_OPERATOR, sso=sso, scim=scim)

    found = [step for steps in registry.steps for step in steps(make.fresh(acme)) if step.state == "lock"]

    assert {step.title for step in found} == locked
    assert all(step.detail.startswith("Not in your plan.") for step in found)


def test_the_overview_shows_what_is_next(acme: Team, browser: Client) -> None:
    make.draft_idp(acme)

    answer = make.sign_in(browser, "olga@acme.test").get("/")

    assert "2 of 7 done" in card(answer)
    assert reading.page(answer).xpath("//*[@id='set-up']//a[contains(@class, 'btn')]/@href") == [SSO]


def test_every_step_leads_to_where_it_is_done(acme: Team, browser: Client) -> None:
    answer = make.sign_in(browser, "olga@acme.test").get("/")

    links = reading.page(answer).xpath("//*[@id='set-up']//b/a/@href")

    assert links == [SSO, SSO, SSO, SCIM, SCIM, "/members/"]


def test_an_auditor_sees_no_checklist(acme: Team, browser: Client) -> None:
    make.member(acme, "aud@acme.test", role=Role.AUDITOR)

    assert card(make.sign_in(browser, "aud@acme.test").get("/")) == ""


def test_for_an_owner_alone_the_checklist_is_the_page(globex: Team, browser: Client) -> None:
    answer = make.sign_in(browser, "greg@globex.test").get("/")

    assert reading.words(answer).startswith("Set up team Globex")
    assert "Latest activity" not in reading.words(answer)
    assert "Assigned seats 1 / 5" in reading.words(answer)


def test_a_team_without_entitlements_adds_its_people_and_is_done(globex: Team, browser: Client) -> None:
    policy.entitle(globex, make.BY_OPERATOR, sso=False, scim=False)
    make.sign_in(browser, "greg@globex.test")
    assert "Add your people" in card(browser.get("/"))

    make.member(globex, "new@globex.test")

    assert card(browser.get("/")) == ""


def test_the_checklist_goes_when_all_is_done(acme: Team, browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    step = Step("Weather", "todo", "It rains.", "/x/", "Wait")
    monkeypatch.setattr(registry, "steps", [lambda team: [step]])
    make.sign_in(browser, "olga@acme.test")
    assert "Weather" in card(browser.get("/"))

    monkeypatch.setattr(registry, "steps", [lambda team: [Step("Weather", "ok", "It shines.")]])

    assert card(browser.get("/")) == ""
