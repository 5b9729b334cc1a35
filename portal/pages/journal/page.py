"""The audit log: who did what, through which door, when, with which result; looked through, and taken away."""

from collections.abc import Iterator
from typing import Any

import orjson
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.timezone import localtime
from django.views.decorators.http import require_GET

from portal import take_away
from portal.door import TeamRequest, team_page
from portal.pages.audit import DOORS, door_in_words, rows
from portal.pages.journal import asked as journal
from portal.pages.journal.asked import ABOUT, Asked
from portal.teams.actor import Role
from portal.teams.models import Event
from portal.teams.sentences import in_words

HEAD = (
    "number", "at", "result", "what", "kind", "through", "actor", "actor_id", "subject", "subject_id", "data",
)  # fmt: skip


@require_GET
@team_page(Role.AUDITOR)
def audit(request: TeamRequest) -> HttpResponse:
    """Show the journal, newest first, a page at a time by number."""
    asked = Asked.read(request.GET)
    found = journal.page(request.team, asked)
    context = {
        "rows": rows(found.events),
        "asked": asked,
        "about": {name: words for name, (words, _) in ABOUT.items()},
        "doors": DOORS,
        "older": f"?{asked.query(found.older)}" if found.older else "",
        "further": f"?{asked.query(found.looked_to)}" if found.looked_to else "",
        "looked_to": request.team.events.filter(number=found.looked_to).first() if found.looked_to else None,
        "newest": f"?{asked.query()}" if asked.before else "",
    }
    return render(request, "audit/list.html", context)


@require_GET
@team_page(Role.AUDITOR)
def csv(request: TeamRequest) -> HttpResponse:
    """Give what is asked for as CSV, row by row."""
    events = journal.every(request.team, Asked.read(request.GET))
    return take_away.table(_table(events), f"seatgate-{request.team.slug}-audit.csv")


@require_GET
@team_page(Role.AUDITOR)
def jsonl(request: TeamRequest) -> HttpResponse:
    """Give what is asked for as JSON, one object a line."""
    events = journal.every(request.team, Asked.read(request.GET))
    lines = (orjson.dumps(_plain(event)) + b"\n" for event in events)
    return take_away.lines(lines, f"seatgate-{request.team.slug}-audit.jsonl")


def _table(events: Iterator[Event]) -> Iterator[list[Any]]:
    yield list(HEAD)
    for event in events:
        yield list((_plain(event) | {"data": orjson.dumps(event.data).decode()}).values())


def _plain(event: Event) -> dict[str, Any]:
    """One event as it is taken away, under the names of HEAD."""
    return {
        "number": event.number,
        "at": localtime(event.at).isoformat(timespec="milliseconds"),
        "result": "refused" if event.refused else "done",
        "what": in_words(event),
        "kind": event.kind,
        "through": door_in_words(event.door),
        "actor": event.actor,
        "actor_id": event.actor_id,
        "subject": event.subject,
        "subject_id": event.subject_id,
        "data": event.data,
    }
