"""The signed-in person: address, team, role, and where they are signed in."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from portal import door
from portal.pages.audit import door_in_words
from portal.teams import access, owners
from portal.teams.models import Entry, Member

# The first that occurs in the User-Agent header counts: Edge and Opera also say Chrome, Chrome also says Safari.
BROWSERS = {"Edg": "Edge", "OPR/": "Opera", "Firefox/": "Firefox", "Chrome/": "Chrome", "Safari/": "Safari"}
SYSTEMS = {
    "Windows": "Windows", "iPhone": "iPhone", "iPad": "iPad", "Mac OS X": "macOS", "Android": "Android",
    "CrOS": "ChromeOS", "Linux": "Linux",
}  # fmt: skip


@dataclass(frozen=True)
class SignIn:
    """One live sign-in as its person sees it."""

    entry: Entry
    browser: str
    door: str
    is_this: bool


def sign_ins(request: door.TeamRequest) -> list[SignIn]:
    """List where the signed-in member is signed in now, the latest seen first."""
    return sign_ins_of(request.member, request.reach.entry)


def sign_ins_of(member: Member, here: Entry | None = None) -> list[SignIn]:
    """List where a member is signed in now, in this team alone."""
    now = timezone.now()
    live = member.entries.filter(
        ended_at=None, expires_at__gt=now, last_seen__gt=now - timedelta(hours=access.IDLE_HOURS)
    )
    return [
        SignIn(entry, browser_in_words(entry.browser), door_in_words(entry.door), here is not None and entry == here)
        for entry in live.order_by("-last_seen", "-pk")
    ]


def browser_in_words(user_agent: str) -> str:
    """Name browser and system from a User-Agent header, as far as it tells."""
    browser = next((name for mark, name in BROWSERS.items() if mark in user_agent), "")
    system = next((name for mark, name in SYSTEMS.items() if mark in user_agent), "")
    if browser and system:
        return _("{browser} on {system}").format(browser=browser, system=system)
    return browser or system or _("Unknown browser")


@require_GET
@door.team_page()
def profile(request: door.TeamRequest) -> HttpResponse:
    """Show who is signed in, as what, how, and where else."""
    found = sign_ins(request)
    return render(request, "profile/profile.html", {"sign_ins": found, "others": len(found) - 1})


@require_POST
@door.team_page()
def end_sign_in(request: door.TeamRequest, entry_id: UUID) -> HttpResponse:
    """Sign the person out in another browser."""
    owners.end_own_session(request.team, request.by, entry_id)
    messages.success(request, _("Signed out there."))
    return redirect("profile")


@require_POST
@door.team_page()
def end_others(request: door.TeamRequest) -> HttpResponse:
    """Sign the person out in every other browser."""
    user_id = request.user.pk if request.reach.kind is access.Kind.CODE else None
    here = request.reach.entry.session_id if request.reach.entry else None
    ended = owners.sign_out_elsewhere(request.team, request.by, here, user_id)
    messages.success(
        request,
        ngettext("Signed out in {n} other browser.", "Signed out in {n} other browsers.", ended).format(n=ended),
    )
    return redirect("profile")
