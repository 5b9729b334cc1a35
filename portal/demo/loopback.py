"""The practice IdP's only way out: plain HTTP to this machine, without proxies and without following redirects."""

import http.client
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

HOSTS = ("localhost", "127.0.0.1")
SECONDS = 10
MAX_ANSWER = 4 * 1024 * 1024


class Unreachable(Exception):
    """Nothing usable came back; the text says what to look at."""


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    text: str
    headers: dict[str, str] = field(default_factory=dict)


class _Stay(urllib.request.HTTPRedirectHandler):
    # A redirect could lead off this machine, and would carry the token along.
    def redirect_request(self, *_args: Any, **_kwargs: Any) -> None:
        return None


_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _Stay)


def is_here(url: str) -> bool:
    """Say whether a URL is one of this machine's."""
    try:
        parts = urlsplit(url)
        port_is_fine = parts.port is None or parts.port > 0
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and parts.hostname in HOSTS and port_is_fine and url.isprintable()


def ask(method: str, url: str, headers: dict[str, str] | None = None, body: bytes | None = None) -> Answer:
    """Ask this machine for something; every HTTP answer is an answer, everything else is Unreachable."""
    if not is_here(url):
        raise Unreachable(_("The practice IdP talks to this machine only: http://localhost or http://127.0.0.1."))
    try:
        request = urllib.request.Request(url, body, headers or {}, method=method)
        with _opener.open(request, timeout=SECONDS) as response:
            return _answer(response.status, response)
    except urllib.error.HTTPError as error:
        with error:
            return _answer(error.code, error)
    except (OSError, ValueError, http.client.HTTPException) as error:
        why = getattr(error, "reason", None) or error
        words = _("Nobody answers at %(url)s. Is the portal running? (%(why)s)")
        raise Unreachable(words % {"url": url, "why": why}) from error


def _answer(status: int, response: Any) -> Answer:
    text = response.read(MAX_ANSWER).decode(errors="replace")
    return Answer(status, text, {name.lower(): value for name, value in response.headers.items()})
