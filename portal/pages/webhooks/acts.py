"""The acts on a webhook: pause, resume, remove, test, send again."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from portal.door import TeamRequest, team_page
from portal.outbound.webhooks import endpoints
from portal.pages.webhooks import said
from portal.teams.actor import Role


@require_POST
@team_page(Role.ADMIN)
def pause(request: TeamRequest, endpoint_id: UUID) -> HttpResponse:
    """Send nothing for now."""
    endpoints.pause(request.team, request.by, endpoint_id)
    messages.success(request, said.PAUSED)
    return redirect("webhook", endpoint_id)


@require_POST
@team_page(Role.ADMIN)
def resume(request: TeamRequest, endpoint_id: UUID) -> HttpResponse:
    """Send again, beginning with what waited."""
    endpoints.resume(request.team, request.by, endpoint_id)
    messages.success(request, said.RESUMED)
    return redirect("webhook", endpoint_id)


@require_POST
@team_page(Role.ADMIN)
def resume_from_now(request: TeamRequest, endpoint_id: UUID) -> HttpResponse:
    """Send again, without what waited."""
    endpoints.resume(request.team, request.by, endpoint_id, skip=True)
    messages.success(request, said.SKIPPED)
    return redirect("webhook", endpoint_id)


@require_POST
@team_page(Role.ADMIN)
def remove(request: TeamRequest, endpoint_id: UUID) -> HttpResponse:
    """Remove the webhook with its deliveries."""
    endpoints.remove(request.team, request.by, endpoint_id)
    messages.success(request, said.REMOVED)
    return redirect("webhooks")


@require_POST
@team_page(Role.ADMIN)
def test(request: TeamRequest, endpoint_id: UUID) -> HttpResponse:
    """Send a message that tells of nothing."""
    endpoints.test(request.team, request.by, endpoint_id)
    messages.info(request, said.TESTED)
    return redirect("webhook", endpoint_id)


@require_POST
@team_page(Role.ADMIN)
def resend(request: TeamRequest, endpoint_id: UUID, delivery_id: UUID) -> HttpResponse:
    """Send one delivery again."""
    endpoints.resend(request.team, request.by, endpoint_id, delivery_id)
    messages.info(request, said.AGAIN)
    return redirect("webhook_delivery", endpoint_id, delivery_id)


@require_POST
@team_page(Role.ADMIN)
def resend_failed(request: TeamRequest, endpoint_id: UUID) -> HttpResponse:
    """Send everything again that failed in the chosen time."""
    count = endpoints.resend_failed(request.team, request.by, endpoint_id, said.since(request.POST))
    messages.info(request, said.how_many(count))
    return redirect("webhook", endpoint_id)
