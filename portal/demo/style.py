"""The living style page: every component in every state, drawn by the same templates as the portal itself."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

NAV = (
    ("Team", (("Overview", "grid", 0), ("Members", "people", 7))),
    ("Security", (("Single sign-on", "shield-lock", 0), ("Provisioning", "arrow-repeat", 0))),
    ("Insight", (("Activity", "journal-text", 0), ("Provisioning log", "activity", 2))),
)
CURRENT = "Members"


class SampleForm(forms.Form):
    """One field of each way to be drawn."""

    email = forms.EmailField(label="Work e-mail", help_text="We send a code to it.")
    note = forms.CharField(label="Note", required=False)
    role = forms.ChoiceField(label="Role", choices=[("member", "Member"), ("admin", "Admin")])
    grace = forms.ChoiceField(
        label="The present token", choices=[("24", "Works for 24 more hours"), ("0", "Ends at once")],
        widget=forms.RadioSelect,
    )  # fmt: skip
    jit = forms.BooleanField(
        label="Add people at their first sign-in", required=False, help_text="On a free seat only."
    )


NOTICES = (("bad", "No seats are left.", True), ("warn", "Our own certificate ends in 12 days.", False))


@require_http_methods(["GET", "POST"])
def style(request: HttpRequest) -> HttpResponse:
    """Show the page; its forms lead back to it, so that every button can be pressed."""
    messages.success(request, "A message answers the last act.")
    return render(request, "demo/style.html", sample())


def sample() -> dict[str, Any]:
    """Give the page what a team's pages get from the frame and their views."""
    nav = [{"label": label, "items": [_item(*item) for item in items]} for label, items in NAV]
    return {
        "team": {"pk": "sample", "name": "Northwind", "slug": "northwind", "plan": "enterprise"},
        "member": {"label": "Ada Okafor", "role": "owner"},
        "role": "owner",
        "nav": nav,
        "searches": True,
        "bell": {"items": [_notice(*each) for each in NOTICES], "new": 1, "all": 12},
        "teams_reachable": 2,
        "session_kind": "code",
        "form": SampleForm({"email": "x", "role": "member", "grace": "24"}),
        "moment": timezone.now() - timedelta(minutes=2),
        "reference": "7K3M-9QXP",
    }


def _notice(tone: str, title: str, is_new: bool) -> dict[str, Any]:
    told = {"tone": tone, "told_at": timezone.now() - timedelta(hours=1)}
    return {"notice": told, "said": {"title": title, "url": "members"}, "is_new": is_new}


def _item(label: str, icon: str, count: int) -> dict[str, Any]:
    more = {"count": str(count), "count_words": "waiting", "count_bad": count == 2} if count else {}
    return {"label": label, "url": "#", "icon": icon, "current": "page" if label == CURRENT else "", **more}
