"""Groups per team: the switch on the panel, the command's flags, and what each leaves behind."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from portal.teams import policy
from portal.teams.models import Event, Group, Team
from tests import make
from tests.pages import reading

PANEL = "/settings/security/authentication/scim/"


def enable(*flags: str) -> Any:
    """Run `enable_scim acme`."""
    out = StringIO()
    call_command("enable_scim", "acme", *flags, "--json", stdout=out)
    return json.loads(out.getvalue())


@pytest.mark.parametrize(("flags", "is_on"), [((), True), (("--groups",), True), (("--no-groups",), False)])
def test_the_command_switches_groups(acme: Team, flags: tuple[str, ...], is_on: bool) -> None:
    make.sso_on(acme)

    assert enable(*flags)["token"].startswith("sgs_")
    assert make.fresh(acme).groups_on is is_on


def test_groups_that_were_switched_off_stay_off_when_scim_is_turned_on(acme: Team) -> None:
    make.sso_on(acme)
    policy.serve_groups(acme, make.as_owner(acme), False)

    enable()
    assert not make.fresh(acme).groups_on


def test_an_admin_turns_groups_off_and_on_and_each_is_recorded_once(acme: Team, browser: Client) -> None:
    make.group(acme, "Staff")
    admin = make.sign_in(browser, "adam@acme.test")

    for verb in ("off", "off", "on", "on"):
        assert make.press(admin, f"{PANEL}groups/{verb}/", acme).status_code == 302

    kinds = Event.every_team.filter(team=acme, kind__startswith="groups.").values_list("kind", flat=True)
    assert sorted(kinds) == ["groups.turned_off", "groups.turned_on"]
    assert Group.every_team.count() == 1


def test_the_panel_says_whether_groups_are_on(acme: Team, browser: Client) -> None:
    make.scim_on(acme)
    olga = make.sign_in(browser, "olga@acme.test")

    assert "Groups are on" in reading.words(olga.get(PANEL))
    policy.serve_groups(acme, make.as_owner(acme), False)
    assert "Groups are off" in reading.words(olga.get(PANEL))
