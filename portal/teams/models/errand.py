"""What somebody asked to be done to many members at once, and what became of each."""

from typing import Any
from uuid import UUID

from django.db import models

from portal.teams.errors import Missing
from portal.teams.models.member import Member
from portal.teams.models.team import Team
from portal.teams.tenancy import TenantModel
from portal.teams.work import WorkRow


class Errand(TenantModel, WorkRow):
    """One act on many members, by the filters that find them or by name; the worker goes on where it stopped."""

    team = models.ForeignKey(Team, models.CASCADE, related_name="errands")
    verb = models.CharField(max_length=20)
    # What a change of role gives.
    role = models.CharField(max_length=10, blank=True)
    # The sign-in e-mail that was shown of each person who gets it, by id; empty where none had to be confirmed.
    shown = models.JSONField(default=dict)
    # Whom: whoever these filters find, or these very people by id.
    wanted = models.JSONField(default=dict)
    chosen = models.JSONField(default=list)
    by = models.ForeignKey(Member, models.SET_NULL, null=True, related_name="+")
    by_label = models.CharField(max_length=320)
    # The role that counted in the session that asked.
    by_role = models.CharField(max_length=10)
    made_at = models.DateTimeField()
    # How many it meant when it was confirmed, and how far it has come: everybody up to this id.
    expected = models.PositiveIntegerField()
    after = models.UUIDField(null=True)
    done = models.PositiveIntegerField(default=0)
    same = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    finished_at = models.DateTimeField(null=True)
    # Why it ended before everybody was met.
    stopped = models.TextField(blank=True)
    # The one that this takes back; nothing is taken back twice.
    undoes = models.OneToOneField("self", models.SET_NULL, null=True, related_name="undone_by")

    class Meta(TenantModel.Meta, WorkRow.Meta):
        indexes = [*WorkRow.Meta.indexes, models.Index(fields=["team", "made_at"], name="errand_when")]

    @property
    def met(self) -> int:
        """How many people it has come by."""
        return self.done + self.same + self.refused

    @classmethod
    def of(cls, team: Team, errand_id: UUID) -> "Errand":
        """Return an errand of this team; a stranger's id is Missing like an unknown one."""
        found: Errand | None = cls.every_team.filter(team=team, pk=errand_id).first()
        if found is None:
            raise Missing
        return found


class ErrandBatch(models.Model):
    """What one batch did: to whom by id, and who was refused as [id, name, why]."""

    errand = models.ForeignKey(Errand, models.CASCADE, related_name="batches")
    done = models.JSONField(default=list)
    refused = models.JSONField(default=list)
    left_out = models.PositiveSmallIntegerField()

    every_team: models.Manager[Any] = models.Manager()

    class Meta:
        default_manager_name = "every_team"
