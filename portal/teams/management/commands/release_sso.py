"""Lift Enforce SSO."""

from typing import Any

from django.core.management.base import CommandParser

from portal.teams import policy
from portal.teams.management.command import Command as Base
from portal.teams.management.command import slug_argument, team_of


class Command(Base):
    """release_sso SLUG --reason TEXT"""

    help = "Lift Enforce SSO, so that e-mail codes open the team again; recorded and mailed to the owners."

    def arguments(self, parser: CommandParser) -> None:
        """Take the reason."""
        slug_argument(parser)
        parser.add_argument("--reason", required=True)

    def act(self, **o: Any) -> dict[str, Any]:
        """Relax."""
        policy.relax(team_of(o["slug"]), self.by, o["reason"])
        return {"slug": o["slug"], "enforced": False}
