"""Finding people of a team: search, filters and order by name, the same for a page, for acts on many, for a file."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from portal.teams.actor import Door, Role
from portal.teams.asked import one_of, words
from portal.teams.folding import fold
from portal.teams.models import Member, Team
from portal.teams.models.group import GIVEN, lifted_by_group
from portal.teams.models.member import SEARCHED

WITH_STATUS = {
    "active": Q(active=True, suspended_at=None, held_at=None),
    "inactive": Q(active=False),
    "suspended": ~Q(suspended_at=None),
    "held": ~Q(held_at=None),
}
BY_GROUP = "group-"
ROLES = (*Role, f"{BY_GROUP}{Role.AUDITOR}", f"{BY_GROUP}{Role.ADMIN}")
NEVER, NOT_FOR = "never", "not-"
# Signed in within so many days, not for so many days, or never.
SEEN = ("7", "30", "90", f"{NOT_FOR}90", NEVER)
# Nobody's name has more words.
MOST_WORDS = 8


@dataclass(frozen=True)
class Wanted:
    """Whom to find; what is empty asks for nothing."""

    q: str = ""
    status: str = ""
    role: str = ""
    group: str = ""
    source: str = ""
    seen: str = ""

    @classmethod
    def read(cls, given: Mapping[str, str]) -> "Wanted":
        """Read what somebody asks for; what is unknown asks for nothing."""
        return cls(
            q=words(given, "q"),
            status=one_of(given, "status", WITH_STATUS),
            role=one_of(given, "role", ROLES),
            group=_uuid(given.get("group", "")),
            source=one_of(given, "source", list(Door)),
            seen=one_of(given, "seen", SEEN),
        )

    @property
    def given(self) -> dict[str, str]:
        """What is asked for, by name."""
        return {name: value for name, value in asdict(self).items() if value}

    def people(self, team: Team) -> "QuerySet[Member]":
        """Find the team's people, in no order."""
        found: QuerySet[Member] = team.members.all()
        if self.q:
            found = found.filter(_begins_with(self.q))
        if self.status:
            found = found.filter(WITH_STATUS[self.status])
        if self.role:
            found = found.filter(_with_role(team, self.role))
        if self.group:
            found = found.filter(memberships__group=UUID(self.group), memberships__group__team=team)
        if self.source:
            by_scim = self.source == Door.SCIM
            found = found.filter(scim_written=True) if by_scim else found.filter(origin=self.source, scim_written=False)
        return found.filter(_seen(self.seen)) if self.seen else found


# So many are named in one statement.
PIECE = 10_000


@dataclass(frozen=True)
class Choice:
    """Some people of a team: these very ones, or, where none are named, everybody whom the filters find."""

    wanted: Wanted = field(default_factory=Wanted)
    named: list[UUID] | None = None

    def people(self, team: Team) -> "QuerySet[Member]":
        """Find them, in no order."""
        return self.wanted.people(team) if self.named is None else team.members.filter(pk__in=self.named)

    def count(self, team: Team) -> int:
        """Count them, however many are named: SQLite takes at most 250,000 values in one statement."""
        if self.named is None:
            return self.wanted.people(team).count()
        pieces = (self.named[start : start + PIECE] for start in range(0, len(self.named), PIECE))
        return sum(team.members.filter(pk__in=piece).count() for piece in pieces)


def _uuid(text: str) -> str:
    try:
        return str(UUID(text)) if text else ""
    except ValueError:
        return ""


def _begins_with(text: str) -> Q:
    """Find the beginnings of names and addresses: all words in one of them, or each word in any."""
    words = fold(text).split()[:MOST_WORDS]
    each = Q()
    for word in words:
        each &= _begins(word)
    return each if len(words) == 1 else _begins(" ".join(words)) | each


def _begins(text: str) -> Q:
    found = Q()
    for name in SEARCHED:
        found |= Q(**{f"{name}_key__startswith": text})
    return found


def _with_role(team: Team, asked: str) -> Q:
    if not asked.startswith(BY_GROUP):
        return Q(role=asked)
    given = Role(asked.removeprefix(BY_GROUP))
    # Whoever has as much by themself is not lifted by the group.
    below = [role for role in GIVEN if not role.reaches(given)]
    return Q(pk__in=lifted_by_group(team, given), role__in=below)


def _seen(asked: str) -> Q:
    if asked == NEVER:
        return Q(last_sign_in=None)
    since = timezone.now() - timedelta(days=int(asked.removeprefix(NOT_FOR)))
    return Q(last_sign_in__lt=since) if asked.startswith(NOT_FOR) else Q(last_sign_in__gte=since)
