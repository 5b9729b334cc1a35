"""The switch for pushed groups on the provisioning panel."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from portal.door import TeamRequest, team_page
from portal.teams import policy
from portal.teams.actor import Role


@require_POST
@team_page(Role.ADMIN, sudo=True)
def turn_on(request: TeamRequest) -> HttpResponse:
    """Take groups from the identity provider."""
    policy.serve_groups(request.team, request.by, True)
    messages.success(request, _("Groups are on: push them from your identity provider now."))
    return redirect("scim:panel")


@require_POST
@team_page(Role.ADMIN, sudo=True)
def turn_off(request: TeamRequest) -> HttpResponse:
    """Take no groups any more; what was pushed is kept, and gives no role."""
    policy.serve_groups(request.team, request.by, False)
    messages.success(request, _("Groups are off: discovery lists none. What was pushed is kept, and gives no role."))
    return redirect("scim:panel")
