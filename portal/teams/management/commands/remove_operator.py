"""Take the operators' pages from an address."""

from typing import Any

from django.core.management.base import CommandError, CommandParser

from portal.teams.folding import fold_address
from portal.teams.management.command import Command as Base
from portal.teams.models import User


class Command(Base):
    """remove_operator EMAIL"""

    help = "Let an address no longer sign in as the vendor's operator; the next click of its sessions is refused."

    def arguments(self, parser: CommandParser) -> None:
        """Take the address."""
        parser.add_argument("email")

    def act(self, **o: Any) -> dict[str, Any]:
        """Unmark the address."""
        if not User.objects.filter(email_key=fold_address(o["email"]), is_operator=True).update(is_operator=False):
            raise CommandError(f"{o['email']} is no operator.")
        return {"operator": o["email"], "removed": True}
