"""How many codes are mailed to an address, so that nobody keeps its holder out by asking (decision 0023).

A browser that signed in with an address before is known to it by a sealed cookie, and counts for itself alone.
"""

import secrets

from allauth.core.internal import ratelimit
from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

COOKIE = f"{settings.SESSION_COOKIE_NAME}_known"
SALT, DAYS, MOST = "portal.known_browsers", 180, 5
LIMITS = {
    # A browser known to the address, and one that is signed in with it: no stranger has either.
    "code_known": "5/m/key,20/h/key",
    "code_known_all": "60/h/key",
    "code_again": "5/m/key,20/h/key",
    # Everybody else: tries from one network, so that addresses made up at will fill no cache; for one address from one
    # network, from one network for all, for one address from everywhere.
    "code_tries": "60/m/ip",
    "code_here": "3/m/key,10/h/key",
    "code_from": "20/m/ip",
    "code_to": "40/h/key",
}


def may_be_mailed(request: HttpRequest, mailbox: str) -> bool:
    """Say whether one more code may be mailed to an address at this browser's word, and count it."""
    browser = _known(request).get(_mark(mailbox))
    if browser is not None:
        return _count(request, "code_known", f"{mailbox} {browser}") and _count(request, "code_known_all", mailbox)
    if not _count(request, "code_tries"):
        return False
    # The narrow limit first: what it stops uses nothing up of the wide one.
    here = f"{mailbox} {ratelimit.get_ip(request)}"
    return _count(request, "code_here", here) and _count(request, "code_from") and _count(request, "code_to", mailbox)


def may_be_mailed_again(request: HttpRequest) -> bool:
    """Say whether one more code may be mailed to whoever is signed in here, and count it."""
    return _count(request, "code_again", str(request.user.pk))


def _count(request: HttpRequest, action: str, key: str | None = None) -> bool:
    return bool(ratelimit.consume(request, app="account", action=action, config=LIMITS, key=key))


def remember(request: HttpRequest, response: HttpResponse, mailbox: str) -> None:
    """Let this browser be known to an address it just signed in with."""
    known = {mark: browser for mark, browser in _known(request).items() if mark != _mark(mailbox)}
    latest = dict(list(known.items())[1 - MOST :])
    response.set_cookie(
        COOKIE, signing.dumps(latest | {_mark(mailbox): secrets.token_urlsafe(12)}, salt=SALT),
        max_age=DAYS * 24 * 3600, secure=settings.SESSION_COOKIE_SECURE, httponly=True, samesite="Lax",
    )  # fmt: skip


def _known(request: HttpRequest) -> dict[str, str]:
    """By the mark of each address: this browser's name there, as far as the cookie is ours and not too old."""
    try:
        return dict(signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=DAYS * 24 * 3600))
    except signing.BadSignature:
        return {}


def _mark(mailbox: str) -> str:
    return salted_hmac(SALT, mailbox, algorithm="sha256").hexdigest()[:32]
