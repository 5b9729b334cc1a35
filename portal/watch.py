"""The outermost step of every request: it gets an id, is timed and counted, and leaves a line where they are wanted."""

import logging
import re
import time
import uuid
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from portal import metrics
from portal.teams import trace

log = logging.getLogger("seatgate.request")
HEADER = "X-Request-ID"
_ID = re.compile(r"[A-Za-z0-9._-]{8,64}\Z")


class Watch:
    """Gives each request an id, which its log lines carry and its answer names."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self.trusted = frozenset(settings.TRUSTED_PROXIES)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer, and tell of it: the route and not the path, which may hold a link's token or an address."""
        began, request_id = time.perf_counter(), self._id(request)
        trace.begin(request_id)
        response = self.get_response(request)
        response[HEADER] = request_id
        seconds = time.perf_counter() - began
        match = request.resolver_match
        metrics.answered(match.view_name if match else "", request.method or "", response.status_code, seconds)
        if settings.LOG_REQUESTS:
            log.info("%s %s", request.method, f"/{match.route}" if match else "(no such page)",
                     extra={"status": response.status_code, "milliseconds": round(seconds * 1000, 1)})  # fmt: skip
        return response

    def _id(self, request: HttpRequest) -> str:
        # A proxy's id ties its log to ours; a stranger's would let him name other people's lines.
        given = request.META.get("HTTP_X_REQUEST_ID", "")
        if request.META.get("REMOTE_ADDR") in self.trusted and _ID.match(given):
            return str(given)
        return uuid.uuid4().hex
