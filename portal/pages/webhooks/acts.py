"""The acts on a webhook: pause, resume, remove, test, send again."""

from datetime import timedelta
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from portal.door import TeamRequest, team_page
from portal.outbound.webhooks import endpoints
from portal.teams.actor import Role
from portal.teams.errors import Invalid

# Hours back from which what failed is sent again.
SPANS = (1, 24, 72, 720)


@require_POST
@team_page(Role.ADMIN)
def pause(request: TeamRequest, endpoint_id: UUID) -> HttpResponse:
    """Send nothing for now."""
    endpoints.pause(request.team, request.by, endpoint_id)
    messages.success(request, _("Paused. What happens from now on waits."))
    return redirect("webhook", endpoint_id)


@require_POST
@team_page(Role.ADMIN)
def resume(request: TeamRequest, endpoint_id: UUID) -> HttpResponse:
    """Send again, beginning with what waited."""
    endpoints.resume(request.team, request.by, endpoint_id)
    messages.success(request, _("Resumed. What waited is sent first."))
    return redirect("webhook", endpoint_id)


@require_POST
@team_page(Role.ADMIN)
def resume_from_now(request: TeamRequest, endpoint_id: UUID) -> HttpResponse:
    """Send again, without what waited."""
    endpoints.resume(request.team, request.by, endpoint_id, skip=True)
    messages.success(request, _("Resumed. What waited is left out."))
    return redirect("webhook", endpoint_id)


@require_POST
@team_page(Role.ADMIN)
def remove(request: TeamRequest, endpoint_id: UUID) -> HttpResponse:
    """Remove the webhook with its deliveries."""
    endpoints.remove(request.team, request.by, endpoint_id)
    messages.success(request, _("Removed. Nothing is sent there any more."))
    return redirect("webhooks")


@require_POST
@team_page(Role.ADMIN)
def test(request: TeamRequest, endpoint_id: UUID) -> HttpResponse:
    """Send a message that tells of nothing."""
    endpoints.test(request.team, request.by, endpoint_id)
    messages.info(request, _("The test is on its way. What comes of it shows under Deliveries."))
    return redirect("webhook", endpoint_id)


@require_POST
@team_page(Role.ADMIN)
def resend(request: TeamRequest, endpoint_id: UUID, delivery_id: UUID) -> HttpResponse:
    """Send one delivery again."""
    endpoints.resend(request.team, request.by, endpoint_id, delivery_id)
    messages.info(request, _("It is on its way again, under the same id."))
    return redirect("webhook_delivery", endpoint_id, delivery_id)


@require_POST
@team_page(Role.ADMIN)
def resend_failed(request: TeamRequest, endpoint_id: UUID) -> HttpResponse:
    """Send everything again that failed in the chosen time."""
    hours = request.POST.get("hours", "")
    if hours not in {str(span) for span in SPANS}:
        raise Invalid(_("Choose since when."))
    since = timezone.now() - timedelta(hours=int(hours))
    count = endpoints.resend_failed(request.team, request.by, endpoint_id, since)
    words = ngettext("{n} event is sent again.", "{n} events are sent again, in their order.", count)
    messages.info(request, words.format(n=count) if count else _("Nothing failed in that time."))
    return redirect("webhook", endpoint_id)
