"""The members page: who is in the team, and what both of its tabs begin with."""

from collections.abc import Iterable
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from portal import door
from portal.pages.members import order, people
from portal.pages.members.asked import ROLES, SEEN, SOURCES, Asked
from portal.pages.members.forms import AssignForm
from portal.teams import policy, seats
from portal.teams.actor import Door, Role
from portal.teams.models import Team
from portal.teams.policy import Task

PER_PAGE = 50
# More than anybody looks through in a list to choose from.
MOST_GROUPS = 200
NEWEST_FIRST = ("sign_in", "seat")


@require_GET
@door.team_page(Role.AUDITOR)
def members(request: door.TeamRequest) -> HttpResponse:
    """Show who is in the team."""
    if request.GET.get("tab") == "waiting":
        # Where the tab stood before it had an address of its own: mails and bookmarks lead here.
        return redirect("waiting")
    asked = Asked.read(request.GET)
    page = asked.page(request.team, request.GET, PER_PAGE)
    context = head(request) | {
        "page": page,
        "rows": people.rows(request.team, request.by, page.people),
        "count": asked.wanted.people(request.team).count(),
        "running": request.team.errands.filter(finished_at=None, dead_at=None).order_by("-made_at").first(),
        "asked": asked,
        "columns": _columns(asked.sort or "name"),
        "filters": _filters(request.team, asked),
    }
    return render(request, "members/list.html", context)


def _filters(team: Team, asked: Asked) -> list[dict[str, Any]]:
    """Return what the controls of the filters are drawn from; whoever keeps no groups is not asked for one."""
    groups = team.groups.order_by("display_name_key").values_list("pk", "display_name")[:MOST_GROUPS]
    kinds: list[tuple[str, str, Iterable[tuple[Any, Any]]]] = [
        ("status", _("Every status"), people.STATUSES.items()),
        ("role", _("Every role"), ROLES.items()),
        ("group", _("Every group"), [(str(pk), name) for pk, name in groups]),
        ("source", _("Every source"), SOURCES.items()),
        ("seen", _("Any sign-in"), SEEN.items()),
    ]
    given = vars(asked.wanted)
    return [
        {"name": name, "every": every, "choices": list(choices), "now": given[name]}
        for name, every, choices in kinds
        if choices
    ]


def _columns(now: str) -> dict[str, dict[str, str]]:
    """Say for each order which way it lies now, and which order its heading leads to."""
    found = {}
    for name, words in order.WORDS.items():
        way = {name: "ascending", f"-{name}": "descending"}.get(now, "")
        # The newest sign-ins and seats are asked for first.
        first = f"-{name}" if name in NEWEST_FIRST else name
        turned = name if now == f"-{name}" else f"-{name}"
        found[name] = {"name": name, "words": str(words), "way": way, "to": turned if way else first}
    return found


def head(request: door.TeamRequest) -> dict[str, Any]:
    """What both tabs show: seats, who waits, and which door is locked by what."""
    locks = {task.value: policy.lock(request.team, Door.DASHBOARD, task) for task in Task}
    return {
        "tally": seats.counted(request.team),
        "waiting_count": request.team.waiting.count(),
        "locks": {task: str(refusal) for task, refusal in locks.items() if refusal},
        "may_act": request.by.may(Role.ADMIN),
        "assign_form": AssignForm(),
    }
