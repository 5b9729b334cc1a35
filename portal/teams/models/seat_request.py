"""What a team asked its account executive for: more seats, and what came of it."""

from django.db import models
from django.utils.translation import gettext_lazy

from portal.teams.models.team import Team
from portal.teams.tenancy import TenantModel


class Answer(models.TextChoices):
    """What became of a request."""

    GRANTED = "granted", gettext_lazy("Granted")
    DECLINED = "declined", gettext_lazy("Declined")
    RETRACTED = "retracted", gettext_lazy("Withdrawn")


class SeatRequest(TenantModel):
    """A team's request for more seats; one at a time waits for its answer."""

    team = models.ForeignKey(Team, models.CASCADE, related_name="seat_requests")
    more = models.PositiveIntegerField()
    note = models.TextField(blank=True)
    asked_by = models.CharField(max_length=320)
    asked_at = models.DateTimeField()
    # Empty while it waits.
    answer = models.CharField(max_length=10, choices=Answer.choices, blank=True)
    answered_by = models.CharField(max_length=320, blank=True)
    answered_at = models.DateTimeField(null=True)
    # How many were granted, and what the operator wrote.
    granted = models.PositiveIntegerField(null=True)
    words = models.TextField(blank=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["team"], condition=models.Q(answer=""), name="seat_request_one_open")
        ]
        indexes = [
            models.Index(fields=["team", "-asked_at"], name="seat_request_of_team"),
            models.Index(fields=["asked_at"], condition=models.Q(answer=""), name="seat_request_open"),
        ]

    def __str__(self) -> str:
        return str(self.more)

    @property
    def is_open(self) -> bool:
        """Say whether it still waits for its answer."""
        return not self.answer
