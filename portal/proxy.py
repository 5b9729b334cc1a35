"""Who is calling, behind a reverse proxy: forwarded headers count only from addresses the operator named."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _


class TrustedProxies:
    """Puts the caller's own address and scheme in place of a trusted proxy's."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self.trusted = frozenset(settings.TRUSTED_PROXIES)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Read the forwarded headers of a trusted proxy, and nobody else's."""
        if request.META.get("REMOTE_ADDR") in self.trusted:
            forwarded = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if hop.strip()]
            # The last address that is no proxy of ours; what stands before it is the caller's own word.
            stranger = next((hop for hop in reversed(forwarded) if hop not in self.trusted), None)
            if stranger is not None:
                request.META["REMOTE_ADDR"] = stranger
            if request.META.get("HTTP_X_FORWARDED_PROTO") in ("http", "https"):
                request.META["wsgi.url_scheme"] = request.META["HTTP_X_FORWARDED_PROTO"]
        return self.get_response(request)


class InTheClear(Exception):
    """A machine called by plain http where we are reached by https (RFC 6750 section 5.3)."""

    status, code = 403, "https_required"

    def __init__(self) -> None:
        super().__init__(
            _("Call {url} by https. What was sent could be read on its way: replace the token.").format(
                url=settings.BASE_URL
            )
        )


def require_https(request: HttpRequest) -> None:
    """Refuse a machine's call in the clear before its token is looked at; browsers are led to https instead."""
    if settings.HTTPS and not request.is_secure():
        raise InTheClear
