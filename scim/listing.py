"""Lists (RFC 7644 sections 3.4.2 and 3.4.3, RFC 9865): filtered, sorted, by index or cursor, in a stable order."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.db.models import IntegerField, QuerySet, Value
from django.utils.translation import gettext as _

from scim import bookmarks, cursor, lookup
from scim.protocol import document, filters, projection
from scim.protocol.attribute import Resource
from scim.protocol.errors import InvalidCount, InvalidValue
from scim.protocol.json_sql import CodePoints
from scim.protocol.schemas import LIST_RESPONSE

DEFAULT_PAGE, MAX_RESULTS = 100, bookmarks.MOST_ROWS
FAR = 10**15
# From here on ids are counted off in the index before any row is fetched.
DEEP = 500
_WHOLE = re.compile(r"[+-]?\d+", re.ASCII)

# What is computed beside the rows, by the row's id: asked once a page, with what of it is to be shown.
Extras = Callable[[Sequence[Any], projection.Projection | None], Mapping[Any, Mapping[str, Any]]]
Query = Mapping[str, Any]
Body = dict[str, Any]


@dataclass(frozen=True)
class Source:
    """The rows of one type of resource, and what is computed beside them."""

    resource: Resource
    rows: "QuerySet[Any]"
    extras: Extras = lambda _rows, _shown: {}
    # Where the rows are all there are of the team: they by its id, and its last event, for what was counted then holds.
    everybody: bookmarks.Everybody | None = None
    version: int = 0


@dataclass(frozen=True)
class _Order:
    """What orders a list: `sort_value` where sortBy is given, and always (created, id), as Okta's import needs."""

    sort: bool = False
    descending: bool = False

    @property
    def names(self) -> list[str]:
        key = ["-sort_value" if self.descending else "sort_value"] if self.sort else []
        return [*key, "created_at", "id"]


def page(
    sources: Sequence[Source], query: Query, base_url: str, team_id: UUID, ahead: lookup.People | None = None
) -> Body:
    """Return one page of what the query asks of these rows; several sources are one list (a search at the root).

    `ahead`: where it looks somebody up and was asked already, what it finds.
    """
    if ahead is not None:
        looked_up: Sequence[Any] | None = ahead()
    else:
        looked_up = lookup.found(query, team_id) if sources[0].resource.name == "User" and len(sources) == 1 else None
    if looked_up is not None:
        shown = _render(sources, [(sources[0], row) for row in looked_up], query, base_url)
        return _response(shown, len(shown)) | {"startIndex": 1}
    by_cursor = query.get("cursor") is not None
    found, order = _sorted(_filtered(sources, query), query, by_cursor=by_cursor)
    answer = _page_by_cursor if by_cursor else _page_by_index
    return answer(found, order, query, base_url, team_id)


def _page_by_index(sources: Sequence[Source], order: _Order, query: Query, base_url: str, team_id: UUID) -> Body:
    start, count = max(1, _number(query, "startIndex", 1)), _count(query)
    everybody = sources[0].everybody if len(sources) == 1 else None
    if everybody and not order.sort and count:
        rows, total = _everybody(sources[0], everybody, team_id, start - 1, count)
        return _response(_render(sources, rows, query, base_url), total) | {"startIndex": start}
    shown = _render(sources, _rows(sources, order, start - 1, count), query, base_url)
    # A page that is not full is the last one and tells the total, unless it lies beyond the end.
    is_last = len(shown) < count and (shown or start == 1)
    total = start - 1 + len(shown) if is_last else sum(source.rows.count() for source in sources)
    return _response(shown, total) | {"startIndex": start}


def _everybody(
    source: Source, everybody: bookmarks.Everybody, team_id: UUID, start: int, count: int
) -> tuple[list[tuple[Source, Any]], int]:
    """Return a stretch of everybody, and how many there are: both are remembered until the team changes."""
    known = bookmarks.of(team_id, source.resource.name, source.version)
    total = bookmarks.total(known, source.rows)
    found = bookmarks.rows(known, everybody, team_id, start, count) if start < total else []
    return [(source, row) for row in found], total


def _page_by_cursor(sources: Sequence[Source], order: _Order, query: Query, base_url: str, team_id: UUID) -> Body:
    """Return a page that begins after the cursor, with the cursor of the next one where there is one."""
    try:
        count = _count(query)
    except InvalidValue as error:
        raise InvalidCount(error.detail) from None
    where = cursor.place(team_id, [source.resource.name for source in sources], query)
    total = sum(source.rows.count() for source in sources)
    if query["cursor"]:
        after = cursor.unseal(where, query["cursor"])
        sources = [
            replace(one, rows=cursor.beyond(one.rows, after, sort=order.sort, descending=order.descending))
            for one in sources
        ]
    # One more than is shown tells whether there is more.
    rows = _rows(sources, order, 0, count + 1) if count else []
    body = _response(_render(sources, rows[:count], query, base_url), total)
    if len(rows) > count > 0:
        body["nextCursor"] = cursor.seal(where, rows[count - 1][1], sort=order.sort)
    return body


def _response(shown: list[Body], total: int) -> Body:
    return {"schemas": [LIST_RESPONSE], "totalResults": total, "itemsPerPage": len(shown), "Resources": shown}


# ── What is listed, and in which order ───────────────────────────────────────────────────────────────────────────────
def _filtered(sources: Sequence[Source], query: Query) -> list[Source]:
    text = query.get("filter")
    if not text:
        return list(sources)
    conditions = filters.compile_each([source.resource for source in sources], text)
    pairs = zip(sources, conditions, strict=True)
    return [replace(source, rows=source.rows.filter(condition), everybody=None) for source, condition in pairs]


def _sorted(sources: Sequence[Source], query: Query, *, by_cursor: bool) -> tuple[list[Source], _Order]:
    """Give each row its `sort_value`; a resource without the attribute sorts as if it were empty (section 3.4.2.3)."""
    name = query.get("sortBy")
    if not name:
        return list(sources), _Order()
    keys = [filters.sort_key(source.resource, name) for source in sources]
    known = [key for key in keys if key is not None]
    if not known or (len(known) < len(keys) and not isinstance(known[0], CodePoints)):
        raise InvalidValue(_("Can't sort by {name}.").format(name=name))
    ordered = [key or CodePoints(Value("")) for key in keys]
    if by_cursor:
        ordered = [cursor.key(key) for key in ordered]
    pairs = zip(sources, ordered, strict=True)
    descending = str(query.get("sortOrder") or "").lower() == "descending"
    return [replace(one, rows=one.rows.annotate(sort_value=key)) for one, key in pairs], _Order(True, descending)


def _rows(sources: Sequence[Source], order: _Order, start: int, count: int) -> list[tuple[Source, Any]]:
    """Return the rows of a page in order, each with its source."""
    if not count:
        return []
    if len(sources) > 1:
        return _rows_of_several(sources, order, start, count)
    (source,) = sources
    rows = source.rows.order_by(*order.names)
    if start >= DEEP:
        rows = rows.filter(pk__in=rows.values("pk")[start : start + count])
        start = 0
    return [(source, row) for row in rows.only(*source.resource.columns)[start : start + count]]


def _rows_of_several(sources: Sequence[Source], order: _Order, start: int, count: int) -> list[tuple[Source, Any]]:
    names = ["kind", *(["sort_value"] if order.sort else []), "created_at", "id"]
    kinds = [
        one.rows.annotate(kind=Value(number, IntegerField())).order_by().values_list(*names)
        for number, one in enumerate(sources)
    ]
    found = list(kinds[0].union(*kinds[1:], all=True).order_by(*order.names)[start : start + count])
    loaded = [
        one.rows.in_bulk([entry[-1] for entry in found if entry[0] == number]) for number, one in enumerate(sources)
    ]
    # Somebody deleted meanwhile is not shown.
    return [(sources[e[0]], loaded[e[0]][e[-1]]) for e in found if e[-1] in loaded[e[0]]]


def _render(sources: Sequence[Source], rows: Sequence[tuple[Source, Any]], query: Query, base_url: str) -> list[Body]:
    shown, extra = {}, {}
    for source in sources:
        name, mine = source.resource.name, [row for owner, row in rows if owner is source]
        wanted, unwanted = ([query.get(key) or ""] for key in ("attributes", "excludedAttributes"))
        shown[name] = projection.project(source.resource, wanted, unwanted)
        extra[name] = source.extras(mine, shown[name]) if mine else {}
    return [
        document.render(
            source.resource, row, base_url=base_url, projection=shown[source.resource.name],
            extra=extra[source.resource.name].get(row.pk, document.NOTHING),
        )
        for source, row in rows
    ]  # fmt: skip


# ── Numbers ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def _count(query: Query) -> int:
    return min(max(0, _number(query, "count", DEFAULT_PAGE)), MAX_RESULTS)


def _number(query: Query, name: str, default: int) -> int:
    text = str("" if query.get(name) is None else query[name]).strip()
    if not text:
        return default
    if not _WHOLE.fullmatch(text):
        raise InvalidValue(_("{name} must be a whole number.").format(name=name))
    # Beyond any list, and no more than a database takes as an offset.
    return int(text) if len(text) <= 15 else -FAR if text.startswith("-") else FAR
