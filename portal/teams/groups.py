"""The only writer of Group: what the directory pushes, who is in it, and which role it gives."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Any, TypedDict
from uuid import UUID

from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.teams import access, policy
from portal.teams.actor import Door, Role
from portal.teams.acts import Act, Kind, act
from portal.teams.errors import AssignmentLocked, Forbidden, Invalid, Missing, StaleVersion, Taken
from portal.teams.folding import fold
from portal.teams.models import Group, GroupMember, Member

CREATED = Kind("group.created", gettext_lazy("{actor} pushed the new group {subject}"))
UPDATED = Kind("group.updated", gettext_lazy("{actor} changed the group {subject}"))
MEMBERS_CHANGED = Kind("group.members_changed", gettext_lazy("{actor} changed who is in the group {subject}"))
EMPTIED = Kind("group.emptied", gettext_lazy("{actor} took everybody out of the group {subject}"))
ROLE_SET = Kind("group.role_set", gettext_lazy("{actor} changed what the group {subject} gives to {after}"))
REMOVED = Kind("group.removed", gettext_lazy("{actor} deleted the group {subject}"))

# A statement names at most so many ids; what an event tells by name.
PIECE, TOLD = 500, 20


class Details(TypedDict, total=False):
    """What a directory says of a group besides its members."""

    display_name: str
    external_id: str


@dataclass(frozen=True)
class Change:
    """Who goes out and who comes in, by id; `whole` means that nobody else stays."""

    add: Collection[UUID] = ()
    remove: Collection[UUID] = ()
    whole: bool = False


@dataclass
class Push:
    """What became of a push."""

    group: Group
    added: int = 0
    removed: int = 0
    changed: bool = False


def _open(act: Act) -> None:
    """Ask the switches of SCIM; nobody but the directory says who is in a group."""
    shut = policy.lock(act.team, act.by.door, policy.Task.ASSIGN)
    if shut is not None:
        raise shut
    if not act.team.groups_on:
        raise Missing


# ── What the directory pushes ────────────────────────────────────────────────────────────────────────────────────────
@act
def create(act: Act, details: Details, members: Collection[UUID] = ()) -> Push:
    """Make a group with its members; a name is there once in a team, in whatever case."""
    _open(act)
    _unique(act, details)
    group = Group(
        team=act.team, origin=act.by.door, created_at=act.at, updated_at=act.at,
        emptied_at=None if members else act.at, **details,
    )  # fmt: skip
    group.save(force_insert=True)
    added = _put_in(act, group, members)
    act.record(CREATED, group, **_told("added", added))
    return Push(group, len(added), changed=True)


@act
def update(
    act: Act, group_id: UUID, wanted: Details | Callable[[Group], Details], change: Change | None = None,
    *, version: int | None = None,
) -> Push:  # fmt: skip
    """Change name and members in one act; the same again changes nothing. Additions are a union: none is ever lost."""
    _open(act)
    group = Group.of(act.team, group_id)
    if version is not None and group.version != version:
        raise StaleVersion
    details = wanted(group) if callable(wanted) else wanted
    _unique(act, details, but=group)
    changes = {name: [getattr(group, name), value] for name, value in details.items() if getattr(group, name) != value}
    removed, added = _move(act, group, change or Change())
    if not (changes or added or removed):
        return Push(group)
    was_empty = group.emptied_at is not None
    for name, value in details.items():
        setattr(group, name, value)
    if removed or added:
        group.emptied_at = None if group.memberships.exists() else group.emptied_at or act.at
    group.version, group.updated_at = group.version + 1, act.at
    group.save(force_update=True)
    if "display_name" in changes:
        _touch(act, Member.every_team.filter(memberships__group=group))
    is_emptied = group.emptied_at is not None and not was_empty
    kind = EMPTIED if is_emptied else UPDATED if changes else MEMBERS_CHANGED
    act.record(kind, group, changes=changes or None, **_told("added", added), **_told("removed", removed))
    return Push(group, len(added), len(removed), changed=True)


@act
def remove(act: Act, group_id: UUID, *, version: int | None = None) -> None:
    """Delete a group: the directory any, an owner by hand one that is empty or that no directory keeps any more."""
    group = Group.of(act.team, group_id)
    if act.by.door is Door.SCIM:
        _open(act)
    else:
        policy.require(act.by, Role.OWNER)
        if is_kept(group):
            raise AssignmentLocked(
                _("{name} is pushed by your identity provider. Detach it there; once it is empty, remove it here.")
                .format(name=group)
            )  # fmt: skip
    if version is not None and group.version != version:
        raise StaleVersion
    members = Member.every_team.filter(memberships__group=group)
    _bar(act, members, group.rank)
    _touch(act, members)
    act.record(REMOVED, group, members=group.memberships.count() or None)
    group.delete()


def is_kept(group: Group) -> bool:
    """Say whether the identity provider keeps this group: then nobody else removes it, nor says who is in it."""
    return group.origin != Door.IMPORT and group.team.scim_on and group.team.groups_on and group.emptied_at is None


def _unique(act: Act, details: Details, but: Group | None = None) -> None:
    others = Group.every_team.filter(team=act.team).exclude(pk=but.pk if but else None)
    name, external_id = details.get("display_name"), details.get("external_id")
    if name is not None and not name.strip():
        raise Invalid(_("displayName must not be empty."))
    if name and others.filter(display_name_key=fold(name)).exists():
        raise Taken(_("A group called {name} is in the team already.").format(name=name))
    if external_id and others.filter(external_id=external_id).exists():
        raise Taken(_("The externalId {name} is in use in the team.").format(name=external_id))


# ── Who is in it ─────────────────────────────────────────────────────────────────────────────────────────────────────
def marked(people: "QuerySet[Member]") -> "QuerySet[Member]":
    """Let each row say whether the person is in a group at all: who is in none is not asked for."""
    return people.annotate(is_grouped=Exists(GroupMember.every_team.filter(member=OuterRef("pk"))))


def _move(act: Act, group: Group, change: Change) -> tuple[list[UUID], list[UUID]]:
    """Take out and put in by a few statements, whatever the size of the group; returns who went and who came."""
    if change.whole:
        stay = set(change.add)
        here = group.memberships.values_list("member_id", flat=True)
        gone = _take_out(act, group, [member_id for member_id in here if member_id not in stay])
    else:
        gone = _take_out(act, group, change.remove)
    return gone, _put_in(act, group, change.add)


def _put_in(act: Act, group: Group, ids: Collection[UUID]) -> list[UUID]:
    """Add those who are not in yet; somebody who is no member of this team is refused, never stored."""
    new: list[UUID] = []
    for piece in _pieces(ids):
        ours = set(Member.every_team.filter(team=act.team, pk__in=piece).values_list("pk", flat=True))
        unknown = next((member_id for member_id in piece if member_id not in ours), None)
        if unknown is not None:
            raise Invalid(_("No member of the team has the id {id}. Push the person first.").format(id=unknown))
        here = set(group.memberships.filter(member__in=piece).values_list("member_id", flat=True))
        come = [member_id for member_id in piece if member_id not in here]
        GroupMember.every_team.bulk_create(GroupMember(group=group, member_id=member_id) for member_id in come)
        new += come
    _after(act, group, new)
    return new


def _take_out(act: Act, group: Group, ids: Collection[UUID]) -> list[UUID]:
    """Take out those who are in; others are passed over, whoever they are."""
    gone: list[UUID] = []
    for piece in _pieces(ids):
        inside = group.memberships.filter(member__in=piece)
        here = list(inside.values_list("member_id", flat=True))
        if here:
            inside.delete()
        gone += here
    _after(act, group, gone)
    return gone


def _after(act: Act, group: Group, moved: list[UUID]) -> None:
    """Tell those who came or went: their document says so, and a role that a group gives counts from a new sign-in."""
    for piece in _pieces(moved):
        members = Member.every_team.filter(team=act.team, pk__in=piece)
        _bar(act, members, group.rank)
        _touch(act, members)


def _touch(act: Act, members: "QuerySet[Member]") -> None:
    """Move the version of people whose document shows the group."""
    members.update(version=F("version") + 1, updated_at=act.at)


def _bar(act: Act, members: "QuerySet[Member]", role: Role) -> None:
    """End the sessions of those to whom the role was more than their own."""
    if role is not Role.MEMBER:
        lower = [own.value for own in Role if not own.reaches(role)]
        access.bar_all(act.team, members.filter(role__in=lower), act.at, "role_changed")


def _pieces(ids: Collection[UUID]) -> Iterator[list[UUID]]:
    listed = list(dict.fromkeys(ids))
    for start in range(0, len(listed), PIECE):
        yield listed[start : start + PIECE]


def _told(word: str, ids: list[UUID]) -> dict[str, Any]:
    """Name the first of those who moved for the journal, and count them."""
    if not ids:
        return {}
    first = Member.every_team.filter(pk__in=ids[:TOLD]).order_by("email_key", "pk")
    return {word: [member.label for member in first], f"{word}_count": len(ids)}


def forget_member(act: Act, member: Member) -> None:
    """Take somebody who is deleted out of every group, and let the groups' documents say so."""
    theirs = list(Group.every_team.filter(memberships__member=member).values_list("pk", flat=True))
    if not theirs:
        return
    GroupMember.every_team.filter(member=member).delete()
    groups = Group.every_team.filter(pk__in=theirs)
    groups.update(version=F("version") + 1, updated_at=act.at)
    inside = GroupMember.every_team.filter(group=OuterRef("pk"))
    groups.filter(emptied_at=None).exclude(Exists(inside)).update(emptied_at=act.at)


# ── What it gives ────────────────────────────────────────────────────────────────────────────────────────────────────
@act
def set_role(act: Act, group_id: UUID, role: Role) -> Group:
    """Say which role a group gives its members in single sign-on sessions, up to admin (spec rule 7)."""
    policy.require(act.by, Role.ADMIN)
    if role is Role.OWNER:
        raise Forbidden(_("Nobody becomes an owner through a group. Choose a role up to admin."))
    group = Group.of(act.team, group_id)
    before = group.rank
    if role is not before:
        group.role = role
        group.save(force_update=True)
        higher = role if role.reaches(before) else before
        _bar(act, Member.every_team.filter(memberships__group=group), higher)
        act.record(ROLE_SET, group, before=before.value, after=role.value)
    return group
