"""Who is here and what the directory knows of them: the preview before SCIM goes on, and what is left over after."""

from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from portal.door import TeamRequest, team_page
from portal.teams import owners, policy, roster, seats
from portal.teams.actor import Door, Role
from portal.teams.errors import Invalid, Refusal
from portal.teams.models import Member, Team
from portal.teams.registry import registry

PER_PAGE = 100


@dataclass(frozen=True)
class Person:
    """An active member whom the directory does not keep yet."""

    member: Member
    came: bool
    is_owner: bool


@require_GET
@team_page(Role.AUDITOR)
def preview(request: TeamRequest) -> HttpResponse:
    """Show the active members that SCIM never wrote: who came through the identity provider, and who never has."""
    team = request.team
    outside = Member.every_team.filter(team=team, active=True, scim_written=False).order_by("email_key", "pk")
    came = _came(team)
    page = Paginator(outside, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "people": [Person(each, each.pk in came, each.rank is Role.OWNER) for each in page],
        "came": outside.filter(pk__in=came).count(),
        "never": outside.exclude(pk__in=came).count(),
        "linked": Member.every_team.filter(team=team, active=True, scim_written=True).count(),
        "tally": seats.tally(team),
        "owners": owners.able_owners(team),
        "acts": request.by.may(Role.ADMIN),
        "owner_acts": request.by.may(Role.OWNER),
        "lock": policy.lock(team, Door.DASHBOARD, policy.Task.UNASSIGN),
    }
    return render(request, "scim/people.html", context)


def _came(team: Team) -> set[UUID]:
    return set().union(*(came(team) for came in registry.came_through_idp))


@require_POST
@team_page(Role.ADMIN)
def choose(request: TeamRequest) -> HttpResponse:
    """Show who was chosen and what freeing their seats does, to be confirmed; changes nothing."""
    shut = policy.lock(request.team, Door.DASHBOARD, policy.Task.UNASSIGN)
    if shut is not None:
        raise shut
    chosen = Member.every_team.filter(team=request.team, active=True, pk__in=_chosen(request))
    people = list(chosen.order_by("email_key", "pk"))
    if not people:
        raise Invalid(_("Choose at least one person."))
    return render(request, "scim/unassign.html", {"people": people, "tally": seats.tally(request.team)})


@require_POST
@team_page(Role.ADMIN)
def unassign(request: TeamRequest) -> HttpResponse:
    """Free the seats of those who were chosen, each an act of its own under the locks."""
    chosen = _chosen(request)
    shut = policy.lock(request.team, Door.DASHBOARD, policy.Task.UNASSIGN)
    if shut is not None:
        raise shut
    freed = 0
    for member_id in chosen:
        try:
            roster.unassign(request.team, request.by, member_id)
            freed += 1
        except Refusal as refusal:
            messages.error(request, str(refusal))
    if freed:
        messages.success(request, ngettext("{n} seat is free now.", "{n} seats are free now.", freed).format(n=freed))
    return redirect("scim:people")


def _chosen(request: TeamRequest) -> list[UUID]:
    try:
        chosen = [UUID(text) for text in request.POST.getlist("member")[:PER_PAGE]]
    except ValueError:
        chosen = []
    if not chosen:
        raise Invalid(_("Choose at least one person."))
    return chosen
