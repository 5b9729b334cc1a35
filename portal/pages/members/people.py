"""People as the members pages list them: their state in words, and what may be done to them."""

from dataclasses import dataclass

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.pages.audit import door_in_words
from portal.teams.actor import ROLES, Actor, Door, Role
from portal.teams.models import Group, Member, Team
from portal.teams.models.group import first_groups, roles_given

NAMED_GROUPS = 2
STATUSES = {
    "active": gettext_lazy("Active"),
    "inactive": gettext_lazy("Inactive"),
    "suspended": gettext_lazy("Suspended"),
    "held": gettext_lazy("Held"),
}
WITH_STATUS = {
    "active": Q(active=True, suspended_at=None, held_at=None),
    "inactive": Q(active=False),
    "suspended": ~Q(suspended_at=None),
    "held": ~Q(held_at=None),
}


@dataclass(frozen=True)
class Status:
    """One state of a person: the badge's kind, its word, and the reason where it needs one."""

    kind: str
    word: str
    reason: str = ""


@dataclass(frozen=True)
class Row:
    """One person in the table; `acts` names what this viewer may ever do to them, locks left aside."""

    member: Member
    acts: frozenset[str]
    is_last_owner: bool
    # The group that gives a higher role than the member's own, in single sign-on sessions.
    group: Group | None = None
    # The first groups they are in, and in how many they are.
    groups: tuple[list[str], int] = ([], 0)

    @property
    def more_groups(self) -> int:
        """How many groups they are in beside those that are named."""
        return self.groups[1] - len(self.groups[0])

    @property
    def role(self) -> str:
        """The member's own role in words."""
        return str(ROLES[self.member.rank])

    @property
    def by_group(self) -> str:
        """Say which role a group gives beside the member's own, and where it counts."""
        if self.group is None or self.member.rank.reaches(self.group.rank):
            return ""
        told = _("{role} by group {name}, in single sign-on sessions")
        return told.format(role=ROLES[self.group.rank], name=self.group)

    @property
    def source(self) -> str:
        """Which door made them, or SCIM where the directory writes them now."""
        if self.member.scim_written:
            return door_in_words(Door.SCIM)
        return _("By hand") if self.member.origin == Door.DASHBOARD else door_in_words(self.member.origin)

    @property
    def statuses(self) -> list[Status]:
        """What holds of this person, the gravest first."""
        member, found = self.member, []
        if member.held_at:
            found.append(Status("bad", _("Held"), _("The directory tried to remove the last owner.")))
        if member.suspended_at:
            found.append(Status("bad", _("Suspended")))
        if not member.active:
            found.append(Status("neutral", _("Inactive"), _("May return by SSO.") if member.may_return else ""))
        return found or [Status("ok", _("Active"))]


def rows(team: Team, by: Actor, members: list[Member], most_groups: int = NAMED_GROUPS) -> list[Row]:
    """Make of members what the table shows to this viewer."""
    able = list(team.members.filter(WITH_STATUS["active"], role=Role.OWNER).values_list("pk", flat=True)[:2])
    last = able[0] if len(able) == 1 else None
    given, inside = roles_given(team, members), first_groups(team, members, most_groups)
    return [
        Row(
            member, acts_on(team, by, member, member.pk == last), member.pk == last, given.get(member.pk),
            inside.get(member.pk, ([], 0)),
        )
        for member in members
    ]  # fmt: skip


def acts_on(team: Team, by: Actor, member: Member, is_last_owner: bool) -> frozenset[str]:
    """Name the acts this viewer's role opens on this member in the member's present state."""
    if not by.may(Role.ADMIN) or (member.rank is Role.OWNER and not by.may(Role.OWNER)):
        return frozenset()
    other, owner = by.member_id != member.pk, by.may(Role.OWNER)
    may_wake = team.sso_enforced and not team.scim_on
    possible = {
        "unassign": member.active,
        "assign_again": not member.active,
        "allow_return": not member.active and not member.may_return and may_wake,
        "role": other,
        "sign_out": other,
        "suspend": other and owner and member.suspended_at is None and not is_last_owner,
        "unsuspend": owner and member.suspended_at is not None,
    }
    return frozenset(name for name, is_possible in possible.items() if is_possible)
