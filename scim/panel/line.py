"""One exchange as people read it: what it was called here and at JumpCloud, what it changed, both messages, curl."""

import json
import re
import shlex
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import unquote

from django.conf import settings
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from scim import agents, verbs
from scim.models import Exchange
from scim.panel.explain import Explanation, explain

ID = re.compile(r"[0-9a-f-]{32}([0-9a-f]{4})")


@dataclass(frozen=True)
class Line:
    """One exchange as the log shows it."""

    exchange: Exchange

    @property
    def path(self) -> str:
        """The path without the base that every call shares, and of an id only its end."""
        path = self.exchange.path.removeprefix("/scim/v2").removeprefix(f"/{self.exchange.team_id}")
        return ID.sub(r"…\1", unquote(path)) or "/"

    @property
    def sort(self) -> str:
        """What kind of call it was, in our words."""
        return str(verbs.WORDS.get(self.exchange.verb, ""))

    @property
    def jumpcloud(self) -> str:
        """What JumpCloud's Directory Insights call it."""
        return verbs.JUMPCLOUD.get(self.exchange.verb, "")

    @property
    def provider(self) -> str:
        """Who sent it, in words."""
        return agents.provider(self.exchange.agent)

    @property
    def kind(self) -> str:
        """The kind of the journal's event that came of it."""
        return str(self.exchange.effect.get("kind", ""))

    @property
    def changes(self) -> list[Any]:
        """The fields it changed, as name, before and after."""
        return list(self.exchange.effect.get("changes", []))

    @property
    def seat(self) -> str:
        """What came of the seat, with the numbers after it."""
        seat = self.exchange.effect.get("seat")
        if not seat:
            return ""
        words = _("Seat taken: {used} of {all} in use.") if seat["what"] == "taken" else _(
            "Seat freed: {used} of {all} in use."
        )  # fmt: skip
        return words.format(used=seat["used"], all=seat["all"])

    @property
    def explanation(self) -> Explanation | None:
        """What a refusal means and what to do."""
        return explain(self.exchange)

    @property
    def headers(self) -> list[str]:
        """The request's telling headers; the token is never kept."""
        return [f"Authorization: Bearer {self.exchange.token_hint}", *_lines(self.exchange.headers.get("request"))]

    @property
    def answer_headers(self) -> list[str]:
        """The answer's telling headers."""
        return _lines(self.exchange.headers.get("answer"))

    @property
    def request(self) -> str:
        """What the identity provider sent."""
        return _laid_out(self.exchange.request)

    @property
    def answer(self) -> str:
        """What we answered."""
        return _laid_out(self.exchange.answer)

    @cached_property
    def curl(self) -> str:
        """A command that sends the same again, with the token left to be filled in."""
        row = self.exchange
        parts = ["-X", row.method, f"{settings.BASE_URL}{row.path}"]
        for header in _lines(row.headers.get("request")):
            parts += ["-H", header]
        if row.request:
            parts += ["--data-raw", row.request]
        # Everything an identity provider sent stays literal; only the token is left to the shell.
        return f'curl -H "Authorization: Bearer $SCIM_TOKEN" {shlex.join(parts)}'

    def told(self) -> dict[str, Any]:
        """The exchange as an export gives it."""
        row = self.exchange
        return {
            "at": localtime(row.at).isoformat(), "method": row.method, "path": row.path, "status": row.status,
            "milliseconds": row.milliseconds, "agent": row.agent, "provider": self.provider, "token": row.token_hint,
            "verb": row.verb, "jumpcloud": self.jumpcloud, "subject": row.subject, "words": row.words,
            "code": row.code, "event": self.kind, "changes": self.changes, "seat": self.seat,
            "headers": row.headers, "request": row.request, "answer": row.answer,
        }  # fmt: skip


def _lines(headers: dict[str, str] | None) -> list[str]:
    return [f"{name}: {value}" for name, value in (headers or {}).items()]


def _laid_out(body: str) -> str:
    try:
        return json.dumps(json.loads(body), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        # Long bodies are kept cut off, and are no JSON then.
        return body
