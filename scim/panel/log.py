"""The provisioning log: what the identity provider sent, what became of it, live and to take away."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from portal import take_away
from portal.door import TeamRequest, team_page
from portal.teams.actor import Role
from portal.teams.asked import SPANS, older
from scim import exchange, reads, tokens, verbs
from scim.models import ScimToken
from scim.panel import export
from scim.panel.asked import RESULTS, Asked
from scim.panel.line import Line

LOG_PAGE, MOST_TOKENS = 50, 20
# A slow writer's row comes late under an early time.
LATE = timedelta(seconds=30)


@require_GET
@team_page(Role.AUDITOR)
def log(request: TeamRequest) -> HttpResponse:
    """Show what the identity provider wrote, what was refused and why, newest first."""
    asked, before = Asked.read(request.GET), request.GET.get("before", "")
    rows = asked.rows(request.team)
    shown = [Line(row) for row in older(rows, before)[: LOG_PAGE + 1]]
    context = {
        "lines": shown[:LOG_PAGE],
        "older": f"{asked.query}&before={shown[LOG_PAGE - 1].exchange.pk}" if len(shown) > LOG_PAGE else "",
        "newest": bool(before),
        "asked": asked,
        "since": timezone.now() - LATE,
        "kept_days": settings.KEEP_LOG_DAYS,
        "kept_rows": exchange.MOST_ROWS,
        "reads": reads.of_a_day(request.team),
        **_choices(request),
    }
    return render(request, "scim/log.html", context)


def _choices(request: TeamRequest) -> dict[str, Any]:
    hints = ScimToken.every_team.filter(team=request.team).order_by("-made_at").values_list("hint", flat=True)
    return {
        "results": RESULTS,
        "spans": SPANS,
        "verbs": verbs.WORDS,
        "hints": list(hints[:MOST_TOKENS]),
        "live_tokens": len(tokens.live(request.team)),
    }


@require_GET
@team_page(Role.AUDITOR)
def new(request: TeamRequest) -> HttpResponse:
    """Give the rows that came since the page was drawn; the page drops those it shows already."""
    since = take_away.moment(request.GET.get("since", ""))
    rows = Asked.read(request.GET).rows(request.team).filter(at__gt=since)
    return render(request, "scim/rows.html", {"lines": [Line(row) for row in rows[:LOG_PAGE]]})


@require_GET
@team_page(Role.AUDITOR)
def csv(request: TeamRequest) -> HttpResponse:
    """Give what is asked for as CSV, row by row."""
    return export.csv(request.team, Asked.read(request.GET))


@require_GET
@team_page(Role.AUDITOR)
def jsonl(request: TeamRequest) -> HttpResponse:
    """Give what is asked for as JSON, one object a line."""
    return export.jsonl(request.team, Asked.read(request.GET))
