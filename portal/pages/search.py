"""Search in the top bar: the team's people, its events and the pages, as far as the session may see them."""

from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_GET

from portal import frame
from portal.door import TeamRequest, team_page
from portal.pages.audit import rows
from portal.pages.journal import asked as journal
from portal.pages.members.asked import Asked as People
from portal.teams.actor import Role
from portal.teams.finding import Wanted
from portal.teams.folding import fold

MOST = 8


@require_GET
@team_page(Role.AUDITOR)
def search(request: TeamRequest) -> HttpResponse:
    """Show what is found in groups; without a word, how to look for something."""
    asked = Wanted.read(request.GET.dict()).q
    context: dict[str, Any] = {"q": asked}
    if asked:
        people = People(Wanted(q=asked)).page(request.team, QueryDict(), MOST)
        events = journal.page(request.team, journal.Asked(q=asked)).events
        context |= {
            "people": people.people,
            "more_people": people.after,
            "rows": rows(events[:MOST]),
            "more_rows": len(events) > MOST,
            "pages": _pages(request, asked),
        }
    return render(request, "search/page.html", context)


def _pages(request: TeamRequest, asked: str) -> list[dict[str, Any]]:
    """Find the pages of the rail in whose name or group each word begins one."""
    words = fold(asked).split()
    return [
        item | {"group": group["label"]}
        for group in frame.frame(request)["nav"]
        for item in group["items"]
        if all(
            any(part.startswith(word) for part in fold(f"{item['label']} {group['label']}").split()) for word in words
        )
    ]
