"""What changed the number of seats, a day at a time: compact, and kept when the journal is purged."""

from django.db import models

from portal.teams.models.team import Team
from portal.teams.tenancy import TenantModel


class SeatDay(TenantModel):
    """What one actor did to a team's seats through one door on one day (UTC); written by `ledger.note` alone."""

    # The indexes below begin with the team.
    team = models.ForeignKey(Team, models.CASCADE, related_name="seat_days", db_index=False)
    day = models.DateField()
    door = models.CharField(max_length=20)
    actor_id = models.CharField(max_length=64, blank=True)
    actor = models.CharField(max_length=320)
    # How many people got a seat, how many lost theirs, and by how much the bought number rose or fell.
    seated = models.PositiveIntegerField(default=0)
    freed = models.PositiveIntegerField(default=0)
    bought = models.IntegerField(default=0)
    last_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["team", "day", "door", "actor_id", "actor"], name="seat_day_once")
        ]
        # Nothing that every act changes is in an index: PostgreSQL then writes the row anew and no index.
        indexes = [models.Index(fields=["team", "day"], name="seat_day_order")]
