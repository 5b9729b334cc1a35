"""Make a new SCIM token."""

from typing import Any

from django.core.management.base import CommandParser

from portal.teams.management.command import Command as Base
from portal.teams.management.command import slug_argument, team_of
from scim import tokens


class Command(Base):
    """rotate_scim_token SLUG [--grace HOURS]"""

    help = "Make a new SCIM token; the old one works on for the grace."

    def arguments(self, parser: CommandParser) -> None:
        """Take the grace in hours."""
        slug_argument(parser)
        parser.add_argument("--grace", type=float, default=tokens.GRACE_HOURS, metavar="HOURS")

    def act(self, **o: Any) -> dict[str, Any]:
        """Rotate."""
        return {"token": tokens.rotate(team_of(o["slug"]), self.by, o["grace"])}
