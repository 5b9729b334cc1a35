"""The input gate: what a body must be before anything reads it (RFC 7159 and requirement 27 of SCIM's attacks)."""

import re
from typing import Any

import orjson
from django.utils.translation import gettext as _

MAX_DEPTH = 50
# A string is passed over as one token, so that brackets inside it don't count; possessive, so it can't backtrack.
_TOKEN = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[\[{(]|[\]})]', re.DOTALL)
# An escaped NUL, unless its backslash is itself escaped. PostgreSQL stores no NUL in text or jsonb.
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


class Unreadable(Exception):
    """A body that can't be read: a status of HTTP and a sentence."""

    status = 400


def deeper_than(text: str, most: int) -> bool:
    """Say whether brackets nest deeper than that outside strings, without recursion."""
    depth = 0
    for token in _TOKEN.finditer(text):
        char = text[token.start()]
        if char in "[{(":
            depth += 1
            if depth > most:
                return True
        elif char != '"':
            depth -= 1
    return False


def loads(raw: bytes) -> dict[str, Any]:
    """Read a body as a JSON object, or say in words why it is none."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise Unreadable(_("The body is not valid UTF-8.")) from None
    # Counting is slow; it is needed only where enough brackets open to nest too deep.
    if raw.count(b"[") + raw.count(b"{") > MAX_DEPTH and deeper_than(text, MAX_DEPTH):
        raise Unreadable(_("The body nests deeper than {n} levels.").format(n=MAX_DEPTH))
    if b"\\u0000" in raw and _NUL.search(raw):
        raise Unreadable(_("The body holds a NUL character."))
    try:
        # orjson refuses NaN, Infinity, numbers beyond a double, and lone surrogates.
        body = orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise Unreadable(_("The body is not valid JSON.")) from None
    if not isinstance(body, dict):
        raise Unreadable(_("The body must be a JSON object."))
    return body
