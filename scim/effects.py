"""What a call changed, told by the act that it was: fields before and after, and the seats afterwards."""

from collections.abc import Iterator
from itertools import chain, islice
from typing import Any

from portal.teams import roster, seats
from portal.teams.acts import Act
from portal.teams.models import Member
from scim.mapping import USER

MOST_CHANGES, LONGEST = 60, 300
SEATS = {True: "taken", False: "freed"}
# The names that identity providers know our columns by.
NAMES = {
    **{column: name for name, column in USER.plain},
    **{column: f"{name}.{sub}" for name, subs in USER.mixed for sub, column in subs},
    **{column: f"{name}.value" for name, column in USER.listed},
}


def of(act: Act, result: Any, *, seat: str = "") -> dict[str, Any]:
    """Describe an act that is about to be committed; `seat` says what came of one where no change of `active` does."""
    first = act.ledger.events[0]
    changes = {name: pair for event in act.ledger.events for name, pair in event.data.get("changes", {}).items()}
    member = result[0] if isinstance(result, tuple) else result
    is_new = first.kind == roster.ADDED.name and isinstance(member, Member)
    told = _arrived(member) if is_new else chain(_changes(changes), _moved(first.data))
    effect: dict[str, Any] = {"kind": first.kind, "changes": list(islice(told, MOST_CHANGES))}
    seat = seat or SEATS.get(changes.get("active", [None, None])[1], "")
    if seat:
        tally = seats.held(act.team)
        effect["seat"] = {"what": seat, "used": tally.assigned, "all": tally.bought}
    return effect


def _changes(changed: dict[str, Any]) -> Iterator[list[str]]:
    for name, pair in changed.items():
        before, after = pair if isinstance(pair, list | tuple) and len(pair) == 2 else (None, pair)
        if isinstance(before, dict) and isinstance(after, dict):
            for key in sorted({*before, *after}):
                if before.get(key) != after.get(key):
                    yield _change(key, before.get(key), after.get(key))
        else:
            yield _change(NAMES.get(name, name), before, after)


def _moved(data: dict[str, Any]) -> Iterator[list[str]]:
    """Tell who came into a group and who went, the first of them by name."""
    gone, come = (_names(data.get(f"{word}_count", 0), data.get(word, [])) for word in ("removed", "added"))
    if gone or come:
        yield _change("members", gone, come)


def _names(count: int, first: list[str]) -> str:
    more = f" … ({count})" if count > len(first) else ""
    return ", ".join(first) + more


def _arrived(member: Member) -> Iterator[list[str]]:
    for column, name in NAMES.items():
        value = getattr(member, column)
        if value != "":
            yield _change(name, None, value)


def _change(name: str, before: Any, after: Any) -> list[str]:
    return [name[:LONGEST], _shown(before), _shown(after)]


def _shown(value: Any) -> str:
    """Write a value in a short form; nothing is said as nothing."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value).replace("\0", "�")[:LONGEST]
