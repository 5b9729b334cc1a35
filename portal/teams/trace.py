"""What is known of the request in hand, for log lines: its id, the team and the door. Never a name or an address."""

from contextvars import ContextVar

_words: ContextVar[dict[str, str] | None] = ContextVar("trace", default=None)


def begin(request_id: str) -> None:
    """Forget the request before, and name this one."""
    _words.set({"request_id": request_id})


def note(**words: str) -> None:
    """Add what was learned about the request; outside one it is nobody's."""
    known = _words.get()
    if known is not None:
        known.update(words)


def words() -> dict[str, str]:
    """Return what is known."""
    return dict(_words.get() or {})
