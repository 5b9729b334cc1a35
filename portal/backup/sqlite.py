"""SQLite: its online backup, which copies a consistent state while others write."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from django.db import connection

from portal.backup.archive import Manifest, Unusable, describe


def copy_to(target: Path) -> Manifest:
    """Copy the database, and describe the copy."""
    with connection.cursor():
        raw: sqlite3.Connection = connection.connection
    with closing(sqlite3.connect(target)) as copy:
        raw.backup(copy)
    return _described(target)


def _described(file: Path) -> Manifest:
    # What was copied is described, not what others have written since.
    live = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = str(file)
    try:
        return describe()
    finally:
        connection.close()
        connection.settings_dict["NAME"] = live


def is_empty() -> bool:
    """Say whether the database has no table yet."""
    return not connection.introspection.table_names()


@contextmanager
def replaced_by(copy: Path) -> Iterator[None]:
    """Put a copy in the database's place; where the block raises, what was there before comes back."""
    with closing(sqlite3.connect(copy)) as source:
        found = source.execute("PRAGMA integrity_check").fetchone()[0]
        if found != "ok":
            raise Unusable(f"SQLite finds the copy damaged: {found}")
        with closing(sqlite3.connect(":memory:")) as before, closing(_live()) as live:
            live.backup(before)
            source.backup(live)
            try:
                yield
            except BaseException:
                connection.close()
                before.backup(live)
                raise


def _live() -> sqlite3.Connection:
    connection.close()
    return sqlite3.connect(connection.settings_dict["NAME"], timeout=20)
