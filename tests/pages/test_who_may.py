"""Who may press what on the members page, and who does not exist."""

import pytest
from django.test import Client

from portal.teams.actor import Role
from portal.teams.models import Event, Team
from tests import make
from tests.pages import reading


def test_a_member_may_not_see_the_members(acme: Team, browser: Client) -> None:
    make.sign_in(browser, "mia@acme.test")

    answer = browser.get("/members/")

    assert answer.status_code == 403
    assert "Your role does not allow this." in reading.words(answer)
    assert "adam@acme.test" not in answer.content.decode()


def test_an_auditor_sees_everybody_and_no_control(acme: Team, browser: Client) -> None:
    make.member(acme, "aud@acme.test", role=Role.AUDITOR)
    make.sign_in(browser, "aud@acme.test")
    mia = make.who(acme, "mia")

    answer, alone = browser.get("/members/"), browser.get(f"/members/{mia.pk}/")

    assert "adam@acme.test" in reading.words(answer)
    assert "mia@acme.test" in reading.words(alone)
    assert reading.actions(answer) + reading.actions(alone) == []
    assert reading.page(answer).xpath("//main//tbody//button | //main//tbody//input | //main//dialog") == []
    assert reading.page(alone).xpath("//main//button | //main//dialog") == []
    assert make.press(browser, reading.act(mia, "unassign"), acme).status_code == 403


def test_an_admin_finds_no_control_on_an_owner(acme: Team, browser: Client) -> None:
    make.sign_in(browser, "adam@acme.test")
    olga = make.who(acme, "olga")

    refused = [make.press(browser, reading.act(olga, verb), acme).status_code for verb in ("unassign", "sign-out")]

    assert reading.actions(browser.get(f"/members/{olga.pk}/")) == []
    assert refused == [403, 403]


@pytest.mark.parametrize("verb", ["suspend", "unsuspend"])
def test_suspending_is_an_owners(acme: Team, browser: Client, verb: str) -> None:
    make.sign_in(browser, "adam@acme.test")

    refused = make.press(browser, reading.act(make.who(acme, "mia"), verb), acme)

    assert (refused.status_code, Event.every_team.filter(team=acme).latest("number").refused) == (403, True)


def test_a_form_drawn_for_another_team_changes_nothing(acme: Team, globex: Team, browser: Client) -> None:
    make.sign_in(browser, "olga@acme.test")

    answer = make.press(browser, reading.act(make.who(acme, "mia"), "unassign"), globex)

    assert answer.status_code == 409
    assert "This page belongs to another team" in reading.words(answer)
    assert make.who(acme, "mia").active


def test_a_stranger_does_not_exist(acme: Team, globex: Team, browser: Client) -> None:
    make.sign_in(browser, "olga@acme.test")
    greg = make.who(globex, "greg")

    pressed = make.press(browser, reading.act(greg, "unassign"), acme)

    assert pressed.status_code == 404
    assert browser.get(f"/members/{greg.pk}/").status_code == 404
    assert make.who(globex, "greg").active


@pytest.mark.parametrize("verb", ["assign", "unassign", "role", "suspend", "unsuspend", "sign-out", "allow-return"])
def test_an_act_is_a_post(acme: Team, browser: Client, verb: str) -> None:
    make.sign_in(browser, "olga@acme.test")

    assert browser.get(reading.act(make.who(acme, "mia"), verb)).status_code == 405
