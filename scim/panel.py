"""Settings › Security › Authentication › Provisioning: the toggle, the endpoint, tokens; and the provisioning log."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from portal.door import TeamRequest, team_page
from portal.teams import access, policy, seats
from portal.teams.actor import Door, Role
from portal.teams.errors import Invalid
from portal.teams.models import Member
from scim import switch, tokens
from scim.models import Exchange

LOG_PAGE = 50
# What the form offers for the old token's end, in hours.
GRACES = (0, 1, 24, 72, 168)


@require_GET
@team_page(Role.AUDITOR)
def panel(request: TeamRequest) -> HttpResponse:
    """Show whether SCIM is on, what to copy, and the tokens."""
    return _show(request)


def _show(request: TeamRequest, token: str = "") -> HttpResponse:
    """Draw the panel; a fresh token is drawn once, in the answer to the POST that made it, and never kept."""
    request.team.refresh_from_db()
    team = request.team
    context: dict[str, Any] = {
        "token": token,
        "tokens": tokens.live(team),
        "base_url": f"{settings.BASE_URL}/scim/v2/{team.pk}",
        "plain_url": f"{settings.BASE_URL}/scim/v2",
        "usable": team.may_use("scim"),
        "is_admin": request.by.may(Role.ADMIN),
        "tally": seats.tally(team),
        "graces": GRACES,
        "lock": policy.lock(team, Door.DASHBOARD, policy.Task.ASSIGN),
        "owners": Member.every_team.filter(team=team, role=Role.OWNER, active=True).count(),
        "members": Member.every_team.filter(team=team).count(),
        "unlinked": Member.every_team.filter(team=team, scim_written=False, active=True).count(),
        "last": Exchange.every_team.filter(team=team).order_by("-at").first(),
        "sudo": access.is_sudo(request),
    }
    return render(request, "scim/panel.html", context)


@require_POST
@team_page(Role.ADMIN, sudo=True)
def turn_on(request: TeamRequest) -> HttpResponse:
    """Turn SCIM on and show the token, once."""
    return _show(request, token=switch.turn_on(request.team, request.by))


@require_POST
@team_page(Role.ADMIN, sudo=True)
def turn_off(request: TeamRequest) -> HttpResponse:
    """Turn SCIM off; every token ends."""
    switch.turn_off(request.team, request.by)
    messages.success(
        request, _("SCIM is off and its tokens have ended. Nobody was removed. Turn it off at your IdP too.")
    )
    return redirect("scim:panel")


@require_POST
@team_page(Role.ADMIN, sudo=True)
def rotate(request: TeamRequest) -> HttpResponse:
    """Make a new token and show it, once; the old one works on for the chosen time."""
    grace = request.POST.get("grace", str(tokens.GRACE_HOURS))
    if grace not in {str(hours) for hours in GRACES}:
        raise Invalid(_("Choose how long the old token works on."))
    return _show(request, token=tokens.rotate(request.team, request.by, int(grace)))


@require_POST
@team_page(Role.ADMIN, sudo=True)
def revoke(request: TeamRequest, token_id: UUID) -> HttpResponse:
    """End one token now."""
    tokens.revoke(request.team, request.by, token_id)
    messages.success(request, _("The token has ended."))
    return redirect("scim:panel")


@require_GET
@team_page(Role.AUDITOR)
def log(request: TeamRequest) -> HttpResponse:
    """Show what the identity provider wrote, what was refused and why, newest first."""
    rows = Exchange.every_team.filter(team=request.team).order_by("-at")
    q = request.GET.get("q", "").strip()
    if q:
        rows = rows.filter(Q(subject__startswith=q) | Q(path__contains=q))
    refused = bool(request.GET.get("refused"))
    if refused:
        rows = rows.filter(status__gte=400)
    return render(request, "scim/log.html", {"rows": list(rows[:LOG_PAGE]), "q": q, "refused": refused})
