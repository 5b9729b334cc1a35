"""What every page of the portal shows around its content: team, navigation, theme."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from portal.teams.access import Kind, Reach
from portal.teams.actor import Role

THEMES = ("light", "dark")


def frame(request: HttpRequest) -> dict[str, Any]:
    """Give templates the frame's variables."""
    reached: Reach = getattr(request, "reach", Reach())
    theme = request.COOKIES.get("theme", "")
    shown: dict[str, Any] = {"theme": theme if theme in THEMES else "auto", "session_kind": reached.kind.value}
    if reached.member is not None:
        shown |= {
            "team": reached.member.team,
            "member": reached.member,
            "role": reached.role,
            "nav": _nav(request, reached),
            "teams_reachable": len(reached.choices),
        }
    return shown


def _nav(request: HttpRequest, reached: Reach) -> list[dict[str, Any]]:
    if reached.kind is Kind.BREAK_GLASS:
        return [_group(request, _("Security"), [(_("Authentication"), "sso:panel", "shield-lock")])]
    if not reached.role.reaches(Role.AUDITOR):
        return [_group(request, _("Team"), [(_("Home"), "home", "grid"), (_("Profile"), "profile", "person-badge")])]
    return [
        _group(request, _("Team"), [(_("Overview"), "home", "grid"), (_("Members"), "members", "people")]),
        _group(
            request,
            _("Security"),
            [(_("Single sign-on"), "sso:panel", "shield-lock"), (_("Provisioning"), "scim:panel", "arrow-repeat")],
        ),
        _group(
            request,
            _("Insight"),
            [
                (_("Activity"), "audit", "journal-text"),
                (_("Sign-in log"), "sso:log", "box-arrow-in-right"),
                (_("Provisioning log"), "scim:log", "activity"),
            ],
        ),
        _group(request, _("You"), [(_("Profile"), "profile", "person-badge")]),
    ]


def _group(request: HttpRequest, label: str, items: list[tuple[str, str, str]]) -> dict[str, Any]:
    shown = []
    for text, name, icon in items:
        url = reverse(name)
        shown.append({"label": text, "url": url, "icon": icon, "current": request.path == url})
    return {"label": label, "items": shown}
