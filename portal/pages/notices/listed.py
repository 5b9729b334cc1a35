"""What the team is told now, the worst first, and what has ended."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from portal.door import TeamRequest, team_page
from portal.teams import inbox
from portal.teams.actor import Role


@require_GET
@team_page(Role.AUDITOR)
def listed(request: TeamRequest) -> HttpResponse:
    """Show what is open, or what has ended or was put away."""
    earlier = request.GET.get("show") == "earlier"
    items = (inbox.ended_for if earlier else inbox.open_for)(request.member, request.by.role)
    context = {
        "items": items,
        "earlier": earlier,
        "new": sum(item.is_new for item in items),
        "icon": "check-circle-fill" if not earlier else "clock-history",
        "may_choose": request.by.may(Role.ADMIN),
    }
    return render(request, "notices/list.html", context)


@require_POST
@team_page(Role.AUDITOR)
def read(request: TeamRequest, notice_id: UUID) -> HttpResponse:
    """Note that the signed-in person has read a notice."""
    inbox.read(request.member, request.by.role, notice_id)
    return redirect("notices")


@require_POST
@team_page(Role.AUDITOR)
def read_all(request: TeamRequest) -> HttpResponse:
    """Note that the signed-in person has read everything."""
    n = inbox.read_all(request.member, request.by.role)
    messages.success(request, ngettext("{n} notice marked as read.", "{n} notices marked as read.", n).format(n=n))
    return redirect("notices")


@require_POST
@team_page(Role.AUDITOR)
def dismiss(request: TeamRequest, notice_id: UUID) -> HttpResponse:
    """Put a notice away for the signed-in person alone."""
    inbox.dismiss(request.member, request.by.role, notice_id)
    messages.success(request, _("Put away, for you alone. It stands among the earlier ones."))
    return redirect("notices")
