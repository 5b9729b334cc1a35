"""The operators' door: a code session of an operator who proved a second factor in it, and nothing else, opens it.

A session by single sign-on, by emergency access or by a setup link carries no User, whatever address it asserts.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import Concatenate, ParamSpec, cast
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _

from portal.door import reach_of, refusal_page, to_sign_in
from portal.teams import access, factors, refused
from portal.teams.access import Kind
from portal.teams.actor import Actor, Door, Role
from portal.teams.errors import OperatorsOnly, Refusal
from portal.teams.models import Team, User

P = ParamSpec("P")


class OperatorRequest(HttpRequest):
    """A request that `operator_page` let through."""

    user: User
    by: Actor
    # The team that is acted on; a view sets it, so that a refusal stands in that team's journal.
    team: Team | None


def acting(request: OperatorRequest, reason: str) -> Actor:
    """Name who acts, and why."""
    return replace(request.by, reason=reason)


View = Callable[Concatenate[OperatorRequest, P], HttpResponse]


def operator_page(*, sudo: bool = False) -> Callable[[View[P]], Callable[Concatenate[HttpRequest, P], HttpResponse]]:
    """Open a page to operators.

    `sudo` asks for re-authentication before the page is shown, so that nothing typed is lost.
    """

    def wrap(view: View[P]) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
        @wraps(view)
        def page(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            inside = cast(OperatorRequest, request)
            stop = _stop(inside, sudo)
            response = stop if stop is not None else _answer(inside, view, *args, **kwargs)
            add_never_cache_headers(response)
            return response

        page.needs_operator = True  # type: ignore[attr-defined]  # read by the roles × URLs test
        return page

    return wrap


def _stop(request: OperatorRequest, sudo: bool) -> HttpResponse | None:
    kind = reach_of(request).kind
    if kind is Kind.NOBODY:
        return to_sign_in(request)
    if kind is not Kind.CODE or not request.user.is_operator:
        return refusal_page(request, OperatorsOnly())
    leads = _second_factor(request)
    if leads is not None:
        return leads
    request.by = Actor(Door.OPERATOR, request.user.email, id=str(request.user.pk), role=Role.OWNER)
    request.team = None
    if sudo and not access.is_sudo(request):
        messages.info(request, _("Confirm that it is you first."))
        return _again(request)
    return None


def _second_factor(request: OperatorRequest) -> HttpResponse | None:
    """Lead an operator on who has not proved a second factor in this session, or has none yet."""
    if access.proved_second(request):
        return None
    if factors.has(request.user.pk):
        return _again(request)
    messages.warning(request, _("Operators need a second factor. Set one up first."))
    return redirect("security")


def _again(request: OperatorRequest) -> HttpResponse:
    return redirect(f"{reverse('reauthenticate')}?{urlencode({'next': request.path})}")


def _answer(request: OperatorRequest, view: View[P], *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
    try:
        return view(request, *args, **kwargs)
    except Refusal as refusal:
        if request.method == "POST" and request.team is not None:
            refused.record(request.team, request.by, refusal, path=request.path)
        return refusal_page(request, refusal)
