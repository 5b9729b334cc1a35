"""The operators' list of teams, and the page of one: how it stands, and the ways to help it."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from portal.operators import finding, frame
from portal.operators.door import OperatorRequest, operator_page
from portal.pages.audit import rows as events_in_words
from portal.teams import retention, seat_requests
from portal.teams.actor import Role
from portal.teams.models import Team
from portal.teams.registry import registry

PER_PAGE, MOST_WAITING, MOST_OWNERS, LAST_EVENTS = 50, 20, 20, 15


@require_GET
@operator_page()
def teams(request: OperatorRequest) -> HttpResponse:
    """List the teams that were asked for."""
    page = Paginator(finding.search(request.GET), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": finding.rows(page.object_list),
        "filters": [
            ("plan", _("Plan"), _("Every plan"), finding.PLANS),
            ("sso", _("Single sign-on"), _("SSO or not"), finding.SSO),
            ("scim", _("SCIM"), _("SCIM or not"), finding.SCIM),
            ("trouble", _("Health"), _("Well or not"), _troubles()),
            ("used", _("Seats used"), _("However full"), {finding.FULL: _("Over 90 % used")}),
            ("sort", _("Order"), "", finding.SORTS),
        ],
        "closed": finding.closed().count(),
        "filtered": any(request.GET.get(name) for name in finding.FILTERS),
    }
    return frame.show(request, "operators/teams.html", context)


def _troubles() -> dict[str, Any]:
    return {finding.ANY: _("Anything wrong")} | {each.name: each.word for each in registry.troubles}


@require_GET
@operator_page()
def closed(request: OperatorRequest) -> HttpResponse:
    """List the teams that were deleted: what is left of each is its slug, which nobody gets again, and its journal."""
    page = Paginator(finding.closed(), PER_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "days": retention.CLOSED_TEAMS.days(), "crumbs": closed_crumbs()}
    return frame.show(request, "operators/closed.html", context)


def closed_crumbs() -> list[dict[str, str]]:
    """The way from the list of teams to those that were deleted."""
    return [{"label": _("Teams"), "url": reverse("operators:teams")}, {"label": _("Deleted teams")}]


@require_GET
@operator_page()
def team(request: OperatorRequest, slug: str) -> HttpResponse:
    """Show one team."""
    found = request.team = finding.of_slug(slug)
    waiting = list(found.waiting.order_by("first_at", "pk")[: MOST_WAITING + 1])
    context = {
        "crumbs": crumbs(found),
        "row": finding.rows([found])[0],
        "tiles": [tile(found) for tile in registry.tiles],
        "owners": list(found.members.filter(role=Role.OWNER).order_by("email_key")[:MOST_OWNERS]),
        "people": found.members.filter(active=True).count(),
        "domains": list(found.domains.order_by("name")),
        "waiting": waiting[:MOST_WAITING],
        "more_wait": len(waiting) > MOST_WAITING,
        "request_open": seat_requests.waiting(found),
        "rows": events_in_words(found.events.order_by("-number")[:LAST_EVENTS]),
    }
    return frame.show(request, "operators/team.html", context)


def crumbs(team: Team | None, here: str = "") -> list[dict[str, str]]:
    """The way from the list to a team, where it is about one, and to what is done with it."""
    pages = [{"label": _("Teams"), "url": reverse("operators:teams")}]
    if team is not None:
        pages.append({"label": team.name, "url": reverse("operators:team", args=[team.slug])})
    return [*pages, *([{"label": here}] if here else [])]
