"""The panel's acts: SCIM on and off, tokens made and ended. A fresh token is drawn in the answer that made it."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from portal.door import TeamRequest, team_page
from portal.teams.actor import Role
from portal.teams.errors import Invalid
from scim import switch, tokens
from scim.panel import overview, providers, wizard


def _show_once(request: TeamRequest, token: str) -> HttpResponse:
    """Draw a fresh token where it was asked for: in the wizard, or on the panel."""
    provider = providers.BY_SLUG.get(request.POST.get("provider", ""))
    return wizard.draw(request, provider, wizard.COPY, token) if provider else overview.draw(request, token)


@require_POST
@team_page(Role.ADMIN, sudo=True)
def turn_on(request: TeamRequest) -> HttpResponse:
    """Turn SCIM on and show the token, once."""
    return _show_once(request, switch.turn_on(request.team, request.by))


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
    if grace not in {str(hours) for hours in overview.GRACES}:
        raise Invalid(_("Choose how long the old token works on."))
    return _show_once(request, tokens.rotate(request.team, request.by, int(grace)))


@require_POST
@team_page(Role.ADMIN, sudo=True)
def revoke(request: TeamRequest, token_id: UUID) -> HttpResponse:
    """End one token now."""
    tokens.revoke(request.team, request.by, token_id)
    messages.success(request, _("The token has ended."))
    return redirect("scim:panel")
