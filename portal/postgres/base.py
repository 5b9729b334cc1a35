"""Django's PostgreSQL, and two things that every call gains by: prepared statements, and no question before the first.

Figures: docs/decisions/0031-prepared-statements.md.
"""

import select
from typing import Any

from django.db.backends.postgresql import base, operations

SERVER_BINDS: Any = base.ServerBindingCursor


class DatabaseOperations(operations.DatabaseOperations):
    """What differs in words."""

    def last_executed_query(self, cursor: Any, sql: str, params: Any) -> str:
        """Say what was run; of what was prepared its text, for its values went apart."""
        return super().last_executed_query(cursor, sql, params) or sql


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection to PostgreSQL."""

    ops_class = DatabaseOperations

    def prepared_cursor(self) -> Any:
        """Open a cursor whose statements are prepared by the server once they come again; their values go apart."""
        self.close_if_health_check_failed()
        self.ensure_connection()
        line: Any = self
        with self.wrap_database_errors:
            return line._prepare_cursor(SERVER_BINDS(self.connection))

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
