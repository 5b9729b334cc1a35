"""A team, its seats, the people who wait for one, and its domains."""

import secrets
from dataclasses import dataclass
from typing import Any

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal.teams.folding import fold
from portal.teams.plan import Plan
from portal.teams.tenancy import Row, TenantModel, new_id

SLUG = RegexValidator(r"^[a-z0-9](?:[a-z0-9-]{0,48}[a-z0-9])?\Z", _("Use 1 to 50 of a-z, 0-9 and - (not at the ends)."))


class SecondFactor(models.TextChoices):
    """Of whom a team wants a second factor beside the e-mail code."""

    NOBODY = "nobody", _("Nobody")
    PRIVILEGED = "privileged", _("Owners, admins and auditors")
    EVERYBODY = "everybody", _("Everybody")


@dataclass
class Standing:
    """How many seats are assigned and bought, whether anybody waits and any notice is open; who changes it says so.

    `next_seat` is the lowest free one's id; None where none is free, and once the seats were changed.
    """

    assigned: int
    bought: int
    somebody_waits: bool
    notice_is_open: bool
    next_seat: int | None


class Team(Row):
    """A customer's team: its switches, and the counter that is both its lock and its event numbers."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    slug = models.CharField(max_length=50, unique=True, validators=[SLUG])
    name = models.CharField(max_length=120)
    name_key = models.TextField()
    plan = models.CharField(max_length=20, choices=Plan.choices, default=Plan.BUSINESS)
    entitled_sso = models.BooleanField(default=False)
    entitled_scim = models.BooleanField(default=False)
    sso_on = models.BooleanField(default=False)
    sso_enforced = models.BooleanField(default=False)
    enforced_at = models.DateTimeField(null=True)
    jit_on = models.BooleanField(default=True)
    scim_on = models.BooleanField(default=False)
    # Whether the directory may push groups while SCIM is on.
    groups_on = models.BooleanField(default=True)
    session_hours = models.PositiveSmallIntegerField(default=12)
    # Of whom a session by e-mail code wants a second factor.
    second_factor = models.CharField(max_length=12, choices=SecondFactor.choices, default=SecondFactor.NOBODY)
    # Every date of the team's pages is said in it.
    time_zone = models.CharField(max_length=64, default="UTC")
    # When the journal was last checked for gaps, and what was found.
    journal_checked_at = models.DateTimeField(null=True)
    journal_found = models.TextField(blank=True)
    # Set for good when the first domain is verified: from then on addresses outside the domains are refused, even when
    # the last one lapses, unless an owner allowed them in so many words (spec rule 18).
    domains_bound = models.BooleanField(default=False)
    outside_domains = models.BooleanField(default=False)
    closed_at = models.DateTimeField(null=True)
    last_event = models.BigIntegerField(default=0)
    # The journal's checkpoint: events up to this number were purged, and the rest has no gap.
    purged_through = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    # What `standing` saw under the row's lock.
    standing: Standing | None = None

    every_team: models.Manager["Team"] = models.Manager()

    class Meta:
        default_manager_name = "every_team"
        constraints = [
            models.CheckConstraint(condition=Q(scim_on=False) | Q(sso_on=True), name="team_scim_needs_sso"),
            models.CheckConstraint(condition=Q(sso_enforced=False) | Q(sso_on=True), name="team_enforce_needs_sso"),
        ]
        # What the operators' list is sorted by.
        indexes = [
            models.Index(fields=["name_key", "id"], condition=Q(closed_at=None), name="team_by_name"),
            models.Index(fields=["created_at", "id"], condition=Q(closed_at=None), name="team_by_age"),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep the folded name in step."""
        self.name_key = fold(self.name)
        super().save(*args, **kwargs)

    def may_use(self, feature: str) -> bool:
        """Say whether `sso` or `scim` is usable: the plan is enterprise and the feature is entitled."""
        return self.plan == Plan.ENTERPRISE and bool(getattr(self, f"entitled_{feature}"))


class Seat(models.Model):
    """One bought seat. A team of 25 has 25 rows: the 26th person has nowhere to sit."""

    # The indexes below begin with the team.
    team = models.ForeignKey(Team, models.CASCADE, related_name="seats", db_index=False)
    number = models.PositiveIntegerField()
    member = models.OneToOneField("Member", models.SET_NULL, null=True, related_name="seat")
    since = models.DateTimeField(null=True)

    every_team: models.Manager[Any] = models.Manager()

    class Meta:
        default_manager_name = "every_team"
        constraints = [models.UniqueConstraint(fields=["team", "number"], name="seat_number_once")]
        indexes = [
            models.Index(fields=["team", "number"], condition=Q(member=None), name="seat_free"),
            # Who has sat longest.
            models.Index(fields=["team", "since"], name="seat_since"),
        ]


class Waiting(TenantModel):
    """Somebody who was refused for want of a seat, until they get one or an admin dismisses them."""

    team = models.ForeignKey(Team, models.CASCADE, related_name="waiting")
    label = models.CharField(max_length=320)
    key = models.TextField()
    # Where they were refused the last time, and in which words.
    door = models.CharField(max_length=20)
    why = models.TextField(blank=True)
    first_at = models.DateTimeField(auto_now_add=True)
    last_at = models.DateTimeField(auto_now=True)
    times = models.PositiveIntegerField(default=1)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["team", "key"], name="waiting_once")]


def new_proof() -> str:
    """Return a fresh token for a domain's DNS record."""
    return secrets.token_urlsafe(24)


class Domain(TenantModel):
    """An e-mail domain that a team claims, and since when it is verified."""

    team = models.ForeignKey(Team, models.CASCADE, related_name="domains")
    name = models.CharField(max_length=253)
    verified_at = models.DateTimeField(null=True)
    # An operator gave their word; no record is looked for.
    vouched = models.BooleanField(default=False)
    # What the DNS record must say.
    proof = models.CharField(max_length=64, default=new_proof)
    checked_at = models.DateTimeField(null=True)
    # When the record was last seen, and since when a verified domain's record is missing.
    seen_at = models.DateTimeField(null=True)
    missing_since = models.DateTimeField(null=True)
    lapsed_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["team", "name"], name="domain_once"),
            models.UniqueConstraint(fields=["name"], condition=Q(verified_at__isnull=False), name="domain_one_team"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def record(self) -> str:
        """The name of the TXT record that proves the domain."""
        return f"_seatgate-challenge.{self.name}"

    @property
    def record_value(self) -> str:
        """What the TXT record must hold."""
        return f"seatgate-verification={self.proof}"
