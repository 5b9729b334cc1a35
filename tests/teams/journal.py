"""What tests read in the journal and in the outgoing mail."""

import json
from typing import Any

from portal.teams.acts import Kind
from portal.teams.models import Event, Letter, Team


def kinds(team: Team) -> list[str]:
    """List the kinds of a team's events in their order."""
    return list(Event.every_team.filter(team=team).order_by("number").values_list("kind", flat=True))


def numbers(team: Team) -> list[int]:
    """List the numbers of a team's events in the order they were written."""
    return list(Event.every_team.filter(team=team).order_by("pk").values_list("number", flat=True))


def last(team: Team) -> Any:
    """Return a team's newest event."""
    return Event.every_team.filter(team=team).order_by("-number")[0]


def links(team: Team) -> list[Event]:
    """List a team's events about operators' sign-in links, in their order."""
    return list(Event.every_team.filter(team=team, kind__startswith="sign_in_link.").order_by("number"))


def count(team: Team, kind: Kind) -> int:
    """Count a team's events of one kind."""
    return Event.every_team.filter(team=team, kind=kind.name).count()


def mailed(kind: str) -> list[str]:
    """List who gets mail of this kind."""
    return sorted(Letter.objects.filter(kind=kind).values_list("to", flat=True))


def words(kind: str) -> dict[str, Any]:
    """Return the words of the one letter of this kind."""
    found: dict[str, Any] = json.loads(Letter.objects.get(kind=kind).words)
    return found


def words_of(kind: str) -> dict[str, Any]:
    """Return the words of the newest letter of this kind."""
    found: dict[str, Any] = json.loads(Letter.objects.filter(kind=kind).order_by("made_at", "id").last().words)
    return found
