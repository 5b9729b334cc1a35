"""The journal is append-only: triggers refuse UPDATE and DELETE of an event unless the one named switch is open."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction

JOURNAL, GATE = "teams_event", "teams_journalgate"
VERBS = ("UPDATE", "DELETE")

FUNCTION = """
CREATE OR REPLACE FUNCTION teams_journal_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM teams_journalgate WHERE is_open) THEN
    RAISE EXCEPTION 'the journal is append-only';
  END IF;
  IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
  RETURN NEW;
END $$
"""
TRIGGERS = """
CREATE OR REPLACE TRIGGER teams_journal_update BEFORE UPDATE ON teams_event
  FOR EACH ROW EXECUTE FUNCTION teams_journal_guard();
CREATE OR REPLACE TRIGGER teams_journal_delete BEFORE DELETE ON teams_event
  FOR EACH ROW EXECUTE FUNCTION teams_journal_guard();
"""
SQLITE = """
CREATE TRIGGER IF NOT EXISTS teams_journal_{verb} BEFORE {verb} ON teams_event
WHEN NOT EXISTS (SELECT 1 FROM teams_journalgate WHERE is_open)
BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END
"""


def install() -> None:
    """Put the triggers on the journal; doing it twice is harmless, and waits for nobody who writes there."""
    guarded = installed() == len(VERBS)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(FUNCTION)
            if not guarded:
                cursor.execute(TRIGGERS)
        else:
            for verb in VERBS:
                cursor.execute(SQLITE.format(verb=verb.lower()))


def installed() -> int:
    """Count the triggers that guard the journal; two is right."""
    names = [f"teams_journal_{verb.lower()}" for verb in VERBS]
    # Of this schema's journal: while a restore is verified, the one of before stands beside it.
    postgres = (
        "SELECT COUNT(*) FROM pg_trigger WHERE tgrelid = to_regclass('teams_event') AND tgname IN (%s, %s)"
        " AND tgenabled = 'O' AND tgfoid = to_regproc('teams_journal_guard')"
    )
    sqlite = "SELECT COUNT(*) FROM sqlite_master WHERE name IN (%s, %s)"
    with connection.cursor() as cursor:
        cursor.execute(postgres if connection.vendor == "postgresql" else sqlite, names)
        return int(cursor.fetchone()[0])


def install_after_migrate(**_: Any) -> None:
    """Put the triggers back wherever the journal's tables stand."""
    if {JOURNAL, GATE} <= set(connection.introspection.table_names()):
        install()


@contextmanager
def opened() -> Iterator[None]:
    """Open the journal for purge and for deleting a team's test data, within one transaction."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {GATE} (id, is_open) VALUES (1, TRUE)")  # noqa: S608
        yield
        cursor.execute(f"DELETE FROM {GATE}")  # noqa: S608
