"""Background work as operators see it: whether a worker lives, what waits, and what was given up."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from portal.operators import finding, frame
from portal.operators.door import OperatorRequest, operator_page
from portal.outbound import heartbeat
from portal.outbound import work as background
from portal.teams.errors import Missing
from portal.teams.models import Team
from portal.teams.registry import Work
from portal.teams.work import WorkRow

MOST = 100


@dataclass(frozen=True)
class Dead:
    """One row that was given up: its kind, and the team it belongs to, where it belongs to one."""

    work: Work
    row: WorkRow
    team: Team | None


def given_up() -> list[Dead]:
    """List what was given up, with its team; one query more for all teams together."""
    found = background.dead(MOST)
    ids = {key for _work, row in found if (key := getattr(row, "team_id", None))}
    teams: dict[Any, Team] = {team.pk: team for team in finding.every().filter(pk__in=ids)} if ids else {}
    return [Dead(work, row, teams.get(getattr(row, "team_id", None))) for work, row in found]


def state() -> dict[str, Any]:
    """Say in one badge whether work gets done."""
    workers, depths = heartbeat.at_work(), list(background.depths())
    dead = sum(depth.dead for depth in depths)
    if not workers:
        kind, word = "bad", _("No worker")
    elif any(background.late(depth) for depth in depths):
        kind, word = "warn", _("Late")
    else:
        kind, word = ("warn", _("Given up")) if dead else ("ok", _("At work"))
    return {"kind": kind, "word": word, "workers": workers, "depths": depths, "dead_count": dead}


@require_GET
@operator_page()
def work(request: OperatorRequest) -> HttpResponse:
    """Show who works, what waits, and what was given up."""
    return frame.show(request, "operators/work.html", state() | {"dead": given_up()})


@require_POST
@operator_page()
def revive(request: OperatorRequest, name: str, key: UUID) -> HttpResponse:
    """Let what was given up be tried again as if it were new."""
    try:
        found = background.revive(name, key)
    except LookupError:
        raise Missing from None
    if not found:
        raise Missing
    messages.success(request, _("It is due now; the worker takes it within a second."))
    return redirect("operators:work")
