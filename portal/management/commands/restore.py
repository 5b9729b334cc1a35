"""Put a backup in the database's place."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from portal.backup import archive, engines
from portal.teams.management.command import Command as Base


class Command(Base):
    """restore FILE [--overwrite]"""

    help = "Put a backup in the database's place, migrate it and verify it. Stop server and worker first."

    def arguments(self, parser: CommandParser) -> None:
        """Take the file."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--overwrite", action="store_true", help="replace a database that is not empty")

    def act(self, **o: Any) -> dict[str, Any]:
        """Restore and verify; nothing is changed where either fails."""
        try:
            manifest = engines.restore(o["file"], o["overwrite"])
        except archive.Unusable as reason:
            raise CommandError(str(reason)) from reason
        return {"made at": manifest.made_at, "version": manifest.version, **manifest.rows, "differences": 0}
