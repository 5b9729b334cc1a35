"""What a live log is asked for and gives away: the moment it goes on from, and files streamed whatever their length."""

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, cast

from django.http import HttpResponse, StreamingHttpResponse
from django.utils import timezone, translation
from django.utils.dateparse import parse_datetime

# What a spreadsheet takes for the beginning of a formula, in Japan the wide signs too.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def moment(text: str) -> datetime:
    """Read a moment; nothing readable asks for what comes from now on."""
    try:
        found = parse_datetime(text)
        # Near the first and the last year there are moments that have no time in UTC.
        return found.astimezone(UTC) if found is not None and found.tzinfo is not None else timezone.now()
    except (ValueError, OverflowError):
        return timezone.now()


def table(rows: Iterable[Iterable[Any]], name: str) -> HttpResponse:
    """Stream CSV; a cell that a spreadsheet would run as a formula begins with an apostrophe."""
    return _stream((_row(cells) for cells in rows), "text/csv; charset=utf-8", name)


def lines(pieces: Iterator[bytes], name: str) -> HttpResponse:
    """Stream one JSON object a line."""
    return _stream(pieces, "application/jsonl; charset=utf-8", name)


def _row(cells: Iterable[Any]) -> bytes:
    line = io.StringIO()
    texts = [str(cell) for cell in cells]
    csv.writer(line).writerow([f"'{text}" if text.startswith(FORMULA) else text for text in texts])
    return line.getvalue().encode()


def _stream(pieces: Iterator[bytes], content_type: str, name: str) -> HttpResponse:
    response = StreamingHttpResponse(_as_asked(pieces), content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    # A page's type: what streams is an answer like any other to whoever handles it.
    return cast(HttpResponse, response)


def _as_asked(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Make each piece in the time zone and the language of the page: what streams outlives the request's own."""
    zone, language = timezone.get_current_timezone(), translation.get_language() or "en"
    going = iter(pieces)

    def on() -> bytes | None:
        with timezone.override(zone), translation.override(language):
            return next(going, None)

    return iter(on, None)


def clock(at: datetime | None) -> str:
    """Write a moment into a cell: ISO 8601, in the team's time zone, with its distance from UTC."""
    return timezone.localtime(at).isoformat(timespec="seconds") if at else ""
