"""SCIM over HTTP (RFC 7644 section 3): bearer, media types, size, throttle; the one place errors become answers."""

import logging
import time
from typing import Any

import orjson
from django.conf import settings
from django.core.exceptions import DisallowedHost, RequestDataTooBig
from django.db import DatabaseError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.http.request import RawPostDataException
from django.utils.translation import gettext as _
from rest_framework.exceptions import APIException, MethodNotAllowed
from rest_framework.request import Request
from rest_framework.views import APIView

from portal.teams import refused
from portal.teams.actor import Actor, Door, Role
from portal.teams.errors import Refusal, Sort, StaleVersion, Taken
from portal.teams.models import Team
from portal.throttle import Throttle
from scim import exchange, tokens
from scim.models import ScimToken
from scim.protocol import gate
from scim.protocol.errors import ScimError, Uniqueness

log = logging.getLogger("seatgate.scim")

CONTENT_TYPE = "application/scim+json"
TAKEN = {"application/scim+json", "application/json", ""}
BODY_LIMIT = 1024 * 1024
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
calls = Throttle(rate=settings.SCIM_RATE_LIMIT, burst=settings.SCIM_RATE_LIMIT * 4)
# Wrong tokens are limited apart and by address, so that guessing never slows an identity provider down.
wrong_tokens = Throttle(rate=1, burst=20)


class ScimView(APIView):
    """A SCIM endpoint: once `initial` is through, `team`, `by` and `base_url` are those of the token."""

    authentication_classes = ()
    permission_classes = ()
    throttle_classes = ()

    team: Team
    by: Actor
    token: ScimToken | None = None
    body: dict[str, Any] | None = None
    # Whom the call is about and what it did, in words for the provisioning log.
    subject: str = ""
    words: str = ""

    def options(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Refuse OPTIONS like any verb that is not served; DRF would describe its serializers."""
        return self.http_method_not_allowed(request, *args, **kwargs)

    def perform_content_negotiation(self, request: Request, force: bool = False) -> tuple[Any, str]:
        """Answer SCIM's media type whatever Accept says: IdPs send */*, text/html or nothing."""
        return self.get_renderers()[0], CONTENT_TYPE

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Let a call in: its token first, before any id is looked up."""
        self.started = time.monotonic()
        super().initial(request, *args, **kwargs)
        request.get_host()
        self.token = token = self._bearer(request, kwargs.get("tenant"))
        if token.ended_at is not None or not token.team.scim_on:
            raise ScimError(_("SCIM is turned off for team {team}.").format(team=token.team.name), status=403)
        wait = calls.wait(str(token.team_id))
        if wait:
            raise TooManyCalls(wait)
        tokens.seen(token, request.META.get("REMOTE_ADDR", ""))
        self.team = token.team
        self.by = Actor(Door.SCIM, f"SCIM ({token.hint})", id=str(token.pk), role=Role.ADMIN)
        tenant = kwargs.get("tenant")
        self.base_url = f"{settings.BASE_URL}/scim/v2" + (f"/{tenant}" if tenant else "")

    def _bearer(self, request: Request, tenant: str | None) -> ScimToken:
        scheme, _space, text = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        token = tokens.find(text.strip()) if scheme.lower() == "bearer" else None
        # A token of another team on a tenant's URL is as unknown as any.
        if token is None or (tenant is not None and tenant.lower() != str(token.team_id)):
            wait = wrong_tokens.wait(request.META.get("REMOTE_ADDR", ""))
            raise TooManyCalls(wait) if wait else Unauthorized()
        return token

    def read_body(self) -> dict[str, Any]:
        """Return the body as a JSON object; checked for size and media type before it is read."""
        request: HttpRequest = self.request._request
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not length.isdigit() or int(length) > BODY_LIMIT:
            raise ScimError(_("The body is larger than 1 MiB."), status=413)
        media_type = request.META.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()
        if media_type not in TAKEN:
            raise ScimError(_("Send application/scim+json or application/json."), status=415)
        self.body = gate.loads(request.body)
        return self.body

    def expected_version(self) -> int | None:
        """Return the version that If-Match asks for; None for no condition, 0 for one that nothing meets."""
        wanted = self.request.META.get("HTTP_IF_MATCH", "").strip()
        if not wanted or wanted == "*":
            return None
        number = wanted.removeprefix("W/").strip('"')
        return int(number) if number.isascii() and number.isdigit() and len(number) < 10 else 0

    def answer(self, body: dict[str, Any] | None, status: int = 200, **headers: str) -> HttpResponse:
        """Return a body as SCIM."""
        return scim_response(body, status, **headers)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Keep the exchange in the team's provisioning log."""
        if self.token is not None:
            exchange.record(
                self.token, method=request.method or "", path=request.get_full_path(), status=response.status_code,
                milliseconds=int((time.monotonic() - self.started) * 1000),
                agent=request.META.get("HTTP_USER_AGENT", ""), subject=self.subject, words=self.words,
                request=self.body, answer=response.content,
            )  # fmt: skip
        return response

    def handle_exception(self, exc: Exception) -> Any:
        """Turn everything that was raised into a SCIM Error without inner text (RFC 7644 section 3.12)."""
        if isinstance(exc, Refusal):
            refused.record(self.team, self.by, exc, self.subject or None)
        error = _as_error(exc)
        self.words = error.detail
        headers = dict(getattr(exc, "headers", {}))
        if isinstance(exc, MethodNotAllowed):
            headers["Allow"] = ", ".join(self.allowed_methods)
        return scim_response(error.body(), error.status, **headers)


class Unauthorized(ScimError):
    """No token, or none that we know."""

    status = 401
    headers = {"WWW-Authenticate": 'Bearer realm="SCIM"'}

    def __init__(self) -> None:
        super().__init__(_("Send a valid bearer token."))


class TooManyCalls(ScimError):
    """More calls than the limit; clients honour Retry-After (Entra, Okta)."""

    status = 429

    def __init__(self, wait: float) -> None:
        super().__init__(_("Too many requests. Retry a little later."))
        self.headers = {"Retry-After": str(max(1, round(wait)))}


class Away(ScimError):
    """The database does not answer, or a lock is taken for too long."""

    status = 503
    headers = {"Retry-After": "2"}

    def __init__(self) -> None:
        super().__init__(_("The service is busy. Retry in a moment."))


def scim_response(body: dict[str, Any] | None, status: int = 200, **headers: str) -> HttpResponse:
    """Return a response of SCIM's media type; without a body where the status has none."""
    content = b"" if body is None else orjson.dumps(body)
    response = HttpResponse(content, status=status, content_type=CONTENT_TYPE)
    response["Cache-Control"] = "no-store"
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
    if isinstance(exc, RequestDataTooBig):
        return ScimError(_("The body is larger than 1 MiB."), status=413)
    if isinstance(exc, DisallowedHost | RawPostDataException):
        return ScimError(_("The request can't be read."))
    if isinstance(exc, APIException):
        return ScimError(str(exc.detail), status=exc.status_code)
    if isinstance(exc, OperationalError | DatabaseError):
        log.exception("the database did not answer a SCIM call")
        return Away()
    log.exception("a SCIM call failed")
    return ScimError(_("The service failed. The call was not carried out."), status=500)
