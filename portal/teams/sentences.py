"""Events in words: each says what happened in one sentence."""

from collections.abc import Mapping
from typing import Any

from portal.teams.actor import Door
from portal.teams.acts import KINDS
from portal.teams.models import Event


class _Gaps(dict[str, Any]):
    """What a sentence names and the event lacks becomes a dash."""

    def __missing__(self, name: str) -> str:
        return "–"


def in_words(event: Event) -> str:
    """Say what happened in one sentence; a kind that nobody declares any more is shown by its name."""
    kind = KINDS.get(event.kind)
    if kind is None:
        return f"{event.actor}: {event.kind} {event.subject}".rstrip()
    values = _Gaps(event.data if isinstance(event.data, Mapping) else {})
    values |= {"actor": event.actor, "subject": event.subject or "–"}
    words = str(kind.sentence).format_map(values)
    # Why an operator acted stands in every event of theirs; some sentences say it themselves.
    why = values.get("reason") if event.door == Door.OPERATOR and "{reason}" not in str(kind.sentence) else ""
    return f"{words}: {why}" if why else words
