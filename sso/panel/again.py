"""What confirms by single sign-on that it is you: any sign-in there, or a fresh one (spec rule 12)."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from portal.door import TeamRequest, team_page
from portal.teams.actor import Role
from sso import again


@require_POST
@team_page(Role.OWNER, sudo=True)
def set_strict(request: TeamRequest) -> HttpResponse:
    """Demand a fresh sign-in, or take any."""
    again.set_strict(request.team, request.by, request.POST.get("strict") == "1")
    messages.success(request, _("Saved."))
    return redirect("sso:panel")
