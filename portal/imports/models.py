"""An import and its rows: what was sent, what would become of each row, and what did."""

from dataclasses import replace
from typing import Any

from django.db import models
from django.db.models import Count, Q

from portal.teams.actor import Role
from portal.teams.models import Team
from portal.teams.tenancy import TenantModel
from portal.teams.verdicts import Outcome, Person, Seen
from portal.teams.work import WorkRow


class State(models.TextChoices):
    """Where an import stands."""

    READING = "reading"
    UNREADABLE = "unreadable"
    # Looked over; waits for somebody's word.
    READY = "ready"
    # The team changed since: every row is looked at again.
    JUDGING = "judging"
    RUNNING = "running"
    DONE = "done"
    # A rule said no on the way.
    STOPPED = "stopped"
    CANCELLED = "cancelled"
    TAKING_BACK = "taking_back"
    TAKEN_BACK = "taken_back"


AT_WORK = (State.READING, State.JUDGING, State.RUNNING, State.TAKING_BACK)
# Among the counts of an import that ended: rows that were not come to.
LEFT = "left"
ENDED = (State.DONE, State.STOPPED, State.CANCELLED)


class Import(TenantModel, WorkRow):
    """A list of people that somebody sent: a file, or pasted addresses."""

    team = models.ForeignKey(Team, models.CASCADE, related_name="imports")
    # The file's name; empty for pasted addresses.
    name = models.CharField(max_length=200, blank=True)
    made_at = models.DateTimeField(auto_now_add=True)
    # Who sent it, confirmed it, or took its seats back: the last of them.
    by_id = models.UUIDField()
    by = models.CharField(max_length=320)
    # What was sent; gone as soon as its rows are here.
    data = models.BinaryField(null=True)
    state = models.CharField(max_length=20, choices=State.choices, default=State.READING)
    # Why it can't be read, or why it stopped.
    reason = models.CharField(max_length=500, blank=True)
    # Each header and the column it was taken for; "" where it is left out.
    headers = models.JSONField(default=list)
    all_or_none = models.BooleanField(default=False)
    mail = models.BooleanField(default=True)
    # Somebody gets a role beyond member by it: whoever confirms must prove to be there.
    gives_roles = models.BooleanField(default=False)
    # How the team stood when the rows were looked at, and what came of them: {kind: number}.
    standing = models.CharField(max_length=100, blank=True)
    free = models.PositiveIntegerField(default=0)
    counts = models.JSONField(default=dict)
    # How far the work in hand has come.
    at = models.PositiveIntegerField(default=0)
    confirmed_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta, WorkRow.Meta):
        indexes = [*WorkRow.Meta.indexes, models.Index(fields=["team", "made_at"], name="import_made")]

    def __str__(self) -> str:
        return self.name or "—"

    @property
    def total(self) -> int:
        """How many rows there are."""
        return sum(self.counts.values())

    @property
    def at_work(self) -> bool:
        """Say whether the worker has something to do with it."""
        return self.state in AT_WORK

    @property
    def waits(self) -> int:
        """How many rows were not come to when it ended."""
        return int(self.counts.get(LEFT, 0))

    def ended_with(self) -> dict[str, int]:
        """Count the rows by what became of them, and those that were not come to."""
        done = self.rows.filter(done=True).order_by().values_list("kind").annotate(n=Count("pk"))
        return {**dict(done), LEFT: self.rows.filter(done=False).count()}

    def count(self) -> dict[str, int]:
        """Count the rows by what becomes of them."""
        kinds = self.rows.order_by().values_list("kind").annotate(n=Count("pk"))
        return dict(kinds)

    def save_own(self, **changes: Any) -> None:
        """Write fields of one's own; due_at and the lease are the worker's."""
        for name, value in changes.items():
            setattr(self, name, value)
        self.save(update_fields=list(changes))


class ImportRow(models.Model):
    """One row of the list: what it says of whom, and what becomes of it."""

    upload = models.ForeignKey(Import, models.CASCADE, related_name="rows")
    # As a spreadsheet counts.
    number = models.PositiveIntegerField()
    email = models.CharField(max_length=320, blank=True)
    # What it says besides the address: names, attributes, role.
    said = models.JSONField(default=dict)
    kind = models.CharField(max_length=10, choices=[(each.value, each.value) for each in Outcome])
    reason = models.CharField(max_length=500, blank=True)
    # What changes: [column, before, after].
    changes = models.JSONField(default=list)
    # The role it gives, "" where it changes none; the role they had when that was shown, "" for who is new, and the
    # address they sign in with.
    role = models.CharField(max_length=10, blank=True)
    role_before = models.CharField(max_length=10, blank=True)
    signs_in_as = models.CharField(max_length=320, blank=True)
    # Nothing more is to be done with it.
    done = models.BooleanField(default=False)
    member_id = models.UUIDField(null=True)
    # The import gave this member a seat, and took it back.
    seated = models.BooleanField(default=False)
    taken_back = models.BooleanField(default=False)

    every_team: models.Manager[Any] = models.Manager()

    class Meta:
        default_manager_name = "every_team"
        base_manager_name = "every_team"
        indexes = [
            models.Index(fields=["upload", "number"], name="import_row_order"),
            models.Index(fields=["upload", "kind", "number"], name="import_row_kind"),
            models.Index(fields=["upload", "number"], condition=Q(done=False), name="import_row_left"),
            models.Index(fields=["upload", "number"], condition=Q(seated=True), name="import_row_seated"),
            models.Index(fields=["upload", "number"], condition=~Q(role=""), name="import_row_role"),
        ]

    @property
    def person(self) -> Person:
        """What the row says of its person."""
        role = self.said.get("role")
        return Person(
            self.email, self.said.get("names", {}), self.said.get("attributes", {}), Role(role) if role else None
        )

    @property
    def person_as_shown(self) -> Person:
        """What is done with them: a role only where the row showed one, and only to who was shown (spec rule 7)."""
        if not self.role:
            return replace(self.person, role=None)
        return replace(self.person, role=Role(self.role), seen=Seen(self.role_before, self.signs_in_as))

    @property
    def full_name(self) -> str:
        """The name as the row gives it."""
        names = self.said.get("names", {})
        full = " ".join(filter(None, (names.get("given_name"), names.get("family_name"))))
        return names.get("display_name") or full
