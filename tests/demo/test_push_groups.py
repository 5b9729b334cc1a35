"""The practice IdP's group push against the portal itself, in every dialect: create, join, leave, detach."""

from urllib.parse import urlsplit

import pytest
from django.test import Client

from portal.demo import groups, loopback, provisioning
from portal.demo.dialects import DIALECTS
from portal.demo.state import Group as Pushed
from portal.demo.state import State, demo_state
from portal.teams import policy, seats
from portal.teams.models import Group, Member, Team
from tests import make
from tests.scim.idp import connect


@pytest.fixture(params=DIALECTS)
def directory(request: pytest.FixtureRequest, acme: Team, monkeypatch: pytest.MonkeyPatch) -> State:
    """The practice directory, connected to Acme, with the people of its first group pushed."""

    def ask(method: str, url: str, headers: dict[str, str], body: bytes | None = None) -> loopback.Answer:
        at, given = urlsplit(url), dict(headers)
        media = given.pop("Content-Type", "")
        answer = Client().generic(method, f"{at.path}?{at.query}", body or b"", media, headers=given)
        return loopback.Answer(answer.status_code, answer.text, {"content-type": answer["Content-Type"]})

    monkeypatch.setattr(loopback, "ask", ask)
    state = demo_state()
    state.dialect, state.scim_url, state.scim_token = request.param, "http://localhost/scim/v2", connect(acme).token
    assert provisioning.test_connection(state).ok
    for user_name in state.groups[0].members:
        person = state.person(user_name)
        assert person and provisioning.push(state, person).ok
    return state


def inside(group: Pushed) -> set[str]:
    """The addresses of those who are in a group here."""
    return set(Member.every_team.filter(memberships__group__display_name=group.name).values_list("email", flat=True))


def test_a_group_is_pushed_changed_and_detached(directory: State, acme: Team) -> None:
    group, before = directory.groups[0], seats.tally(acme)
    everybody = set(group.members)

    assert groups.push(directory, group).ok
    assert inside(group) == everybody
    left = group.members.pop()
    assert groups.push(directory, group).ok
    assert inside(group) == everybody - {left}
    group.members.append(left)
    assert groups.push(directory, group).ok
    assert inside(group) == everybody
    assert groups.detach(directory, group).ok

    assert inside(group) == set()
    assert [each.emptied_at is not None for each in Group.every_team.all()] == [True] * (group.scim_id != "")
    assert seats.tally(acme) == before


def test_where_groups_are_off_the_directory_offers_no_push(directory: State, acme: Team) -> None:
    policy.serve_groups(acme, make.as_owner(acme), False)

    provisioning.ask_for_groups(directory)

    assert not groups.push(directory, directory.groups[0]).ok
    assert not Group.every_team.exists()
