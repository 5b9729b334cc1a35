"""Settings › Developers › Webhooks: which there are, how each stands, and a new one."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from portal.door import TeamRequest, team_page
from portal.outbound.webhooks import endpoints
from portal.pages.webhooks import endpoint, form
from portal.teams.actor import Role


@require_GET
@team_page(Role.AUDITOR)
def webhooks(request: TeamRequest) -> HttpResponse:
    """Show the team's webhooks."""
    return _show(request, form.blank())


def _show(request: TeamRequest, shown: form.WebhookForm, status: int = 200) -> HttpResponse:
    context = endpoint.place().listing(list(request.team.webhooks.order_by("made_at")))
    context |= {"form": shown, "acts": request.by.may(Role.ADMIN), "most": endpoints.MOST}
    return render(request, "webhooks/list.html", context, status=status)


@require_POST
@team_page(Role.ADMIN, sudo=True)
def add(request: TeamRequest) -> HttpResponse:
    """Add a webhook, and show its secret in this one answer."""
    given = form.WebhookForm(request.POST)
    if not given.is_valid():
        return _show(request, given, 400)
    made = endpoints.add(request.team, request.by, *given.given)
    return endpoint.draw(request, made, secret=made.secret)
