"""A team's SCIM tokens, and what its identity provider sent with them."""

from django.db import models
from django.utils import timezone

from portal.teams.models import Team
from portal.teams.tenancy import TenantModel


class ScimToken(TenantModel):
    """A bearer token, kept as its SHA-256; it belongs to the team, not to whoever made it."""

    team = models.ForeignKey(Team, models.CASCADE, related_name="scim_tokens")
    digest = models.CharField(max_length=64, unique=True)
    # What lists and logs show of it: the first and the last four characters.
    hint = models.CharField(max_length=20)
    made_by = models.CharField(max_length=320)
    made_at = models.DateTimeField(default=timezone.now)
    last_used_at = models.DateTimeField(null=True)
    last_used_from = models.CharField(max_length=45, blank=True)
    # The end of a rotated token's grace; None while it is the current one.
    expires_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    # Ended because SCIM was turned off: still recognised, and told so.
    ended_by_switch = models.BooleanField(default=False)

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["team", "ended_at"], name="scim_token_live")]


class Exchange(TenantModel):
    """One request of the identity provider and our answer, secrets stripped; kept 30 days."""

    # The indexes below begin with the team.
    team = models.ForeignKey(Team, models.CASCADE, related_name="exchanges", db_index=False)
    at = models.DateTimeField(default=timezone.now)
    method = models.CharField(max_length=10)
    path = models.CharField(max_length=500)
    status = models.PositiveSmallIntegerField()
    milliseconds = models.PositiveIntegerField()
    agent = models.CharField(max_length=200, blank=True)
    token_hint = models.CharField(max_length=20, blank=True)
    # What kind of call it was (`verbs`), and the refusal's stable name.
    verb = models.CharField(max_length=20, blank=True)
    code = models.CharField(max_length=40, blank=True)
    # The headers that tell something, of the request and of the answer; never the token.
    headers = models.JSONField(default=dict)
    # What the act did: the event's kind, the changes as [name, before, after], the seats afterwards.
    effect = models.JSONField(default=dict)
    # The id of the member it was about, where it met one.
    about = models.CharField(max_length=36, blank=True)
    # Whom it was about, and what became of it, in words.
    subject = models.CharField(max_length=320, blank=True)
    words = models.TextField(blank=True)
    request = models.TextField(blank=True)
    answer = models.TextField(blank=True)

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(fields=["team", "at"], name="exchange_when"),
            models.Index(fields=["team", "about", "at"], condition=~models.Q(about=""), name="exchange_about"),
        ]


class ReadTotal(TenantModel):
    """How many reads of one token succeeded in one hour; a read that succeeds leaves no row of its own."""

    team = models.ForeignKey(Team, models.CASCADE, related_name="scim_reads")
    token_hint = models.CharField(max_length=20)
    hour = models.DateTimeField()
    look_ups = models.PositiveIntegerField(default=0)
    others = models.PositiveIntegerField(default=0)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["team", "hour", "token_hint"], name="scim_reads_once")]


class Listening(TenantModel):
    """A wizard that listens to a team's identity provider for half an hour: until then reads are kept too, bounded."""

    team = models.OneToOneField(Team, models.CASCADE, related_name="scim_listening")
    provider = models.CharField(max_length=20)
    opened_at = models.DateTimeField()
    opened_by = models.CharField(max_length=320)
    until = models.DateTimeField()
    reads_kept = models.PositiveSmallIntegerField(default=0)
    knocks_kept = models.PositiveSmallIntegerField(default=0)


class Knock(TenantModel):
    """A call that was shut out while a wizard listened: aimed at this team, or with a token it once had."""

    team = models.ForeignKey(Team, models.CASCADE, related_name="scim_knocks")
    at = models.DateTimeField(default=timezone.now)
    kind = models.CharField(max_length=20)
    token_hint = models.CharField(max_length=20, blank=True)
    agent = models.CharField(max_length=200, blank=True)

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["team", "at"], name="scim_knock_when")]
