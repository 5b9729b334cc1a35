"""Settings › Security › Authentication › Provisioning: the toggle, the endpoint, tokens."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.db.models import Max
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from portal.door import TeamRequest, team_page
from portal.teams import access, policy, seats
from portal.teams.actor import Door, Role
from portal.teams.errors import Invalid, NotEntitled, NotReady, Refusal
from portal.teams.models import Member, Team
from scim import switch, tokens
from scim.models import Exchange, ScimToken

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
    active = Member.every_team.filter(team=team, active=True)
    ours = ScimToken.every_team.filter(team=team)
    context: dict[str, Any] = {
        "token": token,
        "tokens": tokens.live(team),
        "base_url": f"{settings.BASE_URL}/scim/v2/{team.pk}",
        "plain_url": f"{settings.BASE_URL}/scim/v2",
        "usable": team.may_use("scim"),
        "acts": request.by.may(Role.ADMIN),
        "closed": _closing(team),
        "tally": seats.tally(team),
        "graces": [(hours, _grace(hours)) for hours in GRACES],
        "grace": tokens.GRACE_HOURS,
        "lock": policy.lock(team, Door.DASHBOARD, policy.Task.ASSIGN),
        "owners": active.filter(role=Role.OWNER, suspended_at=None, held_at=None).count(),
        "members": active.count(),
        "unlinked": active.filter(scim_written=False).count(),
        "last": Exchange.every_team.filter(team=team).order_by("-at").first(),
        # A look-up that succeeds leaves no exchange, only the token's last use.
        "heard": ours.aggregate(at=Max("last_used_at"))["at"],
        "was_on": not team.scim_on and ours.filter(ended_by_switch=True).exists(),
        "sudo": access.is_sudo(request),
    }
    return render(request, "scim/panel.html", context)


def _closing(team: Team) -> Refusal | None:
    """Say which refusal keeps SCIM from being turned on; the same that the act answers with."""
    if not team.may_use("scim"):
        return NotEntitled(_("Provisioning by SCIM"))
    return None if team.sso_on else NotReady(_("Connect single sign-on first: SCIM needs it to be on."))


def _grace(hours: int) -> str:
    if hours == 0:
        return _("Ends at once")
    if hours % 24:
        return ngettext("Works for {n} more hour", "Works for {n} more hours", hours).format(n=hours)
    return ngettext("Works for {n} more day", "Works for {n} more days", hours // 24).format(n=hours // 24)


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
