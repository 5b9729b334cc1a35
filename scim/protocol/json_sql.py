"""What lies in a JSON column, as Django expressions: the one place where SQLite and PostgreSQL differ.

Absent is "" everywhere, as in the text columns, so that no comparison meets NULL. `JSONField`'s own `__contains` does
not exist on SQLite.
"""

from collections.abc import Sequence
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BooleanField, Expression, F, Func, Q, TextField
from django.db.models.sql.compiler import SQLCompiler

Sql = tuple[str, Sequence[Any]]


def _sqlite_path(steps: Sequence[str]) -> str:
    """Return a JSON path whose names may hold dots and colons (a URN)."""
    return "$" + "".join(f'."{step}"' for step in steps)


class JsonText(Func):
    """A text (or boolean, as 'true' and 'false') at a path of a JSON column, "" where there is none."""

    def __init__(self, column: str, steps: tuple[str, ...], truth: bool = False) -> None:
        super().__init__(F(column), output_field=TextField())
        self.steps, self.truth = steps, truth

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **_: Any) -> Any:
        """Read by `json_extract`; a boolean's JSON type is its name."""
        source, params = compiler.compile(self.source_expressions[0])
        reader = "json_type" if self.truth else "json_extract"
        return f"COALESCE({reader}({source}, %s), '')", (*params, _sqlite_path(self.steps))

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **_: Any) -> Sql:
        """Read by `jsonb_extract_path_text`."""
        source, params = compiler.compile(self.source_expressions[0])
        names = ", ".join(["%s::text"] * len(self.steps))
        return f"COALESCE(jsonb_extract_path_text({source}, {names}), '')", (*params, *self.steps)


class ElementText(Func):
    """A text (or boolean) of the element that the enclosing `AnyElement` is looking at, "" where there is none."""

    def __init__(self, name: str, truth: bool = False) -> None:
        super().__init__(output_field=TextField())
        self.name, self.truth = name, truth

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **_: Any) -> Any:
        """Read by `json_extract`; a boolean's JSON type is its name."""
        reader = "json_type" if self.truth else "json_extract"
        return f"COALESCE({reader}(item.value, %s), '')", (_sqlite_path((self.name,)),)

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **_: Any) -> Sql:
        """Read by `->>`."""
        return "COALESCE(item.value ->> %s::text, '')", (self.name,)


class AnyElement(Expression):
    """True where some element of a list in a JSON column meets a condition built of `ElementText`.

    `stand_in` is a column and the JSON list, its first value empty, that the column stands for where no list is
    stored.
    """

    def __init__(self, column: str, steps: tuple[str, ...], where: Q, stand_in: tuple[str, str] | None = None) -> None:
        super().__init__(output_field=BooleanField())
        self.steps = steps
        self.template = stand_in[1] if stand_in else ""
        self.sources: list[Any] = [F(column), where, *([F(stand_in[0])] if stand_in else [])]

    def get_source_expressions(self) -> list[Any]:
        """Return what Django resolves and relabels."""
        return self.sources

    def set_source_expressions(self, exprs: Sequence[Any]) -> None:
        """Take back what Django resolved."""
        self.sources = list(exprs)

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **_: Any) -> Sql:
        """Walk the list by `json_each`."""
        source, params = compiler.compile(self.sources[0])
        array, values = f"json_extract({source}, %s)", (*params, _sqlite_path(self.steps))
        if self.template:
            column, column_params = compiler.compile(self.sources[2])
            stand_in = f"CASE WHEN {column} <> '' THEN json_set(%s, '$[0].value', {column}) END"
            array = f"COALESCE({array}, {stand_in})"
            values = (*values, *column_params, self.template, *column_params)
        where, where_params = compiler.compile(self.sources[1])
        rows = f"json_each({array}) AS item"
        return f"EXISTS (SELECT 1 FROM {rows} WHERE {where})", (*values, *where_params)  # noqa: S608

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **_: Any) -> Sql:
        """Walk the list by `jsonb_array_elements`."""
        source, params = compiler.compile(self.sources[0])
        names = ", ".join(["%s::text"] * len(self.steps))
        array, values = f"jsonb_extract_path({source}, {names})", (*params, *self.steps)
        if self.template:
            column, column_params = compiler.compile(self.sources[2])
            stand_in = (
                f"CASE WHEN {column} <> '' THEN jsonb_set(%s::jsonb, '{{0,value}}', to_jsonb({column}::text)) END"
            )
            array = f"COALESCE({array}, {stand_in})"
            values = (*values, *column_params, self.template, *column_params)
        where, where_params = compiler.compile(self.sources[1])
        rows = f"jsonb_array_elements({array}) AS item(value)"
        return f"EXISTS (SELECT 1 FROM {rows} WHERE {where})", (*values, *where_params)  # noqa: S608


class CodePoints(Func):
    """A text in the order of its code points, as SQLite compares it anyhow."""

    arity = 1
    template = "%(expressions)s"
    output_field = TextField()

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **_: Any) -> Sql:
        """Order by collation C instead of the database's language."""
        return self.as_sql(compiler, connection, template='(%(expressions)s) COLLATE "C"')
