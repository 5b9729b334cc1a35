"""The short way: calls of machines pass no browser middleware (it alone costs half a millisecond a call).

On the long way HEAD is a GET, so that no page has to think of it; of machines' views Django's own class does.
"""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.handlers.base import BaseHandler
from django.core.handlers.exception import convert_exception_to_response
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from portal.headers import MACHINES

SHORT = ("/scim/", "/api/", "/healthz", "/readyz", "/metrics")
# A page for people among the addresses of machines.
LONG = "/api/v1/docs/"


class ShortChain:
    """Sends the paths of machines straight to their views; everything else goes on through the chain."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.long = get_response
        # A handler of Django's with no middleware loaded: it resolves the URL and calls the view.
        handler: Any = BaseHandler()
        handler._view_middleware = handler._template_response_middleware = handler._exception_middleware = []
        self.short: Any = convert_exception_to_response(handler._get_response)
        seconds = settings.SECURE_HSTS_SECONDS
        self.hsts = f"max-age={seconds}; includeSubDomains; preload" if seconds else ""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer by the short way where the path is a machine's."""
        if request.path_info.startswith(SHORT) and request.path_info != LONG:
            return self._headed(request, self.short(request))
        return self._asked_as_get(request) if request.method == "HEAD" else self.long(request)

    def _asked_as_get(self, request: HttpRequest) -> HttpResponseBase:
        """HEAD is answered as GET is; the server leaves the body away (RFC 9110 section 9.3.2)."""
        request.method = "GET"
        try:
            return self.long(request)
        finally:
            request.method = "HEAD"

    def _headed(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        for name, value in MACHINES.items():
            response.headers.setdefault(name, value)
        if self.hsts and request.is_secure():
            response.headers.setdefault("Strict-Transport-Security", self.hsts)
        return response
