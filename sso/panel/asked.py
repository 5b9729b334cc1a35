"""What is asked of the sign-in log: its filters, the same for the page, what lives on it, and the exports."""

from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from portal.teams.asked import SPANS, carried, one_of, within, words
from portal.teams.models import Team
from sso.models import Purpose, SignInAttempt

RESULTS = {"ok": _("Passed"), "failed": _("Refused")}
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
            q=words(query, "q"),
            result=result if result in RESULTS else "",
            purpose=one_of(query, "purpose", PURPOSES),
            hours=one_of(query, "hours", SPANS),
        )

    @property
    def query(self) -> str:
        """The filters as a query, to be carried on."""
        return carried(self)

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
        return within(rows, self.hours).order_by("-at", "-id")
