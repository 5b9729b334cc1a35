"""Rows that stand for background work: what is due, who has it in hand, and what went wrong.

The rows are the whole truth: there is no queue beside them. A row is due when `due_at` has come and nobody has it in
hand; a worker takes it by one conditional UPDATE; a worker that dies leaves it due again when its lease runs out.
An upper app brings a model and hangs what to do with a row into the registry (its `contributions.py`):

    class Import(TenantModel, WorkRow):
        team = models.ForeignKey(Team, models.CASCADE, related_name="imports")
        next_line = models.PositiveIntegerField(default=0)

        class Meta(TenantModel.Meta, WorkRow.Meta): ...

    def run(row: Import) -> datetime | None:
        take_lines(row.team, SYSTEM, row.pk, at_most=500)     # an act, which moves next_line on in its transaction
        return timezone.now() if lines_left(row) else None    # when to come again; None: nothing is left to do

    registry.works.append(Work("import", gettext_lazy("CSV import"), Import, run))

An act that makes work to do writes the row with `due_at=timezone.now()`, or calls `wake` on rows that are there; a
worker takes it within a second. `run` may be called twice for the same work (a worker died after it and before we
knew), so it looks at what is done already. It does one batch and returns: that lets a stop, and everybody else's work,
through. One call that takes longer than its lease calls `row.hold(span)` on its way and looks at `stopping`.
"""

import threading
from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.utils import timezone

# Set when this worker is told to stop.
stopping = threading.Event()


class LeaseLost(Exception):
    """The row is no longer in our hands: the lease ran out, and another worker may have it."""


class Hopeless(Exception):
    """Trying again would not help: the row is dead at once, with this sentence."""


class WorkRow(models.Model):
    """A row that a worker takes when it is due; these fields are the worker's, so `run` saves only its own."""

    due_at = models.DateTimeField(null=True)
    # Begun and not finished well; a success starts the count anew.
    attempts = models.PositiveSmallIntegerField(default=0)
    leased_until = models.DateTimeField(null=True)
    # What went wrong the last time.
    trouble = models.CharField(max_length=300, blank=True)
    # Tried for the last time: an operator may revive it.
    dead_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True
        indexes = [
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="%(class)s_due"),
            models.Index(fields=["dead_at"], condition=Q(dead_at__isnull=False), name="%(class)s_dead"),
        ]

    def hold(self, span: timedelta) -> None:
        """Keep the row in hand for so long from now; LeaseLost where it is ours no longer."""
        until = timezone.now() + span
        if not mine(self).update(leased_until=until, due_at=due_unless_woken(self, until)):
            raise LeaseLost
        self.leased_until = self.due_at = until


def mine(row: WorkRow) -> "models.QuerySet[Any]":
    """The row as long as it is in our hands: the lease's end is the proof."""
    return type(row)._base_manager.filter(pk=row.pk, leased_until=row.leased_until)


def due_unless_woken(row: WorkRow, at: datetime | None) -> Case:
    """The next `due_at`, unless somebody set another one while the row was in hand: what they woke it for stays due."""
    given = Value(at, output_field=models.DateTimeField())
    return Case(When(due_at=row.leased_until, then=given), default=F("due_at"))


def wake(rows: "models.QuerySet[Any]") -> int:
    """Make rows due now, dead ones excepted; also one in hand, which is then done once more."""
    return rows.filter(dead_at=None).update(due_at=timezone.now())
