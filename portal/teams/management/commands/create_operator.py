"""Name an operator."""

from typing import Any

from django.core.management.base import CommandParser
from django.core.validators import validate_email

from portal.teams import codes
from portal.teams.management.command import Command as Base


class Command(Base):
    """create_operator EMAIL"""

    help = "Let an address sign in as the vendor's operator."

    def arguments(self, parser: CommandParser) -> None:
        """Take the address."""
        parser.add_argument("email")

    def act(self, **o: Any) -> dict[str, Any]:
        """Mark the address."""
        validate_email(o["email"])
        user = codes.user_of(o["email"])
        user.is_operator = True
        user.save()
        return {"operator": user.email}
