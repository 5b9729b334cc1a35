"""What is asked of the list of members, in words: search and filters (`finding`), and the order."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from portal.pages.audit import DOORS
from portal.pages.members import order
from portal.teams.actor import ROLES as WORDS
from portal.teams.actor import Door, Role
from portal.teams.finding import BY_GROUP, NEVER, NOT_FOR, Wanted
from portal.teams.models import Member, Team

Words = Mapping[str, str | Promise]

ROLES: Words = {role.value: word for role, word in WORDS.items()} | {
    f"{BY_GROUP}{Role.AUDITOR}": gettext_lazy("Auditor by group"),
    f"{BY_GROUP}{Role.ADMIN}": gettext_lazy("Admin by group"),
}
SOURCES: Words = {door.value: DOORS[door] for door in (Door.SCIM, Door.SSO, Door.IMPORT, Door.CSV, Door.API)} | {
    Door.DASHBOARD.value: gettext_lazy("By hand"),
    Door.COMMAND.value: DOORS[Door.COMMAND],
}
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

    wanted: Wanted = field(default_factory=Wanted)
    sort: str = ""

    @classmethod
    def read(cls, query: QueryDict) -> "Asked":
        """Read search, filters and order of an address or a form."""
        given = {name: query.get(name, "") for name in query}
        return cls(Wanted.read(given), given.get("sort", "") if given.get("sort") in SORTS else "")

    @property
    def given(self) -> dict[str, str]:
        """What was asked for, by name."""
        return self.wanted.given | ({"sort": self.sort} if self.sort else {})

    @property
    def query(self) -> str:
        """The same as a query, to be carried on."""
        return urlencode(self.given)

    def page(self, team: Team, query: QueryDict, size: int) -> order.Page:
        """Return the asked page of the list."""
        turned = {name: query.get(name, "") for name in ("after", "before")}
        return order.page(team, listed_of(self.wanted.people(team)), self.sort or "name", turned, size)


def listed_of(found: "QuerySet[Member]") -> "QuerySet[Member]":
    """Bring their seats along, and leave what no list shows."""
    return found.select_related("seat").defer("attributes", "attributes_folded")
