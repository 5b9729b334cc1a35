"""Members, changed: by the same acts, under the same locks and in the same words as everywhere."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from rest_framework.request import Request

from portal.api import examples, shapes
from portal.api.http import ApiView
from portal.api.operation import writes
from portal.api.questions import NewRole, Person
from portal.api.views.members import MemberList, shown
from portal.teams import owners, roster
from portal.teams.actor import Actor, Role
from portal.teams.acts import Act, act
from portal.teams.errors import StaleVersion
from portal.teams.models import Member, Team

Change = Callable[[Team, Actor, UUID], Any]
Told = Callable[[Any], HttpResponse]


@act
def _unless_changed(act: Act, member_id: UUID, is_current: Callable[[Member], bool], change: Change) -> Any:
    """Change a member while their version is one that the caller has read, judged under the team's lock."""
    if not is_current(Member.of(act.team, member_id)):
        raise StaleVersion
    return change(act.team, act.by, member_id)


class Members(MemberList):
    """/members"""

    @writes(
        "assign_seat", "Give somebody a seat",
        "Adds somebody new, or wakes the inactive member with this e-mail; they get a mail, nobody has to accept "
        "anything. Without a free seat it is refused, and they are put on the waiting list. Locked while SCIM is on "
        "or single sign-on is enforced.",
        status=201, body=Person, sent={"email": "ada@northwind.test", "given_name": "Ada", "family_name": "Okafor"},
        answer=shapes.TeamMember, example=examples.MEMBER, if_match=False,
    )  # fmt: skip
    def post(self, request: Request) -> HttpResponse:
        """Seat them."""
        person: Any = {name: value for name, value in self.given.items() if value}
        self.subject = person["email"]
        return self.carry_out(lambda: roster.assign(self.team, self.by, person), self._made)

    def _made(self, member: Member) -> HttpResponse:
        content, etag = shown(self.team, member.pk)
        return self.answer(content, 201, ETag=etag, Location=f"/api/v1/members/{member.pk}")


class MemberAct(ApiView):
    """An act on one member; what it is called with is in `change`."""

    def change(
        self, member_id: UUID, change: Change, told: Callable[[Any], HttpResponse] | None = None
    ) -> HttpResponse:
        """Act on the member, if they still are what If-Match names; answer what they are then."""
        self.subject = Member.of(self.team, member_id)
        return self.carry_out(
            lambda: _unless_changed(self.team, self.by, member_id, self._is_current, change),
            told or (lambda _result: self._now(member_id)),
        )

    def _is_current(self, member: Member) -> bool:
        return "If-Match" not in self.request.headers or self.names("If-Match", f'W/"{member.version}"')

    def _now(self, member_id: UUID) -> HttpResponse:
        content, etag = shown(self.team, member_id)
        return self.answer(content, ETag=etag)


class Assign(MemberAct):
    """/members/{member_id}/assign"""

    @writes(
        "assign_member", "Give an inactive member a seat again",
        "An active member stays as they are. Without a free seat it is refused. Locked while SCIM is on or single "
        "sign-on is enforced.",
        answer=shapes.TeamMember, example=examples.MEMBER,
    )  # fmt: skip
    def post(self, request: Request, member_id: UUID) -> HttpResponse:
        """Wake them."""
        return self.change(member_id, roster.assign_again)


class Unassign(MemberAct):
    """/members/{member_id}/unassign"""

    @writes(
        "unassign_member", "Take a member’s seat",
        "They become inactive, and their sessions have ended before the answer leaves. An owner’s seat is an owner’s "
        "to take. Locked while SCIM is on.",
        answer=shapes.TeamMember, example=examples.GONE,
    )  # fmt: skip
    def post(self, request: Request, member_id: UUID) -> HttpResponse:
        """Free their seat."""
        return self.change(member_id, roster.unassign)


class SetRole(MemberAct):
    """/members/{member_id}/role"""

    @writes(
        "set_role", "Change a member’s role",
        "Up to admin; making and unmaking owners is an owner’s. It counts from their next sign-in.",
        body=NewRole, sent={"role": "admin"}, answer=shapes.TeamMember, example=examples.MEMBER,
    )  # fmt: skip
    def post(self, request: Request, member_id: UUID) -> HttpResponse:
        """Give them the role."""
        role = Role(self.given["role"])
        return self.change(member_id, lambda team, by, pk: owners.set_role(team, by, pk, role))


class SignOut(MemberAct):
    """/members/{member_id}/sign-out"""

    @writes(
        "sign_out_member", "Sign a member out everywhere",
        "Every session of theirs in this team ends; their seat stays. Open under every lock.",
        answer=shapes.SessionsEnded, example={"ended": 2},
    )  # fmt: skip
    def post(self, request: Request, member_id: UUID) -> HttpResponse:
        """End their sessions."""
        return self.change(member_id, owners.sign_out, lambda ended: self.answer({"ended": ended}))
