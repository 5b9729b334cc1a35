"""The sign-in log: each attempt to sign in by single sign-on, what of it passed, and why it failed; live."""

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
from sso import checks
from sso.models import SignInAttempt
from sso.panel import export
from sso.panel.asked import PURPOSES, RESULTS, Asked

LOG_PAGE = 50
# A slow writer's row comes late under an early time.
LATE = timedelta(seconds=30)


@require_GET
@team_page(Role.AUDITOR)
def log(request: TeamRequest) -> HttpResponse:
    """Show each attempt to sign in by SSO, found by reference number, person, result and time."""
    asked, before = Asked.read(request.GET), request.GET.get("before", "")
    shown = list(older(asked.rows(request.team), before)[: LOG_PAGE + 1])
    context = {
        "rows": [line(row) for row in shown[:LOG_PAGE]],
        "older": f"{asked.query}&before={shown[LOG_PAGE - 1].pk}" if len(shown) > LOG_PAGE else "",
        "newest": bool(before),
        "asked": asked,
        "since": timezone.now() - LATE,
        "results": RESULTS,
        "spans": SPANS,
        "purposes": PURPOSES,
        "kept_days": settings.KEEP_LOG_DAYS,
    }
    return render(request, "sso/log.html", context)


@require_GET
@team_page(Role.AUDITOR)
def new(request: TeamRequest) -> HttpResponse:
    """Give the attempts since the page was drawn; the page drops those it shows already."""
    rows = Asked.read(request.GET).rows(request.team).filter(at__gt=take_away.moment(request.GET.get("since", "")))
    return render(request, "sso/log_rows.html", {"rows": [line(row) for row in rows[:LOG_PAGE]]})


def line(row: SignInAttempt) -> dict[str, Any]:
    """Make of an attempt what a line of the log shows."""
    said = row.evidence if isinstance(row.evidence, dict) else {}
    attributes = said.get("attributes")
    named = attributes.items() if isinstance(attributes, dict) else ()
    return {
        "row": row,
        "checks": list(checks.drawn(row.checks)),
        "said": said,
        "attributes": [(name, ", ".join(map(str, values))) for name, values in named],
    }


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
