"""List background work that was given up, and revive it."""

from typing import Any

from django.core.management.base import CommandError, CommandParser

from portal.outbound import work
from portal.teams.management.command import Command as Base
from portal.teams.registry import registry


class Command(Base):
    """work [--revive KIND [--row ID]]"""

    help = "Say what waits and what was given up of each kind of background work; --revive makes it due again."

    def arguments(self, parser: CommandParser) -> None:
        """Take what to revive."""
        parser.add_argument("--revive", metavar="KIND", help="make given up rows of this kind due again")
        parser.add_argument("--row", metavar="ID", help="only this row")

    def act(self, **o: Any) -> dict[str, Any]:
        """Revive, then list."""
        if o["revive"]:
            return {"revived": self._revive(o["revive"], o["row"])}
        for kind, row in work.dead():
            self.stderr.write(f"{kind.name} {row.pk}: {row.trouble}")
        depths = work.depths()
        return {each.name: {"due": each.due, "in hand": each.in_hand, "given up": each.dead} for each in depths}

    def _revive(self, name: str, key: str | None) -> int:
        try:
            kind = work.named(name)
        except LookupError as error:
            names = ", ".join(each.name for each in registry.works)
            raise CommandError(f"There is no kind of work {name!r}; there are: {names}.") from error
        keys = [row.pk for found, row in work.dead(at_most=100_000) if found is kind]
        return sum(work.revive(name, found) for found in keys if key in (None, str(found)))
