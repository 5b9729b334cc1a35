"""What every page of the portal shows around its content: team, navigation, theme."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from portal.teams import inbox, trace
from portal.teams.access import Kind, Reach
from portal.teams.actor import Role
from portal.teams.models import Team
from portal.teams.registry import Count, registry

THEMES = ("light", "dark")
MOST_COUNTED = 99
MOST_IN_BELL = 5


def frame(request: HttpRequest) -> dict[str, Any]:
    """Give templates the frame's variables."""
    reached: Reach = getattr(request, "reach", Reach())
    theme = request.COOKIES.get("theme", "")
    shown: dict[str, Any] = {
        "theme": theme if theme in THEMES else "auto",
        "session_kind": reached.kind.value,
        # What we call ourselves, whatever name we were called by.
        "our_url": settings.BASE_URL,
        # Under which the log knows this request; only pages that say no show it.
        "reference": trace.words().get("request_id", ""),
        "demo_idp": settings.PRACTICE_IDP_URL if settings.DEMO else "",
    }
    member = reached.member or reached.wanting
    if member is not None:
        nav = _one_marked(_nav(request, reached))
        shown |= {
            "team": member.team,
            "member": member,
            "role": reached.role,
            "nav": nav,
            **_top(reached),
            "teams_reachable": len(reached.choices),
        }
    elif reached.kind is Kind.CODE and request.user.is_operator:  # type: ignore[union-attr]  # it has a User
        shown |= of_operator(request)
    return shown


def of_operator(request: HttpRequest) -> dict[str, Any]:
    """Give the frame of the operators' pages; an operator in no team sees their own security in it too."""
    pages = [
        (_("Overview"), "operators:overview", "grid"),
        (_("Teams"), "operators:teams", "building"),
        (_("Seat requests"), "operators:requests", "ticket-perforated"),
        (_("Background work"), "operators:work", "activity"),
        (_("Webhooks"), "operators:webhooks", "send"),
        (_("Operators"), "operators:staff", "person-badge"),
    ]
    nav = [_group(request, _("Operator"), pages)]
    if request.reach.member is None:  # type: ignore[attr-defined]
        nav.append(_group(request, _("You"), [(_("Your security"), "security", "fingerprint")]))
    return {"session_kind": "operator", "operator": request.user, "nav": _one_marked(nav)}


def _top(reached: Reach) -> dict[str, Any]:
    """Give the top bar of who may see the team: a search, and the bell with the worst of what is open."""
    member = reached.member
    if member is None or reached.kind is Kind.BREAK_GLASS or not reached.role.reaches(Role.AUDITOR):
        return {"bell": None}
    items = inbox.open_for(member, reached.role)
    new = sum(item.is_new for item in items)
    return {"searches": True, "bell": {"items": items[:MOST_IN_BELL], "new": new, "all": len(items)}}


def _nav(request: HttpRequest, reached: Reach) -> list[dict[str, Any]]:
    if reached.kind is Kind.BREAK_GLASS:
        return [_group(request, _("Security"), [(_("Authentication"), "sso:panel", "shield-lock")])]
    if reached.wanting is not None:
        return [_group(request, _("You"), [(_("Your security"), "security", "fingerprint")])]
    you = [(_("Profile"), "profile", "person-badge"), (_("Your security"), "security", "fingerprint")]
    if not reached.role.reaches(Role.AUDITOR):
        return [_group(request, _("Team"), [(_("Home"), "home", "grid")]), _group(request, _("You"), you)]
    return [*_team_nav(request), _group(request, _("You"), you)]


def _team_nav(request: HttpRequest) -> list[dict[str, Any]]:
    return [
        _group(
            request,
            _("Team"),
            [
                (_("Overview"), "home", "grid"),
                (_("Members"), "members", "people"),
                (_("Groups"), "groups", "diagram-3"),
            ],
        ),
        _group(
            request,
            _("Security"),
            [
                (_("Single sign-on"), "sso:panel", "shield-lock"),
                (_("Provisioning"), "scim:panel", "arrow-repeat"),
                (_("Directory import"), "directories", "download"),
                (_("Domains"), "domains", "globe2"),
                (_("Sessions"), "session_duration", "clock"),
                (_("Setup links"), "setup_links", "link-45deg"),
            ],
        ),
        _group(
            request,
            _("Insight"),
            [
                (_("Audit log"), "audit", "journal-text"),
                (_("Sign-in log"), "sso:log", "box-arrow-in-right"),
                (_("Provisioning log"), "scim:log", "activity"),
            ],
        ),
        _group(
            request,
            _("Developers"),
            [(_("API keys"), "api:developers", "key"), (_("Webhooks"), "webhooks", "send")],
        ),
        _group(request, _("Team settings"), _settings()),
    ]


def _settings() -> list[tuple[str, str, str]]:
    return [
        (_("General"), "general", "gear"),
        (_("Plan and seats"), "plan", "credit-card"),
        (_("Notices"), "notice_rules", "bell"),
    ]


def _one_marked(nav: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Mark one page alone where the rail shows both it and the one it lies below."""
    marked = [item for group in nav for item in group["items"] if item["current"]]
    for item in marked:
        item["current"] = item["current"] if item["url"] == max((each["url"] for each in marked), key=len) else ""
    return nav


def _group(request: HttpRequest, label: str, items: list[tuple[str, str, str]]) -> dict[str, Any]:
    return {"label": label, "items": [_item(request, *item) for item in items]}


def _item(request: HttpRequest, label: str, name: str, icon: str) -> dict[str, Any]:
    url = reverse(name)
    return {"label": label, "url": url, "icon": icon, "current": _current(request, url), **_count(request, name)}


def _current(request: HttpRequest, url: str) -> str:
    """Say in ARIA's words whether this is the page itself, or one below it; every page lies below a start page."""
    if request.path == url:
        return "page"
    match = request.resolver_match
    lies_at = reverse(BELOW[match.view_name]) if match and match.view_name in BELOW else request.path
    return "true" if url not in ("/", reverse("operators:overview")) and lies_at.startswith(url) else ""


def _count(request: HttpRequest, name: str) -> dict[str, Any]:
    """Give the number beside a page's name; nothing where there is nothing to count."""
    reached: Reach = request.reach  # type: ignore[attr-defined]
    counted = COUNTS.get(name) or registry.counts.get(name)
    if counted is None or reached.member is None:
        return {}
    count = counted(reached.member.team)
    number = f"{MOST_COUNTED}+" if count.number > MOST_COUNTED else str(count.number)
    return {"count": number, "count_words": count.words, "count_bad": count.bad} if count.number else {}


def _waiting(team: Team) -> Count:
    return Count(team.waiting.count(), _("waiting for a seat"))


COUNTS = {"members": _waiting}
# Pages below another whose address does not say so: a team could be called "create".
BELOW = {"operators:create": "operators:teams", "operators:closed": "operators:teams"}
