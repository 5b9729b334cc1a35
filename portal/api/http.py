"""The API over HTTP: the key, its limits and scope, what was asked, and the one place where errors become answers."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import orjson
from django.conf import settings
from django.db import Error as DatabaseError
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.parsers import JSONParser
from rest_framework.request import Request
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from portal import body
from portal.api import keys, once, problems
from portal.api.models import ApiKey
from portal.api.operation import Operation
from portal.api.problems import BadInput, NoKey, Problem, ScopeMissing, TooManyCalls
from portal.proxy import require_https
from portal.teams import bearer, refused
from portal.teams.actor import Actor
from portal.teams.acts import Act, ending_with
from portal.teams.errors import Missing, Refusal
from portal.teams.models import Member, Team
from portal.throttle import Throttle

R = TypeVar("R")

BODY_TYPES = ("application/json",)
calls = Throttle(rate=settings.API_RATE_LIMIT, burst=settings.API_RATE_LIMIT * 4, name="api")
# Wrong keys are limited apart and by address, so that guessing never slows a product down.
wrong_keys = Throttle(rate=min(1, settings.API_RATE_LIMIT), burst=20, name="api-wrong-key")


class ApiView(APIView):
    """One address of the API; once `initial` is through, `key`, `by` and what was asked are there."""

    authentication_classes = ()
    permission_classes = ()
    throttle_classes = ()
    # What the document says is taken; the body is read by portal/body.py.
    parser_classes = (JSONParser,)
    # OPTIONS and TRACE are refused like any verb that is not served.
    http_method_names = ["get", "head", "post", "put", "patch", "delete"]

    key: ApiKey | None = None
    by: Actor
    operation: Operation | None = None
    # The query and the body, read by the operation's own serializers.
    asked: dict[str, Any]
    given: dict[str, Any]
    # Whom a refused act was about.
    subject: Member | str | None = None
    _team: Team | None = None
    _kept: HttpResponse | None = None

    def perform_content_negotiation(self, request: Request, force: bool = False) -> tuple[Any, str]:
        """Answer JSON whatever Accept says."""
        return self.get_renderers()[0], "application/json"

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Let a call in: its key first, before anything is told."""
        super().initial(request, *args, **kwargs)
        self.asked, self.given = {}, {}
        request.get_host()
        address = request.META.get("REMOTE_ADDR", "")
        self.key = key = self._let_in(request, address)
        self.by = keys.actor(key, address)
        handler = getattr(self, (request.method or "").lower(), None)
        self.operation = operation = getattr(handler, "operation", None)
        if operation is None:
            return
        if operation.scope not in key.scopes:
            raise ScopeMissing(operation.scope)
        self.asked = self._query(request, operation.query)
        if operation.writes:
            self.given = self._body(request, operation)

    def _let_in(self, request: Request, address: str) -> ApiKey:
        require_https(request._request)
        scheme, _space, text = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        key = keys.find(text.strip()) if scheme.lower() == "bearer" else None
        wait = wrong_keys.wait(address) if key is None else calls.wait(str(key.pk))
        if wait:
            raise TooManyCalls(wait)
        if key is None:
            raise NoKey
        bearer.used(key, address)
        return key

    @property
    def team(self) -> Team:
        """The team that the call is about: the key's own, or the one that an operator's key names."""
        if self._team is None:
            self._team = self._named(self.asked.get("team", ""))
        return self._team

    def _named(self, named: str) -> Team:
        own = cast(ApiKey, self.key).team
        if own is not None:
            if named and named not in (own.slug, str(own.pk)):
                raise Missing
            return own
        if not named:
            raise BadInput(_("An operator’s key names the team: ?team=<slug or id>."))
        return keys.team_named(named)

    # ── What was asked ───────────────────────────────────────────────────────────────────────────────────────────────
    def _query(self, request: Request, shape: type[Serializer[Any]]) -> dict[str, Any]:
        given = request._request.GET
        twice = [{"field": name, "detail": _("Send it once.")} for name in given if len(given.getlist(name)) > 1]
        if twice:
            raise BadInput(_("A parameter is sent twice."), errors=twice)
        if any("\x00" in text for text in given.values()):
            raise BadInput(_("A parameter holds a NUL character."))
        return _read(shape, given.dict())

    def _body(self, request: Request, operation: Operation) -> dict[str, Any]:
        if operation.body is None and not request.META.get("CONTENT_LENGTH", "0").strip("0"):
            return {}
        sent = body.read(request._request, BODY_TYPES)
        return _read(operation.body or Serializer, sent)

    def names(self, header: str, etag: str) -> bool:
        """Say whether If-Match or If-None-Match names this ETag; `W/` and quotes may be left out."""
        tags = {_bare(tag) for tag in self.request.headers.get(header, "").split(",")}
        return bool(tags & {_bare(etag), "*"})

    # ── What is answered ─────────────────────────────────────────────────────────────────────────────────────────────
    def answer(self, content: Any, status: int = 200, **headers: str) -> HttpResponse:
        """Return JSON."""
        response = HttpResponse(orjson.dumps(content), status=status, content_type="application/json")
        for name, value in headers.items():
            response[name] = value
        return response

    def carry_out(self, act: Callable[[], R], told: Callable[[R], HttpResponse]) -> HttpResponse:
        """Act, and keep the answer for whoever sends the same again, in the act's own transaction."""
        claim = once.claim(cast(ApiKey, self.key), self.request._request, orjson.dumps(self.given))
        if claim is None:
            return told(act())
        if isinstance(claim, HttpResponse):
            return claim

        def last(_done: Act, result: R) -> None:
            self._kept = told(result)
            claim.keep(self._kept)

        try:
            with ending_with(last):
                result = act()
        except Exception:
            claim.release()
            raise
        if self._kept is None:
            # Nothing was changed, and no act kept the answer.
            self._kept = told(result)
            claim.keep(self._kept)
        return self._kept

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Let an answer go as it was made; what every machine is told besides, portal/chain.py adds."""
        return response

    def handle_exception(self, exc: Exception) -> HttpResponseBase:  # type: ignore[override]
        """Turn whatever was raised into a problem document, and record what a rule refused."""
        if isinstance(exc, Refusal) and self.request.method not in ("GET", "HEAD"):
            exc = self._recorded(exc)
        response = problems.answer(problems.of(exc), self.request.path)
        if isinstance(exc, MethodNotAllowed):
            response["Allow"] = ", ".join(self.allowed_methods)
        return response

    def _recorded(self, refusal: Refusal) -> Exception:
        """Record a refusal; where that fails the client is to retry, or the journal would miss it."""
        try:
            refused.record(self.team, self.by, refusal, self.subject)
        except (DatabaseError, Refusal, Problem) as failure:
            return failure if isinstance(failure, DatabaseError) else refusal
        return refusal


def _bare(tag: str) -> str:
    return tag.strip().removeprefix("W/").strip('"')


def _read(shape: type[Serializer[Any]], sent: dict[str, Any]) -> dict[str, Any]:
    """Read what was sent by a serializer; what it does not know is refused by name."""
    reader = shape(data=sent)
    unknown = [{"field": name, "detail": _("There is no such field.")} for name in sent if name not in reader.fields]
    if not reader.is_valid() or unknown:
        wrong = [
            {"field": name, "detail": " ".join(str(each) for each in found)} for name, found in reader.errors.items()
        ]
        raise BadInput(_("Some fields can’t be used; see errors."), errors=[*wrong, *unknown])
    return cast(dict[str, Any], reader.validated_data)


class NotThere(ApiView):
    """Any other path: 404 once the key is known, whatever the verb."""

    def http_method_not_allowed(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Say that there is nothing."""
        raise Missing
