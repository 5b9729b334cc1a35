"""One webhook: how it stands, its secret, its settings, and its newest deliveries."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from portal.door import TeamRequest, team_page
from portal.outbound.webhooks import endpoints, lines
from portal.outbound.webhooks.models import Endpoint, State
from portal.pages.webhooks import deliveries, form, said
from portal.pages.webhooks.place import Place
from portal.teams.actor import Role
from portal.teams.errors import Invalid

# Hours the present secret signs beside a new one.
GRACES = {
    0: gettext_lazy("It ends now"),
    1: gettext_lazy("It signs beside the new one for 1 hour"),
    24: gettext_lazy("It signs beside the new one for 24 hours"),
    168: gettext_lazy("It signs beside the new one for 7 days"),
}


def place() -> Place:
    """Where a team's webhooks are."""
    return Place(reverse("webhooks"))


@require_GET
@team_page(Role.AUDITOR)
def show(request: TeamRequest, endpoint_id: UUID) -> HttpResponse:
    """Show a webhook."""
    return draw(request, endpoints.of(request.team, endpoint_id))


def draw(
    request: TeamRequest, endpoint: Endpoint, *, secret: str = "", shown: form.WebhookForm | None = None,
    status: int = 200,
) -> HttpResponse:  # fmt: skip
    """Draw the page; a fresh secret is drawn once, in the answer to the POST that made it."""
    context = told(endpoint, place(), request.GET, secret=secret, shown=shown)
    return render(request, "webhooks/one.html", context | {"acts": request.by.may(Role.ADMIN)}, status=status)


def told(
    endpoint: Endpoint, place: Place, asked: QueryDict, *, secret: str = "", shown: form.WebhookForm | None = None
) -> dict[str, Any]:
    """What the page of a webhook tells, wherever it stands."""
    return {
        **place.around(endpoint),
        "state": form.state(endpoint),
        "chosen": form.chosen(endpoint),
        "crumbs": place.crumbs(endpoint),
        "secret": secret,
        "two_secrets": len(endpoint.secrets) > 1,
        "graces": GRACES.items(),
        "grace": endpoints.GRACE_HOURS,
        "form": shown or form.of(endpoint),
        "backlog": lines.backlog(endpoint),
        "failed": endpoint.deliveries.filter(state=State.FAILED, number__isnull=False).count(),
        **deliveries.listed(asked, endpoint),
    }


@require_POST
@team_page(Role.ADMIN, sudo=True)
def change(request: TeamRequest, endpoint_id: UUID) -> HttpResponse:
    """Change name, address or choice of events."""
    endpoint = endpoints.of(request.team, endpoint_id)
    given = form.WebhookForm(request.POST)
    if not given.is_valid():
        return draw(request, endpoint, shown=given, status=400)
    endpoints.change(request.team, request.by, endpoint_id, *given.given)
    messages.success(request, said.SAVED)
    return redirect("webhook", endpoint_id)


@require_POST
@team_page(Role.ADMIN, sudo=True)
def rotate(request: TeamRequest, endpoint_id: UUID) -> HttpResponse:
    """Make a new secret and show it, once; the present one signs beside it for the chosen time."""
    endpoint = endpoints.rotate(request.team, request.by, endpoint_id, grace_of(request.POST))
    return draw(request, endpoint, secret=endpoint.secret)


def grace_of(chosen: QueryDict) -> int:
    """Read for how many hours the present secret signs too."""
    grace = chosen.get("grace", str(endpoints.GRACE_HOURS))
    if grace not in {str(hours) for hours in GRACES}:
        raise Invalid(_("Choose how long the present secret signs too."))
    return int(grace)
