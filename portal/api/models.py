"""API keys, and the answers kept for whoever asks the same again."""

from uuid import UUID

from django.db import models
from django.utils import timezone

from portal.teams.models import Team
from portal.teams.tenancy import TenantModel, new_id


class ApiKey(TenantModel):
    """A key, kept as its SHA-256. It belongs to a team, not to a person; one without a team is the operator's."""

    team = models.ForeignKey(Team, models.CASCADE, related_name="api_keys", null=True)
    name = models.CharField(max_length=80)
    digest = models.CharField(max_length=64, unique=True)
    # What lists show of it: its first twelve characters.
    hint = models.CharField(max_length=20)
    scopes = models.JSONField(default=list)
    made_by = models.CharField(max_length=320)
    made_at = models.DateTimeField(default=timezone.now)
    last_used_at = models.DateTimeField(null=True)
    last_used_from = models.CharField(max_length=45, blank=True)
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["team", "made_at"], name="api_key_when")]

    def __str__(self) -> str:
        return f"{self.name} ({self.hint})"

    @property
    def is_live(self) -> bool:
        """Say whether the key opens anything now."""
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > timezone.now())


class Answered(models.Model):
    """A write that came with an Idempotency-Key: who carries it out, and what was answered, for a day."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    key = models.ForeignKey(ApiKey, models.CASCADE, related_name="answered")
    name = models.CharField(max_length=255)
    # What was asked: method, path and body.
    fingerprint = models.CharField(max_length=64)
    # Whoever holds the claim may carry it out; a claim whose process died is taken over.
    claim = models.UUIDField()
    claimed_at = models.DateTimeField()
    # None while it is carried out.
    status = models.PositiveSmallIntegerField(null=True)
    body = models.TextField(blank=True)
    headers = models.JSONField(default=dict)

    answers: models.Manager["Answered"] = models.Manager()

    class Meta:
        default_manager_name = "answers"
        constraints = [models.UniqueConstraint(fields=["key", "name"], name="answered_once")]
        indexes = [models.Index(fields=["claimed_at"], name="answered_when")]

    def is_held(self, claim: UUID) -> bool:
        """Say whether this claim is the one that carries it out."""
        return self.status is None and self.claim == claim
