"""Set a team's plan and entitlements."""

import argparse
from typing import Any

from django.core.management.base import CommandParser

from portal.teams import policy
from portal.teams.acts import acting
from portal.teams.management.command import Command as Base
from portal.teams.management.command import slug_argument, team_of
from portal.teams.models import Plan, Team


class Command(Base):
    """entitle SLUG [--plan P] [--sso/--no-sso] [--scim/--no-scim] [--force]"""

    help = "Set plan and entitlements; what is in use is taken away only with --force."

    def arguments(self, parser: CommandParser) -> None:
        """Take plan, entitlements and --force."""
        slug_argument(parser)
        parser.add_argument("--plan", choices=Plan.values)
        parser.add_argument("--sso", action=argparse.BooleanOptionalAction, default=None)
        parser.add_argument("--scim", action=argparse.BooleanOptionalAction, default=None)
        parser.add_argument("--force", action="store_true", help="turn off SCIM, Enforce and SSO first, in that order")

    def act(self, **o: Any) -> dict[str, Any]:
        """Entitle, all or none."""
        team = team_of(o["slug"])
        with acting(team, self.by):
            if o["force"]:
                self._turn_off(team, o)
            policy.entitle(team, self.by, plan=o["plan"], sso=o["sso"], scim=o["scim"])
        team.refresh_from_db()
        return {"slug": team.slug, "plan": team.plan, "sso": team.entitled_sso, "scim": team.entitled_scim}

    def _turn_off(self, team: Team, o: dict[str, Any]) -> None:
        downgraded = o["plan"] == Plan.BUSINESS
        if downgraded or o["sso"] is False or o["scim"] is False:
            policy.turn_scim_off(team, self.by)
        if downgraded or o["sso"] is False:
            policy.relax(team, self.by, "entitlement taken away")
            policy.turn_sso_off(team, self.by)
