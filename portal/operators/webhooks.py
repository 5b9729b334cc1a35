"""The operator's webhooks, which get the events of every team: the teams' own pages, between the operators' rail."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from portal.operators import frame
from portal.operators.door import OperatorRequest, operator_page
from portal.outbound.webhooks import endpoints, operators
from portal.outbound.webhooks.models import Endpoint
from portal.pages.webhooks import deliveries, endpoint, form, said
from portal.pages.webhooks.place import Place


def _place() -> Place:
    return Place(reverse("operators:webhooks"))


# ── Looking ──────────────────────────────────────────────────────────────────────────────────────────────────────────
@require_GET
@operator_page()
def webhooks(request: OperatorRequest) -> HttpResponse:
    """Show the operator's webhooks."""
    return _list(request, form.blank())


def _list(request: OperatorRequest, shown: form.WebhookForm, status: int = 200) -> HttpResponse:
    context = _place().listing(operators.listed()) | {"form": shown, "acts": True}
    return frame.show(request, "webhooks/list.html", context, status)


@require_GET
@operator_page()
def webhook(request: OperatorRequest, endpoint_id: UUID) -> HttpResponse:
    """Show one, how it stands and its newest deliveries."""
    return _draw(request, endpoints.of(None, endpoint_id))


def _draw(
    request: OperatorRequest, found: Endpoint, *, secret: str = "", shown: form.WebhookForm | None = None,
    status: int = 200,
) -> HttpResponse:  # fmt: skip
    context = endpoint.told(found, _place(), request.GET, secret=secret, shown=shown) | {"acts": True}
    return frame.show(request, "webhooks/one.html", context, status)


@require_GET
@operator_page()
def newest(request: OperatorRequest, endpoint_id: UUID) -> HttpResponse:
    """Give the list of deliveries anew, for the page that lives."""
    found = endpoints.of(None, endpoint_id)
    context = _place().around(found) | deliveries.listed(request.GET, found)
    return render(request, "webhooks/deliveries.html", context)


@require_GET
@operator_page()
def delivery(request: OperatorRequest, endpoint_id: UUID, delivery_id: UUID) -> HttpResponse:
    """Show one delivery."""
    context = deliveries.told_of(endpoints.of(None, endpoint_id), delivery_id, _place())
    return frame.show(request, "webhooks/delivery.html", context | {"acts": True})


# ── What asks who it is: GET leads back to the page, once that is proved ─────────────────────────────────────────────
@require_http_methods(["GET", "POST"])
@operator_page(sudo=True)
def add(request: OperatorRequest) -> HttpResponse:
    """Add a webhook, and show its secret in this one answer."""
    given = form.WebhookForm(request.POST if request.method == "POST" else None)
    if request.method == "GET" or not given.is_valid():
        return _list(
            request, form.blank() if request.method == "GET" else given, 200 if request.method == "GET" else 400
        )
    made = operators.add(request.by, *given.given)
    return _draw(request, made, secret=made.secret)


@require_http_methods(["GET", "POST"])
@operator_page(sudo=True)
def change(request: OperatorRequest, endpoint_id: UUID) -> HttpResponse:
    """Change name, address or choice of events."""
    found = endpoints.of(None, endpoint_id)
    given = form.WebhookForm(request.POST)
    if request.method == "POST" and not given.is_valid():
        return _draw(request, found, shown=given, status=400)
    if request.method == "POST":
        operators.change(request.by, endpoint_id, *given.given)
        messages.success(request, said.SAVED)
    return redirect("operators:webhook", endpoint_id)


@require_http_methods(["GET", "POST"])
@operator_page(sudo=True)
def rotate(request: OperatorRequest, endpoint_id: UUID) -> HttpResponse:
    """Make a new secret and show it, once."""
    if request.method == "GET":
        return redirect("operators:webhook", endpoint_id)
    made = operators.rotate(request.by, endpoint_id, endpoint.grace_of(request.POST))
    return _draw(request, made, secret=made.secret)


# ── Acts ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
@require_POST
@operator_page()
def pause(request: OperatorRequest, endpoint_id: UUID) -> HttpResponse:
    """Send nothing for now."""
    operators.pause(request.by, endpoint_id)
    messages.success(request, said.PAUSED)
    return redirect("operators:webhook", endpoint_id)


@require_POST
@operator_page()
def resume(request: OperatorRequest, endpoint_id: UUID) -> HttpResponse:
    """Send again, beginning with what waited."""
    operators.resume(request.by, endpoint_id)
    messages.success(request, said.RESUMED)
    return redirect("operators:webhook", endpoint_id)


@require_POST
@operator_page()
def resume_from_now(request: OperatorRequest, endpoint_id: UUID) -> HttpResponse:
    """Send again, without what waited."""
    operators.resume(request.by, endpoint_id, skip=True)
    messages.success(request, said.SKIPPED)
    return redirect("operators:webhook", endpoint_id)


@require_POST
@operator_page()
def remove(request: OperatorRequest, endpoint_id: UUID) -> HttpResponse:
    """Remove the webhook with its deliveries."""
    operators.remove(request.by, endpoint_id)
    messages.success(request, said.REMOVED)
    return redirect("operators:webhooks")


@require_POST
@operator_page()
def test(request: OperatorRequest, endpoint_id: UUID) -> HttpResponse:
    """Send a message that tells of nothing."""
    operators.test(request.by, endpoint_id)
    messages.info(request, said.TESTED)
    return redirect("operators:webhook", endpoint_id)


@require_POST
@operator_page()
def resend(request: OperatorRequest, endpoint_id: UUID, delivery_id: UUID) -> HttpResponse:
    """Send one delivery again."""
    operators.resend(request.by, endpoint_id, delivery_id)
    messages.info(request, said.AGAIN)
    return redirect("operators:webhook_delivery", endpoint_id, delivery_id)


@require_POST
@operator_page()
def resend_failed(request: OperatorRequest, endpoint_id: UUID) -> HttpResponse:
    """Send everything again that failed in the chosen time."""
    count = operators.resend_failed(request.by, endpoint_id, said.since(request.POST))
    messages.info(request, said.how_many(count))
    return redirect("operators:webhook", endpoint_id)
