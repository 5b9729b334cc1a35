"""Turn SCIM off."""

from typing import Any

from django.core.management.base import CommandParser

from portal.teams.management.command import Command as Base
from portal.teams.management.command import slug_argument, team_of
from scim import switch


class Command(Base):
    """disable_scim SLUG"""

    help = "Turn SCIM off: its tokens end, nobody is removed."

    def arguments(self, parser: CommandParser) -> None:
        """Take the team."""
        slug_argument(parser)

    def act(self, **o: Any) -> dict[str, Any]:
        """Turn off."""
        switch.turn_off(team_of(o["slug"]), self.by)
        return {"slug": o["slug"], "scim_on": False}
