"""Delete what was kept for long enough."""

from typing import Any

from django.core.management.base import CommandParser

from portal.teams import retention
from portal.teams.management.command import Command as Base


class Command(Base):
    """purge [--dry-run]"""

    help = "Delete what was kept for long enough (KEEP_…_DAYS); the worker does it each hour by itself."

    def arguments(self, parser: CommandParser) -> None:
        """Take --dry-run."""
        parser.add_argument("--dry-run", action="store_true", help="say what would go, and delete nothing")

    def act(self, **o: Any) -> dict[str, Any]:
        """Purge, and say how many of each went."""
        return dict(retention.purge(dry_run=o["dry_run"]))
