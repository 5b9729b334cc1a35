"""What every page of the practice IdP has around it: its tabs, the answer to the last act, and a strict gate."""

from collections.abc import Callable
from itertools import takewhile
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from lxml import etree

from portal.demo.dialects import speaking
from portal.demo.state import URL, Exchange, State
from portal.demo.wire import Outcome

# Who is signed in at the practice IdP, as a live session at a real one.
SIGNED_IN = "practice_person"
# Forms lead to applications on this machine, whatever their port, and nowhere else.
LOOPBACK = "http://localhost:* http://127.0.0.1:* https://localhost:* https://127.0.0.1:*"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    f"connect-src 'self'; form-action 'self' {LOOPBACK}; frame-ancestors 'none'; base-uri 'none'; object-src 'none'"
)


class Gate:
    """Sends the strict headers, and lets no other site press a button here."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer a request."""
        origin = request.headers.get("Origin")
        if request.method == "POST" and origin not in (None, f"{request.scheme}://{request.get_host()}"):
            response = refused(request, _("This button was pressed on another site."), status=403)
        else:
            response = self.get_response(request)
        response.headers["Content-Security-Policy"] = POLICY
        response.headers["Referrer-Policy"] = "same-origin"
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers.setdefault("Cache-Control", "no-store")
        return response


def show(request: HttpRequest, tab: str, state: State, **context: Any) -> HttpResponse:
    """Draw one of the site's pages; `tab` names its URL and its template."""
    tabs = {
        "directory": _("People"),
        "groups": _("Groups"),
        "application": _("Application"),
        "single_sign_on": _("Single sign-on"),
        "webhooks": _("Webhooks"),
        "log": _("Log"),
    }
    links = [{"label": label, "url": reverse(name), "current": name == tab} for name, label in tabs.items()]
    around = {
        "state": state,
        "url": URL,
        "tabs": links,
        "dialect": speaking(state.dialect),
        "here": state.person(request.COOKIES.get(SIGNED_IN, "")),
    }
    return render(request, f"practice/{tab}.html", around | context)


def refused(request: HttpRequest, why: str, status: int = 400) -> HttpResponse:
    """Say in a sentence why nothing was done."""
    return render(request, "practice/refused.html", {"why": why}, status=status)


def done(request: HttpRequest, tab: str, outcome: Outcome) -> HttpResponse:
    """Go back to a page, which tells how the act ended."""
    messages.add_message(request, messages.SUCCESS if outcome.ok else messages.ERROR, outcome.words)
    return redirect(tab)


def latest(state: State, kind: str) -> list[Exchange]:
    """List the exchanges of the last act of a kind, newest first."""
    exchanges = [exchange for exchange in state.log if exchange.kind == kind]
    return list(takewhile(lambda exchange: exchange.act == exchanges[0].act, exchanges))


def pretty(xml: bytes) -> str:
    """Lay a message out to be read; the message that is sent stays as it was signed."""
    try:
        element = etree.fromstring(xml, etree.XMLParser(resolve_entities=False, no_network=True))
    except (etree.XMLSyntaxError, ValueError):
        return xml.decode(errors="replace")
    etree.indent(element)
    return etree.tostring(element, encoding="unicode")
