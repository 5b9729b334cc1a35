"""What every command shares: `--json` prints one object on one line, and a refusal is a sentence, not a traceback."""

import json
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal.teams.actor import Actor, operator
from portal.teams.errors import Refusal
from portal.teams.models import Team


class Command(BaseCommand):
    """A command that acts for the operator and tells what came of it."""

    by: Actor = operator()

    def check(self, *_args: Any, **_options: Any) -> None:
        """Leave out Django's look at the code, for which it loads every page: longer than most commands take."""

    def add_arguments(self, parser: CommandParser) -> None:
        """Add `--json`, then what the command itself takes."""
        parser.add_argument("--json", action="store_true", help="print one JSON object on one line")
        self.arguments(parser)

    def arguments(self, parser: CommandParser) -> None:
        """Add the command's own arguments."""

    def act(self, **options: Any) -> dict[str, Any]:
        """Do it, and return what to print."""
        raise NotImplementedError

    def handle(self, **options: Any) -> None:
        """Run the act and print its result."""
        try:
            result = self.act(**options)
        except Refusal as refusal:
            raise CommandError(str(refusal)) from refusal
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        if options["json"]:
            self.stdout.write(json.dumps(result, default=str))
        else:
            for name, value in result.items():
                self.stdout.write(f"{name}: {value}")


def team_of(slug: str) -> Team:
    """Return the open team with this slug."""
    team = Team.every_team.filter(slug=slug, closed_at=None).first()
    if team is None:
        raise CommandError(f"There is no team {slug!r}.")
    return team


def slug_argument(parser: CommandParser) -> None:
    """Take the team's slug as the first argument."""
    parser.add_argument("slug", help="the team's slug")
