"""Make a one-time sign-in link."""

from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser
from django.urls import reverse

from portal.teams import links
from portal.teams.management.command import Command as Base
from portal.teams.management.command import team_of


class Command(Base):
    """sign_in_link EMAIL [--team SLUG | --concerning SLUG] --reason TEXT"""

    help = "Make a link valid for 10 minutes: a code session, or with --team emergency access for an owner."

    def arguments(self, parser: CommandParser) -> None:
        """Take the address, the team and the reason."""
        parser.add_argument("email")
        parser.add_argument("--team", metavar="SLUG", help="emergency access for an owner of this team")
        concerning = "whose journal alone shows the reason; without it, that of every team the link opens"
        parser.add_argument("--concerning", metavar="SLUG", help=concerning)
        parser.add_argument("--reason", required=True)

    def act(self, **o: Any) -> dict[str, Any]:
        """Make the link."""
        if o["team"]:
            token, row = links.make_break_glass(team_of(o["team"]), self.by, o["email"], o["reason"])
        else:
            concerned = team_of(o["concerning"]) if o["concerning"] else None
            token, row = links.make(self.by, o["email"], o["reason"], concerned)
        url = settings.BASE_URL + reverse("sign_in_link", args=[token])
        return {"url": url, "expires_at": row.expires_at.isoformat()}
