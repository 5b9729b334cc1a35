"""One POST URL for each act on one person."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from portal import door
from portal.pages.members.forms import AssignForm, RoleForm
from portal.pages.members.listed import head
from portal.teams import owners, roster
from portal.teams.actor import Role
from portal.teams.errors import Invalid
from portal.teams.models import Member


# ── Seats ────────────────────────────────────────────────────────────────────────────────────────────────────────────
@require_POST
@door.team_page(Role.ADMIN)
def assign(request: door.TeamRequest) -> HttpResponse:
    """Give somebody a seat, adding them if new."""
    form = AssignForm(request.POST)
    if not form.is_valid():
        return render(request, "members/assign.html", head(request) | {"assign_form": form}, status=400)
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


# ── Role and entry ───────────────────────────────────────────────────────────────────────────────────────────────────
@require_POST
@door.team_page(Role.ADMIN, sudo=True)
def set_role(request: door.TeamRequest, member_id: UUID) -> HttpResponse:
    """Change a member's role."""
    member = _subject(request, member_id)
    form = RoleForm(request.POST)
    if not form.is_valid():
        raise Invalid(_("Choose one of the roles."))
    role, shown = Role(form.cleaned_data["role"]), form.cleaned_data["sign_in_email"]
    owners.set_role(request.team, request.by, member.pk, role, shown)
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
