"""Team settings › Plan and seats: the plan in words, the numbers, the chart, and the ledger behind them."""

from collections.abc import Iterator
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from portal import take_away
from portal.door import TeamRequest, team_page
from portal.pages import charts
from portal.pages.audit import DOORS, door_in_words
from portal.teams import ledger, seat_requests, seats
from portal.teams.actor import Door, Role
from portal.teams.models import SeatDay, Team
from portal.teams.seats import Tally

PER_PAGE = 50
FEATURES = {
    "sso": (gettext_lazy("Single sign-on"), gettext_lazy("Members sign in through your identity provider.")),
    "scim": (gettext_lazy("Provisioning (SCIM)"), gettext_lazy("Your directory gives and takes seats.")),
}
HEADS = ("day", "through", "who", "seated", "freed", "bought", "assigned_at_the_end", "bought_at_the_end")


@require_GET
@team_page(Role.AUDITOR)
def plan(request: TeamRequest) -> HttpResponse:
    """Show what the team bought, what is left of it, and what changed that."""
    team, door = request.team, _door(request)
    tally = seats.counted(team)
    page = Paginator(ledger.rows(team, door), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "tally": tally,
        "waiting_count": team.waiting.count(),
        "features": _features(team),
        "chart": charts.seats(team, request.GET.get("days", ""), tally),
        "page": page,
        "rows": _rows(team, list(page.object_list), tally),
        "doors": DOORS,
        "door": door,
        "waits": seat_requests.waiting(team),
        "acts": request.by.may(Role.ADMIN),
    }
    return render(request, "plan/page.html", context)


def _features(team: Team) -> list[dict[str, Any]]:
    return [
        {"name": name, "has": team.may_use(feature), "words": words}
        for feature, (name, words) in FEATURES.items()
    ]  # fmt: skip


def _rows(team: Team, found: list[SeatDay], tally: Tally) -> list[dict[str, Any]]:
    """Say of each row through which door it came, and how its day ended."""
    if not found:
        return []
    days = ledger.levels(team, found[-1].day, found[0].day, tally.assigned, tally.bought)
    ends = {level.day: level for level in days}
    return [{"row": row, "door": door_in_words(row.door), "end": ends[row.day]} for row in found]


@require_GET
@team_page(Role.AUDITOR)
def ledger_csv(request: TeamRequest) -> HttpResponse:
    """Give the ledger away as CSV, through one door where one is named."""
    return take_away.table(_cells(request.team, _door(request)), f"{request.team.slug}-seats.csv")


def _door(request: TeamRequest) -> str:
    """Read which door is asked for; one that is none asks for all."""
    asked = request.GET.get("door", "")
    return asked if asked in list(Door) else ""


def _cells(team: Team, door: str) -> Iterator[tuple[Any, ...]]:
    yield HEADS
    rows, tally = ledger.rows(team, door), seats.counted(team)
    first, last = rows.last(), rows.first()
    if first is None or last is None:
        return
    days = ledger.levels(team, first.day, last.day, tally.assigned, tally.bought)
    ends = {level.day: level for level in days}
    for row in rows.iterator():
        end = ends[row.day]
        yield row.day, door_in_words(row.door), row.actor, row.seated, row.freed, row.bought, end.assigned, end.bought
