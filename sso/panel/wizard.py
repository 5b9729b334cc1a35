"""The wizard: choose the identity provider, copy our values there, give us its metadata, test, turn on."""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from portal.door import TeamRequest, team_page
from portal.teams.actor import Role
from portal.teams.models import Team
from sso import connection as connections
from sso import proposals, providers
from sso.forms import SourceForm
from sso.panel.overview import context_of

STEPS = ("choose", "copy", "metadata", "test", "on")


@require_GET
@team_page(Role.ADMIN)
def page(request: TeamRequest, step: str) -> HttpResponse:
    """Show one step."""
    if step not in STEPS:
        raise Http404
    return draw(request, step)


def draw(
    request: TeamRequest, name: str, status: int = 200, *, source: SourceForm | None = None, **more: Any
) -> HttpResponse:
    """Draw a step, with what was read from the metadata where there is something."""
    connection = connections.of(request.team)
    provider = providers.of(connection.provider)
    context = {
        **context_of(request),
        "chosen": connection.provider,
        "cards": {key: providers.of(key) for key in providers.CARDS},
        "presets": {key: providers.of(key) for key in providers.PRESETS},
        "step": name,
        "number": STEPS.index(name) + 1,
        "steps": _steps(),
        "crumbs": [{"label": _("Single sign-on"), "url": reverse("sso:panel")}, {"label": _("Connect")}],
        "ours": ours(request.team, provider),
        "source_form": source or SourceForm(),
        **more,
    }
    return render(request, f"sso/wizard_{name}.html", context, status=status)


def _steps() -> list[dict[str, str]]:
    labels = (_("Choose"), _("Copy values"), _("Give us metadata"), _("Test"), _("Turn on"))
    return [
        {"label": label, "url": reverse("sso:wizard", args=[name])} for name, label in zip(STEPS, labels, strict=True)
    ]


def ours(team: Team, provider: providers.Provider) -> list[tuple[str, str]]:
    """List which of our values goes into which of their fields."""
    connection = connections.of(team)
    rows = [(provider.acs, connections.url(team, "acs")), (provider.entity_id, connection.sp_entity_id)]
    if provider.idp_entity_id:
        # An issuer of its own for each team: two teams at one JumpCloud organisation must not share one.
        proposed = connection.idp_entity_id or f"{connections.url(team, 'metadata')}#idp"
        rows.append((provider.idp_entity_id, proposed))
    return rows


@require_POST
@team_page(Role.ADMIN)
def choose(request: TeamRequest) -> HttpResponse:
    """Remember the identity provider and go on."""
    proposals.choose(request.team, request.by, request.POST.get("provider", ""))
    return redirect("sso:wizard", "copy")
