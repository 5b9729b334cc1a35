"""The operators' start page: totals, teams with something wrong, open requests, and what does not get done."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q
from django.http import HttpResponse
from django.views.decorators.http import require_GET

from portal.operators import finding, frame, work
from portal.operators.door import OperatorRequest, operator_page
from portal.teams.models import Seat, SeatRequest, Team, Waiting
from portal.teams.registry import Trouble, registry

MOST_TEAMS, MOST_REQUESTS = 10, 5


@dataclass(frozen=True)
class Total:
    """How many teams have a trouble."""

    trouble: Trouble
    teams: int


def totals() -> dict[str, Any]:
    """Count teams, seats and people who wait, over all open teams."""
    teams = finding.every().aggregate(
        teams=Count("pk"), sso=Count("pk", Q(sso_on=True)), enforced=Count("pk", Q(sso_enforced=True)),
        scim=Count("pk", Q(scim_on=True)),
    )  # fmt: skip
    seats = Seat.every_team.aggregate(bought=Count("pk"), assigned=Count("member"))
    return teams | seats | {"waiting": Waiting.every_team.count()}


def open_requests() -> Any:
    """The requests that wait for an answer, the oldest first."""
    waiting = SeatRequest.every_team.filter(answer="", team__closed_at=None)
    return waiting.select_related("team").order_by("asked_at")


def ill() -> list[Total]:
    """How many teams each trouble has, the ones that have none left out."""
    counted = (Total(each, finding.every().filter(each.when()).count()) for each in registry.troubles)
    return [total for total in counted if total.teams]


def worst(found: list[Total]) -> list[Team]:
    """The first teams with the worst of the troubles there are."""
    shown: dict[Any, Team] = {}
    for total in found:
        left = MOST_TEAMS - len(shown)
        if left > 0:
            more = finding.every().filter(total.trouble.when()).exclude(pk__in=shown).order_by("name_key", "pk")
            shown |= {team.pk: team for team in more[:left]}
    return list(shown.values())


@require_GET
@operator_page()
def overview(request: OperatorRequest) -> HttpResponse:
    """Show how things stand over all teams."""
    found = ill()
    context = {
        "totals": totals(),
        "ill": found,
        "rows": finding.rows(worst(found)),
        "requests": list(open_requests()[:MOST_REQUESTS]),
        "request_count": open_requests().count(),
    }
    return frame.show(request, "operators/overview.html", context | {"work": work.state()})
