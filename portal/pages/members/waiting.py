"""Who waits for a seat: everybody who was refused because none was free."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from portal import door
from portal.pages.audit import door_in_words
from portal.pages.members.listed import PER_PAGE, head
from portal.pages.members.many import ticked
from portal.teams import seats
from portal.teams import waiting as waiting_list
from portal.teams.actor import Role
from portal.teams.errors import Invalid, Missing
from portal.teams.models import Waiting


@require_GET
@door.team_page(Role.AUDITOR)
def waiting(request: door.TeamRequest) -> HttpResponse:
    """Show who waits for a seat."""
    page = Paginator(request.team.waiting.order_by("first_at", "pk"), PER_PAGE).get_page(request.GET.get("page"))
    rows = [{"row": row, "door": door_in_words(row.door)} for row in page]
    return render(request, "members/waiting.html", head(request) | {"page": page, "rows": rows, "on_waiting": True})


@require_POST
@door.team_page(Role.ADMIN)
def seat(request: door.TeamRequest, waiting_id: UUID) -> HttpResponse:
    """Give somebody who waits a seat."""
    row = _row(request, waiting_id)
    waiting_list.seat(request.team, request.by, row.pk)
    messages.success(request, _("{who} has a seat now.").format(who=row.label))
    return redirect("waiting")


@require_POST
@door.team_page(Role.ADMIN)
def dismiss(request: door.TeamRequest, waiting_id: UUID) -> HttpResponse:
    """Take somebody off the waiting list."""
    row = _row(request, waiting_id)
    seats.dismiss(request.team, request.by, str(row.pk))
    messages.success(request, _("{who} no longer waits for a seat.").format(who=row.label))
    return redirect("waiting")


@require_POST
@door.team_page(Role.ADMIN)
def dismiss_several(request: door.TeamRequest) -> HttpResponse:
    """Take those ticked off the waiting list."""
    ids = ticked(request.POST)
    if not ids:
        raise Invalid(_("Nobody is chosen. Tick somebody in the list first."))
    gone = waiting_list.dismiss(request.team, request.by, ids)
    told = ngettext("{n} person no longer waits.", "{n} people no longer wait.", gone).format(n=gone)
    messages.success(request, told)
    return redirect("waiting")


def _row(request: door.TeamRequest, waiting_id: UUID) -> Waiting:
    row = request.team.waiting.filter(pk=waiting_id).first()
    if row is None:
        raise Missing
    request.subject = row.label
    return row
