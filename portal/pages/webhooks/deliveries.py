"""A webhook's deliveries: the newest, by how they stand, and each with what was sent and what was answered."""

import json
from typing import Any
from uuid import UUID

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from portal.door import TeamRequest, team_page
from portal.outbound.webhooks import endpoints
from portal.outbound.webhooks.models import Delivery, Endpoint, State
from portal.pages.webhooks.place import Place
from portal.teams.actor import Role
from portal.teams.errors import Missing

SHOWN = 50
STATES = {
    State.WAITING: gettext_lazy("Waiting"),
    State.DELIVERED: gettext_lazy("Delivered"),
    State.FAILED: gettext_lazy("Failed"),
}
HEAVY = ("body", "answer", "answer_headers")


def listed(asked: QueryDict, endpoint: Endpoint) -> dict[str, Any]:
    """The newest deliveries that are asked for, and the filter."""
    wanted = asked.get("state", "")
    rows = endpoint.deliveries.select_related("team").defer(*HEAVY).order_by("-made_at", "-pk")
    if wanted in STATES:
        rows = rows.filter(state=wanted)
    return {
        "deliveries": [{"row": row, "badge": badge(row), "told": told(row)} for row in rows[:SHOWN]],
        "states": STATES.items(),
        "wanted": wanted if wanted in STATES else "",
        "most_shown": SHOWN,
    }


def badge(row: Delivery) -> tuple[str, str]:
    """Say in a badge how a delivery stands."""
    if row.state == State.DELIVERED:
        return "ok", str(row.status)
    if row.state == State.FAILED:
        return "bad", _("Failed")
    return ("warn", _("Trying again")) if row.attempts else ("info", _("Waiting"))


def told(row: Delivery) -> str:
    """Say in words what came of a delivery."""
    status = _("Answered {status}.").format(status=row.status) if row.status else ""
    said = " ".join(filter(None, [status, row.words]))
    if row.state == State.WAITING and not row.attempts:
        return _("On its way.") if row.due_at else _("Waits for the one before it.")
    if row.state == State.FAILED and not row.attempts:
        return _("Left out when the webhook was resumed.")
    return said


@require_GET
@team_page(Role.AUDITOR)
def newest(request: TeamRequest, endpoint_id: UUID) -> HttpResponse:
    """Give the list anew, for the page that lives."""
    endpoint = endpoints.of(request.team, endpoint_id)
    context = _place().around(endpoint) | listed(request.GET, endpoint)
    return render(request, "webhooks/deliveries.html", context)


@require_GET
@team_page(Role.AUDITOR)
def one(request: TeamRequest, endpoint_id: UUID, delivery_id: UUID) -> HttpResponse:
    """Show one delivery: what was sent, what was answered, and what comes next."""
    context = told_of(endpoints.of(request.team, endpoint_id), delivery_id, _place())
    return render(request, "webhooks/delivery.html", context | {"acts": request.by.may(Role.ADMIN)})


def told_of(endpoint: Endpoint, delivery_id: UUID, place: Place) -> dict[str, Any]:
    """What the page of a delivery tells, wherever it stands."""
    row = endpoint.deliveries.select_related("team").filter(pk=delivery_id).first()
    if row is None:
        raise Missing
    return {
        **place.around(endpoint),
        "delivery": row,
        "badge": badge(row),
        "told": told(row),
        "body": json.dumps(json.loads(row.body), indent=2, ensure_ascii=False),
        "crumbs": place.crumbs(endpoint, row.kind),
    }


def _place() -> Place:
    return Place(reverse("webhooks"))
