"""Remove the second factors of somebody who lost them."""

from typing import Any

from django.core.management.base import CommandParser

from portal.teams import second_factor
from portal.teams.management.command import Command as Base
from portal.teams.management.command import team_of


class Command(Base):
    """reset_second_factor EMAIL [--concerning SLUG] --reason TEXT"""

    help = "Remove app, passkeys and recovery codes of an address that lost them all; recorded and mailed."

    def arguments(self, parser: CommandParser) -> None:
        """Take the address, the team and the reason."""
        parser.add_argument("email")
        concerning = "whose journal alone shows the reason; without it, that of every team the address opens"
        parser.add_argument("--concerning", metavar="SLUG", help=concerning)
        parser.add_argument("--reason", required=True)

    def act(self, **o: Any) -> dict[str, Any]:
        """Remove them; the sessions of the address go on, and prove no second factor any more."""
        concerned = team_of(o["concerning"]) if o["concerning"] else None
        return {"email": o["email"], "removed": second_factor.reset(self.by, o["email"], o["reason"], concerned)}
