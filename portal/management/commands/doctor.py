"""Look at the installation and say what is wrong, each with its fix."""

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError, InterfaceError
from django.utils.translation import gettext as _

from portal.teams.registry import Diagnosis, registry

NEEDED = ("database", "migrations")
MARKS = {"ok": "ok  ", "warn": "WARN", "bad": "BAD "}


class Command(BaseCommand):
    """doctor [--json]"""

    help = "Look at keys, addresses, mail, database, worker and disk; exit 1 where something is bad."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take --json."""
        parser.add_argument("--json", action="store_true", help="print one JSON object on one line")

    def handle(self, **options: Any) -> None:
        """Print every finding."""
        found = list(examined())
        bad = sum(finding.state == "bad" for finding in found)
        if options["json"]:
            rows = [vars(finding) for finding in found]
            self.stdout.write(json.dumps({"bad": bad, "findings": rows}, default=str))
        else:
            for finding in found:
                self.stdout.write(f"{MARKS[finding.state]} {finding.check}: {finding.words}")
                if finding.fix:
                    self.stdout.write(f"     → {finding.fix}")
        if bad:
            raise SystemExit(1)


def examined() -> Iterator[Diagnosis]:
    """Ask each in turn; where there is no migrated database, what would ask it is left out."""
    for doctor in registry.doctors:
        found = list(look(doctor))
        yield from found
        if any(finding.check in NEEDED and finding.state == "bad" for finding in found):
            return


def look(doctor: Callable[[], Iterable[Diagnosis]]) -> Iterator[Diagnosis]:
    """Ask one; what can't be looked at is a finding too, and hides none of the others."""
    try:
        yield from doctor()
    except Exception as error:
        away = isinstance(error, DatabaseError | InterfaceError)
        fix = _("Look at DATABASE_URL, and whether the database runs.") if away else ""
        words = _("It could not be looked at: {error}.").format(
            error=f"{type(error).__name__}: {error}".splitlines()[0]
        )
        name = getattr(doctor, "__name__", "").replace("_", " ")
        yield Diagnosis(name, "bad", words, fix)
