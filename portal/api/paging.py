"""Pages of a list: a cursor names a position in the order, so that whoever stays is met once whatever changes."""

from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Model, Q, QuerySet

M = TypeVar("M", bound=Model)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def page(rows: "QuerySet[M]", asked: dict[str, Any], moment: str = "created_at") -> tuple[list[M], str | None]:
    """Return a page of rows in the order of a moment and the id, and the cursor of the next; one statement."""
    if "cursor" in asked:
        at, row_id = _read(asked["cursor"])
        later, same = Q(**{f"{moment}__gt": at}), Q(**{moment: at}, id__gt=row_id)
        rows = rows.filter(Q(**{f"{moment}__gte": at}) & (later | same))
    found = list(rows.order_by(moment, "id")[: asked["limit"] + 1])
    shown = found[: asked["limit"]]
    return shown, _written(shown[-1], moment) if len(found) > len(shown) else None


def _written(row: Model, moment: str) -> str:
    at: datetime = getattr(row, moment)
    return f"{(at - EPOCH) // timedelta(microseconds=1)}_{row.pk.hex}"


def _read(text: str) -> tuple[datetime, UUID]:
    """Read a cursor; the question that brought it has seen to its form, and each of that form is a place."""
    microseconds, _mark, row_id = text.partition("_")
    return EPOCH + timedelta(microseconds=int(microseconds)), UUID(row_id)
