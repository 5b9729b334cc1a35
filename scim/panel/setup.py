"""The setup link's page for provisioning: the endpoint, the token asked for and shown once, and what was heard."""

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from portal import setup_door
from portal.setup_door import SetupRequest, setup_page
from portal.teams import setup
from portal.teams.errors import NotReady
from portal.teams.models import Scope
from scim import requested
from scim.models import Exchange
from scim.panel import overview, providers, wizard
from scim.panel.line import Line

LOG_PAGE = 50


@require_GET
@setup_page(Scope.SCIM)
def page(request: SetupRequest) -> HttpResponse:
    """Show what to copy, and how the token stands."""
    return _show(request)


def _show(request: SetupRequest, token: str = "") -> HttpResponse:
    """Draw the page; a fresh token is drawn once, in the answer to the POST that made it."""
    request.team.refresh_from_db()
    chosen = request.GET.get("with", "")
    provider = providers.BY_SLUG.get(chosen, providers.OTHER)
    context = {
        "provider": provider,
        "providers": providers.ALL,
        "token": token,
        "draft": requested.of(request.link),
        "usable": request.team.may_use("scim"),
        "base_url": overview.base_url(request.team),
        "plain_url": f"{settings.BASE_URL}/scim/v2",
        **wizard.hearing(request.team, provider),
    }
    return setup_door.show(request, "scim/setup/page.html", context)


def _here(request: SetupRequest) -> str:
    """Return the page's address in the words of the same identity provider."""
    chosen = request.GET.get("with", "")
    return reverse("scim:setup", args=[request.link.pk]) + (f"?with={chosen}" if chosen in providers.BY_SLUG else "")


@require_POST
@setup_page(Scope.SCIM)
def ask(request: SetupRequest) -> HttpResponse:
    """Ask an admin to turn SCIM on and give out a token."""
    if not request.team.sso_on:
        raise NotReady(_("Connect single sign-on first: SCIM needs it to be on."))
    setup.draft(request.team, request.by, request.link.pk, Scope.SCIM, {}, propose_now=True)
    return redirect(_here(request))


@require_POST
@setup_page(Scope.SCIM)
def collect(request: SetupRequest) -> HttpResponse:
    """Show the confirmed token, once."""
    draft = requested.of(request.link)
    if draft is None:
        raise NotReady(_("Ask for the token first."))
    return _show(request, token=requested.collect(request.link, draft.pk))


@require_GET
@setup_page(Scope.SCIM)
def log(request: SetupRequest) -> HttpResponse:
    """Show the team's newest provisioning requests, and what became of them."""
    rows = Exchange.every_team.filter(team=request.team).order_by("-at", "-id")[:LOG_PAGE]
    return setup_door.show(request, "scim/setup/log.html", {"lines": [Line(row) for row in rows]})
