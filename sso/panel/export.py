"""The sign-in log to take away: CSV for a spreadsheet, JSON Lines for a program; streamed, whatever its length."""

import csv as csv_format
import io
from collections.abc import Iterator
from typing import Any, cast

import orjson
from django.http import HttpResponse, StreamingHttpResponse

from portal.teams.models import Team
from sso.models import SignInAttempt
from sso.panel.asked import Asked

COLUMNS = (
    "at", "reference", "purpose", "result", "detail", "who", "member", "address", "browser", "proven", "certificate",
    "failed_checks", "name_id", "message",
)  # fmt: skip
AT_ONCE = 200
# What a spreadsheet takes for the beginning of a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def csv(team: Team, asked: Asked) -> HttpResponse:
    """Stream a table; a cell that a spreadsheet would run as a formula begins with an apostrophe."""
    return _stream(_table(team, asked), "text/csv; charset=utf-8", f"sign-ins-{team.slug}.csv")


def jsonl(team: Team, asked: Asked) -> HttpResponse:
    """Stream one JSON object a line."""
    lines = (orjson.dumps(_told(row) | {"checks": row.checks}, default=str) + b"\n" for row in _rows(team, asked))
    return _stream(lines, "application/jsonl; charset=utf-8", f"sign-ins-{team.slug}.jsonl")


def _rows(team: Team, asked: Asked) -> Iterator[SignInAttempt]:
    return asked.rows(team).iterator(chunk_size=AT_ONCE)


def _told(row: SignInAttempt) -> dict[str, Any]:
    said = row.evidence if isinstance(row.evidence, dict) else {}
    told = {name: getattr(row, name) for name in COLUMNS[:6] + COLUMNS[7:10]}
    return told | {
        "at": row.at.isoformat(),
        "member": row.member.email if row.member else "",
        "certificate": said.get("fingerprint", ""),
        "failed_checks": " ".join(each["check"] for each in row.checks if each.get("state") == "bad"),
        "name_id": said.get("name_id", ""),
        "message": said.get("xml", ""),
    }


def _table(team: Team, asked: Asked) -> Iterator[bytes]:
    yield _row(COLUMNS)
    for row in _rows(team, asked):
        told = _told(row)
        yield _row([told[name] for name in COLUMNS])


def _row(cells: Any) -> bytes:
    line = io.StringIO()
    texts = [str(cell) for cell in cells]
    csv_format.writer(line).writerow([f"'{text}" if text.startswith(FORMULA) else text for text in texts])
    return line.getvalue().encode()


def _stream(pieces: Iterator[bytes], content_type: str, name: str) -> HttpResponse:
    response = StreamingHttpResponse(pieces, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    # A page's type: what streams is an answer like any other to whoever handles it.
    return cast(HttpResponse, response)
