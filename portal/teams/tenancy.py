"""Tenancy by construction: a row of a team is reached through its team, never through an unscoped `.objects`."""

import uuid
from collections.abc import Callable, Collection
from functools import cache
from typing import Any, Self

import uuid_utils.compat
from django.db import models
from django.db.models.base import ModelState


def new_id() -> uuid.UUID:
    """Return a time-ordered UUID (RFC 9562, version 7), so that (created, id) is one stable order."""
    return uuid_utils.compat.uuid7()


class Row(models.Model):
    """A row that is read and made often: nothing of ours listens to its making, which costs Django most of it."""

    class Meta:
        abstract = True

    @classmethod
    def from_db(  # type: ignore[override]  # the stubs are Django 6's
        cls, db: str | None, field_names: Collection[str], values: Collection[Any]
    ) -> Self:
        """Make of what was read what `Model.from_db` would, without the signals around its making.

        What was not read is not in the row, and is read when it is asked for, as Django's `defer` has it.
        """
        row = cls.__new__(cls)
        row._state = ModelState()
        row._state.adding, row._state.db = False, db
        row.__dict__.update(zip(field_names, values, strict=True))
        return row

    @classmethod
    def made(cls, **values: Any) -> Self:
        """Make a new row as the constructor would of these fields, without the signals around its making."""
        row = cls.__new__(cls)
        row._state = ModelState()
        constants, drawn = _defaults(cls)
        row.__dict__.update(constants)
        for name, default in drawn:
            if name not in values:
                row.__dict__[name] = default()
        for name, value in values.items():
            setattr(row, name, value)
        return row


@cache
def _defaults(kind: type[models.Model]) -> tuple[dict[str, Any], list[tuple[str, Callable[[], Any]]]]:
    """Part the defaults of a kind of row: those that are always the same, and those that are made for each row."""
    fields = kind._meta.concrete_fields
    drawn = [field for field in fields if callable(field.default)]
    constants = {field.attname: field.get_default() for field in fields if field not in drawn}
    return constants, [(field.attname, field.get_default) for field in drawn]


class TenantModel(Row):
    """A row that belongs to one team; `every_team` is the unscoped manager, allowed in a short list of files."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)

    every_team: models.Manager[Any] = models.Manager()

    class Meta(Row.Meta):
        abstract = True
        default_manager_name = "every_team"
        base_manager_name = "every_team"
