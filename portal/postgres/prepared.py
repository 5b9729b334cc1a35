"""Statements that come again and again, run by libpq itself: prepared once in a connection, then only values are sent.

A cursor of psycopg's does the same in twice the time, and forgets all it prepared at each rollback. Its parts are used
for what is hard: values to text and back (`Transformer`), and errors.
"""

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import Connection, OperationalError, errors, pq
from psycopg.adapt import AdaptersMap, PyFormat, Transformer
from psycopg.postgres import types

Ran = tuple[list[tuple[Any, ...]], int]
# No name comes twice in a process: a pool may hand a connection on with what was prepared there.
_NUMBERS = itertools.count()
_PLAN_IS_GONE = (errors.FeatureNotSupported, errors.InvalidSqlStatementName)
_DONE = (pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK)


@dataclass
class _Context:
    """What a `Transformer` goes by."""

    connection: "Connection[Any]"
    adapters: AdaptersMap


class Prepared:
    """What one connection has prepared."""

    def __init__(self, connection: "Connection[Any]") -> None:
        self.connection, self.line = connection, connection.pgconn
        # Django's loader of moments puts its time zone in place of the session's, which is the same: UTC.
        quick: Any = psycopg.adapters.get_loader(types["timestamptz"].oid, pq.Format.TEXT)
        adapters = AdaptersMap(connection.adapters)
        adapters.register_loader("timestamptz", quick)
        self.values = Transformer(_Context(connection, adapters))
        self.names: dict[tuple[str, tuple[int, ...] | None], bytes] = {}

    def run(self, sql: str, values: Sequence[Any]) -> Ran:
        """Run a statement with a `%s` for each value; returns its rows, and how many it met."""
        sent: Any = self.values.dump_sequence(values, [PyFormat.AUTO] * len(values))
        kind = sql, self.values.types
        name = self.names.get(kind) or self._prepare(*kind)
        if not self.connection.autocommit and self.line.transaction_status == pq.TransactionStatus.IDLE:
            self._done(self.line.exec_(b"BEGIN"))
        try:
            result = self._done(self.line.exec_prepared(name, sent, self.values.formats))
        except _PLAN_IS_GONE:
            # By a migration, or with the server's side of a pooler; it is made anew the next time.
            del self.names[kind]
            raise
        self.values.set_pgresult(result)
        rows = self.values.load_rows(0, result.ntuples, tuple)
        self.values.set_pgresult(None)
        return rows, result.command_tuples or 0

    def _prepare(self, sql: str, types: tuple[int, ...] | None) -> bytes:
        count = itertools.count(1)
        numbered = re.sub("%[%s]", lambda mark: "%" if mark[0] == "%%" else f"${next(count)}", sql)
        name = b"seatgate_%d" % next(_NUMBERS)
        self._done(self.line.prepare(name, numbered.encode(), types))
        self.names[sql, types] = name
        return name

    def _done(self, result: Any) -> Any:
        if result.status in _DONE:
            return result
        if self.line.status != pq.ConnStatus.OK:
            raise OperationalError(self.line.get_error_message())
        raise errors.error_from_result(result, encoding="utf-8")
