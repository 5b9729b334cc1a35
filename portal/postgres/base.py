"""Django's PostgreSQL, and what every call gains by: prepared statements, and no question before the first.

Figures: docs/decisions/0031-prepared-statements.md.
"""

import select
from collections.abc import Sequence
from typing import Any

from django.db.backends.postgresql import base

from portal.postgres.prepared import Prepared, Ran


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection to PostgreSQL."""

    prepared: Prepared | None = None

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Connect; nothing is prepared there yet."""
        self.prepared = None
        return super().get_new_connection(conn_params)

    def run_prepared(self, sql: str, values: Sequence[Any]) -> Ran:
        """Run a statement that comes again and again; returns its rows, and how many it met.

        It is a cursor's where statements are watched (`CaptureQueriesContext`, `execute_wrapper`) or not prepared.
        """
        if self.queries_logged or self.execute_wrappers or not self.settings_dict["PREPARED_STATEMENTS"]:
            with self.cursor() as cursor:
                cursor.execute(sql, values)
                return cursor.fetchall() if cursor.description else [], cursor.rowcount
        if self.connection is None or not self.health_check_done:  # type: ignore[attr-defined]
            self.close_if_health_check_failed()
            self.ensure_connection()
        self.validate_no_broken_transaction()
        with self.wrap_database_errors:
            if self.prepared is None:
                self.prepared = Prepared(self.connection)
            return self.prepared.run(sql, values)

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
