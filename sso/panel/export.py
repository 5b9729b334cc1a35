"""The sign-in log to take away: CSV for a spreadsheet, JSON Lines for a program; streamed, whatever its length."""

from collections.abc import Iterable, Iterator
from typing import Any

import orjson
from django.http import HttpResponse
from django.utils.timezone import localtime

from portal import take_away
from portal.teams.models import Team
from sso.models import SignInAttempt
from sso.panel.asked import Asked

COLUMNS = (
    "at", "reference", "purpose", "result", "detail", "who", "member", "address", "browser", "proven", "certificate",
    "failed_checks", "name_id", "message",
)  # fmt: skip
AT_ONCE = 200


def csv(team: Team, asked: Asked) -> HttpResponse:
    """Stream a table; a cell that a spreadsheet would run as a formula begins with an apostrophe."""
    return take_away.table(_table(team, asked), f"sign-ins-{team.slug}.csv")


def jsonl(team: Team, asked: Asked) -> HttpResponse:
    """Stream one JSON object a line."""
    lines = (orjson.dumps(_told(row) | {"checks": row.checks}, default=str) + b"\n" for row in _rows(team, asked))
    return take_away.lines(lines, f"sign-ins-{team.slug}.jsonl")


def _rows(team: Team, asked: Asked) -> Iterator[SignInAttempt]:
    return asked.rows(team).iterator(chunk_size=AT_ONCE)


def _told(row: SignInAttempt) -> dict[str, Any]:
    said = row.evidence if isinstance(row.evidence, dict) else {}
    told = {name: getattr(row, name) for name in COLUMNS[:6] + COLUMNS[7:10]}
    return told | {
        "at": localtime(row.at).isoformat(),
        "member": row.member.email if row.member else "",
        "certificate": said.get("fingerprint", ""),
        "failed_checks": " ".join(each["check"] for each in row.checks if each.get("state") == "bad"),
        "name_id": said.get("name_id", ""),
        "message": said.get("xml", ""),
    }


def _table(team: Team, asked: Asked) -> Iterator[Iterable[Any]]:
    yield COLUMNS
    for row in _rows(team, asked):
        told = _told(row)
        yield [told[name] for name in COLUMNS]
