"""Make an API key."""

from typing import Any

from django.core.management.base import CommandError, CommandParser

from portal.api import keys
from portal.api.keys import Scope
from portal.teams.management.command import Command as Base
from portal.teams.management.command import team_of


class Command(Base):
    """create_api_key (--team SLUG | --operator) --name NAME --scopes SCOPE … [--days N]"""

    help = "Make an API key of a team, or one over all teams; its text is printed once."

    def arguments(self, parser: CommandParser) -> None:
        """Take whose it is, its name, its scopes and its end."""
        whose = parser.add_mutually_exclusive_group(required=True)
        whose.add_argument("--team", metavar="SLUG", help="a key of this team")
        whose.add_argument("--operator", action="store_true", help="a key over all teams")
        parser.add_argument("--name", required=True, help="what uses it")
        parser.add_argument("--scopes", nargs="+", default=Scope.values, choices=Scope.values, metavar="SCOPE")
        parser.add_argument("--days", type=int, metavar="N", help="it ends after so many days; without, when revoked")

    def act(self, **o: Any) -> dict[str, Any]:
        """Make it."""
        if o["days"] is not None and o["days"] < 1:
            raise CommandError("--days must be 1 or more.")
        given = (o["name"], o["scopes"], o["days"])
        if o["operator"]:
            text, key = keys.make_for_operator(self.by, *given)
        else:
            text, key = keys.make(team_of(o["team"]), self.by, *given)
        return {"key": text, "hint": key.hint, "scopes": key.scopes, "expires_at": key.expires_at}
