"""Write a consistent copy of the database into one file."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from portal.backup import archive, engines
from portal.teams.management.command import Command as Base


class Command(Base):
    """backup FILE [--overwrite]"""

    help = "Write a consistent copy of the database into one file, while the portal works. Keys are not in it."

    def arguments(self, parser: CommandParser) -> None:
        """Take the file."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--overwrite", action="store_true", help="replace the file where it is there already")

    def act(self, **o: Any) -> dict[str, Any]:
        """Write it, and say what is in it."""
        try:
            manifest = engines.back_up(o["file"].absolute(), o["overwrite"])
        except archive.Unusable as reason:
            raise CommandError(str(reason)) from reason
        return {
            "file": o["file"], "bytes": o["file"].stat().st_size, "version": manifest.version, **manifest.rows,
            "keys needed": ", ".join(manifest.keys) or "none",
        }  # fmt: skip
