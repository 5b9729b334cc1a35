"""Problem details (RFC 9457): the one place where whatever went wrong becomes an answer in words."""

import logging
import math
from collections.abc import Sequence
from typing import Any

import orjson
from django.core.exceptions import SuspiciousOperation
from django.db import Error as DatabaseError
from django.http import HttpResponse
from django.http.request import RawPostDataException, UnreadablePostError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework.exceptions import APIException, MethodNotAllowed

from portal import door
from portal.gate import Unreadable
from portal.proxy import InTheClear
from portal.teams.errors import Forbidden, Refusal, StaleVersion

log = logging.getLogger("seatgate.api")

CONTENT_TYPE = "application/problem+json"
TITLES = {
    400: gettext_lazy("The request can’t be used as it is"),
    401: gettext_lazy("No valid API key"),
    403: gettext_lazy("Not allowed"),
    404: gettext_lazy("Not found"),
    405: gettext_lazy("This verb is not served here"),
    409: gettext_lazy("Not possible as things stand"),
    412: gettext_lazy("Changed since it was read"),
    413: gettext_lazy("The body is too large"),
    415: gettext_lazy("This media type is not read"),
    422: gettext_lazy("The Idempotency-Key was used for something else"),
    429: gettext_lazy("Too many requests"),
    500: gettext_lazy("The service failed"),
    503: gettext_lazy("The service is busy"),
}


class Problem(Exception):
    """A no of the API's own: status, stable code and a sentence."""

    status, code = 400, "invalid"

    def __init__(self, detail: str, *, errors: Sequence[dict[str, str]] = (), **headers: str) -> None:
        super().__init__(detail)
        self.errors, self.headers = list(errors), headers


class BadInput(Problem):
    """Fields that can't be used, each by name."""


class NoKey(Problem):
    """No key, or none that is live."""

    status, code = 401, "no_key"

    def __init__(self) -> None:
        super().__init__(_("Send a live API key: Authorization: Bearer sgk_…"), WWW_Authenticate='Bearer realm="API"')


class ScopeMissing(Forbidden):
    """The key was not made for this."""

    def __init__(self, scope: str) -> None:
        super().__init__(_("This key lacks the scope {scope}. Use a key that has it.").format(scope=scope))


class TooManyCalls(Problem):
    """More calls than the limit."""

    status, code = 429, "too_many_calls"

    def __init__(self, wait: float) -> None:
        super().__init__(_("Too many requests. Retry a little later."), Retry_After=str(max(1, math.ceil(wait))))


class Away(Problem):
    """The database does not answer, or a lock is taken for too long."""

    status, code = 503, "away"

    def __init__(self) -> None:
        super().__init__(_("The service is busy. Retry in a moment."), Retry_After="2")


class Failed(Problem):
    """A fault of ours; nothing internal is told."""

    status, code = 500, "failed"


def answer(exc: Exception, instance: str) -> HttpResponse:
    """Return the problem document of whatever was raised."""
    status, code, headers, errors = _known(exc)
    body: dict[str, Any] = {
        "type": f"urn:seatgate:problem:{code}",
        "title": str(TITLES.get(status, TITLES[400])),
        "status": status,
        "detail": _words(exc),
        "instance": instance,
        "code": code,
    }
    if errors:
        body["errors"] = errors
    response = HttpResponse(orjson.dumps(body), status=status, content_type=CONTENT_TYPE)
    for name, value in headers.items():
        response[name.replace("_", "-")] = value
    return response


def _known(exc: Exception) -> tuple[int, str, dict[str, str], list[dict[str, str]]]:
    """Return status, code, headers and fields."""
    if isinstance(exc, Problem):
        return exc.status, exc.code, exc.headers, exc.errors
    if isinstance(exc, Refusal):
        return 412 if isinstance(exc, StaleVersion) else door.STATUS[exc.sort], exc.code, {}, []
    if isinstance(exc, InTheClear):
        return exc.status, exc.code, {}, []
    if isinstance(exc, Unreadable):
        return exc.status, "unreadable", {}, []
    if isinstance(exc, MethodNotAllowed):
        return 405, "method_not_allowed", {}, []
    return (exc.status_code if isinstance(exc, APIException) else 400), "unreadable", {}, []


def _words(exc: Exception) -> str:
    if isinstance(exc, MethodNotAllowed):
        return _("Use one of the verbs that Allow names.")
    return str(exc.detail) if isinstance(exc, APIException) else str(exc)


def of(exc: Exception) -> Exception:
    """Turn what is no answer yet into one: a database that is away, a request that can't be read, a fault of ours."""
    if isinstance(exc, Problem | Refusal | Unreadable | InTheClear | APIException):
        return exc
    if isinstance(exc, SuspiciousOperation | RawPostDataException | UnreadablePostError):
        return Unreadable(_("The request can't be read."))
    if isinstance(exc, DatabaseError):
        log.exception("the database did not answer an API call")
        return Away()
    log.exception("an API call failed")
    return Failed(_("The service failed. The call was not carried out."))
