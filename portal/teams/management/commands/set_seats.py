"""Set how many seats a team bought."""

from typing import Any

from django.core.management.base import CommandParser

from portal.teams import seats
from portal.teams.management.command import Command as Base
from portal.teams.management.command import slug_argument, team_of


class Command(Base):
    """set_seats SLUG N"""

    help = "Set how many seats a team bought; fewer than are taken is refused."

    def arguments(self, parser: CommandParser) -> None:
        """Take the number of seats."""
        slug_argument(parser)
        parser.add_argument("seats", type=int)

    def act(self, **o: Any) -> dict[str, Any]:
        """Resize."""
        tally = seats.resize(team_of(o["slug"]), self.by, o["seats"])
        return {"seats": tally.bought, "assigned": tally.assigned, "free": tally.free}
