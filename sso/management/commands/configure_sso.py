"""Install an identity provider's metadata and turn single sign-on on."""

import argparse
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from portal.teams import policy
from portal.teams.acts import acting
from portal.teams.management.command import Command as Base
from portal.teams.management.command import slug_argument, team_of
from sso import connection as connections
from sso.models import IdpInitiated


class Command(Base):
    """configure_sso SLUG --metadata FILE [--jit/--no-jit] [--enforce] [--idp-initiated/--no-idp-initiated]"""

    help = "Install an identity provider's metadata and turn single sign-on on."

    def arguments(self, parser: CommandParser) -> None:
        """Take the file and the switches."""
        slug_argument(parser)
        parser.add_argument("--metadata", required=True, metavar="FILE", type=Path)
        parser.add_argument("--jit", action=argparse.BooleanOptionalAction, default=None)
        parser.add_argument("--enforce", action="store_true")
        parser.add_argument("--idp-initiated", action=argparse.BooleanOptionalAction, default=None)

    def act(self, **o: Any) -> dict[str, Any]:
        """Configure, all or none."""
        team = team_of(o["slug"])
        try:
            text = o["metadata"].read_bytes()
        except OSError as error:
            raise CommandError(f"{o['metadata']} can't be read: {error.strerror}.") from error
        answer = {True: IdpInitiated.ACCEPTED, False: IdpInitiated.REFUSED, None: IdpInitiated.CONVERTED}
        with acting(team, self.by):
            connection = connections.configure_from_metadata(team, self.by, text)
            connections.set_idp_initiated(team, self.by, answer[o["idp_initiated"]])
            if o["jit"] is not None:
                policy.set_jit(team, self.by, o["jit"])
            connections.turn_on(team, self.by)
            if o["enforce"]:
                connections.enforce(team, self.by, without_test=True)
        shown = {f"{page}_url": connections.url(team, page) for page in ("acs", "metadata", "login", "slo")}
        return {"sp_entity_id": connection.sp_entity_id, **shown}
