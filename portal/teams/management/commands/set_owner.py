"""Give a team an owner who can enter."""

from typing import Any

from django.core.management.base import CommandParser
from django.core.validators import validate_email

from portal.teams import founding
from portal.teams.management.command import Command as Base
from portal.teams.management.command import slug_argument, team_of


class Command(Base):
    """set_owner SLUG EMAIL --reason TEXT"""

    help = "Make a person an active owner under every lock; recorded and mailed."

    def arguments(self, parser: CommandParser) -> None:
        """Take the address and the reason."""
        slug_argument(parser)
        parser.add_argument("email")
        parser.add_argument("--reason", required=True)

    def act(self, **o: Any) -> dict[str, Any]:
        """Crown."""
        validate_email(o["email"])
        member = founding.crown(team_of(o["slug"]), self.by, o["email"], o["reason"])
        return {"slug": o["slug"], "owner": member.sign_in_email, "member_id": member.pk}
