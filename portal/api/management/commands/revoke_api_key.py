"""End an API key."""

from typing import Any

from django.core.management.base import CommandParser

from portal.api import keys
from portal.teams.management.command import Command as Base


class Command(Base):
    """revoke_api_key HINT"""

    help = "End a live API key now, a team's or the operator's, named by the hint that list_api_keys prints."

    def arguments(self, parser: CommandParser) -> None:
        """Take the hint."""
        parser.add_argument("hint", help="the first twelve characters of the key")

    def act(self, **o: Any) -> dict[str, Any]:
        """End it."""
        key = keys.hinted(o["hint"])
        if key.team is None:
            keys.revoke_for_operator(self.by, key)
        else:
            keys.revoke(key.team, self.by, key.pk)
        return {"revoked": str(key)}
