"""Draws templates and components as the portal does, without a view; links of the frame lead to stand-ins."""

from datetime import UTC, datetime
from pathlib import Path

from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.template.loader import render_to_string
from django.urls import path
from django_cotton.compiler_regex import CottonCompiler
from lxml import html

from portal.demo import style

ROOT = Path(__file__).resolve().parent.parent.parent
STATIC = ROOT / "portal" / "static" / "portal"
CSS = {name: (STATIC / name).read_text() for name in ("seatgate.css", "components.css", "dark.css")}
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def nowhere(_request: HttpRequest) -> HttpResponse:
    """Stand for any page the frame links to."""
    return HttpResponse()


PAGES = (
    "home",
    "members",
    "notices",
    "search",
    "choose_team",
    "profile",
    "security",
    "theme",
    "sign_out",
    "outbox",
    "style",
)
urlpatterns = [path(f"{name}/", nowhere, name=name) for name in PAGES]


def frame(**changes: object) -> dict[str, object]:
    """Give what the frame and the style page need of their context, with changes."""
    return style.sample() | {"theme": "auto", "moment": NOON} | changes


def page(template: str = "demo/style.html", **changes: object) -> html.HtmlElement:
    """Draw a template inside the frame's context and read it."""
    return html.document_fromstring(render_to_string(template, frame(**changes)))


def part(markup: str, **context: object) -> html.HtmlElement:
    """Draw one piece of markup that uses components, and read it."""
    template = engines["django"].from_string(CottonCompiler().process(markup))
    return html.fragment_fromstring(template.render(context), create_parent="div")
