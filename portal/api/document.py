"""The OpenAPI document, made of the operations themselves, and the page that shows it without files from elsewhere."""

import json
from functools import cache
from typing import Any

import orjson
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.html import format_html, format_html_join
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator

from portal.api.endpoints import ENDPOINTS
from portal.api.questions import NewRole, Person

VERBS = ("get", "post")
BODIES = (NewRole, Person)


@cache
def document() -> dict[str, Any]:
    """Return the OpenAPI document; it is the same for everybody, and as long as the process lives."""
    made: dict[str, Any] = SchemaGenerator(patterns=ENDPOINTS).get_schema(public=True)  # type: ignore[no-untyped-call]
    for body in BODIES:
        # A field that is not described is refused.
        made["components"]["schemas"][body.__name__]["additionalProperties"] = False
    return made | {"servers": [{"url": settings.BASE_URL}]}


@require_safe
def openapi(request: HttpRequest) -> HttpResponse:
    """Serve the document to anybody: it tells nothing of any team."""
    response = HttpResponse(orjson.dumps(document()), content_type="application/json")
    # Tools of a product's developers read it from their own origin.
    response["Access-Control-Allow-Origin"] = "*"
    return response


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Show the document to people."""
    told = document()
    groups = [
        {"name": tag, "operations": [each for each in _operations(told) if each["tag"] == tag]} for tag in _tags(told)
    ]
    context = {"info": told["info"], "groups": groups, "base": settings.BASE_URL, "schemas": _shapes(told)}
    return render(request, "api/docs.html", context)


def _tags(told: dict[str, Any]) -> list[str]:
    return list(dict.fromkeys(each["tag"] for each in _operations(told)))


def _operations(told: dict[str, Any]) -> list[dict[str, Any]]:
    """List the operations as the page draws them."""
    return [
        _drawn(verb, path, each)
        for path, verbs in told["paths"].items()
        for verb, each in verbs.items()
        if verb in VERBS
    ]


def _drawn(verb: str, path: str, told: dict[str, Any]) -> dict[str, Any]:
    good = {status: each for status, each in told["responses"].items() if status.startswith("2")}
    bad = {status: each["description"] for status, each in told["responses"].items() if not status.startswith("2")}
    words, _blank, scope = told["description"].rpartition("Scope: ")
    sent = _example(told.get("requestBody", {}))
    return {
        "id": told["operationId"], "verb": verb.upper(), "path": path, "tag": told["tags"][0],
        "summary": told["summary"], "words": _marked(words.strip()), "scope": scope.strip("`"),
        "parameters": [each | {"words": _marked(each["description"])} for each in told["parameters"]],
        "sent": sent, "curl": curl(verb, path, sent),
        "answers": [(status, _example(each)) for status, each in good.items()], "errors": bad.items(),
    }  # fmt: skip


def _example(told: dict[str, Any]) -> str:
    """Return the example of a body, as it is sent."""
    examples = told.get("content", {}).get("application/json", {}).get("examples", {})
    return next((json.dumps(each["value"], indent=2, ensure_ascii=False) for each in examples.values()), "")


def curl(verb: str, path: str, sent: str) -> str:
    """Return the call as it is typed."""
    query = "?email=ada@northwind.test" if path.endswith("/seat-check") else ""
    line = [f'curl "{settings.BASE_URL}{path.replace("{", "$").replace("}", "")}{query}"']
    line.append('-H "Authorization: Bearer $SEATGATE_KEY"')
    if verb == "post":
        line += ["-X POST", '-H "Idempotency-Key: $(uuidgen)"']
    if sent:
        line += ['-H "Content-Type: application/json"', f"-d '{json.dumps(json.loads(sent))}'"]
    return " \\\n  ".join(line)


def _shapes(told: dict[str, Any]) -> list[dict[str, Any]]:
    """List the shapes that answers are made of, with what each field means."""
    shapes = told["components"]["schemas"]
    return [
        {"name": name, "words": shape.get("description", ""), "fields": _fields(shape)}
        for name, shape in shapes.items()
        if shape.get("properties") and not name.endswith("Page")
    ]


def _marked(text: str) -> str:
    """Draw what stands between backticks as code."""
    parts = enumerate(text.split("`"))
    return format_html_join("", "{}", ((format_html("<code>{}</code>", part) if n % 2 else part,) for n, part in parts))


def _fields(shape: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(name, _type(field), _marked(field.get("description", ""))) for name, field in shape["properties"].items()]


def _type(field: dict[str, Any]) -> str:
    """Name the type of a field in a word."""
    return str(field.get("format") or field.get("type") or "object")
