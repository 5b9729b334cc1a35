"""Cursors (RFC 9865): where a list goes on, sealed, so that nobody can read, alter or carry one to another query.

A cursor names a position in the order, not a page: whoever is added, changed or deleted meanwhile, each person who
stays is met once.
"""

import base64
import hashlib
import time
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import orjson
from django.db.models import Model, Q, QuerySet
from django.db.models.functions import Left
from django.utils.translation import gettext as _

from portal.teams import sealed
from scim.protocol.errors import ExpiredCursor, InvalidCursor
from scim.protocol.json_sql import CodePoints

SECONDS = 3_600
# Of a long text only so much orders a list with cursors: a cursor has to fit into a URL.
SORTED_LENGTH = 200
# What a cursor holds on to: another filter or order is another list.
BOUND = ("filter", "sortBy", "sortOrder")


def place(team_id: UUID, kinds: list[str], query: Mapping[str, Any]) -> str:
    """Name the list that a cursor belongs to."""
    asked = orjson.dumps([kinds, *(str(query.get(name) or "") for name in BOUND)])
    return f"scim.cursor.{team_id}.{hashlib.sha256(asked).hexdigest()}"


def key(order: Any) -> Any:
    """Return what a list with cursors is ordered by."""
    return Left(order, SORTED_LENGTH) if isinstance(order, CodePoints) else order


def seal(where: str, last: Model, *, sort: bool) -> str:
    """Return the cursor that goes on after a row, in the unreserved characters of RFC 3986."""
    after = [last.sort_value if sort else None, last.created_at, last.pk]  # type: ignore[attr-defined]
    text = sealed.seal(orjson.dumps([int(time.time()), *after]).decode(), where)
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def unseal(where: str, text: str) -> list[Any]:
    """Return the position of a cursor that was given out for this very list."""
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True).decode()
        made, *after = orjson.loads(sealed.unseal(raw, where))
    except ValueError:
        raise InvalidCursor(_("The cursor belongs to no list of this filter and order. Start with none.")) from None
    if time.time() - made > SECONDS:
        raise ExpiredCursor(_("The cursor is older than {n} seconds. Start with none.").format(n=SECONDS))
    return list(after)


def beyond(rows: "QuerySet[Any]", after: list[Any], *, sort: bool, descending: bool) -> "QuerySet[Any]":
    """Return the rows that stand after a position."""
    value, created_at, row_id = after
    rest = Q(created_at__gte=created_at) & (Q(created_at__gt=created_at) | Q(id__gt=UUID(row_id)))
    if sort:
        field = rows.query.annotations["sort_value"].output_field
        value = field.to_python(value)
        rest = Q(**{f"sort_value__{'lt' if descending else 'gt'}": value}) | (Q(sort_value=value) & rest)
    return rows.filter(rest)
