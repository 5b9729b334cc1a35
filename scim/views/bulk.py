"""/Bulk (RFC 7644 section 3.7): each operation is the single call, by the same view, in an act of its own."""

from io import BytesIO
from typing import Any
from urllib.parse import unquote_to_bytes

import orjson
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest, HttpResponse
from django.urls import resolve
from django.utils.translation import gettext as _

from scim.http import CONTENT_TYPE, ScimView
from scim.protocol import bulk
from scim.protocol.errors import ScimError
from scim.views.groups import GroupDetail, GroupList
from scim.views.users import UserDetail, UserList

SERVED = {UserList, UserDetail, GroupList, GroupDetail}
# Neither carried out nor refused yet.
WAIT = ScimError("wait")
# What of the whole request does not belong to its operations.
NOT_INHERITED = ("HTTP_IF_MATCH", "HTTP_IF_NONE_MATCH", "HTTP_TRANSFER_ENCODING", "HTTP_CONTENT_LENGTH")


class Bulk(ScimView):
    """/Bulk"""

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Carry the operations out one by one; the answer is 200 whatever became of them."""
        asked = bulk.read(self.read_body())
        job = _Job(self, asked, kwargs.get("tenant"))
        job.run()
        answers = [job.answers[n] for n in sorted(job.answers)]
        self.words = _("{done} of {n} operations done").format(done=len(answers) - job.errors, n=len(asked.operations))
        return self.answer({"schemas": [bulk.RESPONSE], "Operations": answers})


class _Job:
    """The operations of one request, the ids they were given, and what each is answered."""

    def __init__(self, view: ScimView, asked: bulk.Request, tenant: str | None) -> None:
        self.view, self.asked, self.tenant = view, asked, tenant
        self.base = view.request.path.rstrip("/").removesuffix("/Bulk")
        self.known = {one.bulk_id for one in asked.operations if one.bulk_id and one.method == "POST"}
        self.ids: dict[str, str] = {}
        self.answers: dict[int, dict[str, Any]] = {}
        self.errors = 0

    def run(self) -> None:
        """Carry out what can be: an operation waits for those it refers to, until there have been too many errors."""
        waiting = dict(enumerate(self.asked.operations))
        while waiting:
            before = len(waiting)
            for number, operation in list(waiting.items()):
                refusal = self._refusal(operation, waiting)
                if refusal is WAIT:
                    continue
                self._answer(number, waiting.pop(number), refusal)
                if self._is_enough():
                    return
            if len(waiting) == before:
                for number, operation in waiting.items():
                    self._answer(number, operation, _circle())
                    if self._is_enough():
                        return
                return

    def _is_enough(self) -> bool:
        return 0 < self.asked.most_errors <= self.errors

    def _refusal(self, operation: bulk.Operation, waiting: dict[int, bulk.Operation]) -> ScimError | None:
        """Say whether an operation has to wait, and refuse it where what it waited for has failed."""
        needs = operation.needs(self.known) - self.ids.keys()
        if operation.wrong or not needs:
            return operation.wrong
        lost = needs - {one.bulk_id for one in waiting.values()}
        return _failed(min(lost)) if lost else WAIT

    def _answer(self, number: int, operation: bulk.Operation, refusal: ScimError | None) -> None:
        if refusal is None:
            path = bulk.resolved(operation.path, self.ids)
            response = self._call(operation, path)
            answer = self._told(operation, path, response)
        else:
            answer = {"status": str(refusal.status), "response": refusal.body()}
        self.errors += int(answer["status"]) >= 400
        named = {"bulkId": operation.bulk_id} if operation.bulk_id else {}
        self.answers[number] = {"method": operation.method, **named, **answer}

    def _told(self, operation: bulk.Operation, path: str, response: HttpResponse) -> dict[str, Any]:
        answer: dict[str, Any] = {"status": str(response.status_code)}
        body = orjson.loads(response.content) if response.content else None
        if response.status_code < 400 or operation.method != "POST":
            answer["location"] = response.headers.get("Location") or self.view.base_url + path.partition("?")[0]
        if response.has_header("ETag"):
            answer["version"] = response["ETag"]
        if body is not None:
            answer["response"] = body
        if response.status_code < 400 and operation.method == "POST":
            self.ids[operation.bulk_id] = answer["location"].rpartition("/")[2]
        return answer

    def _call(self, operation: bulk.Operation, path: str) -> HttpResponse:
        """Make the single call that the operation stands for, with the token that is known already."""
        outer = self.view.request
        place, _mark, query = path.partition("?")
        raw = orjson.dumps(bulk.resolved(operation.data, self.ids, "")) if operation.method != "DELETE" else b""
        environ = {name: value for name, value in outer.META.items() if name not in NOT_INHERITED}
        environ |= {
            "REQUEST_METHOD": operation.method, "QUERY_STRING": query, "CONTENT_TYPE": CONTENT_TYPE,
            "PATH_INFO": unquote_to_bytes(self.base + place).decode("latin-1"), "SCRIPT_NAME": "",
            "CONTENT_LENGTH": str(len(raw)), "wsgi.input": BytesIO(raw),
        }  # fmt: skip
        if operation.version:
            environ["HTTP_IF_MATCH"] = operation.version
        inner = WSGIRequest(environ)
        found = resolve(inner.path_info)
        if getattr(found.func, "view_class", None) not in SERVED or found.kwargs.get("tenant") != self.tenant:
            return self.view.answer(_nowhere().body(), 404)
        inner.known_token = self.view.token  # type: ignore[attr-defined]
        response: HttpResponse = found.func(inner, *found.args, **found.kwargs)
        return response


def _circle() -> ScimError:
    """Section 3.7.1: a circle may be answered 409."""
    return ScimError(_("The operations refer to each other in a circle: send one of the references later."), status=409)


def _failed(name: str) -> ScimError:
    told = _("The operation {name}, to which this one refers, was not carried out.")
    return ScimError(told.format(name=name[:100]), status=409)


def _nowhere() -> ScimError:
    return ScimError(_("There is no such endpoint for bulk operations: use /Users and /Groups."), status=404)
