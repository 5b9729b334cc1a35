"""Statements that are compiled once: the query is the ORM's own, and only its values change from call to call.

To compile a query costs Django several times what it costs to run it (docs/decisions/0026). So what every call of an
identity provider asks is compiled at its first use, with a sample for each value, and kept as text for the process.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID, uuid4

import orjson
from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.models.query import ModelIterable, get_related_populators
from django.db.models.sql import DeleteQuery, UpdateQuery

ALIAS = DEFAULT_DB_ALIAS


# ── Values ───────────────────────────────────────────────────────────────────────────────────────────────────────────
def _sample(kind: type, number: int) -> Any:
    """Return a value that stands nowhere else in a statement, so that its place is found again."""
    if kind is UUID:
        return uuid4()
    if kind in (datetime, date):
        day = datetime(1900, 1, 1, tzinfo=UTC) + timedelta(days=number)
        return day if kind is datetime else day.date()
    if kind is Bound:
        return Bound(10**15 + number)
    return -(10**9) - number if kind is int else uuid4().hex


class Bound(int):
    """How many rows, or how many are left out before them: the bounds of a slice are a part of a statement's text."""


# Where a value stands, or might: the sample of a bound has 16 digits.
_PLACES = re.compile(r"%[%s]|\b\d{16}\b")


def _for_database(line: Any, values: Sequence[Any]) -> Sequence[Any]:
    """Return values as the engine takes them; what comes as a field's own type needs nothing more."""
    return values if line.vendor == "postgresql" else [_for_sqlite(line, value) for value in values]


def _for_sqlite(line: Any, value: Any) -> Any:
    if isinstance(value, UUID):
        return value.hex
    if isinstance(value, datetime):
        return line.ops.adapt_datetimefield_value(value)
    return line.ops.adapt_datefield_value(value) if isinstance(value, date) else value


Ran = tuple[Sequence[Sequence[Any]], int]
T = TypeVar("T")
# Waits for what was asked, and returns it.
Soon = Callable[[], T]


def run(sql: str, values: Sequence[Any], line: Any = None) -> Ran:
    """Run a statement that comes again and again, and is planned once; returns its rows, and how many it met."""
    line = line or connections[ALIAS]
    if line.vendor == "postgresql":
        return line.run_prepared(sql, values)  # type: ignore[no-any-return]
    with line.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall() if cursor.description else [], cursor.rowcount


def soon(sql: str, values: Sequence[Any], line: Any = None) -> Soon[Ran]:
    """Let a statement run with the next that is waited for: on PostgreSQL they travel together.

    What fails is raised by the one that is waited for, at the latest by COMMIT. Call what is returned to wait. Outside
    a transaction it runs at once.
    """
    line = line or connections[ALIAS]
    if line.vendor == "postgresql":
        return line.run_soon(sql, values)  # type: ignore[no-any-return]
    ran = run(sql, values, line)
    return lambda: ran


@dataclass(frozen=True)
class Text:
    """A statement's text with what stands in its places: a value's number, or a constant."""

    sql: str
    places: tuple[tuple[int, Any], ...]

    @classmethod
    def of(cls, line: Any, sql: str, parameters: Iterable[Any], samples: Sequence[Any]) -> "Text":
        """Find the samples again among the parameters and in LIMIT and OFFSET; one that is not there can't be given.

        Constants are spelled out: of a parameter no planner knows that an index of some rows alone holds all it needs.
        """
        known, coming = _for_database(line, samples), iter(parameters)
        places: list[tuple[int, Any]] = []

        def spell(mark: "re.Match[str]") -> str:
            if mark[0] == "%%":
                return "%%"
            value = next(coming) if mark[0] == "%s" else int(mark[0])
            number = known.index(value) if value in known else -1
            if number < 0 and isinstance(value, str | int) and not isinstance(value, bool):
                text = "'" + value.replace("'", "''") + "'" if isinstance(value, str) else f"{value:d}"
                return text.replace("%", "%%")
            places.append((number, value))
            return "%s"

        text = _PLACES.sub(spell, sql)
        if {number for number, _ in places} - {-1} != set(range(len(samples))):
            raise ValueError(f"a value has no place in: {sql}")
        return cls(text, tuple(places))

    def run(self, line: Any, values: Sequence[Any]) -> Ran:
        """Run the statement with these values; returns its rows, and how many it met."""
        return run(self.sql, self._filled(line, values), line)

    def soon(self, line: Any, values: Sequence[Any]) -> Soon[Ran]:
        """Do as `run`, with the next statement that is waited for."""
        return soon(self.sql, self._filled(line, values), line)

    def ahead(self, line: Any, values: Sequence[Any]) -> Soon[Ran]:
        """Do as `soon`, also outside a transaction: where a statement that is waited for follows in any case."""
        if line.vendor == "postgresql":
            return line.ask_ahead(self.sql, self._filled(line, values))  # type: ignore[no-any-return]
        return self.soon(line, values)

    def _filled(self, line: Any, values: Sequence[Any]) -> list[Any]:
        ready = _for_database(line, values)
        return [ready[number] if number >= 0 else constant for number, constant in self.places]


# ── Rows ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
class Shape:
    """How a query's rows become what the ORM would return: models with what was joined, or plain tuples."""

    def __init__(self, queryset: "models.QuerySet[Any]", compiler: Any) -> None:
        select, self.info = compiler.select, compiler.klass_info
        converters = compiler.get_converters([column[0] for column in select])
        self.converters = [
            (place, _quick(convert), expression) for place, (each, expression) in converters.items() for convert in each
        ]
        self.is_model = issubclass(queryset._iterable_class, ModelIterable)
        if self.is_model:
            fields = self.info["select_fields"]
            self.start, self.end = fields[0], fields[-1] + 1
            self.names = [column[0].target.attname for column in select[self.start : self.end]]
            self.joined = get_related_populators(self.info, select, ALIAS)  # type: ignore[call-arg]
            self.added = list(compiler.annotation_col_map.items())

    def built(self, rows: Iterable[Sequence[Any]]) -> list[Any]:
        """Return these rows as the ORM would."""
        if self.converters:
            rows = [self._converted(row) for row in rows]
        return [self.model(row) for row in rows] if self.is_model else [tuple(row) for row in rows]

    def _converted(self, row: Sequence[Any]) -> list[Any]:
        values, line = list(row), connections[ALIAS]
        for place, convert, expression in self.converters:
            values[place] = convert(values[place], expression, line)
        return values

    def model(self, row: Sequence[Any]) -> Any:
        """Return a row as a model."""
        made = self.info["model"].from_db(ALIAS, self.names, row[self.start : self.end])
        for populator in self.joined:
            populator.populate(row, made)
        for name, place in self.added:
            setattr(made, name, row[place])
        return made


def _quick(convert: Callable[..., Any]) -> Callable[..., Any]:
    """Return a quicker reader of JSON for Django's; ours holds no number that 64 bits do not."""
    field = getattr(convert, "__self__", None)
    return _from_json if isinstance(field, models.JSONField) and field.decoder is None else convert


def _from_json(text: str | None, _expression: object, _connection: object) -> Any:
    return None if text is None else orjson.loads(text)


class Select:
    """A query that is compiled at its first use: `build` makes it of one value for each of `kinds`."""

    def __init__(self, build: Callable[..., "models.QuerySet[Any]"], *kinds: type) -> None:
        self.build, self.kinds = build, kinds
        self.by_engine: dict[str, tuple[Text, Shape]] = {}

    def _compiled(self, line: Any) -> tuple[Text, Shape]:
        return self.by_engine.get(line.vendor) or self.by_engine.setdefault(line.vendor, self._compile(line))

    def _compile(self, line: Any) -> tuple[Text, Shape]:
        samples = [_sample(kind, number) for number, kind in enumerate(self.kinds)]
        queryset = self.build(*samples)
        compiler = queryset.query.get_compiler(ALIAS)
        sql, parameters = compiler.as_sql()
        return Text.of(line, sql, parameters, samples), Shape(queryset, compiler)

    def __call__(self, *values: Any) -> list[Any]:
        """Return what the query finds, as the ORM would."""
        line = connections[ALIAS]
        text, shape = self._compiled(line)
        return shape.built(text.run(line, values)[0])

    def soon(self, *values: Any) -> Soon[list[Any]]:
        """Ask with the next statement that is waited for."""
        line = connections[ALIAS]
        text, shape = self._compiled(line)
        ran = text.soon(line, values)
        return lambda: shape.built(ran()[0])

    def ahead(self, *values: Any) -> Soon[list[Any]]:
        """Ask with the next statement, which follows in any case and is waited for, also outside a transaction."""
        line = connections[ALIAS]
        text, shape = self._compiled(line)
        ran = text.ahead(line, values)
        return lambda: shape.built(ran()[0])

    @property
    def columns(self) -> str:
        """The text of the columns, for a statement that returns the same rows (UPDATE … RETURNING)."""
        return self._compiled(connections[ALIAS])[0].sql.removeprefix("SELECT ").partition(" FROM ")[0]

    def built(self, row: Sequence[Any]) -> Any:
        """Return one such row as the ORM would; what stands behind its columns is left alone."""
        return self._compiled(connections[ALIAS])[1].built([row])[0]

    def first(self, *values: Any) -> Any:
        """Return the first row, or None."""
        return next(iter(self(*values)), None)


class _Write:
    def __init__(self, build: Callable[..., Any], *kinds: type) -> None:
        self.build, self.kinds = build, kinds
        self.by_engine: dict[str, Text] = {}

    def _query(self, built: Any) -> Any:
        raise NotImplementedError

    def _compiled(self, line: Any) -> Text:
        return self.by_engine.get(line.vendor) or self.by_engine.setdefault(line.vendor, self._compile(line))

    def _compile(self, line: Any) -> Text:
        samples = [_sample(kind, number) for number, kind in enumerate(self.kinds)]
        sql, parameters = self._query(self.build(*samples)).get_compiler(ALIAS).as_sql()
        return Text.of(line, sql, parameters, samples)

    def __call__(self, *values: Any) -> int:
        """Change the rows; returns how many."""
        line = connections[ALIAS]
        return self._compiled(line).run(line, values)[1]

    def soon(self, *values: Any) -> Soon[int]:
        """Change the rows with the next statement that is waited for."""
        line = connections[ALIAS]
        ran = self._compiled(line).soon(line, values)
        return lambda: ran()[1]


class Update(_Write):
    """An UPDATE that is compiled at its first use: `build` makes the query of the rows and the values they get."""

    def _query(self, built: tuple["models.QuerySet[Any]", dict[str, Any]]) -> Any:
        rows, values = built
        query: Any = rows.query.chain(UpdateQuery)
        query.add_update_values(values)
        return query


class Delete(_Write):
    """A DELETE that is compiled at its first use: `build` makes the query of the rows, to which nothing refers."""

    def _query(self, built: "models.QuerySet[Any]") -> Any:
        return built.query.chain(DeleteQuery)
