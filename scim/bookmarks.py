"""Where a team's whole list stands, kept in this process's memory for as long as nothing in the team changes.

Counting a team and walking to a page of it cost the more the larger it is. The number of the team's last event says
whether anything changed, and comes with the token: as long as it is the same, the total and the places of pages that
were shown hold, so a crawl goes on from the page before instead of from the beginning.
"""

import threading
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from portal.teams.compiled import Bound, Select

# Everybody of a team, by its id.
Everybody = Callable[[UUID], "QuerySet[Any]"]

MOST_LISTS, MOST_PLACES, MOST_ROWS = 200, 2_000, 200
ROOM = (1, 10, 100, MOST_ROWS)
# Further from the next place than this, the rows between are counted off in the index alone.
NEAR = 400


_lock = threading.Lock()


@dataclass
class Bookmark:
    """What is known of one list: how long it is, and which row stands at some places of it."""

    version: int
    total: int | None = None
    places: list[int] = field(default_factory=list)
    keys: list[tuple[datetime, UUID]] = field(default_factory=list)

    def put(self, place: int, row: Any) -> None:
        """Remember the row at a place."""
        at = bisect_right(self.places, place)
        if len(self.places) < MOST_PLACES and not (at and self.places[at - 1] == place):
            self.places.insert(at, place)
            self.keys.insert(at, (row.created_at, row.pk))

    def before(self, place: int) -> tuple[int, tuple[datetime, UUID] | None]:
        """Return the last known place up to this one, with its row's key."""
        with _lock:
            at = bisect_right(self.places, place)
            return (self.places[at - 1], self.keys[at - 1]) if at else (0, None)


_lists: "OrderedDict[tuple[UUID, str], Bookmark]" = OrderedDict()


def of(team_id: UUID, kind: str, version: int) -> Bookmark:
    """Return what is known of a team's list; nothing where the team has changed."""
    with _lock:
        known = _lists.pop((team_id, kind), None)
        if known is None or known.version != version:
            known = Bookmark(version)
        _lists[(team_id, kind)] = known
        if len(_lists) > MOST_LISTS:
            _lists.popitem(last=False)
        return known


def room(count: int) -> int:
    """Return for how many rows a statement is made that is to find so many: there are few such statements."""
    return next(size for size in ROOM if size >= count)


def total(known: Bookmark, rows: "QuerySet[Any]") -> int:
    """Return how long the list is, counted once."""
    if known.total is None:
        known.total = rows.count()
    return known.total


def rows(known: Bookmark, everybody: Everybody, team_id: UUID, start: int, count: int) -> Sequence[Any]:
    """Return a stretch of the list, from the nearest known place or from its nearer end."""
    place, key = known.before(start)
    skip, end = start - place, known.total
    if skip > NEAR and end is not None and end - start - count < skip:
        some = min(count, end - start)
        found = _backwards(everybody, room(some))(team_id, end - start - some)[-some:]
    elif skip > NEAR:
        found = _far(everybody, room(count), further=key is not None)(team_id, *(key or ()), skip)[:count]
    else:
        found = _near(everybody, further=key is not None)(team_id, *(key or ()), skip, count)
    with _lock:
        for offset in {0, len(found) - 1} if found else ():
            known.put(start + offset, found[offset])
    return found


# ── Their statements, which differ in values alone ────────────────────────────────────────────────────────────────
def _ordered(everybody: Everybody, team_id: UUID, *key: Any) -> "QuerySet[Any]":
    """Return everybody in the order of lists, from the row with this key on."""
    ordered = everybody(team_id).order_by("created_at", "id")
    if not key:
        return ordered
    at, row_id = key
    return ordered.filter(Q(created_at__gte=at) & (Q(created_at__gt=at) | Q(id__gte=row_id)))


def _key(*, further: bool) -> tuple[type, ...]:
    return (UUID, datetime, UUID) if further else (UUID,)


@cache
def _near(everybody: Everybody, *, further: bool) -> Select:
    def build(*values: Any) -> "QuerySet[Any]":
        *place, skip, count = values
        return _ordered(everybody, *place)[skip : skip + count]

    return Select(build, *_key(further=further), Bound, Bound)


# Of these two PostgreSQL has to know how few rows the inner query finds, or it reads the whole table to meet them.
@cache
def _far(everybody: Everybody, count: int, *, further: bool) -> Select:
    def build(team_id: UUID, *values: Any) -> "QuerySet[Any]":
        *key, skip = values
        keys = _ordered(everybody, team_id, *key).values("pk")[skip : skip + count]
        return _ordered(everybody, team_id).filter(pk__in=keys)

    return Select(build, *_key(further=further), Bound)


@cache
def _backwards(everybody: Everybody, count: int) -> Select:
    def build(team_id: UUID, skip: int) -> "QuerySet[Any]":
        keys = everybody(team_id).order_by("-created_at", "-id").values("pk")[skip : skip + count]
        return _ordered(everybody, team_id).filter(pk__in=keys)

    return Select(build, UUID, Bound)
