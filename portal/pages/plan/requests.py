"""Asking for more seats: the request that waits, a form for a new one, and what became of the ones before."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from portal.door import TeamRequest, team_page
from portal.teams import seat_requests, seats
from portal.teams.actor import Role
from portal.teams.errors import Conflict
from portal.teams.models import Answer, Team

BEFORE = 10
KINDS = {"": "warn", Answer.GRANTED: "ok", Answer.DECLINED: "bad", Answer.RETRACTED: "neutral"}


class RequestForm(forms.Form):
    """How many more, and why."""

    more = forms.IntegerField(label=gettext_lazy("How many more seats"), min_value=1, max_value=seat_requests.MOST)
    note = forms.CharField(
        label=gettext_lazy("Note to your account executive"),
        max_length=seat_requests.LONGEST,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


def card(team: Team, form: RequestForm | None = None) -> dict[str, Any]:
    """Give what `plan/request.html` draws: the request that waits, or a form; and what became of earlier ones."""
    rows = list(team.seat_requests.order_by("-asked_at")[: BEFORE + 1])
    waits = next((row for row in rows if row.is_open), None)
    before = [{"row": row, "kind": KINDS[row.answer]} for row in rows if not row.is_open]
    # As many as wait is a good guess.
    guess = {"more": max(1, team.waiting.count())}
    return {"waits": waits, "request_form": form or RequestForm(initial=guess), "requests_before": before[:BEFORE]}


@require_GET
@team_page(Role.AUDITOR)
def seat_request(request: TeamRequest) -> HttpResponse:
    """Show the request that waits, or the form for one."""
    return _show(request)


def _show(request: TeamRequest, form: RequestForm | None = None, status: int = 200) -> HttpResponse:
    tally, waiting = seats.tally(request.team), request.team.waiting.count()
    crumbs = [{"label": _("Plan and seats"), "url": reverse("plan")}, {"label": _("Request seats")}]
    acts = request.by.may(Role.ADMIN)
    context = {"crumbs": crumbs, "tally": tally, "waiting_count": waiting, "acts": acts}
    return render(request, "plan/request_page.html", context | card(request.team, form), status=status)


@require_POST
@team_page(Role.ADMIN)
def ask(request: TeamRequest) -> HttpResponse:
    """Ask for more seats."""
    form = RequestForm(request.POST)
    if form.is_valid():
        try:
            seat_requests.ask(request.team, request.by, form.cleaned_data["more"], form.cleaned_data["note"])
        except Conflict as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Asked. Your account executive has a mail; the answer comes to all admins."))
            return redirect("seat_request")
    return _show(request, form, 400)


@require_POST
@team_page(Role.ADMIN)
def withdraw(request: TeamRequest) -> HttpResponse:
    """Withdraw the request that waits."""
    seat_requests.retract(request.team, request.by)
    messages.success(request, _("The request is withdrawn."))
    return redirect("seat_request")
