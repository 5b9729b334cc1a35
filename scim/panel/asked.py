"""What is asked of the provisioning log: its filters, the same for the page, what lives on it, and the exports."""

from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.teams.models import Team
from scim import verbs
from scim.models import Exchange

RESULTS = {"ok": _("Accepted"), "refused": _("Refused")}
SPANS = {"1": _("Last hour"), "24": _("Last 24 hours"), "168": _("Last 7 days")}


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
            q=query.get("q", "").replace("\x00", "").strip()[:320],
            result=result if result in RESULTS else "",
            verb=query.get("verb", "") if query.get("verb") in verbs.WORDS else "",
            token=query.get("token", "").replace("\x00", "")[:20],
            hours=query.get("hours", "") if query.get("hours") in SPANS else "",
        )

    @property
    def query(self) -> str:
        """The filters as a query, to be carried on."""
        return urlencode({name: value for name, value in vars(self).items() if value})

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
        if self.hours:
            rows = rows.filter(at__gt=timezone.now() - timedelta(hours=int(self.hours)))
        return rows


def older(rows: "QuerySet[Exchange]", than: str) -> "QuerySet[Exchange]":
    """Go on after this row; an id that is none of these begins at the newest."""
    try:
        last = rows.filter(pk=UUID(than)).first()
    except ValueError:
        last = None
    return rows if last is None else rows.filter(Q(at__lt=last.at) | Q(at=last.at, pk__lt=last.pk))
