"""Rows written whole, by statements that are compiled once for each kind of row."""

import json
from collections.abc import Sequence
from operator import attrgetter
from typing import Any

import orjson
from django.db import connections, models
from django.db.models.sql import InsertQuery
from psycopg.types.json import Jsonb

from portal.teams.compiled import ALIAS, Ran, Soon, soon

# What PostgreSQL's driver takes from these as it is; a column of JSON has a text of its own for it.
_PLAIN = (
    models.CharField, models.TextField, models.BooleanField, models.UUIDField, models.DateTimeField, models.ForeignKey,
    models.IntegerField, models.BigIntegerField, models.PositiveIntegerField, models.PositiveSmallIntegerField,
)  # fmt: skip


class Columns:
    """The values of a kind of row in the order of some of its columns, as the engine stores them."""

    def __init__(self, line: Any, fields: Sequence[Any]) -> None:
        self.read = attrgetter(*(field.attname for field in fields))
        plain, as_json = [], []
        for place, field in enumerate(fields):
            if line.vendor == "postgresql" and type(field) in _PLAIN and not _sets_itself(field):
                plain.append(place)
            elif line.vendor == "postgresql" and type(field) is models.JSONField and field.encoder is None:
                as_json.append(place)
        self.as_json = as_json
        self.worked_out = [(n, field) for n, field in enumerate(fields) if n not in plain and n not in as_json]

    def of(self, line: Any, row: models.Model, *, add: bool) -> list[Any]:
        """Return a row's values."""
        values = list(self.read(row))
        for place in self.as_json:
            if values[place] is not None:
                values[place] = Jsonb(values[place], _as_json)
        for place, field in self.worked_out:
            values[place] = field.get_db_prep_save(field.pre_save(row, add), connection=line)
        return values


def _as_json(value: Any) -> bytes:
    try:
        return orjson.dumps(value)
    except TypeError:
        # Names that are numbers, and numbers of more than 64 bits: allauth keeps the first in a session.
        return json.dumps(value).encode()


def _sets_itself(field: Any) -> bool:
    return bool(getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False))


# An engine's text for a kind of row, and the columns whose values go into it.
Writing = tuple[str, Columns]
_INSERTS: dict[tuple[str, type[models.Model]], Writing] = {}
_SUMS: dict[tuple[str, type[models.Model]], Writing] = {}
_UPDATES: dict[tuple[str, type[models.Model]], Writing] = {}


def insert(row: models.Model) -> None:
    """Insert a row as `save(force_insert=True)` of a model without signals would; a number of its own stays unread."""
    insert_soon(row)()


def insert_soon(row: models.Model) -> Soon[Ran]:
    """Insert a row with the next statement that is waited for."""
    line = connections[ALIAS]
    kind = line.vendor, type(row)
    sql, columns = _INSERTS.get(kind) or _INSERTS.setdefault(kind, _insertion(line, row))
    row._state.adding, row._state.db = False, ALIAS
    return soon(sql, columns.of(line, row, add=True), line)


def _insertion(line: Any, row: models.Model) -> Writing:
    fields = [field for field in row._meta.concrete_fields if not isinstance(field, models.AutoField)]
    query = InsertQuery(type(row))
    query.insert_values(fields, [row])
    ((sql, _parameters),) = query.get_compiler(ALIAS).as_sql()
    return sql, Columns(line, fields)


def sum_up_soon(row: models.Model, *, once: Sequence[str], sums: Sequence[str]) -> None:
    """Insert a row, or add it to the one that has the same values in `once`: `sums` are added, the rest replaced."""
    line = connections[ALIAS]
    kind = line.vendor, type(row)
    sql, columns = _SUMS.get(kind) or _SUMS.setdefault(kind, _summing(line, row, once, sums))
    soon(sql, columns.of(line, row, add=True), line)


def _summing(line: Any, row: models.Model, once: Sequence[str], sums: Sequence[str]) -> Writing:
    insertion, columns = _insertion(line, row)
    fields, quote = row._meta, line.ops.quote_name
    key = {field.attname for field in fields.concrete_fields if field.primary_key or field.name in once}
    sets = ", ".join(
        f"{quote(field.column)} = "
        + (f"{quote(fields.db_table)}.{quote(field.column)} + " if field.name in sums else "")
        + f"excluded.{quote(field.column)}"
        for field in fields.concrete_fields
        if field.attname not in key
    )
    met = ", ".join(quote(field.column) for field in fields.concrete_fields if field.name in once)
    return f"{insertion} ON CONFLICT ({met}) DO UPDATE SET {sets}", columns


def update_soon(row: models.Model) -> None:
    """Write every column of a row that this transaction holds, as `save(force_update=True)` would without signals."""
    line = connections[ALIAS]
    kind = line.vendor, type(row)
    sql, columns = _UPDATES.get(kind) or _UPDATES.setdefault(kind, _rewriting(line, row))
    soon(sql, columns.of(line, row, add=False), line)


def _rewriting(line: Any, row: models.Model) -> Writing:
    fields = [field for field in row._meta.concrete_fields if not field.primary_key]
    quote = line.ops.quote_name
    key: Any = row._meta.pk
    sets = ", ".join(f"{quote(str(field.column))} = %s" for field in fields)
    sql = f"UPDATE {quote(row._meta.db_table)} SET {sets} WHERE {quote(key.column)} = %s"  # noqa: S608
    return sql, Columns(line, [*fields, key])
