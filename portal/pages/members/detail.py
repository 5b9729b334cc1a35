"""The page of one person: who they are here and at the identity provider, their sessions, and one timeline."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from portal import door
from portal.pages.members import attributes, people, timeline
from portal.pages.members.forms import RoleForm
from portal.pages.members.listed import head
from portal.pages.profile import sign_ins_of
from portal.teams.actor import Role
from portal.teams.models import Group, Member, Team
from portal.teams.registry import registry

MOST_GROUPS, MOST_SESSIONS = 20, 5


@require_GET
@door.team_page(Role.AUDITOR)
def member(request: door.TeamRequest, member_id: UUID) -> HttpResponse:
    """Show one person."""
    who = Member.of(request.team, member_id)
    row = people.rows(request.team, request.by, [who])[0]
    context = head(request) | {
        "who": who,
        "row": row,
        "seat": request.team.seats.filter(member=who).first(),
        "profile": _profile(request.team, who),
        "facts": [fact for app in registry.facts for fact in app(who)],
        "groups": _groups(request.team, who),
        "more_groups": max(0, row.groups[1] - MOST_GROUPS),
        "sessions": _sessions(request, who, row),
        "role_form": RoleForm().offer(request.by.may(Role.OWNER), who),
        "crumbs": [{"label": _("Members"), "url": reverse("members")}, {"label": who.label}],
    }
    return render(request, "members/detail.html", context | _timeline(request, who))


def _profile(team: Team, who: Member) -> dict[str, Any]:
    """Return the fields, and whether the identity provider owns them: then it writes them over."""
    fields = [
        (_("Given name"), who.given_name),
        (_("Family name"), who.family_name),
        (_("Display name"), who.display_name),
        (_("E-mail"), who.email),
        *attributes.told(who.attributes),
    ]
    return {"fields": [pair for pair in fields if pair[1]], "owned": team.scim_on and who.scim_written}


def _groups(team: Team, who: Member) -> "QuerySet[Group]":
    return team.groups.filter(memberships__member=who).order_by("display_name_key")[:MOST_GROUPS]


def _sessions(request: door.TeamRequest, who: Member, row: people.Row) -> dict[str, Any] | None:
    """Return where they are signed in, for who may end it."""
    if not row.acts:
        return None
    found = sign_ins_of(who, request.reach.entry)
    return {"shown": found[:MOST_SESSIONS], "count": len(found)}


def _timeline(request: door.TeamRequest, who: Member) -> dict[str, Any]:
    sort = request.GET.get("show", "")
    moments, more = timeline.page(who, sort, request.GET.get("before", ""))
    kept = {"show": sort} if sort else {}
    return {
        "moments": moments,
        "older": f"?{urlencode({**kept, 'before': more})}#timeline" if more else "",
        "newest": f"?{urlencode(kept)}#timeline" if request.GET.get("before") else "",
        "sorts": [{"label": _("All"), "url": "?#timeline", "current": sort not in timeline.WORDS}]
        + [{"label": w, "url": f"?show={s.value}#timeline", "current": s == sort} for s, w in timeline.WORDS.items()],
        "sort_words": {s.value: w for s, w in timeline.WORDS.items()},
    }
