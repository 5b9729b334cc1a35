"""The groups page: what the directory pushed, who is in it, which role it gives, and what was left empty."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from portal import door
from portal.pages.audit import door_in_words
from portal.pages.members import people
from portal.teams import groups
from portal.teams.actor import ROLES, Role
from portal.teams.errors import Invalid
from portal.teams.folding import fold
from portal.teams.models import Group

PER_PAGE = 50
GIVES = {
    Role.MEMBER: gettext_lazy("No role"),
    Role.AUDITOR: ROLES[Role.AUDITOR],
    Role.ADMIN: ROLES[Role.ADMIN],
}


class GivesForm(forms.Form):
    """Which role a group gives."""

    role = forms.ChoiceField(label=gettext_lazy("Role in single sign-on sessions"), choices=list(GIVES.items()))


# ── Looking ──────────────────────────────────────────────────────────────────────────────────────────────────────────
@require_GET
@door.team_page(Role.AUDITOR)
def listed(request: door.TeamRequest) -> HttpResponse:
    """Show what was pushed."""
    q = request.GET.get("q", "").replace("\x00", "").strip()
    found: QuerySet[Group] = request.team.groups.order_by("display_name_key")
    if q:
        found = found.filter(display_name_key__contains=fold(q))
    page = Paginator(found.annotate(count=Count("memberships")), PER_PAGE).get_page(request.GET.get("page"))
    context = _head(request) | {"page": page, "rows": [_row(group) for group in page], "q": q}
    return render(request, "groups/list.html", context)


@require_GET
@door.team_page(Role.AUDITOR)
def detail(request: door.TeamRequest, group_id: UUID) -> HttpResponse:
    """Show one group, and a page of who is in it."""
    group = Group.of(request.team, group_id)
    inside = request.team.members.filter(memberships__group=group).order_by("email_key", "pk")
    page = Paginator(inside, PER_PAGE).get_page(request.GET.get("page"))
    context = _head(request) | {
        "page": page,
        "rows": people.rows(request.team, request.by, list(page.object_list)),
        "row": _row(group),
        "group": group,
        "is_kept": groups.is_kept(group),
        "gives_form": GivesForm(initial={"role": group.role}),
        "crumbs": [{"label": _("Groups"), "url": "/groups/"}, {"label": group.display_name}],
    }
    return render(request, "groups/detail.html", context)


def _head(request: door.TeamRequest) -> dict[str, Any]:
    """What both pages show: who says what is in the groups, and what this viewer may do."""
    return {
        "pushes": request.team.scim_on and request.team.groups_on,
        "may_act": request.by.may(Role.ADMIN),
        "may_remove": request.by.may(Role.OWNER),
    }


def _row(group: Group) -> dict[str, Any]:
    return {"group": group, "source": door_in_words(group.origin), "gives": GIVES[group.rank]}


# ── Acts ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
@require_POST
@door.team_page(Role.ADMIN, sudo=True)
def set_role(request: door.TeamRequest, group_id: UUID) -> HttpResponse:
    """Say which role a group gives its members."""
    request.subject = group = Group.of(request.team, group_id)
    form = GivesForm(request.POST)
    if not form.is_valid():
        raise Invalid(_("Choose one of the roles."))
    groups.set_role(request.team, request.by, group.pk, Role(form.cleaned_data["role"]))
    messages.success(request, _("Saved. It counts from the members' next single sign-on."))
    return redirect("group", group_id=group.pk)


@require_POST
@door.team_page(Role.OWNER)
def remove(request: door.TeamRequest, group_id: UUID) -> HttpResponse:
    """Remove a group that the directory left empty."""
    request.subject = group = Group.of(request.team, group_id)
    groups.remove(request.team, request.by, group.pk)
    messages.success(request, _("The group {name} is removed.").format(name=group))
    return redirect("groups")
