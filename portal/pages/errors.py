"""Pages for what went wrong before a page could answer."""

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from portal.teams import trace

AWAY = (OperationalError, InterfaceError)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Say that the form was too old or came from elsewhere."""
    return render(request, "errors/csrf.html", status=403)


def failed(request: HttpRequest) -> HttpResponse:
    """Answer for what nothing else answered for: 503 where the database is away or too busy, else 500.

    Nothing is asked of the database for it, and so nothing of the frame is drawn.
    """
    away = isinstance(sys.exc_info()[1], AWAY)
    status, headers = (503, {"Retry-After": "5"}) if away else (500, {})
    if request.path_info.startswith("/api/"):
        title = _("The service is busy. Retry in a moment.") if away else _("The service failed.")
        # RFC 9457.
        body = {"type": "about:blank", "title": title, "status": status}
        return JsonResponse(body, status=status, content_type="application/problem+json", headers=headers)
    page = render_to_string("errors/away.html" if away else "500.html", {"reference": trace.words().get("request_id")})
    return HttpResponse(page, status=status, headers=headers)
