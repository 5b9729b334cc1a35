"""The URLs an identity provider and its people use: login, acs, finish, metadata."""

import re
from collections.abc import Callable
from contextlib import nullcontext
from functools import wraps
from math import ceil
from typing import Any

from django.conf import settings
from django.core.exceptions import BadRequest, SuspiciousOperation
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from portal.door import reach_of, safe_path
from portal.teams import refused, trace
from portal.teams.access import Kind
from portal.teams.actor import Actor, Door
from portal.teams.errors import Missing, Refusal
from portal.throttle import Throttle
from sso import attempts, binding, drafts, keys, login, memory, our_metadata
from sso import connection as connections
from sso.denied import Denied
from sso.errors import NotGenuine, require
from sso.models import Purpose, SsoConnection

BODY_LIMIT = 512 * 1024
throttle = Throttle(rate=settings.ACS_RATE_LIMIT, burst=settings.ACS_RATE_LIMIT * 5, name="acs")
# Coming back is counted apart: it follows a message that was counted, and must not be what stops a sign-in half-way.
returns = Throttle(rate=settings.ACS_RATE_LIMIT, burst=settings.ACS_RATE_LIMIT * 5, name="finish")

View = Callable[[HttpRequest, SsoConnection], HttpResponse]


def sso_page(
    ready: Callable[[SsoConnection], bool], *, leaving: bool = False, together: bool = False
) -> Callable[[View], Callable[[HttpRequest, str], HttpResponse]]:
    """Find the connection by the URL's slug and answer every refusal: neutral until a message is proven genuine.

    `leaving`: the page of single logout, which answers what is not genuine by 400. `together`: all that it writes, the
    line of a refusal too, is one commit.
    """

    def wrap(view: View) -> Callable[[HttpRequest, str], HttpResponse]:
        @wraps(view)
        @never_cache
        def page(request: HttpRequest, slug: str) -> HttpResponse:
            # The connection is read inside: on SQLite the beginning may wait for the act that turns it off.
            with transaction.atomic() if together else nullcontext():
                connection = login.connection_of(slug)
                if connection is None or not ready(connection):
                    return neutral(request, "", status=404)
                trace.note(team=slug, door="sso")
                return _answered(view, request, connection, leaving=leaving)

        return page

    return wrap


def _answered(view: View, request: HttpRequest, connection: SsoConnection, *, leaving: bool) -> HttpResponse:
    try:
        return view(request, connection)
    except Missing:
        return neutral(request, "", status=404)
    except NotGenuine as reason:
        purpose = Purpose.LOGOUT if leaving else Purpose.SIGN_IN
        reference = attempts.record_unproven(
            connection, request, reason.code, reason.detail, message=reason.message, purpose=purpose
        )
        if leaving:
            return render(request, "sso/neutral_logout.html", {"reference": reference}, status=400)
        return neutral(request, reference)
    except Denied as refusal:
        return denied(request, connection, refusal)


def neutral(request: HttpRequest, reference: str, status: int = 403) -> HttpResponse:
    """Show the one page for everything that is not proven genuine (spec rule 21)."""
    return render(request, "sso/neutral.html", {"reference": reference}, status=status)


def denied(
    request: HttpRequest, connection: SsoConnection, refusal: Refusal, *, who: str = "",
    purpose: str = Purpose.SIGN_IN, said: Any = None, judged: Any = None,
) -> HttpResponse:  # fmt: skip
    """Tell a person, whose message is genuine, what stands in the way; the sign-in log has it under the reference."""
    who, member = who or getattr(refusal, "who", ""), getattr(refusal, "member", None)
    reference = attempts.record(
        connection, request, refusal.code, str(refusal), who=who, member=member, purpose=purpose, said=said,
        judged=judged,
    )  # fmt: skip
    context = {"refusal": refusal, "code": refusal.code, "reference": reference}
    return render(request, "sso/denied.html", context, status=403)


@require_GET
def login_page(request: HttpRequest, slug: str) -> HttpResponse:
    """Begin a sign-in; each one is a row until it runs out, so an address may begin only so many."""
    return too_many(request) or send_away(request, slug)


@sso_page(connections.is_live)
def send_away(request: HttpRequest, connection: SsoConnection) -> HttpResponse:
    """Send the browser to its identity provider: to sign in, to confirm that it is them, or to test."""
    if "convert" in request.GET and not binding.converting(request):
        return render(request, "sso/cookies_blocked.html", status=403)
    reached, wanted = reach_of(request), safe_path(request.GET.get("next"))
    entered = reached.member if reached.member and reached.member.team_id == connection.team_id else None
    purpose = Purpose.AGAIN if "again" in request.GET and reached.kind is Kind.SSO and entered else Purpose.SIGN_IN
    return away(request, connection, wanted, purpose, entered if purpose is Purpose.AGAIN else None)


def away(
    request: HttpRequest, connection: SsoConnection, wanted: str, purpose: Purpose, member: Any = None
) -> HttpResponse:
    """Go to the identity provider; this browser alone can come back."""
    browser = binding.of(request)
    response = HttpResponseRedirect(login.begin(connection, browser, wanted, purpose, member))
    binding.keep(response, binding.BINDING, browser, binding.BINDING_SECONDS)
    return response


@csrf_exempt
@require_POST
def acs(request: HttpRequest, slug: str) -> HttpResponse:
    """Take the identity provider's message; cookies are not looked at, nothing of the team changes."""
    return too_many(request) or take_message(request, slug)


def too_many(request: HttpRequest, counted: Throttle | None = None) -> HttpResponse | None:
    """Answer 429 where an address sends more than the limit; asked before anything is looked up or written."""
    wait = (counted or throttle).wait(request.META.get("REMOTE_ADDR", ""))
    if not wait:
        return None
    words = _("Too many people sign in at this moment. Wait a little, then start again.")
    return HttpResponse(words, "text/plain", 429, headers={"Retry-After": str(ceil(wait))})


@sso_page(drafts.listens)
def take_message(request: HttpRequest, connection: SsoConnection) -> HttpResponse:
    """Keep what a message proves for the browser that began, and lead this browser to where it shows that it did."""
    response, relay_state = _posted(request)
    named = drafts.asked(connection, response)
    tested = drafts.tested_by(named)
    if tested is not None:
        test, draft = tested
        drafts.judge(request, connection, test, draft, response)
        return HttpResponseRedirect(reverse("sso:setup", args=[draft.link_id]), status=303)
    try:
        ticket = login.receive(connection, response, relay_state, named)
    except NotGenuine as reason:
        reason.message = response
        raise
    query = f"?ticket={ticket}" if ticket else "?convert"
    return HttpResponseRedirect(reverse("sso:finish", args=[connection.team.slug]) + query, status=303)


def posted_length(request: HttpRequest) -> None:
    """Refuse what is too large, or no form, before it is parsed."""
    length = request.META.get("CONTENT_LENGTH") or ""
    require(re.fullmatch(r"[0-9]{1,6}", length) and int(length) <= BODY_LIMIT, "too_large")
    require(request.content_type == "application/x-www-form-urlencoded", "post_malformed")


def _posted(request: HttpRequest) -> tuple[str, str]:
    """Read SAMLResponse and RelayState."""
    posted_length(request)
    try:
        responses, states = request.POST.getlist("SAMLResponse"), request.POST.getlist("RelayState")
    except (BadRequest, SuspiciousOperation) as error:
        raise NotGenuine("post_malformed") from error
    require(len(responses) == 1 and len(states) <= 1, "post_malformed")
    return responses[0], states[0] if states else ""


@require_http_methods(["GET", "POST"])
def finish(request: HttpRequest, slug: str) -> HttpResponse:
    """Come back with a ticket; an address may try only so many."""
    return too_many(request, returns) or come_back(request, slug)


@sso_page(connections.is_complete, together=True)
def come_back(request: HttpRequest, connection: SsoConnection) -> HttpResponse:
    """Come back in the browser that began: convert, confirm, test, or enter."""
    if "convert" in request.GET:
        return _convert(request, connection)
    given = request.POST if request.method == "POST" else request.GET
    ticket = memory.peek(connection, given.get("ticket", ""))
    if ticket.request is None and request.method == "GET" and reach_of(request).kind is not Kind.NOBODY:
        context = {"ticket": given.get("ticket", ""), "name_id": ticket.claims["name_id"], "team": None}
        return render(request, "sso/switch.html", context | {"team_name": connection.team.name})
    return _enter(request, login.redeem(connection, ticket, binding.of(request)))


def _enter(request: HttpRequest, done: login.Finish) -> HttpResponse:
    purpose = Purpose(done.request.purpose) if done.request else Purpose.SIGN_IN
    who = done.person.email or done.person.name_id
    try:
        if purpose is Purpose.TEST:
            member = login.try_out(done)
        elif purpose is Purpose.AGAIN:
            member = login.sign_in_again(request, done, reach_of(request))
        else:
            member = login.sign_in(request, done)
    except Refusal as refusal:
        subject = getattr(refusal, "member", None) or who
        refused.record(done.connection.team, Actor(Door.SSO, who), refusal, subject)
        judged = login.judged(done, refusal.code, str(refusal))
        return denied(request, done.connection, refusal, who=who, purpose=purpose, said=done.evidence, judged=judged)
    except NotGenuine as reason:
        judged = login.judged(done, reason.code, reason.detail)
        reference = attempts.record(
            done.connection, request, reason.code, reason.detail, who=who, purpose=purpose, said=done.evidence,
            judged=judged,
        )  # fmt: skip
        context = {"refusal": reason.detail, "code": reason.code, "reference": reference}
        return render(request, "sso/denied.html", context, status=403)
    opened = None if purpose is Purpose.TEST else member
    attempts.record(
        done.connection, request, "ok", who=who, member=member, purpose=purpose, said=done.evidence,
        judged=login.judged(done, member=opened),
    )  # fmt: skip
    response = HttpResponseRedirect(safe_path(done.wanted))
    binding.drop(response, binding.CONVERT)
    return response


def _convert(request: HttpRequest, connection: SsoConnection) -> HttpResponse:
    """Answer an unsolicited message with a sign-in of our own; twice in a row means that the IdP ignores it."""
    if binding.converting(request):
        reference = attempts.record_unproven(connection, request, "unsolicited_again")
        response = render(request, "sso/unsolicited.html", {"reference": reference}, status=403)
        binding.drop(response, binding.CONVERT)
        return response
    onward = HttpResponseRedirect(reverse("sso:login", args=[connection.team.slug]) + "?convert")
    binding.keep(onward, binding.CONVERT, "1", binding.CONVERT_SECONDS)
    return onward


@require_GET
@sso_page(lambda connection: True)
def metadata_page(request: HttpRequest, connection: SsoConnection) -> HttpResponse:
    """Our service provider metadata for this team, for the identity provider to read."""
    xml = our_metadata.write(
        sp_entity_id=connection.sp_entity_id,
        acs_url=connections.url(connection.team, "acs"),
        name_id_format=connection.name_id_format,
        certificates=keys.published(connection),
        slo_url=connections.url(connection.team, "slo"),
        signs_requests=connection.sign_requests,
    )
    name = f"seatgate-{connection.team.slug}.xml"
    return HttpResponse(
        xml,
        content_type="application/samlmetadata+xml",
        headers={
            "Content-Disposition": f'{"attachment" if "download" in request.GET else "inline"}; filename="{name}"'
        },
    )
