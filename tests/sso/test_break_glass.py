"""Emergency access: a door and a session of its own, in which Enforce SSO can be lifted (spec rule 28)."""

from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.test import Client

from portal.demo.idp import PracticeIdp
from portal.teams import links, owners, policy, roster
from portal.teams.actor import Actor, Role
from portal.teams.models import Entry, Event, Member, Team
from sso import keys
from tests import make
from tests.pages import reading
from tests.sso import panels
from tests.sso.sign_ins import in_minutes, is_in
from tests.teams import journal

PANEL = "/settings/security/authentication/sso/"


def break_glass(team: Team) -> str:
    """Let the operator make an emergency link for Olga, with single sign-on enforced; returns its path."""
    policy.enforce(team, make.as_owner(team))
    token, _row = links.make_break_glass(team, make.BY_OPERATOR, "olga@acme.test", "IdP is down")
    return f"/sign-in/link/{token}/"


def test_an_emergency_link_works_once_and_only_by_its_button(acme: Team, idp: PracticeIdp, browser: Client) -> None:
    link = break_glass(acme)

    looked, pressed, again = browser.get(link), browser.post(link), Client().post(link)

    assert (looked.status_code, pressed["Location"], again.status_code) == (200, PANEL, 410)
    assert Entry.every_team.get().door == "break_glass"


def test_an_emergency_link_is_good_for_ten_minutes(acme: Team, idp: PracticeIdp, browser: Client) -> None:
    link = break_glass(acme)

    with time_machine.travel(in_minutes(11)):
        assert browser.post(link).status_code == 410


def test_emergency_access_reads_the_panel_and_relaxes_and_the_code_opens_again(
    acme: Team, idp: PracticeIdp, browser: Client
) -> None:  # fmt: skip
    browser.post(break_glass(acme))
    panel = browser.get(PANEL)

    make.press(browser, f"{PANEL}relax/", acme)

    assert panel.status_code == 200
    assert reading.actions(panel) == [f"{PANEL}relax/"]
    assert not make.fresh(acme).sso_enforced
    assert is_in(make.sign_in(Client(), "olga@acme.test"))


@pytest.mark.parametrize("path", ["/", "/members/", "/settings/profile/", "/log/audit/", "/log/sign-ins/"])
def test_emergency_access_opens_no_other_page(acme: Team, idp: PracticeIdp, browser: Client, path: str) -> None:
    browser.post(break_glass(acme))

    assert browser.get(path)["Location"] == PANEL


def astray(browser: Client, page: Any) -> list[str]:
    """Return the links of a page, but for those to the panel itself, that only lead back to the panel."""
    links = {str(each).partition("#")[0] for each in reading.page(page).xpath("//a/@href")} - {"", PANEL}
    return sorted(link for link in links if browser.get(link).get("Location") == PANEL)


@pytest.mark.parametrize("is_lifted", [False, True])
def test_emergency_access_draws_no_link_that_only_leads_back(
    acme: Team, idp: PracticeIdp, browser: Client, is_lifted: bool
) -> None:
    keys.make(acme, make.as_owner(acme))
    panels.attempt(acme, "not_xml", "The message is not well-formed XML.")
    browser.post(break_glass(acme))
    if is_lifted:
        make.press(browser, f"{PANEL}relax/", acme)

    page = browser.get(PANEL)

    assert page.status_code == 200
    assert astray(browser, page) == []


@pytest.mark.parametrize("verb", ["connection", "metadata", "idp-initiated", "jit", "test", "on", "off", "enforce"])
def test_emergency_access_does_nothing_but_relax(acme: Team, idp: PracticeIdp, browser: Client, verb: str) -> None:
    browser.post(break_glass(acme))
    events = Event.every_team.count()

    shown = make.press(browser, f"{PANEL}{verb}/", acme, confirm="Acme", on="0", answer="refused")

    assert shown["Location"] == PANEL
    assert Event.every_team.count() == events


def test_emergency_access_lasts_thirty_minutes(acme: Team, idp: PracticeIdp, browser: Client) -> None:
    browser.post(break_glass(acme))

    with time_machine.travel(in_minutes(29)):
        assert browser.get(PANEL).status_code == 200
    with time_machine.travel(in_minutes(31)):
        assert browser.get(PANEL)["Location"].startswith("/sign-in/")


def test_emergency_access_is_recorded_and_mailed_to_all_owners(acme: Team, idp: PracticeIdp, browser: Client) -> None:
    make.second_owner(acme)

    browser.post(break_glass(acme))

    assert journal.kinds(acme)[-2:] == ["sign_in_link.made", "break_glass.opened"]
    assert Event.every_team.get(kind="sign_in_link.made").data["reason"] == "IdP is down"
    assert journal.mailed("break_glass") == ["adam@acme.test", "olga@acme.test"]


def adam(team: Team) -> Actor:
    """Act as the other owner."""
    return make.by(make.who(team, "adam"))


ENDS: dict[str, Callable[[Team, Member], object]] = {
    "suspended": lambda team, olga: owners.suspend(team, adam(team), olga.pk),
    "unassigned": lambda team, olga: roster.unassign(team, adam(team), olga.pk),
    "no owner": lambda team, olga: owners.set_role(team, adam(team), olga.pk, Role.ADMIN),
}


@pytest.mark.parametrize("name", ENDS)
def test_emergency_access_is_for_an_owner_who_may_enter(
    acme: Team, idp: PracticeIdp, browser: Client, name: str
) -> None:  # fmt: skip
    make.second_owner(acme)
    link, used = break_glass(acme), Client()
    token, _row = links.make_break_glass(acme, make.BY_OPERATOR, "olga@acme.test", "once more")
    used.post(link)

    ENDS[name](acme, make.who(acme, "olga"))

    assert used.get(PANEL)["Location"].startswith("/sign-in/")
    assert browser.post(f"/sign-in/link/{token}/").status_code == 410
