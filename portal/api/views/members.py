"""Members and groups, read."""

from typing import Any
from uuid import UUID

from django.db.models import Count, QuerySet
from django.http import HttpResponse
from rest_framework.request import Request

from portal.api import examples, paging, shapes
from portal.api.http import ApiView
from portal.api.keys import Scope
from portal.api.operation import reads
from portal.api.questions import MemberQuestion, Page, matching
from portal.teams.errors import Missing
from portal.teams.models import Group, Team
from portal.teams.models.group import with_groups


def shown(team: Team, member_id: UUID) -> tuple[dict[str, Any], str]:
    """Return what is told of a member, and the ETag of it."""
    member = with_groups(team.members.filter(pk=member_id)).first()
    if member is None:
        raise Missing
    return dict(shapes.TeamMember(member).data), f'W/"{member.version}"'


class MemberList(ApiView):
    """/members: read here, written in `changing`."""

    @reads(
        "list_members", Scope.MEMBERS_READ, "List members",
        "Everybody in the team, those without a seat too. Filters narrow each other. To follow changes, ask again "
        "with `updated_since`, or read the events.",
        query=MemberQuestion, answer=shapes.MemberPage, example={"data": [examples.MEMBER], "next_cursor": None},
    )  # fmt: skip
    def get(self, request: Request) -> HttpResponse:
        """List them in the order in which they were added."""
        found = self.team.members.filter(**matching(self.asked))
        if "group" in self.asked:
            found = found.filter(memberships__group=self.asked["group"])
        if "updated_since" in self.asked:
            found = found.filter(updated_at__gte=self.asked["updated_since"])
        members, cursor = paging.page(with_groups(found), self.asked)
        return self.answer(shapes.MemberPage({"data": members, "next_cursor": cursor}).data)


class MemberDetail(ApiView):
    """/members/{member_id}"""

    @reads(
        "get_member", Scope.MEMBERS_READ, "Read a member",
        "The ETag changes with every change; If-None-Match spares the body, If-Match guards a write.",
        answer=shapes.TeamMember, example=examples.MEMBER, etag=True,
    )  # fmt: skip
    def get(self, request: Request, member_id: UUID) -> HttpResponse:
        """Show one."""
        content, etag = shown(self.team, member_id)
        if self.names("If-None-Match", etag):
            return HttpResponse(status=304, headers={"ETag": etag})
        return self.answer(content, ETag=etag)


class GroupList(ApiView):
    """/groups"""

    @reads(
        "list_groups", Scope.MEMBERS_READ, "List groups",
        "The groups that the team’s directory pushed; who is in one, `/members?group=` lists.",
        query=Page, answer=shapes.GroupPage, example={"data": [examples.GROUP], "next_cursor": None},
    )  # fmt: skip
    def get(self, request: Request) -> HttpResponse:
        """List them in the order in which they were pushed."""
        groups, cursor = paging.page(_counted(self.team), self.asked)
        return self.answer(shapes.GroupPage({"data": groups, "next_cursor": cursor}).data)


class GroupDetail(ApiView):
    """/groups/{group_id}"""

    @reads(
        "get_group", Scope.MEMBERS_READ, "Read a group",
        "One group that the team’s directory pushed.",
        answer=shapes.Group, example=examples.GROUP,
    )  # fmt: skip
    def get(self, request: Request, group_id: UUID) -> HttpResponse:
        """Show one."""
        group = _counted(self.team).filter(pk=group_id).first()
        if group is None:
            raise Missing
        return self.answer(shapes.Group(group).data)


def _counted(team: Team) -> "QuerySet[Group]":
    return team.groups.annotate(count=Count("memberships"))
