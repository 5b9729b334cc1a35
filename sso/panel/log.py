"""The sign-in log: each attempt to sign in by single sign-on, and why it failed."""

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from portal.door import TeamRequest, team_page
from portal.teams.actor import Role
from sso.models import SignInAttempt

LOG_PAGE = 50


@require_GET
@team_page(Role.AUDITOR)
def log(request: TeamRequest) -> HttpResponse:
    """Show each attempt to sign in by SSO, why it failed, found by reference number or address."""
    rows = SignInAttempt.every_team.filter(team=request.team).select_related("member").order_by("-at")
    q = request.GET.get("q", "").replace("\x00", "").strip()
    if q:
        rows = rows.filter(Q(reference=q.upper()) | Q(who__iexact=q) | Q(member__email__iexact=q))
    failed = request.GET.get("failed") == "1"
    if failed:
        rows = rows.exclude(result="ok")
    shown = list(rows[: LOG_PAGE + 1])
    context = {"rows": shown[:LOG_PAGE], "more": len(shown) > LOG_PAGE, "q": q, "failed": failed}
    return render(request, "sso/log.html", context)
