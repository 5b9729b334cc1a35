"""What a team is told: one row for each cause, who has read it, and who is told what."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy

from portal.teams.models.member import Member
from portal.teams.models.team import Team
from portal.teams.tenancy import TenantModel


class Tone(models.TextChoices):
    """How bad a notice is, the worst first."""

    BAD = "bad", gettext_lazy("Bad")
    WARN = "warn", gettext_lazy("Warning")
    INFO = "info", gettext_lazy("For your information")


class Notice(TenantModel):
    """One cause that a team was told of; open until the cause has ended."""

    team = models.ForeignKey(Team, models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=40)
    # What tells one cause of a kind from another: a certificate's fingerprint, a domain's id.
    key = models.CharField(max_length=200)
    # How far it has come; a new step is told anew.
    step = models.CharField(max_length=20, blank=True)
    tone = models.CharField(max_length=4, choices=Tone.choices)
    data = models.JSONField(default=dict)
    reference = models.CharField(max_length=12)
    began_at = models.DateTimeField()
    told_at = models.DateTimeField()
    mailed_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["team", "kind", "key"], condition=Q(ended_at=None), name="notice_once_a_cause"
            ),
            models.CheckConstraint(condition=Q(tone__in=Tone.values), name="notice_tone"),
        ]
        indexes = [
            models.Index(fields=["team", "ended_at", "told_at"], name="notice_order"),
            models.Index(fields=["kind"], condition=Q(ended_at=None), name="notice_open"),
        ]


class NoticeMark(TenantModel):
    """That somebody has read a notice, or put it away."""

    notice = models.ForeignKey(Notice, models.CASCADE, related_name="marks")
    member = models.ForeignKey(Member, models.CASCADE, related_name="notice_marks")
    read_at = models.DateTimeField(null=True)
    dismissed_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["notice", "member"], name="notice_mark_once")]


class Audience(models.TextChoices):
    """Who gets a kind of notice."""

    OWNERS = "owners", gettext_lazy("Owners")
    ADMINS = "admins", gettext_lazy("Owners and admins")
    CHOSEN = "chosen", gettext_lazy("Chosen people")


class NoticeRule(TenantModel):
    """Who of a team gets a kind of notice, and how; a kind without a row goes by its own default."""

    team = models.ForeignKey(Team, models.CASCADE, related_name="notice_rules")
    kind = models.CharField(max_length=40)
    audience = models.CharField(max_length=10, choices=Audience.choices)
    # Members' ids, for chosen people; one that is no member any more is nobody.
    people = models.JSONField(default=list)
    mail = models.BooleanField(default=True)
    in_page = models.BooleanField(default=True)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["team", "kind"], name="notice_rule_once")]


class NoticeOptOut(TenantModel):
    """That somebody wants no mail about a kind of notice."""

    member = models.ForeignKey(Member, models.CASCADE, related_name="notice_opt_outs")
    kind = models.CharField(max_length=40)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["member", "kind"], name="notice_opt_out_once")]
