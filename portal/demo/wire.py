"""One act's line to the application: sends calls, keeps them with their answers, says what was wrong in words."""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from django.utils.translation import gettext as _

from portal.demo import loopback
from portal.demo.dialects import Call, Dialect, Document, speaking
from portal.demo.state import Exchange, State

SHOWN = 20_000


@dataclass(frozen=True)
class Outcome:
    """How an act ended, for the person who pressed the button."""

    ok: bool
    words: str


@dataclass(frozen=True)
class Reply:
    """What came back to a call; `problem` is "" where the application did what it was asked."""

    status: int
    document: Document
    problem: str

    @property
    def hits(self) -> list[Document]:
        """The resources of a ListResponse that can be spoken of again: those with an id."""
        listed = self.document.get("Resources")
        found = listed if isinstance(listed, list) else []
        return [each for each in found if isinstance(each, dict) and isinstance(each.get("id"), str)]

    @property
    def id(self) -> str:
        """The id of the resource that came back, or ""."""
        found = self.document.get("id")
        return found if isinstance(found, str) else ""


class Wire:
    """Speaks to the application for one act, in the chosen dialect."""

    def __init__(self, state: State, act: str) -> None:
        self.state, self.act = state, act
        self.dialect: Dialect = speaking(state.dialect)

    def send(self, call: Call) -> Reply:
        """Send one call and keep what was said."""
        if not self.state.scim_url or not self.state.scim_token:
            return Reply(0, {}, _("Connect the application first: paste its SCIM base URL and token."))
        body = None if call.body is None else json.dumps(call.body, ensure_ascii=False).encode()
        headers = {**self.dialect.headers(), "Authorization": f"Bearer {self.state.scim_token}"}
        try:
            answer = loopback.ask(call.method, self.state.scim_url + call.path, headers, body)
        except loopback.Unreachable as error:
            self._keep(call, 0, str(error))
            return Reply(0, {}, str(error))
        self._keep(call, answer.status, pretty(answer.text) or _("(no body)"), answer.headers.get("content-type", ""))
        document = _document(answer.text)
        return Reply(answer.status, document, _problem(answer, document))

    def _keep(self, call: Call, status: int, text: str, media: str = "") -> None:
        token = self.state.scim_token
        headers = {**self.dialect.headers(), "Authorization": f"Bearer {token[:8]}…"}
        lines = [f"{call.method} {call.path}", *(f"{name}: {value}" for name, value in headers.items())]
        if call.body is not None:
            lines += ["", json.dumps(call.body, indent=2, ensure_ascii=False)]
        answer = f"HTTP {status}\nContent-Type: {media}\n\n{text}" if status else text
        what, label = f"{call.method} {unquote(call.path)}", self.dialect.label
        self.state.keep(Exchange("scim", self.act, what, "\n".join(lines), answer[:SHOWN], status, label))


def pretty(text: str) -> str:
    """Lay out JSON to be read; anything else stays as it is."""
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return text


def _document(text: str) -> Document:
    try:
        read: Any = json.loads(text) if text else {}
    except (ValueError, RecursionError):
        return {}
    return read if isinstance(read, dict) else {}


def _problem(answer: loopback.Answer, document: Document) -> str:
    if "html" in answer.headers.get("content-type", ""):
        words = _("A web page came back (%(status)s), not SCIM. Check the SCIM base URL.")
        return words % {"status": answer.status}
    if 300 <= answer.status < 400:
        words = _("The application sends us on (%(status)s) instead of answering. Check the SCIM base URL.")
        return words % {"status": answer.status}
    detail = document.get("detail")
    said = detail if isinstance(detail, str) and detail else _("no reason given")
    if answer.status == 401:
        return _("The application refused the token (401): %(said)s Paste its present token.") % {"said": said}
    if answer.status >= 400:
        return _("Refused (%(status)s): %(said)s") % {"status": answer.status, "said": said}
    if answer.status != 204 and not document:
        return _("What came back is no SCIM answer. Check the SCIM base URL.")
    return ""
