"""From a browser's request to member and actor, and from a Refusal to a page a person can act on."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.functional import SimpleLazyObject
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from portal.teams import access, factors, refused, trace
from portal.teams.access import Kind, Reach
from portal.teams.actor import Actor, Role
from portal.teams.errors import NotAllowed, Refusal, Sort
from portal.teams.models import Member, Team
from portal.teams.time_zone import zone

P = ParamSpec("P")

STATUS = {
    Sort.INVALID: 400,
    Sort.FORBIDDEN: 403,
    Sort.CONFLICT: 409,
    Sort.EXHAUSTED: 409,
    Sort.LOCKED: 409,
    Sort.NOT_READY: 409,
    Sort.MISSING: 404,
}


class TeamRequest(HttpRequest):
    """A request that `team_page` let through: pages look only at its team, member and actor."""

    reach: Reach
    team: Team
    member: Member
    by: Actor
    # Whom the refused act was about; a view sets it before it acts.
    subject: object


class DoorMiddleware:
    """Computes once per request what its session may see."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Hand the request on with its reach."""
        request.reach = SimpleLazyObject(lambda: access.reach(request))  # type: ignore[attr-defined]
        # A page of a team says its dates in the team's time zone; the thread's next request may be of another.
        with timezone.override(None):
            response = self.get_response(request)
        # No page is for a cache, be it a refusal or a form that was filled in wrongly.
        response.headers.setdefault("Cache-Control", "no-store")
        return response


def reach_of(request: HttpRequest) -> Reach:
    """What this request's session may see, for pages outside any team."""
    return cast(TeamRequest, request).reach


View = Callable[Concatenate[TeamRequest, P], HttpResponse]


def team_page(
    role: Role = Role.MEMBER, *, sudo: bool = False, break_glass: bool = False, unproved: bool = False
) -> Callable[[View[P]], Callable[Concatenate[HttpRequest, P], HttpResponse]]:
    """Open a page to members of at least this role.

    `sudo` asks a POST for re-authentication within five minutes; `break_glass` opens the page to emergency access too,
    `unproved` to who has yet to prove the second factor that the team wants, and to an operator in no team.
    """

    def wrap(view: View[P]) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
        @wraps(view)
        def page(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            inside = cast(TeamRequest, request)
            stop = _outside(inside, break_glass, unproved) or _stop(inside, role, sudo)
            response = stop if stop is not None else _answer(inside, view, *args, **kwargs)
            add_never_cache_headers(response)
            return response

        page.needs = (role, sudo, break_glass)  # type: ignore[attr-defined]  # read by the roles × URLs test
        return page

    return wrap


def _outside(request: TeamRequest, break_glass: bool, unproved: bool) -> HttpResponse | None:
    """Lead away whom this session takes into no team, or not to this page."""
    reached = request.reach
    inside = reached.member or (reached.wanting if unproved else None)
    if inside is None and unproved and reached.kind is Kind.CODE and request.user.is_operator:  # type: ignore[union-attr]
        # What proves that it is them; an operator need be in no team for it.
        request.team = request.subject = None  # type: ignore[assignment]
        return None
    if inside is None and reached.wanting is not None:
        return second_wanted(request, reached.wanting)
    if inside is None:
        return redirect("choose_team") if reached.kind is Kind.CODE else to_sign_in(request)
    request.member, request.team, request.by = inside, inside.team, access.actor(reached)
    request.subject = None
    timezone.activate(zone(inside.team))
    trace.note(team=request.team.slug, door=str(request.by.door), member=str(request.member.pk))
    if reached.kind is Kind.BREAK_GLASS and not break_glass:
        return redirect("sso:panel")
    return None


def second_wanted(request: HttpRequest, member: Member) -> HttpResponse:
    """Say that the team wants a second factor, and lead to proving one or setting one up."""
    has = factors.has(request.user.pk)  # type: ignore[arg-type]
    wanted = request.get_full_path() if request.method == "GET" else "/"
    context = {"wanting": member.team, "has": has, "next": wanted}
    return render(request, "sign_in/second_wanted.html", context, status=403)


def _stop(request: TeamRequest, role: Role, sudo: bool) -> HttpResponse | None:
    reached = request.reach
    if request.team is not None and request.headers.get("X-Team", str(request.team.pk)) != str(request.team.pk):
        # A live page of another team, which was left in another tab: its parts are not mixed, it is loaded anew.
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    if not reached.role.reaches(role):
        if request.method == "POST":
            refused.record(request.team, request.by, NotAllowed(), path=request.path)
        return refusal_page(request, NotAllowed())
    if request.method == "POST":
        if request.team is not None and request.POST.get("team") != str(request.team.pk):
            return render(request, "errors/other_team.html", status=409)
        # Break-glass counts as re-authenticated for its half hour (spec rule 28), and there is no code to ask it for.
        if sudo and reached.kind is not Kind.BREAK_GLASS:
            return unless_sudo(request)
    return None


def unless_sudo(request: HttpRequest) -> HttpResponse | None:
    """Lead to re-authentication who did not prove themself within five minutes."""
    if access.is_sudo(request):
        return None
    messages.info(request, _("Confirm that it is you, then press the button again."))
    return redirect(f"{reverse('reauthenticate')}?{urlencode({'next': _back(request)})}")


def _answer(request: TeamRequest, view: View[P], *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
    try:
        return view(request, *args, **kwargs)
    except Refusal as refusal:
        if request.method == "POST" and request.team is not None:
            refused.record(request.team, request.by, refusal, request.subject, path=request.path)
        return refusal_page(request, refusal)


def refusal_page(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """Say no in the refusal's own words, under the status of its sort."""
    context = {"refusal": refusal, "back": _back(request)}
    return render(request, "errors/refused.html", context, status=STATUS[refusal.sort])


def outside() -> dict[str, Any]:
    """Keep the frame of whoever else is signed in to this browser out of a page."""
    return {"team": None, "member": None, "nav": [], "session_kind": "nobody"}


def _back(request: HttpRequest) -> str:
    return safe_path(request.POST.get("back", ""))


def to_sign_in(request: HttpRequest) -> HttpResponseRedirect:
    """Lead to the sign-in page, and back to where the person wanted to go."""
    wanted = request.get_full_path() if request.method == "GET" else "/"
    query = f"?{urlencode({'next': wanted})}" if wanted != "/" else ""
    return HttpResponseRedirect(reverse("sign_in") + query)


def safe_path(wanted: str | None) -> str:
    """Return a path on this site, or the start page for anything else (open redirects end here)."""
    text = wanted or ""
    printable = all(char.isprintable() for char in text) and "\\" not in text
    local = text.startswith("/") and not text.startswith("//")
    return text if local and printable and url_has_allowed_host_and_scheme(text, allowed_hosts=None) else "/"
