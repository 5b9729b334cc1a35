"""Light, dark, or as the system has it: a cookie, so that the server draws it right the first time."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from portal.door import safe_path
from portal.frame import THEMES

YEAR = 365 * 24 * 3600


@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """Keep the chosen theme and go back; anything but light and dark follows the system."""
    wanted = request.POST.get("theme", "")
    response = redirect(safe_path(request.POST.get("next")))
    response.set_cookie(
        "theme", wanted if wanted in THEMES else "auto", max_age=YEAR, samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE, httponly=True,
    )  # fmt: skip
    return response
