"""The journal: one row for every change and every refusal of somebody authenticated. Append-only by trigger."""

from typing import Any

from django.db import models

from portal.teams.models.team import Team
from portal.teams.tenancy import Row


class Event(Row):
    """What happened: numbered per team without gaps, in the order of commits."""

    # The indexes below begin with the team.
    team = models.ForeignKey(Team, models.PROTECT, related_name="events", db_index=False)
    number = models.BigIntegerField()
    at = models.DateTimeField()
    kind = models.CharField(max_length=60)
    door = models.CharField(max_length=20)
    actor_id = models.CharField(max_length=64, blank=True)
    actor = models.CharField(max_length=320)
    subject_id = models.CharField(max_length=64, blank=True)
    subject = models.CharField(max_length=320, blank=True)
    refused = models.BooleanField(default=False)
    data = models.JSONField(default=dict)

    every_team: models.Manager[Any] = models.Manager()

    class Meta:
        default_manager_name = "every_team"
        constraints = [models.UniqueConstraint(fields=["team", "number"], name="event_number_once")]
        indexes = [
            models.Index(fields=["team", "subject_id", "number"], name="event_subject"),
            models.Index(fields=["team", "actor_id", "number"], name="event_actor"),
            models.Index(fields=["team", "at"], name="event_time"),
        ]


class JournalGate(models.Model):
    """The one switch that opens the journal; empty except inside `triggers.opened`."""

    is_open = models.BooleanField(default=True)
