"""The list of members to take away: CSV for a spreadsheet, of those ticked or those found; streamed, however many."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.http import HttpResponse
from django.views.decorators.http import require_GET

from portal import door, take_away
from portal.pages.members import order, people
from portal.pages.members.asked import Asked, listed_of
from portal.pages.members.many import chosen
from portal.teams.actor import Role
from portal.teams.finding import Choice

COLUMNS = (
    "name", "given_name", "family_name", "email", "user_name", "external_id", "role", "role_by_group", "groups",
    "status", "seat_since", "source", "last_sign_in", "id",
)  # fmt: skip
AT_ONCE = 500
# Whoever is in more groups is told so in the cell.
MOST_GROUPS = 100


@require_GET
@door.team_page(Role.AUDITOR)
def csv(request: door.TeamRequest) -> HttpResponse:
    """Stream the people asked for, in the order asked for."""
    asked = Asked.read(request.GET)
    choice = chosen(request.GET) if "who" in request.GET or "all" in request.GET else Choice(asked.wanted)
    return take_away.table(_table(request, choice, asked.sort or "name"), f"members-{request.team.slug}.csv")


def _table(request: door.TeamRequest, choice: Choice, sort: str) -> Iterator[Iterable[Any]]:
    yield COLUMNS
    last = None
    while found := order.walk(listed_of(choice.people(request.team)), sort, last, AT_ONCE):
        for row in people.rows(request.team, request.by, found, MOST_GROUPS):
            yield _cells(row)
        last = found[-1]


def _cells(row: people.Row) -> list[Any]:
    member, (groups, count) = row.member, row.groups
    seat = getattr(member, "seat", None)
    more = [f"+{count - len(groups)}"] if count > len(groups) else []
    return [
        member.label, member.given_name, member.family_name, member.email, member.user_name, member.external_id,
        member.role, row.group.role if row.by_group and row.group else "", "; ".join([*groups, *more]),
        ", ".join(status.word for status in row.statuses), take_away.clock(seat and seat.since), row.source,
        take_away.clock(member.last_sign_in), member.pk,
    ]  # fmt: skip
