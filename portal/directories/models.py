"""A directory import, its runs with what each changed, and what every member owes to it."""

from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.outbound.directory import Access
from portal.teams.models import Group, Member, Team
from portal.teams.sealed import SealedTextField
from portal.teams.tenancy import TenantModel
from portal.teams.work import WorkRow


class Every(models.TextChoices):
    """How often an import runs by itself."""

    HOUR = "hour", _("Every hour")
    SIX_HOURS = "six_hours", _("Every 6 hours")
    DAY = "day", _("Every day")
    NEVER = "never", _("Only when somebody presses “Run now”")


SPANS = {
    Every.HOUR: timedelta(hours=1),
    Every.SIX_HOURS: timedelta(hours=6),
    Every.DAY: timedelta(days=1),
    Every.NEVER: None,
}


class DirectoryImport(TenantModel, WorkRow):
    """A directory that people come from: where it is, its key, the chosen groups, and what is done with them."""

    team = models.ForeignKey(Team, models.CASCADE, related_name="directory_imports")
    name = models.CharField(max_length=80)
    provider = models.CharField(max_length=20, default="jumpcloud")
    region = models.CharField(max_length=20)
    key = SealedTextField()
    organisation = models.CharField(max_length=80, blank=True)
    # The directory's groups as they were read last, and those that were chosen: [id, name].
    offered = models.JSONField(default=list)
    groups = models.JSONField(default=list)
    # The team's own group that the people are put in; its name stays where the group was removed.
    target = models.ForeignKey(Group, models.SET_NULL, null=True, related_name="+")
    target_name = models.CharField(max_length=255, blank=True)
    # Whether who leaves the chosen groups loses the seat that this import gave them.
    unassigns = models.BooleanField(default=False)
    mails = models.BooleanField(default=True)
    every = models.CharField(max_length=10, choices=Every.choices, default=Every.HOUR)
    made_by = models.CharField(max_length=320)
    made_at = models.DateTimeField(default=timezone.now)
    # None: it was never enabled, and does nothing by itself.
    enabled_at = models.DateTimeField(null=True)
    paused_at = models.DateTimeField(null=True)
    # The first failure since the last run that went well; what went wrong, in words, and whether it was the key.
    failing_since = models.DateTimeField(null=True)
    failure = models.CharField(max_length=300, blank=True)
    key_refused = models.BooleanField(default=False)

    class Meta(TenantModel.Meta, WorkRow.Meta):
        indexes = [*WorkRow.Meta.indexes, models.Index(fields=["team", "made_at"], name="directory_of_team")]

    def __str__(self) -> str:
        return self.name

    @property
    def access(self) -> Access:
        """What opens the directory."""
        return Access(self.region, self.key, self.organisation)

    @property
    def is_live(self) -> bool:
        """Say whether it runs by itself."""
        return self.enabled_at is not None and self.paused_at is None

    @property
    def span(self) -> timedelta | None:
        """How long it is from one run to the next."""
        return SPANS[Every(self.every)]

    @property
    def group_names(self) -> list[str]:
        """The chosen groups as people call them."""
        return [name for _id, name in self.groups]

    def fall_due(self, at: datetime | None) -> None:
        """Have the worker take it up then, also where it was given up after many failures."""
        rows = type(self)._base_manager.filter(pk=self.pk)
        rows.update(due_at=at, attempts=0, dead_at=None, trouble="")

    def save_own(self, **changes: Any) -> None:
        """Write fields of one's own; due_at and the lease are the worker's."""
        for name, value in changes.items():
            setattr(self, name, value)
        self.save(update_fields=list(changes))


class State(models.TextChoices):
    """Where a run stands."""

    READING = "reading", _("Reading the directory")
    # Only looked at: nothing is changed by it.
    LOOKED = "looked", _("Dry run")
    APPLYING = "applying", _("Running")
    # So many would lose their seat that somebody must say so.
    HELD = "held", _("Waits for you")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")


AT_WORK = (State.READING, State.APPLYING)


class Kind(models.TextChoices):
    """What becomes of one person in a run."""

    NEW = "new", _("Added")
    BACK = "back", _("Came back")
    CHANGED = "changed", _("Changed")
    # Here already by another door: from now on this import knows them.
    MET = "met", _("Was here already")
    LEFT = "left", _("Left the groups")
    # Left without a seat by hand: from now on they are the admins' business.
    INACTIVE = "inactive", _("Has no seat here")
    OVER = "over", _("No seat left")
    BAD = "bad", _("Refused")


class Run(models.Model):
    """One run, by schedule or by hand, or a dry run: when, what it found, and what became of it."""

    source = models.ForeignKey(DirectoryImport, models.CASCADE, related_name="runs")
    state = models.CharField(max_length=10, choices=State.choices, default=State.READING)
    dry = models.BooleanField(default=False)
    # Who pressed the button; empty by schedule.
    by = models.CharField(max_length=320, blank=True)
    started_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)
    # Tries of reading that failed, and the last one's sentence.
    tries = models.PositiveSmallIntegerField(default=0)
    reason = models.CharField(max_length=500, blank=True)
    # How many: rows by kind once it has ended, and people who are only counted (same, scim, owners, skipped).
    counts = models.JSONField(default=dict)
    free = models.PositiveIntegerField(default=0)
    # How many people were read, and how many rows are done.
    read = models.PositiveIntegerField(default=0)
    at = models.PositiveIntegerField(default=0)
    # The name of the journal's last word: somebody confirmed that many may lose their seat.
    confirmed_by = models.CharField(max_length=320, blank=True)

    every_team: models.Manager[Any] = models.Manager()

    class Meta:
        default_manager_name = "every_team"
        base_manager_name = "every_team"
        constraints = [
            models.UniqueConstraint(
                fields=["source"], condition=Q(state__in=["reading", "applying"]), name="directory_run_one_at_work"
            )
        ]
        indexes = [
            models.Index(fields=["source", "started_at"], name="directory_run_newest"),
            models.Index(fields=["started_at"], name="directory_run_oldest"),
        ]

    @property
    def at_work(self) -> bool:
        """Say whether the worker has something to do with it."""
        return self.state in AT_WORK

    def number(self, kind: str) -> int:
        """How many people of a kind it has."""
        return int(self.counts.get(kind, 0))

    def count(self) -> dict[str, int]:
        """Count anew what has rows, and keep what is only counted."""
        rows = dict(self.rows.order_by().values_list("kind").annotate(n=Count("pk")))
        kept = {name: number for name, number in self.counts.items() if name not in Kind.values}
        return {**kept, **rows}

    def save_own(self, **changes: Any) -> None:
        """Write these fields alone."""
        for name, value in changes.items():
            setattr(self, name, value)
        self.save(update_fields=list(changes))


def drop_held(source: DirectoryImport, why: str, but: "Run | None" = None) -> int:
    """End what waits for somebody's word: what it says is true no longer."""
    held = source.runs.filter(state=State.HELD)
    held = held.exclude(pk=but.pk) if but is not None else held
    return int(held.update(state=State.CANCELLED, reason=why[:500]))


class RunRow(models.Model):
    """One person on whom a run changes something, or who was refused."""

    run = models.ForeignKey(Run, models.CASCADE, related_name="rows")
    # The order in which they are dealt with: who leaves first, so that newcomers find a seat.
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=10, choices=Kind.choices)
    remote_id = models.CharField(max_length=64, blank=True)
    email = models.CharField(max_length=320, blank=True)
    names = models.JSONField(default=dict)
    member_id = models.UUIDField(null=True)
    reason = models.CharField(max_length=500, blank=True)
    # They gained or lost a seat by it.
    seat = models.BooleanField(default=False)
    done = models.BooleanField(default=False)

    every_team: models.Manager[Any] = models.Manager()

    class Meta:
        default_manager_name = "every_team"
        base_manager_name = "every_team"
        indexes = [
            models.Index(fields=["run", "number"], name="directory_row_order"),
            models.Index(fields=["run", "kind", "number"], name="directory_row_kind"),
            models.Index(fields=["run", "number"], condition=Q(done=False), name="directory_row_left"),
        ]

    @property
    def full_name(self) -> str:
        """The name as the directory gives it."""
        names = self.names
        full = " ".join(filter(None, (names.get("given_name"), names.get("family_name"))))
        return names.get("display_name") or full


class Tie(models.Model):
    """What a member owes to an import: who they are in the directory, and what the import gave them."""

    source = models.ForeignKey(DirectoryImport, models.CASCADE, related_name="ties")
    member = models.ForeignKey(Member, models.CASCADE, related_name="directory_ties")
    remote_id = models.CharField(max_length=64)
    # The import gave them their seat: it alone may take it.
    added = models.BooleanField(default=False)
    # The import put them in its target group.
    grouped = models.BooleanField(default=False)
    # Since when they are in none of the chosen groups.
    left_at = models.DateTimeField(null=True)

    every_team: models.Manager[Any] = models.Manager()

    class Meta:
        default_manager_name = "every_team"
        base_manager_name = "every_team"
        constraints = [models.UniqueConstraint(fields=["source", "member"], name="directory_tie_once")]
        indexes = [models.Index(fields=["source", "remote_id"], name="directory_tie_remote")]
