"""What is asked of the sign-in log: its filters, the same for the page, what lives on it, and the exports."""

from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.teams.models import Team
from sso.models import Purpose, SignInAttempt

RESULTS = {"ok": _("Passed"), "failed": _("Refused")}
SPANS = {"1": _("Last hour"), "24": _("Last 24 hours"), "168": _("Last 7 days")}
PURPOSES = {
    Purpose.SIGN_IN.value: _("Sign-ins"),
    Purpose.TEST.value: _("Tests"),
    Purpose.DRAFT.value: _("Tests of drafts"),
    Purpose.AGAIN.value: _("Confirmations"),
}


@dataclass(frozen=True)
class Asked:
    """The filters of one look at the log; what is unknown asks for nothing."""

    q: str = ""
    result: str = ""
    purpose: str = ""
    hours: str = ""

    @classmethod
    def read(cls, query: QueryDict) -> "Asked":
        """Read the filters of an address."""
        result = "failed" if query.get("failed") == "1" else query.get("result", "")
        return cls(
            q=query.get("q", "").replace("\x00", "").strip()[:320],
            result=result if result in RESULTS else "",
            purpose=query.get("purpose", "") if query.get("purpose") in PURPOSES else "",
            hours=query.get("hours", "") if query.get("hours") in SPANS else "",
        )

    @property
    def query(self) -> str:
        """The filters as a query, to be carried on."""
        return urlencode({name: value for name, value in vars(self).items() if value})

    def rows(self, team: Team) -> "QuerySet[SignInAttempt]":
        """Find the team's attempts, newest first."""
        rows: QuerySet[SignInAttempt] = SignInAttempt.every_team.filter(team=team).select_related("member")
        if self.q:
            named = (
                Q(who__icontains=self.q) | Q(member__email__icontains=self.q) | Q(member__user_name__icontains=self.q)
            )
            rows = rows.filter(Q(reference=self.q.upper()) | named)
        if self.result:
            rows = rows.filter(result="ok") if self.result == "ok" else rows.exclude(result="ok")
        if self.purpose:
            rows = rows.filter(purpose=self.purpose)
        if self.hours:
            rows = rows.filter(at__gt=timezone.now() - timedelta(hours=int(self.hours)))
        return rows.order_by("-at", "-id")


def older(rows: "QuerySet[SignInAttempt]", than: str) -> "QuerySet[SignInAttempt]":
    """Go on after this row; an id that is none of these begins at the newest."""
    try:
        last = rows.filter(pk=UUID(than)).first()
    except ValueError:
        last = None
    return rows if last is None else rows.filter(Q(at__lt=last.at) | Q(at=last.at, pk__lt=last.pk))
