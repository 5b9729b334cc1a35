"""Asks every address of a production installation, by every verb that is likely, and prints how each was answered.

Run by a test as `python -m tests.security.walk` under production settings, which are read once and can't be changed.
"""

import json
import os
import sys
from collections.abc import Iterator
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
django.setup()

from django.test import Client  # noqa: E402  # models must be loaded first
from django.test.utils import setup_test_environment  # noqa: E402

from tests import make  # noqa: E402
from tests.test_roles import OPERATOR, URLS, address  # noqa: E402

HOST = "seats.example.com"
OTHERS = [
    "/no-such-page/",
    "/static/portal/portal.css",
    "/static/no-such-file.css",
    "//scim/v2",
    "/scim/v3",
    "/api/v2/",
]
# Each address is asked by the first three, every tenth by the others too: they end before any view of ours.
VERBS, ODD_VERBS = ("GET", "HEAD", "POST"), ("OPTIONS", "TRACE")


class Browser(Client):
    """A browser that calls by https, under the name of the installation, and checks CSRF as a real one meets it."""

    def __init__(self, **defaults: Any) -> None:
        super().__init__(raise_request_exception=False, SERVER_NAME=HOST, **defaults)

    def generic(
        self, method: str, path: str, data: Any = "", content_type: str | None = "application/octet-stream",
        secure: bool = True, **extra: Any,
    ) -> Any:  # fmt: skip
        """Ask by https unless somebody says otherwise in so many words."""
        return super().generic(method, path, data, content_type, secure=extra.pop("https", True), **extra)


def told(who: str, verb: str, path: str, answer: Any) -> dict[str, Any]:
    """What is judged of an answer."""
    return {
        "who": who, "verb": verb, "path": path, "status": answer.status_code,
        "headers": {name.lower(): value for name, value in answer.headers.items()},
        "cookies": [morsel.OutputString() for morsel in answer.cookies.values()],
    }  # fmt: skip


def people() -> dict[str, Browser]:
    """Nobody, an owner, and an operator."""
    team = make.acme()
    make.sso_on(team)
    owner, otto = Browser(), Browser()
    make.sign_in(owner, "olga@acme.test")
    make.at_operator_pages(otto)
    return {"nobody": Browser(), "owner": owner, "operator": otto}


def walk() -> Iterator[dict[str, Any]]:
    """Ask for everything."""
    browsers = people()
    for who, browser in browsers.items():
        names = OPERATOR if who == "operator" else URLS
        known = {"slug": "acme", "step": "copy"}
        for number, path in enumerate(sorted({address(name, **known) for name in names} | set(OTHERS))):
            odd = ODD_VERBS if who == "nobody" and (number % 10 == 0 or path in OTHERS) else ()
            for verb in (*VERBS, *odd) if path != "/sign-out/" or who == "nobody" else ():
                yield told(who, verb, path, browser.generic(verb, path))
    strict = Browser()
    strict.handler.enforce_csrf_checks = True
    yield told("another site", "POST", "/sign-in/", strict.post("/sign-in/", {"who": "x"}))
    for host in ("evil.example", "seats.example.com@evil.example", "seats.example.com.evil.example"):
        for path in ("/", "/sign-in/", "/scim/v2/Users", "/api/v1/team", "/healthz", "/sso/acme/metadata"):
            yield told("another host", "GET", path, browsers["nobody"].generic("GET", path, HTTP_HOST=host))
    for path in ("/", "/sign-in/?next=/members/", "/scim/v2/Users", "/static/portal/portal.css"):
        yield told("plain http", "GET", path, browsers["nobody"].generic("GET", path, https=False))


if __name__ == "__main__":
    setup_test_environment()
    json.dump(list(walk()), sys.stdout)
