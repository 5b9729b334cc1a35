"""Lists (RFC 7644 sections 3.4.2.1 to 3.4.2.4): filter, sort, page, as a ListResponse in one stable order."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from scim.protocol import document, filters, projection
from scim.protocol.attribute import Resource
from scim.protocol.errors import InvalidValue
from scim.protocol.schemas import LIST_RESPONSE

DEFAULT_PAGE, MAX_RESULTS = 100, 200
FAR = 10**15
_WHOLE = re.compile(r"[+-]?\d+", re.ASCII)


# What is computed beside the rows, by the row's id: asked once a page, with what of it is to be shown.
Extras = Callable[[Sequence[Any], projection.Projection | None], Mapping[Any, Mapping[str, Any]]]


def page(
    resource: Resource, rows: "QuerySet[Any]", query: Mapping[str, Any], base_url: str, extras: Extras
) -> dict[str, Any]:
    """Return one page of what the query asks of these rows."""
    if query.get("filter"):
        rows = rows.filter(filters.compile(resource, query["filter"]))
    start, count = max(1, _number(query, "startIndex", 1)), _number(query, "count", DEFAULT_PAGE)
    count = min(max(0, count), MAX_RESULTS)
    shown = projection.project(resource, [query.get("attributes", "")], [query.get("excludedAttributes", "")])
    ordered = _sorted(resource, rows, query)
    if resource.store_folded:
        ordered = ordered.defer(resource.store_folded)
    wanted = list(ordered[start - 1 : start - 1 + count]) if count else []
    more = extras(wanted, shown) if wanted else {}
    found = [
        document.render(resource, row, base_url=base_url, projection=shown, extra=more.get(row.pk, document.NOTHING))
        for row in wanted
    ]
    # A page that is not full is the last one and tells the total, unless it lies beyond the end.
    is_last = len(found) < count and (found or start == 1)
    total = start - 1 + len(found) if is_last else rows.count()
    return {
        "schemas": [LIST_RESPONSE],
        "totalResults": total,
        "startIndex": start,
        "itemsPerPage": len(found),
        "Resources": found,
    }


def _sorted(resource: Resource, rows: "QuerySet[Any]", query: Mapping[str, Any]) -> "QuerySet[Any]":
    """Order by sortBy where it is given, and always by (created, id): the same order on every call (Okta's import)."""
    order: list[Any] = []
    if query.get("sortBy"):
        key = filters.sort_key(resource, query["sortBy"])
        if key is None:
            raise InvalidValue(_("Can't sort by {name}.").format(name=query["sortBy"]))
        descending = str(query.get("sortOrder", "")).lower() == "descending"
        order.append(key.desc() if descending else key.asc())
    return rows.order_by(*order, F("created_at").asc(), F("id").asc())


def _number(query: Mapping[str, Any], name: str, default: int) -> int:
    text = str(query.get(name, "")).strip()
    if not text:
        return default
    if not _WHOLE.fullmatch(text):
        raise InvalidValue(_("{name} must be a whole number.").format(name=name))
    # Beyond any list, and no more than a database takes as an offset.
    return int(text) if len(text) <= 15 else -FAR if text.startswith("-") else FAR
