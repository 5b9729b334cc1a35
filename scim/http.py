"""SCIM over HTTP (RFC 7644 section 3): bearer, media types, size, throttle; the one place errors become answers."""

import logging
import time
from collections.abc import Callable
from typing import Any, TypeVar

import orjson
from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.db import Error as DatabaseError
from django.http import HttpRequest, HttpResponse
from django.http.request import RawPostDataException, UnreadablePostError
from django.utils.translation import gettext as _
from django.views import View
from django.views.decorators.csrf import csrf_exempt

from portal import body
from portal.body import LIMIT
from portal.gate import Unreadable
from portal.proxy import InTheClear, require_https
from portal.teams import bearer, refused, trace
from portal.teams.actor import Actor, Door, Role
from portal.teams.acts import Act, ending_with
from portal.teams.errors import Refusal, Sort, StaleVersion, Taken
from portal.teams.models import Group, Member, Team
from portal.throttle import Throttle
from scim import effects, exchange, listening, reads, tokens, verbs
from scim.models import ScimToken
from scim.protocol.errors import InvalidSyntax, ScimError, Uniqueness
from scim.refusals import CODES, Away, NotServed, SwitchedOff, TooManyCalls, Unauthorized

log = logging.getLogger("seatgate.scim")
R = TypeVar("R")

CONTENT_TYPE = "application/scim+json"
BODY_TYPES = (CONTENT_TYPE, "application/json")
STATUS = {
    Sort.INVALID: 400,
    Sort.FORBIDDEN: 403,
    Sort.CONFLICT: 409,
    # 403 with words and no scimType: authentik, Okta and Entra read 409 as "exists already" and look for it.
    Sort.EXHAUSTED: 403,
    Sort.LOCKED: 403,
    Sort.NOT_READY: 403,
    Sort.MISSING: 404,
}
calls = Throttle(rate=settings.SCIM_RATE_LIMIT, burst=settings.SCIM_RATE_LIMIT * 4, name="scim")
# Wrong tokens are limited apart and by address, so that guessing never slows an identity provider down.
wrong_tokens = Throttle(rate=min(1, settings.SCIM_RATE_LIMIT), burst=20, name="scim-wrong-token")
# A flood leaves one row a minute in the provisioning log, not one a call.
floods = Throttle(rate=1 / 60, burst=1)


class ScimView(View):
    """A SCIM endpoint: once `initial` is through, `team`, `by` and `base_url` are those of the token.

    SCIM's media type is answered whatever Accept says: IdPs send */*, text/html or nothing.
    """

    # OPTIONS and TRACE are refused like any verb that is not served.
    http_method_names = ["get", "head", "post", "put", "patch", "delete"]

    team: Team
    by: Actor
    token: ScimToken | None = None
    body: dict[str, Any] | None = None
    # Whom the call is about, as a row where there is one, and what it did in words for the provisioning log.
    subject: Member | Group | str = ""
    words: str = ""
    code: str = ""
    # What came of the seat of somebody made or deleted.
    seat: str = ""
    # The answer whose exchange was kept in the act's own transaction.
    kept: HttpResponse | None = None
    body_limit = LIMIT

    @classmethod
    def as_view(cls, **initkwargs: Any) -> Callable[..., Any]:
        """Return the endpoint; it knows no cookie, so nothing is to be guarded from other sites."""
        return csrf_exempt(super().as_view(**initkwargs))

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Let the call in, do it, and answer whatever is raised."""
        try:
            self.initial(request, **kwargs)
            verb = (request.method or "").lower()
            does = getattr(self, verb, None) if verb in self.http_method_names else None
            response = (does or self.http_method_not_allowed)(request, *args, **kwargs)
        except Exception as exc:
            response = self.handle_exception(exc)
        return self.finalize_response(request, response)

    def http_method_not_allowed(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Say that the verb is not served here."""
        raise NotServed(request.method or "", [verb for verb in self.http_method_names if hasattr(self, verb)])

    def initial(self, request: HttpRequest, **kwargs: Any) -> None:
        """Let a call in: its token first, before any id is looked up."""
        self.started = time.monotonic()
        request.get_host()
        # An operation of a bulk request comes with the token that let the whole request in.
        self.token = token = getattr(request, "known_token", None) or self._let_in(request, kwargs)
        self.team = token.team
        trace.note(team=self.team.slug, door=str(Door.SCIM))
        self.by = Actor(Door.SCIM, f"SCIM ({token.hint})", id=str(token.pk), role=Role.ADMIN)
        tenant = kwargs.get("tenant")
        self.base_url = f"{settings.BASE_URL}/scim/v2" + (f"/{tenant}" if tenant else "")

    def _let_in(self, request: HttpRequest, kwargs: dict[str, Any]) -> ScimToken:
        require_https(request)
        self.token = token = self._bearer(request, _tenant(kwargs))
        wait = calls.wait(str(token.team_id))
        if wait:
            raise TooManyCalls(wait)
        _require_on(token)
        bearer.used(token, request.META.get("REMOTE_ADDR", ""))
        return token

    def _bearer(self, request: HttpRequest, tenant: str | None) -> ScimToken:
        scheme, _space, text = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        digest = tokens.digest_of(text.strip()) if scheme.lower() == "bearer" else ""
        if digest:
            self.ask_ahead(request, digest)
        token = tokens.with_digest(digest) if digest else None
        # A token of another team on a tenant's URL is as unknown as any.
        if token and tokens.is_recognised(token) and tenant in (None, str(token.team_id)):
            return token
        wait = wrong_tokens.wait(request.META.get("REMOTE_ADDR", ""))
        if wait:
            raise TooManyCalls(wait)
        listening.knocked(token, tenant, text.strip(), request.META.get("HTTP_USER_AGENT", ""))
        raise Unauthorized

    def ask_ahead(self, request: HttpRequest, digest: str) -> None:
        """Ask what the call is about together with who calls: the token's digest stands for the team.

        What is asked here is shown only once the token is recognised.
        """

    def read_body(self) -> dict[str, Any]:
        """Return the body as a JSON object, and keep it for the provisioning log."""
        self.body = body.read(self.request, BODY_TYPES, self.body_limit)
        return self.body

    def names(self, header: str, version: str) -> bool:
        """Say whether If-Match or If-None-Match names this version; `W/` and quotes may be left out."""
        sent = self.header(header)
        return bool(sent) and not {_bare(version), "*"}.isdisjoint(_bare(tag) for tag in sent.split(","))

    def header(self, name: str) -> str:
        """Return a header of the request; "" where it has none."""
        return str(self.request.META.get(f"HTTP_{name.upper().replace('-', '_')}", ""))

    def answer(self, body: dict[str, Any] | None, status: int = 200, **headers: str) -> HttpResponse:
        """Return a body as SCIM."""
        return scim_response(body, status, **headers)

    def carry_out(self, act: Callable[[], R], told: Callable[[R], HttpResponse]) -> HttpResponse:
        """Act, and keep the exchange with what it did in the act's own transaction: both, or neither."""

        def last(done: Act, result: R) -> None:
            self.kept = told(result)
            met = result[0] if isinstance(result, tuple) else result
            self._keep(self.kept, done, effects.of(done, result, seat=self.seat), met)

        with ending_with(last):
            result = act()
        return self.kept or told(result)

    def _keep(
        self,
        response: HttpResponse,
        done: Act | None = None,
        effect: dict[str, Any] | None = None,
        met: object = None,
    ) -> None:
        token = self.token
        if token is not None:
            took = int((time.monotonic() - self.started) * 1000)
            member = next((one for one in (met, self.subject) if isinstance(one, Member)), None)
            about = str(member.pk) if member else ""
            told = exchange.Told(str(self.subject), self.words, self.code, self.body, effect or {}, about)
            exchange.record(token, self.request, response, took, told, act=done)

    def finalize_response(self, request: HttpRequest, response: Any) -> Any:
        """Keep a call that changed nothing in the team's provisioning log; it stays answered where that fails."""
        if self.token is None or (response.status_code == 429 and floods.wait(str(self.token.team_id))):
            return response
        try:
            if response is not self.kept and self._is_kept(request, response):
                self._keep(response)
            exchange.trim(self.token.team_id)
        except DatabaseError:
            log.exception("a SCIM call could not be kept in the provisioning log")
        return response

    def _is_kept(self, request: HttpRequest, response: HttpResponse) -> bool:
        """Say whether a call leaves a row: writes do, refusals within bounds, reads while a wizard listens."""
        token, method, path = self.token, request.method or "", request.get_full_path()
        if token is None or response.status_code >= 400:
            return token is not None and not exchange.refusals.wait(str(token.team_id))
        verb = verbs.of(method, path, self.body)
        if verb not in verbs.READS:
            return True
        reads.count(token, verb)
        return listening.keeps_read(token)

    def handle_exception(self, exc: Exception) -> Any:
        """Turn everything that was raised into a SCIM Error without inner text (RFC 7644 section 3.12)."""
        if isinstance(exc, Refusal):
            exc = self._recorded(exc)
        error = _as_error(exc)
        self.kept, self.words = None, error.detail
        self.code = exc.code if isinstance(exc, Refusal) else error.scim_type or CODES.get(type(error), "")
        return scim_response(error.body(), error.status, **getattr(error, "headers", {}))

    def _recorded(self, refusal: Refusal) -> Exception:
        """Record a refusal; where that fails the client is to retry, or the journal would miss it."""
        try:
            refused.record(self.team, self.by, refusal, self.subject or None)
        except (DatabaseError, Refusal) as failure:
            return failure
        return refusal


def _require_on(token: ScimToken) -> None:
    """Tell a token that ended with SCIM's switch why it no longer works (spec rule 11)."""
    if not token.team.scim_on:
        raise SwitchedOff(_("SCIM is turned off for team {team}.").format(team=token.team.name))
    if token.ended_at is not None:
        told = _("This token ended when SCIM was turned off for team {team}. Use the one issued since.")
        raise SwitchedOff(told.format(team=token.team.name))


def _tenant(kwargs: dict[str, Any]) -> str | None:
    """Return the tenant that the URL names, as a team's id is written."""
    tenant = kwargs.get("tenant")
    return None if tenant is None else str(tenant).lower()


def _bare(tag: str) -> str:
    return tag.strip().removeprefix("W/").strip('"')


def scim_response(body: dict[str, Any] | None, status: int = 200, **headers: str) -> HttpResponse:
    """Return a response of SCIM's media type; without a body where the status has none."""
    content = b"" if body is None else orjson.dumps(body)
    response = HttpResponse(content, status=status, content_type=CONTENT_TYPE)
    for name, value in headers.items():
        response[name.replace("_", "-")] = value
    return response


def _as_error(exc: Exception) -> ScimError:
    if isinstance(exc, ScimError):
        return exc
    if isinstance(exc, Taken):
        # Entra falls back from create to update only where it reads scimType uniqueness.
        return Uniqueness(str(exc))
    if isinstance(exc, Refusal):
        return ScimError(str(exc), status=412 if isinstance(exc, StaleVersion) else STATUS[exc.sort])
    if isinstance(exc, InTheClear):
        return ScimError(str(exc), exc.status)
    if isinstance(exc, Unreadable):
        return InvalidSyntax(str(exc)) if exc.status == InvalidSyntax.status else ScimError(str(exc), exc.status)
    if isinstance(exc, SuspiciousOperation | RawPostDataException | UnreadablePostError):
        return ScimError(_("The request can't be read."))
    if isinstance(exc, DatabaseError):
        log.exception("the database did not answer a SCIM call")
        return Away()
    log.exception("a SCIM call failed")
    return ScimError(_("The service failed. The call was not carried out."), status=500)
