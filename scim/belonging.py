"""Who is in which group, as documents show it: one statement a page, and none where nobody asked."""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from portal.teams.compiled import Select
from portal.teams.models import Group, GroupMember, Member, Team
from portal.teams.models.member import LABEL, label_of
from scim.bookmarks import room
from scim.mapping import GROUP, USER
from scim.protocol.projection import Projection

Extras = Mapping[UUID, Mapping[str, Any]]


def groups_of(
    team: Team, people: Iterable[Member], base_url: str, shape: Projection | None
) -> dict[UUID, dict[str, Any]]:
    """Return `groups` for each of these people who is in one, by the name of the group."""
    found: dict[UUID, list[dict[str, Any]]] = {}
    if not team.groups_on or not _is_shown(shape, "groups"):
        return {}
    ids = [person.pk for person in people if getattr(person, "is_grouped", True)]
    if not ids:
        return {}
    size = room(len(ids))
    # What is left of the statement's places takes somebody again.
    for member_id, group_id, name in _of(size)(team.pk, *ids, *ids[-1:] * (size - len(ids))):
        found.setdefault(member_id, []).append({
            "value": str(group_id), "display": name, "type": "direct",
            "$ref": f"{base_url}{GROUP.endpoint}/{group_id}",
        })  # fmt: skip
    return {member_id: {"groups": listed} for member_id, listed in found.items()}


@cache
def _of(size: int) -> Select:
    return Select(_groups, UUID, *[UUID] * size)


def _groups(team_id: UUID, *ids: UUID) -> "QuerySet[Any]":
    rows = GroupMember.every_team.filter(member__in=ids, group__team=team_id).order_by("group__display_name_key")
    return rows.values_list("member_id", "group_id", "group__display_name")


def members_of(
    team: Team, groups: Iterable[Group], base_url: str, shape: Projection | None
) -> dict[UUID, dict[str, Any]]:
    """Return `members` for each of these groups, in the order they came."""
    if not _is_shown(shape, "members"):
        return {}
    # Names are "returned: request": shown where `attributes` asks for members.
    named = shape is not None and shape.wanted is not None
    found: dict[UUID, list[dict[str, Any]]] = {group.pk: [] for group in groups}
    rows = GroupMember.every_team.filter(group__in=list(found), member__team=team).order_by("pk")
    for group_id, member_id, *names in rows.values_list("group_id", "member_id", *(f"member__{n}" for n in LABEL)):
        name = {"display": label_of(*names)} if named else {}
        found[group_id].append({
            "value": str(member_id), **name, "type": "User", "$ref": f"{base_url}{USER.endpoint}/{member_id}",
        })  # fmt: skip
    return {group_id: {"members": listed} for group_id, listed in found.items()}


def _is_shown(shape: Projection | None, name: str) -> bool:
    return shape is None or shape.has(name)
