"""The members page: who holds a seat, who waits for one, and one POST URL for each act on a person."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from portal import door
from portal.pages import people
from portal.teams import owners, policy, roster, seats
from portal.teams.actor import Door, Role
from portal.teams.errors import Invalid, Missing
from portal.teams.models import Member
from portal.teams.policy import Task

PER_PAGE = 50
# More than anybody looks through in a list to choose from.
MOST_GROUPS = 200


class AssignForm(forms.Form):
    """Whom to give a seat."""

    # A hand-added member's userName is the address, and a userName has 255 characters.
    email = forms.EmailField(label=gettext_lazy("E-mail"), max_length=255)
    given_name = forms.CharField(label=gettext_lazy("Given name"), max_length=255, required=False)
    family_name = forms.CharField(label=gettext_lazy("Family name"), max_length=255, required=False)


class RoleForm(forms.Form):
    """Which role; the choices shown are those the viewer may give."""

    role = forms.ChoiceField(label=gettext_lazy("Role"), choices=list(people.ROLES.items()))

    def offer(self, by_owner: bool, now: Role) -> "RoleForm":
        """Show the present role, and offer what this viewer may give."""
        self.initial["role"] = now.value
        self.fields["role"].choices = [  # type: ignore[attr-defined]
            (role.value, word) for role, word in people.ROLES.items() if by_owner or role is not Role.OWNER
        ]
        return self


# ── Looking ──────────────────────────────────────────────────────────────────────────────────────────────────────────
@require_GET
@door.team_page(Role.AUDITOR)
def members(request: door.TeamRequest) -> HttpResponse:
    """Show who is in the team, or who waits for a seat."""
    if request.GET.get("tab") == "waiting":
        waiting = Paginator(request.team.waiting.order_by("first_at", "pk"), PER_PAGE)
        context = _head(request) | {"page": waiting.get_page(request.GET.get("page"))}
        return render(request, "members/waiting.html", context)
    found = people.search(request.team.members.order_by("email_key", "pk"), request.GET)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    context = _head(request) | {
        "page": page,
        "rows": people.rows(request.team, request.by, list(page.object_list)),
        "managed": _managed(request),
        "roles": people.ROLES,
        "statuses": people.STATUSES,
        "groups": list(request.team.groups.order_by("display_name_key")[:MOST_GROUPS]),
        "filtered": any(request.GET.get(name) for name in ("q", "status", "role", "group")),
    }
    return render(request, "members/list.html", context)


def _head(request: door.TeamRequest) -> dict[str, Any]:
    """What both tabs show: seats, who waits, and which door is locked by what."""
    locks = {task.value: policy.lock(request.team, Door.DASHBOARD, task) for task in Task}
    return {
        "tally": seats.tally(request.team),
        "waiting_count": request.team.waiting.count(),
        "locks": {task: str(refusal) for task, refusal in locks.items() if refusal},
        "may_act": request.by.may(Role.ADMIN),
        "assign_form": AssignForm(),
        "on_waiting": request.GET.get("tab") == "waiting",
    }


def _managed(request: door.TeamRequest) -> dict[str, Any] | None:
    """The person whose dialogs the page holds: `?manage=<id>#unassign` opens one, with or without a script."""
    wanted = request.GET.get("manage")
    if not wanted:
        return None
    member = Member.of(request.team, wanted)
    row = people.rows(request.team, request.by, [member])[0]
    return {"row": row, "role_form": RoleForm().offer(request.by.may(Role.OWNER), member.rank)}


# ── Seats ────────────────────────────────────────────────────────────────────────────────────────────────────────────
@require_POST
@door.team_page(Role.ADMIN)
def assign(request: door.TeamRequest) -> HttpResponse:
    """Give somebody a seat, adding them if new."""
    form = AssignForm(request.POST)
    if not form.is_valid():
        return render(request, "members/assign.html", _head(request) | {"assign_form": form}, status=400)
    profile: Any = {name: value for name, value in form.cleaned_data.items() if value}
    request.subject = profile["email"]
    member = roster.assign(request.team, request.by, profile)
    return _done(request, _("{who} has a seat now. We sent them a mail."), member)


@require_POST
@door.team_page(Role.ADMIN)
def assign_again(request: door.TeamRequest, member_id: UUID) -> HttpResponse:
    """Give an inactive member a seat again."""
    member = _subject(request, member_id)
    roster.assign_again(request.team, request.by, member.pk)
    return _done(request, _("{who} has a seat again."), member)


@require_POST
@door.team_page(Role.ADMIN)
def unassign(request: door.TeamRequest, member_id: UUID) -> HttpResponse:
    """Take a member's seat."""
    member = _subject(request, member_id)
    roster.unassign(request.team, request.by, member.pk)
    return _done(request, _("{who} has no seat any more and is signed out."), member)


@require_POST
@door.team_page(Role.ADMIN)
def allow_return(request: door.TeamRequest, member_id: UUID) -> HttpResponse:
    """Let an inactive member return by single sign-on."""
    member = _subject(request, member_id)
    roster.allow_return(request.team, request.by, member.pk)
    return _done(request, _("{who} gets a seat again at their next single sign-on, if one is free."), member)


@require_POST
@door.team_page(Role.ADMIN)
def dismiss(request: door.TeamRequest, waiting_id: UUID) -> HttpResponse:
    """Take somebody off the waiting list."""
    row = request.team.waiting.filter(pk=waiting_id).first()
    if row is None:
        raise Missing
    request.subject = row.label
    seats.dismiss(request.team, request.by, str(row.pk))
    messages.success(request, _("{who} no longer waits for a seat.").format(who=row.label))
    return _back(request)


# ── Role and entry ───────────────────────────────────────────────────────────────────────────────────────────────────
@require_POST
@door.team_page(Role.ADMIN, sudo=True)
def set_role(request: door.TeamRequest, member_id: UUID) -> HttpResponse:
    """Change a member's role."""
    member = _subject(request, member_id)
    form = RoleForm(request.POST)
    if not form.is_valid():
        raise Invalid(_("Choose one of the roles."))
    owners.set_role(request.team, request.by, member.pk, Role(form.cleaned_data["role"]))
    return _done(request, _("{who} has the new role from their next sign-in."), member)


@require_POST
@door.team_page(Role.OWNER)
def suspend(request: door.TeamRequest, member_id: UUID) -> HttpResponse:
    """Block a member's entry at once."""
    member = _subject(request, member_id)
    owners.suspend(request.team, request.by, member.pk)
    return _done(request, _("{who} is suspended and signed out."), member)


@require_POST
@door.team_page(Role.OWNER)
def unsuspend(request: door.TeamRequest, member_id: UUID) -> HttpResponse:
    """End a suspension."""
    member = _subject(request, member_id)
    owners.unsuspend(request.team, request.by, member.pk)
    return _done(request, _("{who} is no longer suspended."), member)


@require_POST
@door.team_page(Role.ADMIN)
def sign_out(request: door.TeamRequest, member_id: UUID) -> HttpResponse:
    """End every session of a member."""
    member = _subject(request, member_id)
    owners.sign_out(request.team, request.by, member.pk)
    return _done(request, _("{who} is signed out everywhere."), member)


# ── What every act shares ────────────────────────────────────────────────────────────────────────────────────────────
def _subject(request: door.TeamRequest, member_id: UUID) -> Member:
    """Find the member, and name them to the door in case the act is refused."""
    member = Member.of(request.team, member_id)
    request.subject = member
    return member


def _done(request: door.TeamRequest, words: str, member: Member) -> HttpResponse:
    messages.success(request, words.format(who=member.label))
    return _back(request)


def _back(request: door.TeamRequest) -> HttpResponse:
    wanted = request.POST.get("back")
    return redirect(door.safe_path(wanted) if wanted else "members")
