"""Close a team and delete its people."""

from typing import Any

from django.core.management.base import CommandError, CommandParser

from portal.teams import founding
from portal.teams.management.command import Command as Base
from portal.teams.management.command import slug_argument, team_of


class Command(Base):
    """delete_team SLUG --confirm SLUG"""

    help = "Delete a team's members, seats and secrets; its slug is never used again."

    def arguments(self, parser: CommandParser) -> None:
        """Take the slug twice."""
        slug_argument(parser)
        parser.add_argument("--confirm", required=True, metavar="SLUG")

    def act(self, **o: Any) -> dict[str, Any]:
        """Close."""
        if o["confirm"] != o["slug"]:
            raise CommandError("--confirm must repeat the slug.")
        founding.close(team_of(o["slug"]), self.by)
        return {"slug": o["slug"], "closed": True}
