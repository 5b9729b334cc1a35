"""Events in words: who did what, through which door, and what was refused."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext_lazy

from portal.teams.actor import Door
from portal.teams.models import Event
from portal.teams.sentences import in_words

DOORS = {
    Door.DASHBOARD: gettext_lazy("Dashboard"),
    Door.CSV: gettext_lazy("CSV import"),
    Door.API: gettext_lazy("API"),
    Door.COMMAND: gettext_lazy("Operator's command"),
    Door.OPERATOR: gettext_lazy("Operator"),
    Door.SCIM: gettext_lazy("SCIM"),
    Door.SSO: gettext_lazy("Single sign-on"),
    Door.IMPORT: gettext_lazy("Directory import"),
    Door.CODE: gettext_lazy("E-mail code"),
    Door.BREAK_GLASS: gettext_lazy("Emergency access"),
    Door.SETUP: gettext_lazy("Setup link"),
    Door.SYSTEM: gettext_lazy("Seatgate"),
}


def door_in_words(name: str) -> str:
    """Name a door as people call it; an unknown one keeps its own name."""
    return str(DOORS.get(name, name))  # type: ignore[call-overload]


def rows(events: Iterable[Event]) -> list[dict[str, Any]]:
    """Make of events what the journal's table shows."""
    return [{"event": event, "words": in_words(event), "door": door_in_words(event.door)} for event in events]
