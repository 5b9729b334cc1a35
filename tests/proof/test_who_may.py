"""The table of roles holds at the act itself, whatever door it is reached by (spec, "Roles and acts")."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from portal.teams import acts
from portal.teams.actor import Actor, Door, Role
from portal.teams.acts import Act
from portal.teams.errors import NotAllowed, OwnersOnly
from portal.teams.models import Event, Team
from tests.proof.table import DEEDS

OWNERS = [
    "domains.allow_outside", "domains.refuse_outside", "owners.set_sign_in_email", "owners.suspend",
    "owners.unsuspend", "policy.enforce", "policy.relax", "policy.turn_sso_off", "policy.turn_sso_on",
    "rescue.make", "second_rule.want",
]  # fmt: skip
ADMINS = [
    "batches.admit", "batches.assign_again", "batches.take_back", "domains.claim", "domains.remove",
    "domains.verify", "errands.begin", "groups.set_role", "notice_rules.choose", "owners.end_session",
    "owners.sign_out", "owners.sign_out_all", "owners.set_role", "policy.serve_groups", "policy.set_jit",
    "policy.set_session_hours", "policy.turn_scim_off", "policy.turn_scim_on", "roster.allow_return",
    "roster.assign", "roster.assign_again", "roster.unassign", "roster.remove", "roster.update",
    "seat_requests.ask", "seat_requests.retract", "seats.dismiss", "setup.make", "setup.revoke",
    "time_zone.set_zone", "waiting.seat",
]  # fmt: skip
MORE_OWNERS = ["sso.again.set_strict", "sso.identity.confirm", "sso.identity.permit_link"]
MORE_ADMINS = [
    "portal.api.keys.make", "portal.api.keys.revoke", "scim.listening.open_for", "scim.tokens.revoke",
    "scim.tokens.rotate", "sso.connection.configure", "sso.connection.set_idp_initiated", "sso.keys.make",
    "sso.proposals.choose",
    *(f"portal.outbound.webhooks.endpoints.{name}" for name in (
        "add", "change", "pause", "remove", "resend", "resend_failed", "resume", "rotate", "test",
    )),
]  # fmt: skip
NEEDED = [(f"portal.teams.{name}", Role.OWNER) for name in OWNERS] + [(name, Role.OWNER) for name in MORE_OWNERS]
NEEDED += [(f"portal.teams.{name}", Role.ADMIN) for name in ADMINS] + [(name, Role.ADMIN) for name in MORE_ADMINS]
BELOW = {Role.OWNER: Role.ADMIN, Role.ADMIN: Role.AUDITOR}


def lowered(patch: pytest.MonkeyPatch, role: Role) -> None:
    """Let whoever acts by hand count as this role and no more."""
    plain = acts.acting

    @contextmanager
    def acting(team: Any, by: Actor, *more: Any) -> Iterator[Act]:
        with plain(team, replace(by, role=role, door=Door.DASHBOARD), *more) as act:
            yield act

    patch.setattr(acts, "acting", acting)


@pytest.mark.parametrize(("name", "needed"), NEEDED)
def test_an_act_refuses_whoever_is_one_role_below(
    acme: Team, monkeypatch: pytest.MonkeyPatch, name: str, needed: Role
) -> None:
    deed, before = DEEDS[name](acme), Event.every_team.count()
    lowered(monkeypatch, BELOW[needed])

    with pytest.raises((NotAllowed, OwnersOnly)):
        deed()

    assert Event.every_team.count() == before
