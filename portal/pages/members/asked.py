"""What is asked of the list of members: search, filters and order, the same for the page, for acts on many, for CSV."""

from collections.abc import Container, Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from portal.pages.audit import DOORS
from portal.pages.members import order, people
from portal.teams.actor import ROLES as WORDS
from portal.teams.actor import Door, Role
from portal.teams.folding import fold
from portal.teams.models import Member, Team
from portal.teams.models.group import GIVEN, lifted_by_group
from portal.teams.models.member import SEARCHED

Words = Mapping[str, str | Promise]

# Nobody's name has more.
MOST_WORDS = 8
BY_GROUP = "group-"
ROLES: Words = {role.value: word for role, word in WORDS.items()} | {
    f"{BY_GROUP}{Role.AUDITOR}": gettext_lazy("Auditor by group"),
    f"{BY_GROUP}{Role.ADMIN}": gettext_lazy("Admin by group"),
}
SOURCES: Words = {door.value: DOORS[door] for door in (Door.SCIM, Door.SSO, Door.IMPORT, Door.CSV, Door.API)} | {
    Door.DASHBOARD.value: gettext_lazy("By hand"),
    Door.COMMAND.value: DOORS[Door.COMMAND],
}
NEVER, NOT_FOR = "never", "not-"
SEEN: Words = {
    "7": gettext_lazy("In the last 7 days"),
    "30": gettext_lazy("In the last 30 days"),
    "90": gettext_lazy("In the last 90 days"),
    f"{NOT_FOR}90": gettext_lazy("Not for 90 days"),
    NEVER: gettext_lazy("Never signed in"),
}
SORTS = {sign + name for name in order.SORTS for sign in ("", "-")}


@dataclass(frozen=True)
class Asked:
    """One look at the list; what is unknown asks for nothing."""

    q: str = ""
    status: str = ""
    role: str = ""
    group: str = ""
    source: str = ""
    seen: str = ""
    sort: str = ""

    @classmethod
    def read(cls, query: QueryDict) -> "Asked":
        """Read search, filters and order of an address or a form."""

        def one_of(name: str, known: Container[str]) -> str:
            value = query.get(name, "")
            return value if value in known else ""

        return cls(
            # PostgreSQL takes no NUL in a text.
            q=query.get("q", "").replace("\x00", "").strip()[:320],
            status=one_of("status", people.WITH_STATUS),
            role=one_of("role", ROLES),
            group=_uuid(query.get("group", "")),
            source=one_of("source", SOURCES),
            seen=one_of("seen", SEEN),
            sort=one_of("sort", SORTS),
        )

    @property
    def given(self) -> dict[str, str]:
        """What was asked for, by name."""
        return {name: value for name, value in asdict(self).items() if value}

    @property
    def query(self) -> str:
        """The same as a query, to be carried on."""
        return urlencode(self.given)

    @property
    def filters(self) -> bool:
        """Say whether not everybody is asked for."""
        return any(name != "sort" for name in self.given)

    def people(self, team: Team) -> "QuerySet[Member]":
        """Find the team's people, in no order."""
        found: QuerySet[Member] = team.members.all()
        if self.q:
            found = found.filter(_begins_with(self.q))
        if self.status:
            found = found.filter(people.WITH_STATUS[self.status])
        if self.role:
            found = found.filter(_with_role(team, self.role))
        if self.group:
            found = found.filter(memberships__group=UUID(self.group), memberships__group__team=team)
        if self.source:
            by_scim = self.source == Door.SCIM
            found = found.filter(scim_written=True) if by_scim else found.filter(origin=self.source, scim_written=False)
        return found.filter(_seen(self.seen)) if self.seen else found

    def page(self, team: Team, query: QueryDict, size: int) -> order.Page:
        """Return the asked page of the list."""
        found = self.people(team).select_related("seat").defer("attributes", "attributes_folded")
        turned = {name: query.get(name, "") for name in ("after", "before")}
        return order.page(team, found, self.sort or "name", turned, size)


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
