"""What one verb at one address is: its scope, what it takes and gives. The call is judged and described by the same."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from inspect import signature
from typing import Any, TypeVar, cast

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.serializers import Serializer

from portal.api import once, shapes
from portal.api.keys import Scope
from portal.api.problems import CONTENT_TYPE, TITLES
from portal.api.questions import Question

V = TypeVar("V", bound=Callable[..., Any])
READ_ERRORS = (400, 401, 403, 404, 429, 503)
WRITE_ERRORS = (400, 401, 403, 404, 409, 412, 413, 415, 422, 429, 503)
IDEMPOTENCY_KEY = {"type": "string", "minLength": 1, "maxLength": once.LENGTH, "pattern": "^[ -~]+$"}
IDS = {"member_id": "The member’s id.", "group_id": "The group’s id."}
TAGS = {
    Scope.SEATS_READ: "Seats",
    Scope.MEMBERS_READ: "Members",
    Scope.MEMBERS_WRITE: "Changing members",
    Scope.EVENTS_READ: "Events",
}


@dataclass(frozen=True)
class Operation:
    """What `ApiView` asks of a call before its method runs."""

    scope: Scope
    query: type[Serializer[Any]]
    body: type[Serializer[Any]] | None
    writes: bool


def reads(
    name: str, scope: Scope, summary: str, told: str, *, answer: Any, example: Any,
    query: type[Serializer[Any]] = Question, etag: bool = False,
) -> Callable[[V], V]:  # fmt: skip
    """Describe a GET."""
    headers = [_header("If-None-Match", "Answer 304 where the ETag is still this one.")] if etag else []
    more = {304: OpenApiResponse(description="Not changed since the ETag that If-None-Match names.")} if etag else {}
    described = _described(name, scope, summary, told, parameters=[query, *headers], errors=READ_ERRORS)
    described["responses"] |= {200: _good(answer, example), **more}
    return _as(Operation(scope, query, None, writes=False), described)


def writes(
    name: str, summary: str, told: str, *, answer: Any, example: Any, status: int = 200,
    body: type[Serializer[Any]] | None = None, sent: Any = None, if_match: bool = True,
) -> Callable[[V], V]:  # fmt: skip
    """Describe a POST; what it changes goes through the same acts as everywhere."""
    headers = [
        _header(
            once.HEADER, "Makes the write safe to send again: for 24 hours it is answered the same.", IDEMPOTENCY_KEY
        )
    ]
    if if_match:
        headers.append(_header("If-Match", "Change the member only while its ETag is this one; else 412."))
    described = _described(
        name, Scope.MEMBERS_WRITE, summary, told, parameters=[Question, *headers], errors=WRITE_ERRORS
    )
    described["responses"][status] = _good(answer, example)
    described["request"] = body
    if sent is not None:
        described["examples"] = [OpenApiExample("Sent", value=sent, request_only=True)]
    return _as(Operation(Scope.MEMBERS_WRITE, Question, body, writes=True), described)


def _described(
    name: str, scope: Scope, summary: str, told: str, *, parameters: Sequence[Any], errors: Sequence[int]
) -> dict[str, Any]:  # fmt: skip
    return {
        "operation_id": name,
        "summary": summary,
        "description": f"{told}\n\nScope: `{scope.value}`",
        "tags": [TAGS[scope]],
        "auth": [{"ApiKey": []}],
        "parameters": list(parameters),
        "responses": {
            (status, CONTENT_TYPE): OpenApiResponse(shapes.Problem, str(TITLES[status])) for status in errors
        },
    }


def _good(answer: Any, example: Any) -> OpenApiResponse:
    return OpenApiResponse(answer, examples=[OpenApiExample("Answer", value=example)])


def _header(name: str, told: str, shape: Any = OpenApiTypes.STR) -> OpenApiParameter:
    return OpenApiParameter(name, shape, OpenApiParameter.HEADER, description=told)


def _as(operation: Operation, described: dict[str, Any]) -> Callable[[V], V]:
    def wrap(method: V) -> V:
        cast(Any, method).operation = operation
        ids = [
            OpenApiParameter(name, OpenApiTypes.UUID, OpenApiParameter.PATH, description=told)
            for name, told in IDS.items()
            if name in signature(method).parameters
        ]
        return extend_schema(**described | {"parameters": [*described["parameters"], *ids]})(method)

    return wrap
