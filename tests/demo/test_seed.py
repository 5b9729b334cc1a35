"""The demo team: made once, through the acts, connected to the practice IdP."""

from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from portal.demo import state
from portal.demo.management.commands.seed_demo import Command
from portal.teams import seats
from portal.teams.actor import Role
from portal.teams.models import Event, Member, Team

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def places(monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path) -> None:
    """Files of one's own."""
    monkeypatch.setattr(state, "FILE", tmp_path / "practice.json")
    settings.VAR_DIR = tmp_path


def test_northwind_has_twelve_seats_eight_people_and_is_connected() -> None:
    call_command(Command())

    team = Team.every_team.get(slug="northwind")
    assert (seats.tally(team).assigned, seats.tally(team).bought) == (8, 12)
    assert (team.sso_on, team.scim_on, team.sso_enforced) == (True, True, False)
    assert state.read().scim_url.endswith(f"/scim/v2/{team.pk}")


def test_everybody_of_the_demo_team_has_a_role_and_a_name() -> None:
    call_command(Command())

    roles = {member.given_name: member.role for member in Member.every_team.exclude(role=Role.MEMBER)}
    assert roles == {"Ada": Role.OWNER, "Ben": Role.ADMIN, "Cleo": Role.AUDITOR}


def test_seeding_again_changes_nothing() -> None:
    call_command(Command())
    before = (Event.every_team.count(), state.FILE.read_text())

    call_command(Command())

    assert (Event.every_team.count(), state.FILE.read_text()) == before


def test_a_fresh_team_finds_nobody_pushed_yet() -> None:
    with state.opened() as old:
        old.people[0].scim_id, old.people[1].active = "from-before", False

    call_command(Command())

    assert [person for person in state.read().people if person.scim_id or not person.active] == []


def test_three_pushed_people_are_newcomers() -> None:
    call_command(Command())

    newcomers = {person.email for person in state.read().unpushed()[:3]}
    assert Member.every_team.filter(email__in=newcomers).count() == 0
