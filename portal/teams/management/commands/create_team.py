"""Make a team with its owner seated."""

from typing import Any

from django.core.management.base import CommandParser
from django.core.validators import validate_email

from portal.teams import founding
from portal.teams.management.command import Command as Base
from portal.teams.management.command import slug_argument
from portal.teams.models import Plan


class Command(Base):
    """create_team SLUG --name N --seats N --owner EMAIL [--plan enterprise] [--entitle sso scim]"""

    help = "Make a team with its owner seated."

    def arguments(self, parser: CommandParser) -> None:
        """Take the team's name, seats, owner, plan and entitlements."""
        slug_argument(parser)
        parser.add_argument("--name", required=True)
        parser.add_argument("--seats", type=int, required=True)
        parser.add_argument("--owner", required=True, metavar="EMAIL")
        parser.add_argument("--plan", choices=Plan.values, default=Plan.BUSINESS)
        parser.add_argument("--entitle", nargs="*", choices=("sso", "scim"), default=[])

    def act(self, **o: Any) -> dict[str, Any]:
        """Create the team."""
        validate_email(o["owner"])
        team = founding.create(
            self.by, o["slug"], o["name"], bought=o["seats"], owner=o["owner"], plan=o["plan"],
            sso="sso" in o["entitle"], scim="scim" in o["entitle"],
        )  # fmt: skip
        return {"team_id": team.pk, "slug": team.slug, "seats": o["seats"], "owner": o["owner"]}
