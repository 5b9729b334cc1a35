"""Vouch for a team's domain."""

from typing import Any

from django.core.management.base import CommandParser

from portal.teams import domains
from portal.teams.management.command import Command as Base
from portal.teams.management.command import slug_argument, team_of


class Command(Base):
    """verify_domain SLUG DOMAIN"""

    help = "Vouch that an e-mail domain is this team's."

    def arguments(self, parser: CommandParser) -> None:
        """Take the domain."""
        slug_argument(parser)
        parser.add_argument("domain")

    def act(self, **o: Any) -> dict[str, Any]:
        """Vouch."""
        row = domains.vouch(team_of(o["slug"]), self.by, o["domain"])
        return {"domain": row.name, "verified_at": row.verified_at.isoformat() if row.verified_at else None}
