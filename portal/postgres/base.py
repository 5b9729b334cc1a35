"""Django's PostgreSQL, and what every call gains by: prepared statements, and no question before the first.

Figures: docs/decisions/0031-prepared-statements.md.
"""

import select
from collections.abc import Sequence
from typing import Any

from django.db.backends import utils
from django.db.backends.postgresql import base

from portal.postgres.prepared import Prepared, Ran, Soon


class Behind:
    """A cursor's statements, each behind what was put off before it."""

    db: Any

    def _execute(self, *args: Any) -> Any:
        self.db.settle()
        return super()._execute(*args)  # type: ignore[misc]

    def _executemany(self, *args: Any) -> Any:
        self.db.settle()
        return super()._executemany(*args)  # type: ignore[misc]


class Cursor(Behind, utils.CursorWrapper):
    """A cursor that keeps the order of statements."""


class DebugCursor(Behind, base.CursorDebugWrapper):
    """One that logs its statements too."""


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection to PostgreSQL."""

    prepared: Prepared | None = None

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Connect; nothing is prepared there yet."""
        self.prepared = None
        return super().get_new_connection(conn_params)

    def run_prepared(self, sql: str, values: Sequence[Any]) -> Ran:
        """Run a statement that comes again and again; returns its rows, and how many it met."""
        prepared = self._prepared()
        if prepared is None:
            return self._by_cursor(sql, values)
        with self.wrap_database_errors:
            return prepared.run(sql, values)

    def run_soon(self, sql: str, values: Sequence[Any]) -> Soon:
        """Let a statement run with the next that is waited for, at the latest with COMMIT; outside `atomic` at once."""
        if self.in_atomic_block:
            return self.ask_ahead(sql, values)
        ran = self.run_prepared(sql, values)
        return lambda: ran

    def ask_ahead(self, sql: str, values: Sequence[Any]) -> Soon:
        """Put off a question also outside `atomic`: only where another statement, waited for, follows in any case."""
        prepared = self._prepared()
        if prepared is None:
            ran = self._by_cursor(sql, values)
            return lambda: ran
        with self.wrap_database_errors:
            return self.wrap_database_errors(prepared.soon(sql, values))

    def _prepared(self) -> Prepared | None:
        """Return what runs prepared statements; None where they are watched (`CaptureQueriesContext`) or not wanted."""
        if self.queries_logged or self.execute_wrappers or not self.settings_dict["PREPARED_STATEMENTS"]:
            return None
        if self.connection is None or not self.health_check_done:  # type: ignore[attr-defined]
            self.close_if_health_check_failed()
            self.ensure_connection()
        self.validate_no_broken_transaction()
        if self.prepared is None:
            self.prepared = Prepared(self.connection)
        return self.prepared

    def _by_cursor(self, sql: str, values: Sequence[Any]) -> Ran:
        with self.cursor() as cursor:
            cursor.execute(sql, values)
            return cursor.fetchall() if cursor.description else [], cursor.rowcount

    def settle(self) -> None:
        """Run what was put off: whatever else goes over the line goes behind it."""
        if self.prepared is not None:
            with self.wrap_database_errors:
                self.prepared.settle()

    def _cursor(self, name: str | None = None) -> Any:
        # For what a cursor can do besides: COPY, streams.
        self.settle()
        return super()._cursor(name)  # type: ignore[misc]

    def close_if_unusable_or_obsolete(self) -> None:
        """Leave nothing of one request to the next: a question whose answer nobody waited for."""
        if not self.in_atomic_block:
            self._drop()
        super().close_if_unusable_or_obsolete()

    def make_cursor(self, cursor: Any) -> Any:
        """Return a cursor whose statements go behind what was put off."""
        return Cursor(cursor, self)

    def make_debug_cursor(self, cursor: Any) -> Any:
        """Return one that logs its statements too."""
        return DebugCursor(cursor, self)

    def _commit(self) -> None:
        if self.connection is None or self.prepared is None or not self.prepared.can_commit():
            super()._commit()  # type: ignore[misc]
            return
        with utils.debug_transaction(self, "COMMIT"), self.wrap_database_errors:
            self.prepared.commit()

    def _rollback(self) -> None:
        self._drop()
        super()._rollback()  # type: ignore[misc]

    def _savepoint_rollback(self, sid: str) -> None:
        # A savepoint is a cursor's: what is in the queue was put there since.
        self._drop()
        super()._savepoint_rollback(sid)  # type: ignore[misc]

    def _drop(self) -> None:
        if self.prepared is not None:
            self.prepared.drop()

    def is_usable(self) -> bool:
        """Say whether the connection still lives; the server is asked only where its end of the line is not quiet.

        A server that stops, restarts or ends a connection leaves a message or the end of the stream there. One that
        answered with an error is not kept: it may hold plans that a migration has broken.
        """
        if self.connection is None or self.errors_occurred:
            return False
        return _is_quiet(self.connection) or super().is_usable()


def _is_quiet(connection: Any) -> bool:
    if connection.closed:
        return False
    heard = select.poll()
    heard.register(connection.fileno(), select.POLLIN | select.POLLPRI)
    return not heard.poll(0)
