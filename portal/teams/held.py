"""Whom an act on one person is about: asked together with the team's lock, and held to the act's end."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from portal.teams import groups
from portal.teams.compiled import Select, Soon
from portal.teams.models import Member

People = Soon[list[Member]]
# Whoever is changed by SCIM is shown with their groups: the row says whether there are any.
_HELD = Select(lambda team, key: groups.marked(Member.holding(team, key)), UUID, UUID)


def person(team_id: UUID, member_id: UUID | str, *_rest: Any, **_named: Any) -> People:
    """Ask for who is changed."""
    return Member.asked(_HELD, team_id, member_id)


def leaver(
    team_id: UUID, member_id: UUID | str, *, meets: Callable[[Member], bool] | None = None
) -> Soon[tuple[People, Soon[bool]]]:
    """Ask for who is deleted, and whether anything refers to them."""
    both = Member.asked(_HELD, team_id, member_id), Member.referred(member_id)
    return lambda: both
