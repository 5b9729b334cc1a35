"""A group that the directory pushes, and who is in it: what SCIM writes and what a role can be given by."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db import models
from django.db.models import Count, F, Q, Window
from django.db.models.functions import RowNumber

from portal.teams.actor import Role
from portal.teams.errors import Missing
from portal.teams.folding import fold
from portal.teams.models.member import Member
from portal.teams.models.team import Team
from portal.teams.tenancy import TenantModel

# Nobody becomes an owner through a group (spec rule 7).
GIVEN = (Role.MEMBER, Role.AUDITOR, Role.ADMIN)


class Group(TenantModel):
    """A pushed group; written by `groups` alone. It takes no seat, and stays where it is emptied."""

    team = models.ForeignKey(Team, models.CASCADE, related_name="groups")
    display_name = models.CharField(max_length=255)
    display_name_key = models.TextField()
    external_id = models.CharField(max_length=255, blank=True)
    # What its members get in single sign-on sessions; `member` gives nothing.
    role = models.CharField(max_length=10, choices=[(role.value, role.value) for role in GIVEN], default=Role.MEMBER)
    origin = models.CharField(max_length=20)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    # Since when it has no member; None while it has one.
    emptied_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["team", "display_name_key"], name="group_display_name_once"),
            models.UniqueConstraint(
                fields=["team", "external_id"], condition=~Q(external_id=""), name="group_external_id_once"
            ),
            models.CheckConstraint(condition=Q(role__in=[role.value for role in GIVEN]), name="group_makes_no_owner"),
        ]
        indexes = [models.Index(fields=["team", "created_at", "id"], name="group_listing")]

    def __str__(self) -> str:
        return self.display_name

    @property
    def rank(self) -> Role:
        """The role that its members get."""
        return Role(self.role)

    @classmethod
    def of(cls, team: Team, group_id: UUID | str) -> "Group":
        """Return a group of this team; a stranger's id is Missing like an unknown one."""
        try:
            key = group_id if isinstance(group_id, UUID) else UUID(group_id)
        except ValueError:
            raise Missing from None
        found: Group | None = cls.every_team.filter(team=team, pk=key).first()
        if found is None:
            raise Missing
        found.team = team
        return found

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Insert or update with the folded name in step."""
        self.display_name_key = fold(self.display_name)
        super().save(*args, **kwargs)


class GroupMember(models.Model):
    """That a member is in a group; the database forbids it twice."""

    group = models.ForeignKey(Group, models.CASCADE, related_name="memberships")
    member = models.ForeignKey(Member, models.CASCADE, related_name="memberships")

    every_team: models.Manager[Any] = models.Manager()

    class Meta:
        default_manager_name = "every_team"
        constraints = [models.UniqueConstraint(fields=["group", "member"], name="group_member_once")]


def roles_given(team: Team, members: Iterable[Member]) -> dict[UUID, Group]:
    """Name for each of these members the group that gives the highest role; one statement.

    Groups give roles only while the directory keeps them: with SCIM or groups off a membership may be long outdated.
    """
    best: dict[UUID, Group] = {}
    if not (team.scim_on and team.groups_on):
        return best
    found = GroupMember.every_team.filter(member__in=[member.pk for member in members], group__team=team)
    found = found.filter(member__team_id=F("group__team_id")).exclude(group__role=Role.MEMBER)
    for row in found.select_related("group").order_by("group__display_name_key"):
        if row.member_id not in best or row.group.rank.rank > best[row.member_id].rank.rank:
            best[row.member_id] = row.group
    return best


def with_groups(members: models.QuerySet[Member]) -> models.QuerySet[Member]:
    """Read with each of these members the groups they are in, by one more statement."""
    rows = GroupMember.every_team.select_related("group").order_by("group__display_name_key")
    return members.prefetch_related(models.Prefetch("memberships", queryset=rows))


def lifted_by_group(team: Team, role: Role | None = None) -> models.QuerySet[Any]:
    """Return the ids of those to whom a group gives a role, or this very role, as a subquery."""
    inside = GroupMember.every_team.filter(group__team=team).exclude(group__role=Role.MEMBER)
    inside = inside if role is None else inside.filter(group__role=role)
    return (inside if team.scim_on and team.groups_on else inside.none()).values("member_id")


def first_groups(team: Team, members: Iterable[Member], most: int) -> dict[UUID, tuple[list[str], int]]:
    """Name for each of these members the first groups they are in, and in how many they are; one statement."""
    mine = F("member_id")
    rows = GroupMember.every_team.filter(member__in=[member.pk for member in members], group__team=team).annotate(
        place=Window(RowNumber(), partition_by=mine, order_by="group__display_name_key"),
        of=Window(Count("pk"), partition_by=mine),
    )
    found: dict[UUID, tuple[list[str], int]] = {}
    shown = rows.filter(place__lte=most).order_by("place")
    for member_id, name, count in shown.values_list("member_id", "group__display_name", "of"):
        found.setdefault(member_id, ([], count))[0].append(name)
    return found


def rank_in_sso(member: Member) -> Role:
    """Return the role that counts in single sign-on sessions: the member's own, or a higher one by a group."""
    given = roles_given(member.team, [member]).get(member.pk)
    return given.rank if given is not None and given.rank.reaches(member.rank) else member.rank
