"""The members page: who is in the team, and what both of its tabs begin with."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from portal import door
from portal.pages.members import people
from portal.pages.members.forms import AssignForm, RoleForm
from portal.teams import policy, seats
from portal.teams.actor import Door, Role
from portal.teams.models import Member
from portal.teams.policy import Task

PER_PAGE = 50
# More than anybody looks through in a list to choose from.
MOST_GROUPS = 200


@require_GET
@door.team_page(Role.AUDITOR)
def members(request: door.TeamRequest) -> HttpResponse:
    """Show who is in the team."""
    if request.GET.get("tab") == "waiting":
        # Where the tab stood before it had an address of its own: mails and bookmarks lead here.
        return redirect("waiting")
    found = people.search(request.team.members.order_by("email_key", "pk"), request.GET)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    context = head(request) | {
        "page": page,
        "rows": people.rows(request.team, request.by, list(page.object_list)),
        "managed": _managed(request),
        "roles": people.ROLES,
        "statuses": people.STATUSES,
        "groups": list(request.team.groups.order_by("display_name_key")[:MOST_GROUPS]),
        "filtered": any(request.GET.get(name) for name in ("q", "status", "role", "group")),
    }
    return render(request, "members/list.html", context)


def head(request: door.TeamRequest) -> dict[str, Any]:
    """What both tabs show: seats, who waits, and which door is locked by what."""
    locks = {task.value: policy.lock(request.team, Door.DASHBOARD, task) for task in Task}
    return {
        "tally": seats.tally(request.team),
        "waiting_count": request.team.waiting.count(),
        "locks": {task: str(refusal) for task, refusal in locks.items() if refusal},
        "may_act": request.by.may(Role.ADMIN),
        "assign_form": AssignForm(),
    }


def _managed(request: door.TeamRequest) -> dict[str, Any] | None:
    """The person whose dialogs the page holds: `?manage=<id>#unassign` opens one, with or without a script."""
    wanted = request.GET.get("manage")
    if not wanted:
        return None
    member = Member.of(request.team, wanted)
    row = people.rows(request.team, request.by, [member])[0]
    return {"row": row, "role_form": RoleForm().offer(request.by.may(Role.OWNER), member.rank)}
