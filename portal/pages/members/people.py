"""People as the members page lists them: found, filtered, their state in words, and what may be done to them."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.pages.audit import door_in_words
from portal.teams.actor import Actor, Door, Role
from portal.teams.folding import fold
from portal.teams.models import Group, Member, Team
from portal.teams.models.group import roles_given

KEYS = ("user_name_key", "email_key", "family_name_key", "given_name_key", "display_name_key")

ROLES = {
    Role.MEMBER: gettext_lazy("Member"),
    Role.AUDITOR: gettext_lazy("Auditor"),
    Role.ADMIN: gettext_lazy("Admin"),
    Role.OWNER: gettext_lazy("Owner"),
}
STATUSES = {
    "active": gettext_lazy("Active"),
    "inactive": gettext_lazy("Inactive"),
    "suspended": gettext_lazy("Suspended"),
    "held": gettext_lazy("Held"),
}
WITH_STATUS = {
    "active": Q(active=True, suspended_at=None, held_at=None),
    "inactive": Q(active=False),
    "suspended": Q(suspended_at__isnull=False),
    "held": Q(held_at__isnull=False),
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

    @property
    def manageable(self) -> bool:
        """Say whether there is more to do here than to give or take the seat."""
        return bool(self.acts - {"assign_again", "unassign"})


def search(people: "QuerySet[Member]", asked: QueryDict) -> "QuerySet[Member]":
    """Find people by the beginnings of their names or addresses, by status and by role; unknown filters are ignored."""
    words = fold(asked.get("q", "").replace("\x00", "")).split()
    if words:
        each = Q()
        for word in words:
            each &= _begins(word)
        people = people.filter(_begins(" ".join(words)) | each)
    people = people.filter(WITH_STATUS.get(asked.get("status", ""), Q()))
    try:
        if asked.get("group"):
            people = people.filter(memberships__group=UUID(asked.get("group", "")))
    except ValueError:
        pass
    role = asked.get("role", "")
    return people.filter(role=role) if role in list(Role) else people


def _begins(text: str) -> Q:
    found = Q()
    for key in KEYS:
        found |= Q(**{f"{key}__startswith": text})
    return found


def rows(team: Team, by: Actor, members: list[Member]) -> list[Row]:
    """Make of members what the table shows to this viewer."""
    able = list(team.members.filter(WITH_STATUS["active"], role=Role.OWNER).values_list("pk", flat=True)[:2])
    last = able[0] if len(able) == 1 else None
    given = roles_given(team, members)
    return [
        Row(member, acts_on(team, by, member, member.pk == last), member.pk == last, given.get(member.pk))
        for member in members
    ]


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
