"""What a live log is asked for and gives away: the moment it goes on from, and files streamed whatever their length."""

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, cast

from django.http import HttpResponse, StreamingHttpResponse
from django.utils import timezone
from django.utils.dateparse import parse_datetime

# What a spreadsheet takes for the beginning of a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


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
    response = StreamingHttpResponse(pieces, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    # A page's type: what streams is an answer like any other to whoever handles it.
    return cast(HttpResponse, response)
