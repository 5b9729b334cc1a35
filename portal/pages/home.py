"""The start page: an overview for owners, admins and auditors, a home for members; the set-up until it is done."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from portal import door
from portal.pages import charts
from portal.pages.audit import rows
from portal.pages.profile import sign_ins
from portal.teams import factors, inbox, seats
from portal.teams.access import Kind
from portal.teams.actor import Role
from portal.teams.models import Team
from portal.teams.registry import Step, registry

LAST_EVENTS, MOST_BANNERS, MOST_GROUPS = 5, 2, 20


@dataclass(frozen=True)
class Banner:
    """A warning on the overview: its kind (bad, warn), a title, a sentence, and where something is done about it."""

    kind: str
    title: str
    words: str
    url: str
    act: str


@require_GET
@door.team_page()
def home(request: door.TeamRequest) -> HttpResponse:
    """Show the start page of the role that counts in this session."""
    return _overview(request) if request.by.may(Role.AUDITOR) else _own_home(request)


def _overview(request: door.TeamRequest) -> HttpResponse:
    team, tally = request.team, seats.counted(request.team)
    banners = _banners(request)
    context = {
        "tally": tally,
        "waiting_count": team.waiting.count(),
        "tiles": [tile(team) for tile in registry.tiles],
        "chart": charts.seats(team, request.GET.get("days", ""), tally),
        "latest": [found for app in registry.latest if (found := app(team))],
        "rows": rows(team.events.order_by("-number")[:LAST_EVENTS]),
        "set_up": _set_up(team) if request.by.may(Role.ADMIN) else {},
        "banners": banners[:MOST_BANNERS],
        "more_banners": max(0, len(banners) - MOST_BANNERS),
    }
    return render(request, "home/overview.html", context)


def _nudge(request: door.TeamRequest) -> list[Banner]:
    """Ask an owner or admin who signs in by code for a second factor; single sign-on brings its own."""
    by_code = request.reach.kind is Kind.CODE and request.by.may(Role.ADMIN)
    if not by_code or factors.has(request.user.pk):  # type: ignore[arg-type]
        return []
    words = _("Whoever can read your mail can sign in as you, with all that you may do here.")
    return [Banner("info", _("You have no second factor."), words, reverse("security"), _("Set one up"))]


def _banners(request: door.TeamRequest) -> list[Banner]:
    """Give the warnings among this person's notices, the worst first."""
    items = [item for item in inbox.open_for(request.member, request.by.role) if item.is_warning]
    told = [
        Banner(item.notice.tone, item.said.title, item.said.words, reverse(item.said.url), item.said.act)
        for item in items
    ]
    # What is only advice comes last.
    return [*sorted(told, key=lambda banner: banner.kind != "bad"), *_nudge(request)]


def _set_up(team: Team) -> dict[str, Any]:
    """Give the checklist of a team's set-up; nothing once every step that its plan has is done."""
    steps = [Step(_("Sign in"), "ok", _("You are in.")), *(step for app in registry.steps for step in app(team))]
    others = team.members.filter(active=True).count() > 1
    if not team.may_use("scim"):
        state = "ok" if others else "todo"
        told = _("Give them seats; each gets a mail and can sign in at once.")
        steps.insert(1, Step(_("Add your people"), state, told, reverse("people_add"), _("Add people")))
    done = [step for step in steps if step.state == "ok"]
    left = [step for step in steps if step.state in ("todo", "wait")]
    if not left:
        return {}
    # A team with nothing but its owner has nothing else to look at yet.
    return {"steps": steps, "next": left[0], "done": len(done), "of": len(done) + len(left), "alone": not others}


def _own_home(request: door.TeamRequest) -> HttpResponse:
    context = {
        "seat": request.team.seats.filter(member=request.member).first(),
        "managed": managed_by(request.team),
        "groups": _groups(request),
        "sign_ins": sign_ins(request),
        "product_url": settings.PRODUCT_URL,
        "product_name": settings.PRODUCT_NAME or _("the product"),
    }
    return render(request, "home/member.html", context)


def _groups(request: door.TeamRequest) -> list[str]:
    """Name the groups that the directory put this member in."""
    if not request.team.groups_on:
        return []
    found = request.team.groups.filter(memberships__member=request.member).order_by("display_name_key")
    return list(found.values_list("display_name", flat=True)[:MOST_GROUPS])


def managed_by(team: Team) -> list[str]:
    """Say what the organisation manages for a member of this team."""
    if team.scim_on:
        people = _("Your organisation's directory manages your seat, name and e-mail. Ask your IT team to change them.")
    elif team.sso_enforced:
        people = _("Your organisation's identity provider adds people; your team's admins can take seats back.")
    else:
        people = _("Your team's admins give and take seats.")
    if team.sso_enforced:
        return [people, _("You sign in through your organisation (single sign-on).")]
    if team.sso_on:
        return [people, _("You sign in through your organisation, or by e-mail code.")]
    return [people, _("You sign in by e-mail code.")]
