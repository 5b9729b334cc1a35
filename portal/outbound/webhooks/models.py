"""Where events are sent, how far each journal was followed, and what became of every delivery."""

from urllib.parse import urlsplit

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy

from portal.teams.models import Team
from portal.teams.sealed import SealedTextField
from portal.teams.tenancy import TenantModel


class Endpoint(TenantModel):
    """An address that gets events: of one team, or of every team where it is the operator's own (no team)."""

    team = models.ForeignKey(Team, models.CASCADE, null=True, related_name="webhooks")
    name = models.CharField(max_length=80)
    url = models.CharField(max_length=2048)
    # Slugs of `topics`; none means every event.
    topics = models.JSONField(default=list)
    secret = SealedTextField()
    # After a rotation both sign until then, so that the receiver can change over without a gap.
    former_secret = SealedTextField(blank=True)
    former_until = models.DateTimeField(null=True)
    made_by = models.CharField(max_length=320)
    made_at = models.DateTimeField(default=timezone.now)
    # Paused by somebody; stopped by us, because it answered nothing good for three days or asked for no more.
    paused_at = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField(null=True)
    stopped_why = models.CharField(max_length=300, blank=True)
    # The first failure since the last success.
    failing_since = models.DateTimeField(null=True)
    last_success_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["team", "made_at"], name="webhook_of_team")]

    def __str__(self) -> str:
        return self.name

    @property
    def host(self) -> str:
        """The host alone: the rest of an address may be a secret of its owner's."""
        return urlsplit(self.url).hostname or ""

    @property
    def is_live(self) -> bool:
        """Say whether events are sent to it."""
        return self.paused_at is None and self.stopped_at is None

    @property
    def secrets(self) -> list[str]:
        """What signs a message now, the newest first."""
        two = bool(self.former_secret) and self.former_until is not None and self.former_until > timezone.now()
        return [self.secret, self.former_secret] if two else [self.secret]


class Lane(TenantModel):
    """How far one team's journal was followed for an endpoint; its row is the lock of what waits there in line."""

    endpoint = models.ForeignKey(Endpoint, models.CASCADE, related_name="lanes")
    team = models.ForeignKey(Team, models.CASCADE, related_name="webhook_lanes")
    number = models.BigIntegerField(default=0)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["endpoint", "team"], name="webhook_lane_once")]


class State(models.TextChoices):
    """How a delivery stands."""

    WAITING = "waiting", gettext_lazy("waiting")
    DELIVERED = "delivered", gettext_lazy("delivered")
    FAILED = "failed", gettext_lazy("failed")


class Delivery(TenantModel):
    """One message to one endpoint. In line, only the first that waits has a `due_at`: so a team's order is kept."""

    endpoint = models.ForeignKey(Endpoint, models.CASCADE, related_name="deliveries")
    team = models.ForeignKey(Team, models.CASCADE, null=True, related_name="webhook_deliveries")
    # The event's number in its team's journal; a test has none.
    number = models.BigIntegerField(null=True)
    # The webhook-id: the same over every try and resend.
    message_id = models.CharField(max_length=80)
    kind = models.CharField(max_length=60)
    body = models.TextField()
    made_at = models.DateTimeField(default=timezone.now)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    # A test, or a resend by hand, is tried once and at once, beside the line.
    in_line = models.BooleanField(default=True)
    due_at = models.DateTimeField(null=True)
    leased_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    first_at = models.DateTimeField(null=True)
    last_at = models.DateTimeField(null=True)
    # What came of the last try: a status, or none and the reason in words.
    status = models.PositiveSmallIntegerField(null=True)
    words = models.CharField(max_length=300, blank=True)
    milliseconds = models.PositiveIntegerField(null=True)
    answer = models.TextField(blank=True)
    answer_headers = models.JSONField(default=dict)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["endpoint", "team", "number"], name="webhook_event_once"),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state="waiting", due_at__isnull=False), name="webhook_due"),
            models.Index(fields=["endpoint", "team", "number"], condition=Q(state="waiting"), name="webhook_line"),
            models.Index(fields=["endpoint", "made_at"], name="webhook_newest"),
            models.Index(fields=["made_at"], name="webhook_oldest"),
        ]

    def __str__(self) -> str:
        return self.message_id
