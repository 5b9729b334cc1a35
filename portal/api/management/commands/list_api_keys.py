"""List the live API keys."""

from typing import Any

from django.core.management.base import CommandParser

from portal.api import keys
from portal.teams.management.command import Command as Base
from portal.teams.management.command import team_of

SHOWN = ("hint", "name", "scopes", "made_by", "made_at", "last_used_at", "expires_at")


class Command(Base):
    """list_api_keys [--team SLUG]"""

    help = "List the live API keys of a team; without one, the operator's."

    def arguments(self, parser: CommandParser) -> None:
        """Take the team."""
        parser.add_argument("--team", metavar="SLUG", help="the keys of this team")

    def act(self, **o: Any) -> dict[str, Any]:
        """List them."""
        rows = keys.live(team_of(o["team"]) if o["team"] else None).order_by("made_at")
        return {"keys": [{name: getattr(key, name) for name in SHOWN} for key in rows]}
