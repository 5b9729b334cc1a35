"""From the browser that holds a setup link to its team: a session of its own kind, no Member and no User in it.

Its cookie carries a secret made when the link was claimed. Nothing but these pages looks at that cookie, and these
pages look at nothing else: whoever else is signed in to the same browser changes nothing here.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import add_never_cache_headers

from portal.door import STATUS, outside
from portal.teams import refused, setup
from portal.teams.actor import Actor
from portal.teams.errors import LinkEnded, Missing, Refusal
from portal.teams.models import SetupLink, Team
from portal.teams.registry import registry

P = ParamSpec("P")
_HOST = "__Host-" if settings.HTTPS else ""


class SetupRequest(HttpRequest):
    """A request that `setup_page` let through."""

    link: SetupLink
    team: Team
    by: Actor


View = Callable[Concatenate[SetupRequest, P], HttpResponse]


def cookie(link_id: UUID) -> str:
    """Name the cookie of a link: a browser may hold several links, each apart from the others."""
    return f"{_HOST}seatgate_setup_{link_id.hex[-12:]}"


def keep(response: HttpResponse, link: SetupLink, secret: str) -> None:
    """Give the browser that claimed a link what it shows from now on."""
    seconds = int((link.expires_at - timezone.now()).total_seconds())
    response.set_cookie(
        cookie(link.pk), secret, max_age=max(seconds, 0), httponly=True, samesite="Lax", secure=settings.HTTPS, path="/"
    )


def setup_page(scope: str = "") -> Callable[[View[P]], Callable[..., HttpResponse]]:
    """Open a page to the browser that holds the link, while the link lives and opens this scope."""

    def wrap(view: View[P]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def page(request: HttpRequest, /, link_id: UUID, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            inside = cast(SetupRequest, request)
            try:
                response = _enter(inside, link_id, scope) or view(inside, *args, **kwargs)
            except Refusal as refusal:
                response = _refuse(inside, refusal)
            add_never_cache_headers(response)
            return response

        page.needs_link = scope  # type: ignore[attr-defined]  # read by the roles × URLs test
        return page

    return wrap


def _enter(request: SetupRequest, link_id: UUID, scope: str) -> HttpResponse | None:
    link = setup.held(link_id, request.COOKIES.get(cookie(link_id), ""))
    if scope and scope not in link.scopes:
        raise Missing
    request.link, request.team, request.by = link, link.team, setup.actor(link)
    if request.method == "POST" and request.POST.get("team") != str(link.team_id):
        return render(request, "errors/other_team.html", outside(), status=409)
    return None


def _refuse(request: SetupRequest, refusal: Refusal) -> HttpResponse:
    if isinstance(refusal, LinkEnded):
        return ended(request, refusal)
    if not hasattr(request, "link"):
        return render(request, "404.html", outside(), status=404)
    if request.method == "POST":
        refused.record(request.team, request.by, refusal, path=request.path)
    return show(request, "setup/refused.html", {"refusal": refusal}, status=STATUS[refusal.sort])


def ended(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """Say that the link opens nothing any more, and whom to ask."""
    return render(request, "setup/ended.html", {"refusal": refusal, **outside()}, status=410)


def show(
    request: SetupRequest, template: str, context: dict[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    """Draw a page in the link's own frame."""
    pages = [page for pages in registry.setup_pages for page in pages(request.link)]
    # An act's address lies below its page's: what answers it is that page.
    here = next((page.url for page in pages if request.path.startswith(page.url)), "")
    frame = {"team": request.team, "session_kind": "setup", "link": request.link, "pages": pages, "here": here}
    return render(request, template, outside() | frame | (context or {}), status=status)
