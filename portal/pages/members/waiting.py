"""Who waits for a seat: everybody who was refused because none was free."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from portal import door
from portal.pages.members.listed import PER_PAGE, head
from portal.teams import seats
from portal.teams.actor import Role
from portal.teams.errors import Missing


@require_GET
@door.team_page(Role.AUDITOR)
def waiting(request: door.TeamRequest) -> HttpResponse:
    """Show who waits for a seat."""
    rows = Paginator(request.team.waiting.order_by("first_at", "pk"), PER_PAGE)
    context = head(request) | {"page": rows.get_page(request.GET.get("page")), "on_waiting": True}
    return render(request, "members/waiting.html", context)


@require_POST
@door.team_page(Role.ADMIN)
def dismiss(request: door.TeamRequest, waiting_id: UUID) -> HttpResponse:
    """Take somebody off the waiting list."""
    row = request.team.waiting.filter(pk=waiting_id).first()
    if row is None:
        raise Missing
    request.subject = row.label
    seats.dismiss(request.team, request.by, str(row.pk))
    messages.success(request, _("{who} no longer waits for a seat.").format(who=row.label))
    return redirect("waiting")
