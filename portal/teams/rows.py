"""Rows written whole, by statements that are compiled once for each kind of row."""

from collections.abc import Sequence
from operator import attrgetter
from typing import Any

from django.db import DatabaseError, connections, models
from django.db.models.sql import InsertQuery

from portal.teams.compiled import ALIAS, run

# What PostgreSQL's driver takes from these as it is; a column of JSON has a text of its own for it.
_PLAIN = (
    models.CharField, models.TextField, models.BooleanField, models.UUIDField, models.DateTimeField, models.ForeignKey,
    models.IntegerField, models.BigIntegerField, models.PositiveIntegerField, models.PositiveSmallIntegerField,
)  # fmt: skip


class Columns:
    """The values of a kind of row in the order of some of its columns, as the engine stores them."""

    def __init__(self, line: Any, fields: Sequence[Any]) -> None:
        self.read = attrgetter(*(field.attname for field in fields))
        plain = [line.vendor == "postgresql" and type(field) in _PLAIN and not _sets_itself(field) for field in fields]
        self.worked_out = [(place, field) for place, field in enumerate(fields) if not plain[place]]

    def of(self, line: Any, row: models.Model, *, add: bool) -> list[Any]:
        """Return a row's values."""
        values = list(self.read(row))
        for place, field in self.worked_out:
            values[place] = field.get_db_prep_save(field.pre_save(row, add), connection=line)
        return values


def _sets_itself(field: Any) -> bool:
    return bool(getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False))


_INSERTS: dict[tuple[str, type[models.Model]], tuple[str, Columns]] = {}
_UPDATES: dict[tuple[str, type[models.Model]], tuple[str, Columns]] = {}


def insert(*rows: models.Model) -> None:
    """Insert rows as `save(force_insert=True)` of models without signals would; a number of its own stays unread.

    PostgreSQL takes rows of several tables in one statement, all or none.
    """
    line = connections[ALIAS]
    parts = [_inserted(line, row) for row in rows]
    if len(parts) > 1 and line.vendor == "postgresql":
        *first, (last, values) = parts
        named = ", ".join(f"row{number} AS ({sql})" for number, (sql, _values) in enumerate(first))
        values = [value for _sql, some in first for value in some] + values
        parts = [(f"WITH {named} {last}", values)]
    for sql, values in parts:
        run(sql, values, line)
    for row in rows:
        row._state.adding, row._state.db = False, ALIAS


def _inserted(line: Any, row: models.Model) -> tuple[str, list[Any]]:
    kind = line.vendor, type(row)
    sql, columns = _INSERTS.get(kind) or _INSERTS.setdefault(kind, _insertion(line, row))
    return sql, columns.of(line, row, add=True)


def _insertion(line: Any, row: models.Model) -> tuple[str, Columns]:
    fields = [field for field in row._meta.concrete_fields if not isinstance(field, models.AutoField)]
    query = InsertQuery(type(row))
    query.insert_values(fields, [row])
    ((sql, _parameters),) = query.get_compiler(ALIAS).as_sql()
    return sql, Columns(line, fields)


def update(row: models.Model) -> None:
    """Write every column of a row that is there, as `save(force_update=True)` of a model without signals would."""
    line = connections[ALIAS]
    kind = line.vendor, type(row)
    sql, columns = _UPDATES.get(kind) or _UPDATES.setdefault(kind, _rewriting(line, row))
    if not run(sql, columns.of(line, row, add=False), line)[1]:
        raise DatabaseError(f"there is no such row of {row._meta.label}")


def _rewriting(line: Any, row: models.Model) -> tuple[str, Columns]:
    fields = [field for field in row._meta.concrete_fields if not field.primary_key]
    quote = line.ops.quote_name
    key: Any = row._meta.pk
    sets = ", ".join(f"{quote(str(field.column))} = %s" for field in fields)
    sql = f"UPDATE {quote(row._meta.db_table)} SET {sets} WHERE {quote(key.column)} = %s"  # noqa: S608
    return sql, Columns(line, [*fields, key])
