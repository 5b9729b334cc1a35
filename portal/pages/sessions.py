"""Sessions: how long they last, of whom a second factor is wanted, and where a member is signed in, to be ended."""

from datetime import timedelta
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from portal.door import TeamRequest, team_page
from portal.pages.profile import sign_ins_of
from portal.teams import access, owners, policy, second_rule
from portal.teams.actor import Door, Role
from portal.teams.errors import Invalid
from portal.teams.models import Member, Team

HOURS = (1, 2, 4, 8, 12)


@require_GET
@team_page(Role.AUDITOR)
def duration(request: TeamRequest) -> HttpResponse:
    """Show how long sessions last."""
    hours = sorted({*HOURS, request.team.session_hours})
    context = {
        "hours": hours,
        "running": _running(request.team),
        "acts": request.by.may(Role.ADMIN),
        "code": access.CODE_HOURS,
        "idle": access.IDLE_HOURS,
        "choices": second_rule.choices(request.team),
        "owner": request.by.may(Role.OWNER),
    }
    return render(request, "sessions/duration.html", context)


def _running(team: Team) -> int:
    """Count the sessions by single sign-on that a change would reach."""
    now = timezone.now()
    live = team.entries.filter(door=Door.SSO, ended_at=None, expires_at__gt=now)
    return live.filter(last_seen__gt=now - timedelta(hours=access.IDLE_HOURS)).count()


@require_POST
@team_page(Role.ADMIN)
def set_duration(request: TeamRequest) -> HttpResponse:
    """Set how long a session by single sign-on lasts."""
    chosen = request.POST.get("hours", "")
    if not (chosen.isascii() and chosen.isdigit() and len(chosen) < 3):
        raise Invalid(_("Choose 1 to {most} hours.").format(most=access.SSO_HOURS))
    policy.set_session_hours(request.team, request.by, int(chosen))
    messages.success(request, _("Saved. Running sessions follow it too."))
    return redirect("session_duration")


@require_POST
@team_page(Role.OWNER, sudo=True)
def want_second(request: TeamRequest) -> HttpResponse:
    """Say of whom the team wants a second factor."""
    second_rule.want(request.team, request.by, request.POST.get("who", ""))
    messages.success(request, _("Saved. It counts from everybody’s next page on."))
    return redirect("session_duration")


@require_GET
@team_page(Role.ADMIN)
def of_member(request: TeamRequest, member_id: UUID) -> HttpResponse:
    """Show where a member is signed in to this team."""
    who = Member.of(request.team, member_id)
    owners_only = who.rank is Role.OWNER and not request.by.may(Role.OWNER)
    crumbs = [{"label": _("Members"), "url": reverse("members")}, {"label": who.label}]
    context = {
        "crumbs": crumbs,
        "who": who,
        "sign_ins": sign_ins_of(who, request.reach.entry),
        "owners_only": owners_only,
    }
    return render(request, "sessions/member.html", context)


@require_POST
@team_page(Role.ADMIN)
def end(request: TeamRequest, member_id: UUID, entry_id: UUID) -> HttpResponse:
    """End one session of a member."""
    request.subject = Member.of(request.team, member_id)
    owners.end_session(request.team, request.by, member_id, entry_id)
    messages.success(request, _("Signed out there."))
    return redirect("member_sessions", member_id)


@require_POST
@team_page(Role.ADMIN)
def end_all(request: TeamRequest, member_id: UUID) -> HttpResponse:
    """End every session of a member in this team."""
    request.subject = Member.of(request.team, member_id)
    owners.sign_out(request.team, request.by, member_id)
    messages.success(request, _("Signed out everywhere."))
    return redirect("member_sessions", member_id)
