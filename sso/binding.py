"""Which browser began a sign-in: a cookie of its own, because the IdP's cross-site POST carries no Lax cookie (R6)."""

import secrets

from django.conf import settings
from django.http import HttpRequest, HttpResponse

_HOST = "__Host-" if settings.HTTPS else ""
BINDING, CONVERT = f"{_HOST}sso_browser", f"{_HOST}sso_convert"
BINDING_SECONDS, CONVERT_SECONDS = 600, 120


def of(request: HttpRequest) -> str:
    """Return this browser's binding, a fresh one where it has none; several tabs share it."""
    return request.COOKIES.get(BINDING, "") or secrets.token_urlsafe(24)


def converting(request: HttpRequest) -> bool:
    """Say whether this browser's last unsolicited message was just converted."""
    return bool(request.COOKIES.get(CONVERT))


def keep(response: HttpResponse, name: str, value: str, seconds: int) -> None:
    """Set one of the two cookies for a while."""
    response.set_cookie(name, value, max_age=seconds, httponly=True, samesite="Lax", secure=settings.HTTPS, path="/")


def drop(response: HttpResponse, name: str) -> None:
    """Forget one of the two cookies."""
    response.delete_cookie(name, path="/", samesite="Lax")
