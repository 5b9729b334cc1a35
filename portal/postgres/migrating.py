"""How an index comes and goes while the portal writes.

Django takes a foreign key down and puts it up again where only its index goes: that locks both tables, reads the whole
journal meanwhile, and meets the acts in the opposite order of their locks.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db.migrations import AddIndex, AlterField, RemoveIndex, SeparateDatabaseAndState
from django.db.migrations.operations.base import Operation
from django.db.transaction import atomic


class Concurrently(SeparateDatabaseAndState):
    """AddIndex, RemoveIndex, and AlterField that takes a key's index away, for a migration with `atomic = False`.

    On PostgreSQL each index goes and comes by itself, CONCURRENTLY: it waits for acts, under no lock that keeps others
    out. Where it is interrupted, the migration can run again from its start. Elsewhere they are Django's, all or none.
    """

    atomic = False

    def __init__(self, operations: Sequence[Operation]) -> None:
        super().__init__(operations, operations)

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Change the indexes."""
        with _as_it_can(self.database_operations, schema_editor.connection) as operations:
            SeparateDatabaseAndState(operations).database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Change them back."""
        with _as_it_can(self.database_operations, schema_editor.connection) as operations:
            SeparateDatabaseAndState(operations).database_backwards(app_label, schema_editor, from_state, to_state)


class _KeyWithoutIndex(AlterField):
    """A foreign key to a UUID stays; the index on it alone goes."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Drop the index, whatever it is called."""
        self._drop(schema_editor, to_state.apps.get_model(app_label, self.model_name))

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Create the index; what an interrupted attempt left of it goes first."""
        model = to_state.apps.get_model(app_label, self.model_name)
        self._drop(schema_editor, model)
        field = model._meta.get_field(self.name)
        schema_editor.execute(schema_editor._create_index_sql(model, fields=[field], concurrently=True))

    def _drop(self, schema_editor: Any, model: Any) -> None:
        connection, column = schema_editor.connection, model._meta.get_field(self.name).column
        kept = {index.name for index in model._meta.indexes}
        with connection.cursor() as cursor:
            found = connection.introspection.get_constraints(cursor, model._meta.db_table)
        for name, about in found.items():
            if about["index"] and not about["unique"] and about["columns"] == [column] and name not in kept:
                schema_editor.execute(schema_editor._delete_index_sql(model, name, concurrently=True))


_CONCURRENT = {AddIndex: AddIndexConcurrently, RemoveIndex: RemoveIndexConcurrently, AlterField: _KeyWithoutIndex}


@contextmanager
def _as_it_can(operations: Sequence[Operation], connection: Any) -> Iterator[list[Operation]]:
    """Give the operations as this database carries them out beside others that write."""
    if connection.vendor != "postgresql":
        with atomic(connection.alias):
            yield list(operations)
        return
    with connection.cursor() as cursor:
        # It waits for every transaction that is open on the table, a backup's too, and nobody waits for it.
        cursor.execute("SET statement_timeout = 0; SET lock_timeout = 0")
        try:
            yield [_CONCURRENT[type(each)](**each.deconstruct()[2]) for each in operations]
        finally:
            cursor.execute("RESET statement_timeout; RESET lock_timeout")
