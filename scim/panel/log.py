"""The provisioning log: what the identity provider sent, and what became of it."""

import json
import re
from dataclasses import dataclass

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from portal.door import TeamRequest, team_page
from portal.teams.actor import Role
from scim.models import Exchange

LOG_PAGE = 50
ID = re.compile(r"[0-9a-f-]{32}([0-9a-f]{4})")


@dataclass(frozen=True)
class Line:
    """One exchange as the log shows it: the path from the resource on, and both bodies laid out to be read."""

    exchange: Exchange

    @property
    def path(self) -> str:
        """The path without the base that every call shares, and of an id only its end."""
        path = self.exchange.path.removeprefix("/scim/v2").removeprefix(f"/{self.exchange.team_id}")
        return ID.sub(r"…\1", path) or "/"

    @property
    def request(self) -> str:
        """What the identity provider sent."""
        return _laid_out(self.exchange.request)

    @property
    def answer(self) -> str:
        """What we answered."""
        return _laid_out(self.exchange.answer)


def _laid_out(body: str) -> str:
    try:
        return json.dumps(json.loads(body), indent=2, ensure_ascii=False)
    except ValueError:
        # Long bodies are kept cut off, and are no JSON then.
        return body


@require_GET
@team_page(Role.AUDITOR)
def log(request: TeamRequest) -> HttpResponse:
    """Show what the identity provider wrote, what was refused and why, newest first."""
    rows = Exchange.every_team.filter(team=request.team).order_by("-at")
    q = request.GET.get("q", "").replace("\x00", "").strip()
    if q:
        rows = rows.filter(Q(subject__istartswith=q) | Q(path__contains=q))
    refused = request.GET.get("refused") == "1"
    if refused:
        rows = rows.filter(status__gte=400)
    shown = [Line(row) for row in rows[: LOG_PAGE + 1]]
    context = {"lines": shown[:LOG_PAGE], "more": len(shown) > LOG_PAGE, "q": q, "refused": refused}
    return render(request, "scim/log.html", context)
