"""What is asked of the provisioning log: its filters, the same for the page, what lives on it, and the exports."""

from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from portal.teams.asked import SPANS, carried, one_of, within, words
from portal.teams.models import Team
from scim import verbs
from scim.models import Exchange

RESULTS = {"ok": _("Accepted"), "refused": _("Refused")}


@dataclass(frozen=True)
class Asked:
    """The filters of one look at the log; what is unknown asks for nothing."""

    q: str = ""
    result: str = ""
    verb: str = ""
    token: str = ""
    hours: str = ""

    @classmethod
    def read(cls, query: QueryDict) -> "Asked":
        """Read the filters of an address."""
        result = "refused" if query.get("refused") == "1" else query.get("result", "")
        return cls(
            q=words(query, "q"),
            result=result if result in RESULTS else "",
            verb=one_of(query, "verb", verbs.WORDS),
            token=words(query, "token", 20),
            hours=one_of(query, "hours", SPANS),
        )

    @property
    def query(self) -> str:
        """The filters as a query, to be carried on."""
        return carried(self)

    def rows(self, team: Team) -> "QuerySet[Exchange]":
        """Find the team's exchanges, newest first."""
        rows: QuerySet[Exchange] = Exchange.every_team.filter(team=team).order_by("-at", "-id")
        if self.q:
            # Bodies are not searched: they are long, and a name in one is a name in the subject as a rule.
            found = Q(subject__icontains=self.q) | Q(path__contains=self.q) | Q(words__icontains=self.q)
            rows = rows.filter(found)
        if self.result:
            rows = rows.filter(status__gte=400) if self.result == "refused" else rows.filter(status__lt=400)
        if self.verb:
            rows = rows.filter(verb=self.verb)
        if self.token:
            rows = rows.filter(token_hint=self.token)
        return within(rows, self.hours)
