"""Remove the second factors of somebody who lost them."""

from typing import Any

from django.core.management.base import CommandParser

from portal.teams import second_factor
from portal.teams.management.command import Command as Base


class Command(Base):
    """reset_second_factor EMAIL --reason TEXT"""

    help = "Remove app, passkeys and recovery codes of an address that lost them all; recorded and mailed."

    def arguments(self, parser: CommandParser) -> None:
        """Take the address and the reason."""
        parser.add_argument("email")
        parser.add_argument("--reason", required=True)

    def act(self, **o: Any) -> dict[str, Any]:
        """Remove them; the sessions of the address go on, and prove no second factor any more."""
        return {"email": o["email"], "removed": second_factor.reset(self.by, o["email"], o["reason"])}
