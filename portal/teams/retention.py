"""What is kept for a time only: journals, closed teams and mail. A journal loses a beginning, never a middle."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Min, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone
from django.utils.translation import gettext_lazy

from portal.teams import triggers
from portal.teams.actor import SYSTEM
from portal.teams.acts import Act, Kind, act
from portal.teams.models import Event, Letter, Team
from portal.teams.registry import Retention, registry

PURGED = Kind("journal.purged", gettext_lazy("Events up to number {through} were purged after {days} days"))
BATCH = 5_000


def purge(dry_run: bool = False) -> dict[str, int]:
    """Purge everything whose time is over; returns how many of each. Nothing is deleted in a dry run."""
    done = {}
    for kept in registry.retentions:
        before = timezone.now() - timedelta(days=kept.days())
        done[kept.name] = kept.count(before) if dry_run else kept.purge(before)
    return done


def in_batches(rows: "QuerySet[Any]") -> int:
    """Delete rows a few thousand at a time, so that nobody waits for a lock; returns how many."""
    gone = 0
    while keys := list(rows.values_list("pk", flat=True)[:BATCH]):
        rows.model._base_manager.filter(pk__in=keys).delete()
        gone += len(keys)
    return gone


# ── The journal ──────────────────────────────────────────────────────────────────────────────────────────────────────
def _with_old_events(before: datetime) -> "QuerySet[Team]":
    """Open teams whose first event is older: one look at the index for each, whatever the journal's length."""
    first = Event.every_team.filter(team=OuterRef("pk"), number=OuterRef("purged_through") + 1)
    return Team.every_team.filter(closed_at=None).annotate(first=Subquery(first.values("at"))).filter(first__lt=before)


def _end(team: Team, before: datetime) -> int:
    """The number up to which the journal can go: all of it older, and read by whoever follows it."""
    events = Event.every_team.filter(team=team)
    # The act that purges is itself an event, so something younger always follows.
    young = events.filter(at__gte=before).aggregate(first=Min("number"))["first"] or team.last_event + 1
    read = [number for reader in registry.journal_readers if (number := reader(team)) is not None]
    return min([young - 1, *read])


def _count_events(before: datetime) -> int:
    return sum(max(0, _end(team, before) - team.purged_through) for team in _with_old_events(before))


def _purge_events(before: datetime) -> int:
    gone = 0
    for team in _with_old_events(before):
        while (end := _end(team, before)) > team.purged_through:
            through = min(end, team.purged_through + BATCH)
            gone += _purge_through(team, SYSTEM, through)
            team.purged_through = through
    return gone


@act
def _purge_through(act: Act, through: int) -> int:
    """Delete the journal's beginning and move its checkpoint, in one transaction, and say so in the journal."""
    if through <= act.team.purged_through:
        # Another worker went this far meanwhile.
        return 0
    with triggers.opened():
        gone = Event.every_team.filter(team=act.team, number__lte=through).delete()[0]
    Team.every_team.filter(pk=act.team.pk).update(purged_through=through)
    act.record(PURGED, through=through, days=settings.KEEP_EVENT_DAYS)
    return int(gone)


# ── Closed teams ─────────────────────────────────────────────────────────────────────────────────────────────────────
def _closed(before: datetime) -> "QuerySet[Team]":
    return Team.every_team.filter(closed_at__lt=before).exclude(name="")


def _purge_closed(before: datetime) -> int:
    """Forget all but the slug, which is never given again."""
    gone = 0
    for team in _closed(before):
        with triggers.opened():
            Event.every_team.filter(team=team).delete()
            Team.every_team.filter(pk=team.pk).update(name="", purged_through=team.last_event)
        gone += 1
    return gone


# ── Mail ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
def _letters(before: datetime) -> "QuerySet[Letter]":
    return Letter.objects.filter(Q(sent_at__lt=before) | Q(dead_at__lt=before))


JOURNAL = Retention("events", lambda: settings.KEEP_EVENT_DAYS, _count_events, _purge_events)
CLOSED_TEAMS = Retention(
    "closed teams", lambda: settings.KEEP_CLOSED_TEAM_DAYS, lambda before: _closed(before).count(), _purge_closed
)
LETTERS = Retention(
    "letters", lambda: settings.KEEP_LETTER_DAYS, lambda before: _letters(before).count(),
    lambda before: in_batches(_letters(before)),
)  # fmt: skip
