"""The body of a call: its length and media type are judged before it is read, and what is too long is never kept."""

import time
from typing import Any, Protocol

from django.http import HttpRequest
from django.utils.translation import gettext as _

from portal import gate
from portal.gate import Unreadable

MIB = 1024 * 1024
# More than any single resource needs.
LIMIT = MIB
# What is read and thrown away of a body that is too long: a client that is still sending reads no answer, and would
# report a broken connection instead of our sentence.
MOST_DRAINED, DRAIN_SECONDS, PIECE = 32 * MIB, 2.0, 64 * 1024


class Stream(Protocol):
    """Where a body comes from."""

    def read(self, size: int = ..., /) -> bytes:
        """Return the next bytes, none at the end."""


def read(request: HttpRequest, types: tuple[str, ...], limit: int = LIMIT) -> dict[str, Any]:
    """Return the body as a JSON object, or say in words why it is none."""
    length = _length(request)
    if length is not None and length > limit:
        _throw_away(request)
        raise TooLarge(limit)
    media_type = request.META.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()
    # None is taken too: test clients and scripts send none.
    if media_type and media_type not in types:
        raise WrongType(types)
    if length is None:
        raw = _read_chunked(request.META["wsgi.input"], limit)
    else:
        # Django itself reads no more than DATA_UPLOAD_MAX_MEMORY_SIZE, which is what every other body may have.
        raw = request.body if length <= LIMIT else _read_long(request.META["wsgi.input"], length)
    if length is not None and len(raw) != length:
        raise Unreadable(_("The body ended before its Content-Length."))
    return gate.loads(raw)


class TooLarge(Unreadable):
    """More than anybody needs; RFC 9110 and RFC 7644 section 3.7.4 name 413."""

    status = 413

    def __init__(self, limit: int) -> None:
        super().__init__(_("The body is larger than {n} MiB.").format(n=limit // MIB))


class WrongType(Unreadable):
    """A media type that is not read here."""

    status = 415

    def __init__(self, types: tuple[str, ...]) -> None:
        super().__init__(_("Send {types}.").format(types=_(" or ").join(types)))


def _length(request: HttpRequest) -> int | None:
    """Return the announced length; None for a body in chunks, whose length nobody knows yet."""
    text = request.META.get("CONTENT_LENGTH") or ""
    if not text:
        chunked = "chunked" in request.META.get("HTTP_TRANSFER_ENCODING", "").lower()
        return None if chunked else 0
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise Unreadable(_("The Content-Length is no number."))
    return int(text)


def _read_chunked(stream: Stream, limit: int) -> bytes:
    """Read what Django takes for empty: it trusts Content-Length alone."""
    raw = bytearray()
    while piece := stream.read(PIECE):
        raw += piece
        if len(raw) > limit:
            _throw_away(stream)
            raise TooLarge(limit)
    return bytes(raw)


def _read_long(stream: Stream, length: int) -> bytes:
    raw = bytearray()
    while len(raw) < length and (piece := stream.read(min(PIECE, length - len(raw)))):
        raw += piece
    return bytes(raw)


def _throw_away(stream: Stream) -> None:
    end, left = time.monotonic() + DRAIN_SECONDS, MOST_DRAINED
    while left > 0 and time.monotonic() < end:
        piece = stream.read(PIECE)
        if not piece:
            return
        left -= len(piece)
