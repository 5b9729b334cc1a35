"""What an act on one person begins with, asked together with the team's lock; who is changed is held to its end."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from portal.teams import groups, names, standing
from portal.teams.compiled import Select, Soon
from portal.teams.models import Member, Seat

People = Soon[list[Member]]
Stands = Soon[list[Any]]
# Says of the row as it is under the lock whether it is what the caller knows (If-Match).
Meets = Callable[[Member], bool]


def _holding(team_id: UUID, member_id: UUID) -> "QuerySet[Member]":
    """Hold somebody, and say whether they sit, and whether they are in a group: SCIM shows people with theirs."""
    sits = Exists(Seat.every_team.filter(member=OuterRef("pk")))
    people = groups.marked(Member.holding(team_id, member_id))
    return people.annotate(is_seated=sits)  # type: ignore[no-redef]  # it fills what the row has a place for


_HELD = Select(_holding, UUID, UUID)


def arrival(team_id: UUID, profile: names.Profile) -> Soon[tuple[People, Stands | None]]:
    """Ask who is called like somebody new, and how the team stands where they are to be seated."""
    both = names.asked(team_id, profile), standing.ahead(team_id) if profile.get("active", True) else None
    return lambda: both


def person(
    team_id: UUID,
    member_id: UUID | str,
    wanted: names.Profile | Callable[[Member], names.Profile],
    *,
    meets: Meets | None = None,
    reseats: bool = False,
) -> Soon[tuple[People, Stands | None]]:
    """Ask for who is changed, and how the team stands where their seat is likely to be."""
    both = Member.asked(_HELD, team_id, member_id), standing.ahead(team_id) if reseats else None
    return lambda: both


def leaver(
    team_id: UUID, member_id: UUID | str, *, meets: Meets | None = None
) -> Soon[tuple[People, Soon[bool], Stands]]:
    """Ask for who is deleted, whether anything refers to them, and how the team stands."""
    asked = Member.asked(_HELD, team_id, member_id), Member.referred(member_id), standing.ahead(team_id)
    return lambda: asked
