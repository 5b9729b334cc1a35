"""The team's general settings: its name, its short name, and the time zone in which its dates are said."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from portal.door import TeamRequest, team_page
from portal.teams import time_zone
from portal.teams.actor import Role


@require_GET
@team_page(Role.AUDITOR)
def general(request: TeamRequest) -> HttpResponse:
    """Show the team's general settings."""
    context = {"zones": time_zone.names(), "acts": request.by.may(Role.ADMIN), "now": timezone.now()}
    return render(request, "general/general.html", context)


@require_POST
@team_page(Role.ADMIN)
def set_time_zone(request: TeamRequest) -> HttpResponse:
    """Say the team's dates in another time zone."""
    time_zone.set_zone(request.team, request.by, request.POST.get("time_zone", ""))
    messages.success(request, _("Saved. Every date of the team is now said in it."))
    return redirect("general")
