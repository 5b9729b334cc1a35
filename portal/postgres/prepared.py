"""Statements that come again and again, run by libpq itself: prepared once in a connection, then only values are sent.

A cursor of psycopg's does the same in twice the time, and forgets all it prepared at each rollback. Its parts are used
for what is hard: values to text and back (`Transformer`), and errors.

What need not be waited for is put in a queue and travels with the next statement that is: most of a statement's time is
the way there and back (libpq's pipeline mode; docs/decisions/0033-one-trip-for-many-statements.md).
"""

import itertools
import re
import select
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import Connection, InterfaceError, OperationalError, errors, pq
from psycopg.adapt import AdaptersMap, PyFormat, Transformer
from psycopg.postgres import types

Ran = tuple[list[tuple[Any, ...]], int]
# Waits until a statement has run, and returns its rows and how many it met.
Soon = Callable[[], Ran]
# No name comes twice in a process: a pool may hand a connection on with what was prepared there.
_NUMBERS = itertools.count()
_PLAN_IS_GONE = (errors.FeatureNotSupported, errors.InvalidSqlStatementName)
_DONE = (pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK)


@dataclass
class _Context:
    """What a `Transformer` goes by."""

    connection: "Connection[Any]"
    adapters: AdaptersMap


@dataclass(eq=False, slots=True)
class _Statement:
    """A statement on its way: its text with its values' types, its name, its values as text, what came of it."""

    kind: tuple[str, tuple[int, ...] | None]
    name: bytes
    values: Any
    formats: Any
    result: Any = None


class Prepared:
    """What one connection has prepared, and what it has not sent yet."""

    def __init__(self, connection: "Connection[Any]") -> None:
        self.connection, self.line = connection, connection.pgconn
        # Django's loader of moments puts its time zone in place of the session's, which is the same: UTC.
        quick: Any = psycopg.adapters.get_loader(types["timestamptz"].oid, pq.Format.TEXT)
        adapters = AdaptersMap(connection.adapters)
        adapters.register_loader("timestamptz", quick)
        self.values = Transformer(_Context(connection, adapters))
        self.names: dict[tuple[str, tuple[int, ...] | None], bytes] = {}
        self.queue: list[_Statement] = []
        self.heard, self.ready = select.poll(), select.poll()
        self.heard.register(self.line.socket, select.POLLIN)
        self.ready.register(self.line.socket, select.POLLIN | select.POLLOUT)

    def soon(self, sql: str, values: Sequence[Any]) -> Soon:
        """Put a statement with a `%s` for each value in the queue; it runs when something is waited for."""
        statement = self._put(sql, values)
        return lambda: self._wait(statement)

    def run(self, sql: str, values: Sequence[Any]) -> Ran:
        """Run a statement, behind what is in the queue; returns its rows, and how many it met."""
        return self._wait(self._put(sql, values))

    def settle(self) -> None:
        """Run what is in the queue."""
        if self.queue:
            self._send()

    def commit(self) -> None:
        """Run what is in the queue and, where nothing of it failed, commit."""
        self._send(b"COMMIT")

    def can_commit(self) -> bool:
        """Say whether there is a transaction of which nothing has failed yet, or one is to begin."""
        return bool(self.queue) or self.line.transaction_status == pq.TransactionStatus.INTRANS

    def drop(self) -> None:
        """Forget what is in the queue: what it belongs to is rolled back."""
        self.queue.clear()

    def _put(self, sql: str, values: Sequence[Any]) -> _Statement:
        sent: Any = self.values.dump_sequence(values, [PyFormat.AUTO] * len(values))
        kind = sql, self.values.types
        statement = _Statement(kind, self.names.get(kind) or self._prepare(*kind), sent, self.values.formats)
        self.queue.append(statement)
        return statement

    def _prepare(self, sql: str, types: tuple[int, ...] | None) -> bytes:
        count = itertools.count(1)
        numbered = re.sub("%[%s]", lambda mark: "%" if mark[0] == "%%" else f"${next(count)}", sql)
        name = b"seatgate_%d" % next(_NUMBERS)
        self._checked(self.line.prepare(name, numbered.encode(), types))
        self.names[sql, types] = name
        return name

    def _wait(self, statement: _Statement) -> Ran:
        if statement in self.queue:
            self._send()
        result = statement.result
        if result is None:
            raise InterfaceError("the statement was rolled back before it ran, or failed")
        self.values.set_pgresult(result)
        rows = self.values.load_rows(0, result.ntuples, tuple)
        self.values.set_pgresult(None)
        return rows, result.command_tuples or 0

    def _send(self, last: bytes = b"") -> None:
        """Send the queue, BEGIN before it where a transaction is due and `last` behind it; one trip there and back."""
        queue, self.queue = self.queue, []
        begins = not self.connection.autocommit and self.line.transaction_status == pq.TransactionStatus.IDLE
        if len(queue) == 1 and not begins and not last:
            (only,) = queue
            results = [self.line.exec_prepared(only.name, only.values, only.formats)]
        else:
            results = self._piped(b"BEGIN" if begins else b"", queue, last)
        if begins:
            self._checked(results.pop(0))
        for statement, result in zip(queue, results, strict=False):
            self._take(statement, result)
        if last:
            self._checked(results[-1])

    def _piped(self, first: bytes, queue: list[_Statement], last: bytes) -> list[Any]:
        line, results = self.line, []
        line.enter_pipeline_mode()
        if first:
            line.send_query_params(first, None)
        for statement in queue:
            line.send_query_prepared(statement.name, statement.values, statement.formats)
        if last:
            line.send_query_params(last, None)
        line.pipeline_sync()
        # Never by `get_result` alone, which would keep all other threads from running while it waits for a lock.
        while line.flush():
            if any(event & select.POLLIN for _, event in self.ready.poll()):
                line.consume_input()
        while True:
            while line.is_busy():
                self.heard.poll()
                line.consume_input()
            result = line.get_result()
            if result is None:
                self._require_line()
            elif result.status == pq.ExecStatus.PIPELINE_SYNC:
                break
            else:
                results.append(result)
        line.exit_pipeline_mode()
        return results

    def _take(self, statement: _Statement, result: Any) -> None:
        try:
            statement.result = self._checked(result)
        except _PLAN_IS_GONE:
            # By a migration, or with the server's side of a pooler; it is made anew the next time.
            self.names.pop(statement.kind, None)
            raise

    def _checked(self, result: Any) -> Any:
        if result.status in _DONE:
            return result
        self._require_line()
        raise errors.error_from_result(result, encoding="utf-8")

    def _require_line(self) -> None:
        if self.line.status != pq.ConnStatus.OK:
            raise OperationalError(self.line.get_error_message())
