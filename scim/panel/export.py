"""The provisioning log to take away: CSV for a spreadsheet, JSON Lines for a program; streamed, whatever its length."""

import csv as csv_format
import io
from collections.abc import Iterator
from typing import Any, cast

import orjson
from django.http import HttpResponse, StreamingHttpResponse

from portal.teams.models import Team
from scim.panel.asked import Asked
from scim.panel.line import Line

COLUMNS = (
    "at", "method", "path", "status", "milliseconds", "provider", "agent", "token", "verb", "jumpcloud", "event",
    "subject", "words", "code", "seat", "changes", "request", "answer",
)  # fmt: skip
AT_ONCE = 200
# What a spreadsheet takes for the beginning of a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def csv(team: Team, asked: Asked) -> HttpResponse:
    """Stream a table; a cell that a spreadsheet would run as a formula begins with an apostrophe."""
    return _stream(_table(team, asked), "text/csv; charset=utf-8", f"provisioning-{team.slug}.csv")


def jsonl(team: Team, asked: Asked) -> HttpResponse:
    """Stream one JSON object a line."""
    lines = (orjson.dumps(told, default=str) + b"\n" for told in _told(team, asked))
    return _stream(lines, "application/jsonl; charset=utf-8", f"provisioning-{team.slug}.jsonl")


def _told(team: Team, asked: Asked) -> Iterator[dict[str, Any]]:
    return (Line(row).told() for row in asked.rows(team).iterator(chunk_size=AT_ONCE))


def _table(team: Team, asked: Asked) -> Iterator[bytes]:
    yield _row(COLUMNS)
    for told in _told(team, asked):
        told["changes"] = "; ".join(f"{name}: {before} → {after}" for name, before, after in told["changes"])
        yield _row([told[name] for name in COLUMNS])


def _row(cells: Any) -> bytes:
    line = io.StringIO()
    csv_format.writer(line).writerow([_cell(cell) for cell in cells])
    return line.getvalue().encode()


def _cell(value: Any) -> str:
    text = str(value)
    return f"'{text}" if text.startswith(FORMULA) else text


def _stream(pieces: Iterator[bytes], content_type: str, name: str) -> HttpResponse:
    response = StreamingHttpResponse(pieces, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    # A page's type: what streams is an answer like any other to whoever handles it.
    return cast(HttpResponse, response)
