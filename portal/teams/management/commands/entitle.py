"""Set a team's plan and entitlements."""

import argparse
from typing import Any

from django.core.management.base import CommandParser

from portal.teams import plans
from portal.teams.management.command import Command as Base
from portal.teams.management.command import slug_argument, team_of
from portal.teams.models import Plan


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
        plans.change(team, self.by, plan=o["plan"], sso=o["sso"], scim=o["scim"], force=o["force"])
        team.refresh_from_db()
        return {"slug": team.slug, "plan": team.plan, "sso": team.entitled_sso, "scim": team.entitled_scim}
