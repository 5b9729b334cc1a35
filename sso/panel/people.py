"""Whose identity is whose: what an owner confirms and allows to be linked anew."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from portal.door import TeamRequest, team_page
from portal.teams.actor import Role
from sso import identity


@require_POST
@team_page(Role.OWNER, sudo=True)
def confirm(request: TeamRequest, subject_id: UUID) -> HttpResponse:
    """Confirm whose identity a Subject is."""
    identity.confirm(request.team, request.by, str(subject_id))
    messages.success(request, _("Confirmed. The role counts from their next sign-in."))
    return redirect("sso:panel")


@require_POST
@team_page(Role.OWNER, sudo=True)
def link_again(request: TeamRequest, member_id: UUID) -> HttpResponse:
    """Let a privileged member link another identity at their next sign-in."""
    identity.permit_link(request.team, request.by, str(member_id))
    messages.success(request, _("They can link again: ask them to sign in now."))
    return redirect("sso:panel")
