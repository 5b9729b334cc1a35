"""Turn SCIM on and issue a token."""

import argparse
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser

from portal.teams.management.command import Command as Base
from portal.teams.management.command import slug_argument, team_of
from scim import switch


class Command(Base):
    """enable_scim SLUG [--groups/--no-groups]"""

    help = "Turn SCIM on and print the token, once."

    def arguments(self, parser: CommandParser) -> None:
        """Take the switch for groups, which are served unless it was turned off."""
        slug_argument(parser)
        parser.add_argument("--groups", action=argparse.BooleanOptionalAction, default=None)

    def act(self, **o: Any) -> dict[str, Any]:
        """Turn on."""
        team = team_of(o["slug"])
        token = switch.turn_on(team, self.by, groups=o["groups"])
        base = f"{settings.BASE_URL}/scim/v2"
        return {"base_url": base, "tenant_base_url": f"{base}/{team.pk}", "token": token}
