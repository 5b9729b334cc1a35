"""Seat requests of every team: who asks, and a page that answers one (GET shows, POST acts)."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST

from portal.door import STATUS
from portal.operators import frame
from portal.operators.door import OperatorRequest, acting, operator_page
from portal.teams import seat_requests, seats
from portal.teams.errors import Missing, Refusal
from portal.teams.models import SeatRequest

PER_PAGE = 50


class GrantForm(forms.Form):
    """How many more seats the team gets."""

    more = forms.IntegerField(label=gettext_lazy("How many more seats"), min_value=1, max_value=seat_requests.MOST)
    words = forms.CharField(
        label=gettext_lazy("Note to the team"), max_length=seat_requests.LONGEST, required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip


class DeclineForm(forms.Form):
    """Why not."""

    words = forms.CharField(
        label=gettext_lazy("Reason"), max_length=seat_requests.LONGEST, help_text=gettext_lazy("The team reads it."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip


@require_GET
@operator_page()
def requests(request: OperatorRequest) -> HttpResponse:
    """List the requests that wait, oldest first, or the answered ones, newest first."""
    done = request.GET.get("tab") == "answered"
    rows = SeatRequest.every_team.filter(team__closed_at=None).select_related("team")
    rows = rows.exclude(answer="").order_by("-answered_at") if done else rows.filter(answer="").order_by("asked_at")
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    return frame.show(request, "operators/requests.html", {"page": page, "done": done})


@require_GET
@operator_page()
def request(request: OperatorRequest, request_id: UUID) -> HttpResponse:
    """Show one request, and the forms that answer it."""
    return _show(request, _found(request, request_id))


@require_POST
@operator_page()
def grant(request: OperatorRequest, request_id: UUID) -> HttpResponse:
    """Grant a request, in full or by another number."""
    row, form = _found(request, request_id), GrantForm(request.POST)
    if form.is_valid():
        more, words = form.cleaned_data["more"], form.cleaned_data["words"]
        try:
            seat_requests.grant(row.team, acting(request, words), row.pk, more, words)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
            return _show(request, _found(request, request_id), STATUS[refusal.sort], granting=form)
        told = ngettext(
            "{team} has {n} more seat. Its admins are told.", "{team} has {n} more seats. Its admins are told.", more
        )
        messages.success(request, told.format(team=row.team.name, n=more))
        return redirect("operators:requests")
    return _show(request, row, 400, granting=form)


@require_POST
@operator_page()
def decline(request: OperatorRequest, request_id: UUID) -> HttpResponse:
    """Decline a request with a reason."""
    row, form = _found(request, request_id), DeclineForm(request.POST)
    if form.is_valid():
        words = form.cleaned_data["words"]
        try:
            seat_requests.decline(row.team, acting(request, words), row.pk, words)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
            return _show(request, _found(request, request_id), STATUS[refusal.sort], declining=form)
        messages.success(request, _("Declined. The admins of {team} are told.").format(team=row.team.name))
        return redirect("operators:requests")
    return _show(request, row, 400, declining=form)


def _found(request: OperatorRequest, request_id: UUID) -> SeatRequest:
    row: SeatRequest | None = (
        SeatRequest.every_team.filter(pk=request_id, team__closed_at=None).select_related("team").first()
    )
    if row is None:
        raise Missing
    request.team = row.team
    return row


def _show(request: OperatorRequest, row: SeatRequest, status: int = 200, **given: forms.Form) -> HttpResponse:
    tally = seats.tally(row.team)
    context: dict[str, Any] = {
        "row": row,
        "tally": tally,
        "after": tally.bought + row.more,
        "waiting": row.team.waiting.count(),
        "granting": GrantForm(initial={"more": row.more}),
        "declining": DeclineForm(auto_id="id_decline_%s"),
    }
    return frame.show(request, "operators/request.html", context | given, status)
