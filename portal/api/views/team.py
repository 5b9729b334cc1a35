"""The team, the teams that a key reaches, who waits, and whether somebody holds a seat."""

from collections.abc import Sequence
from typing import Any, cast
from uuid import UUID

from django.http import HttpResponse
from rest_framework.request import Request

from portal.api import examples, keys, paging, shapes
from portal.api.http import ApiView
from portal.api.keys import Scope
from portal.api.models import ApiKey
from portal.api.operation import reads
from portal.api.questions import Page, SeatQuestion, matching, means
from portal.teams import policy, seats
from portal.teams.actor import Door
from portal.teams.models import Member, Team
from portal.teams.policy import Task
from portal.teams.seats import Tally


class TeamView(ApiView):
    """/team"""

    @reads(
        "get_team", Scope.SEATS_READ, "Read the team",
        "Its plan, its seats, its switches, and what they lock: the sentences that assigning and unassigning are "
        "refused with, or null.",
        answer=shapes.TeamDetail, example=examples.TEAM,
    )  # fmt: skip
    def get(self, request: Request) -> HttpResponse:
        """Show the team."""
        locks = {task.value: policy.lock(self.team, Door.API, task) for task in Task}
        said = {task: str(refusal) if refusal else None for task, refusal in locks.items()}
        return self.answer(shapes.TeamDetail(_with_seats([self.team])[0] | {"locks": said}).data)


class TeamList(ApiView):
    """/teams"""

    @reads(
        "list_teams", Scope.SEATS_READ, "List the teams of this key",
        "An operator’s key reaches every team; a team’s key its own. `last_event` says where there is news.",
        query=Page, answer=shapes.TeamPage, example={"data": [examples.LISTED_TEAM], "next_cursor": None},
    )  # fmt: skip
    def get(self, request: Request) -> HttpResponse:
        """List them in the order in which they were made."""
        own = cast(ApiKey, self.key).team
        named = own is not None or "team" in self.asked
        rows = keys.open_teams().filter(pk=self.team.pk) if named else keys.open_teams()
        teams, cursor = paging.page(rows, self.asked)
        return self.answer(shapes.TeamPage({"data": _with_seats(teams), "next_cursor": cursor}).data)


def _with_seats(teams: Sequence[Team]) -> list[dict[str, Any]]:
    """Tell of teams with their seats; as many statements for many as for one."""
    tallies, waiting = seats.tallies(teams), seats.waiting(teams)
    own = [name for name in shapes.Team._declared_fields if name != "seats"]
    return [
        {name: getattr(team, name) for name in own}
        | {"seats": _seats(tallies.get(team.pk, Tally(0, 0)), waiting.get(team.pk, 0))}
        for team in teams
    ]


def _seats(tally: Tally, waiting: int) -> dict[str, int]:
    return {"bought": tally.bought, "assigned": tally.assigned, "free": tally.free, "waiting": waiting}


class WaitingList(ApiView):
    """/waiting"""

    @reads(
        "list_waiting", Scope.SEATS_READ, "List who waits for a seat",
        "People who were refused because every seat was taken, until they get one or an admin dismisses them.",
        query=Page, answer=shapes.WaitingPage, example={"data": [examples.WAITING], "next_cursor": None},
    )  # fmt: skip
    def get(self, request: Request) -> HttpResponse:
        """List them in the order in which they came."""
        rows, cursor = paging.page(self.team.waiting.all(), self.asked, "first_at")
        return self.answer(shapes.WaitingPage({"data": rows, "next_cursor": cursor}).data)


class SeatCheck(ApiView):
    """/seat-check"""

    @reads(
        "check_seat", Scope.SEATS_READ, "Does this e-mail hold a seat?",
        "The question a product asks when somebody comes in. Somebody unknown is no error: `found` is false. "
        "Where several members have the e-mail, one who holds a seat answers.",
        query=SeatQuestion, answer=shapes.SeatCheck, example=examples.SEAT,
    )  # fmt: skip
    def get(self, request: Request) -> HttpResponse:
        """Answer by one statement beside the key's."""
        found = self.team.members.filter(**matching(self.asked)).order_by("-active", "created_at")
        return self.answer(_seat(next((member for member in found if means(self.asked, member)), None)))


class MemberSeatCheck(ApiView):
    """/members/{member_id}/seat-check"""

    @reads(
        "check_member_seat", Scope.SEATS_READ, "Does this member hold a seat?",
        "The same answer by the member’s id. An id that the team does not have is no error: `found` is false.",
        answer=shapes.SeatCheck, example=examples.SEAT,
    )  # fmt: skip
    def get(self, request: Request, member_id: UUID) -> HttpResponse:
        """Answer by one statement beside the key's."""
        return self.answer(_seat(self.team.members.filter(pk=member_id).first()))


def _seat(member: Member | None) -> dict[str, Any]:
    return {
        "holds_seat": member is not None and member.active,
        "may_enter": member is not None and member.may_enter,
        "found": member is not None,
        "member_id": member and str(member.pk),
        "email": member and member.email,
        "role": member and member.role,
        "active": member is not None and member.active,
        "suspended": member is not None and member.suspended_at is not None,
        "held": member is not None and member.held_at is not None,
    }
