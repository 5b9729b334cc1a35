"""The provisioning log to take away: CSV for a spreadsheet, JSON Lines for a program; streamed, whatever its length."""

from collections.abc import Iterable, Iterator
from typing import Any

import orjson
from django.http import HttpResponse

from portal import take_away
from portal.teams.models import Team
from scim.panel.asked import Asked
from scim.panel.line import Line

COLUMNS = (
    "at", "method", "path", "status", "milliseconds", "provider", "agent", "token", "verb", "jumpcloud", "event",
    "subject", "words", "code", "seat", "changes", "request", "answer",
)  # fmt: skip
AT_ONCE = 200


def csv(team: Team, asked: Asked) -> HttpResponse:
    """Stream a table; a cell that a spreadsheet would run as a formula begins with an apostrophe."""
    return take_away.table(_table(team, asked), f"provisioning-{team.slug}.csv")


def jsonl(team: Team, asked: Asked) -> HttpResponse:
    """Stream one JSON object a line."""
    lines = (orjson.dumps(told, default=str) + b"\n" for told in _told(team, asked))
    return take_away.lines(lines, f"provisioning-{team.slug}.jsonl")


def _told(team: Team, asked: Asked) -> Iterator[dict[str, Any]]:
    return (Line(row).told() for row in asked.rows(team).iterator(chunk_size=AT_ONCE))


def _table(team: Team, asked: Asked) -> Iterator[Iterable[Any]]:
    yield COLUMNS
    for told in _told(team, asked):
        told["changes"] = "; ".join(f"{name}: {before} → {after}" for name, before, after in told["changes"])
        yield [told[name] for name in COLUMNS]
