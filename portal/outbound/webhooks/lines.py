"""Lines of deliveries: the journal is the outbox, followed by its numbers; in a line one waits for the one before.

A team's numbers have no gaps and commit in order, so whoever has read up to one has missed none below it. The rows a
reading makes and the number it came to are one commit: a process that dies loses nothing and repeats nothing.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from portal.outbound.webhooks import messages, topics
from portal.outbound.webhooks.models import Delivery, Endpoint, Lane, State
from portal.teams.models import Event, Team

# Events read in one go, and deliveries that may wait in one line: what lies beyond waits in the journal.
BATCH, MOST_WAITING = 500, 1000


def follow(limit: int = 200) -> int:
    """Make deliveries of what the journals hold since the last reading; returns how many."""
    _begin_lines()
    live = Q(endpoint__paused_at=None, endpoint__stopped_at=None)
    behind = Lane.every_team.filter(live, team__last_event__gt=F("number")).values_list("pk", flat=True)
    return sum(_read_on(pk) for pk in behind[:limit])


def _begin_lines() -> None:
    # A team that was made after an operator's endpoint is followed from its first event.
    for endpoint in Endpoint.every_team.filter(team=None, paused_at=None, stopped_at=None):
        fresh = Team.every_team.exclude(webhook_lanes__endpoint=endpoint)[:BATCH]
        begin(endpoint, [(team, 0) for team in fresh])


def begin(endpoint: Endpoint, teams: list[tuple[Team, int]]) -> None:
    """Follow these teams' journals from these numbers on."""
    lanes = [Lane(endpoint=endpoint, team=team, number=number) for team, number in teams]
    Lane.every_team.bulk_create(lanes, batch_size=BATCH, ignore_conflicts=True)


def _read_on(lane_id: UUID) -> int:
    with transaction.atomic():
        lane = _locked(pk=lane_id)
        if lane is None or waiting(lane).count() >= MOST_WAITING:
            return 0
        found = Event.every_team.filter(team=lane.team_id, number__gt=lane.number).order_by("number")
        events = list(found[:BATCH])
        if not events:
            return 0
        rows = [_delivery(lane, event) for event in events if topics.wants(lane.endpoint.topics, event.kind)]
        Delivery.every_team.bulk_create(rows)
        Lane.every_team.filter(pk=lane.pk).update(number=events[-1].number)
        _line_up(lane, timezone.now())
    return len(rows)


def _locked(**which: Any) -> Lane | None:
    """Lock a lane, and bring its endpoint and team along."""
    lanes = Lane.every_team.select_related("endpoint", "team").select_for_update(of=("self",))
    found: Lane | None = lanes.filter(**which).first()
    return found


def _delivery(lane: Lane, event: Event) -> Delivery:
    return Delivery(
        endpoint=lane.endpoint,
        team=lane.team,
        number=event.number,
        message_id=messages.id_of(lane.team_id, event.number),
        kind=event.kind,
        body=messages.of_event(event, lane.team),
    )


def waiting(lane: Lane) -> "QuerySet[Delivery]":
    """What waits in a line, the first first."""
    rows: QuerySet[Delivery] = Delivery.every_team.filter(
        endpoint=lane.endpoint_id, team=lane.team_id, state=State.WAITING, in_line=True
    )
    return rows.order_by("number")


def _line_up(lane: Lane, now: datetime) -> None:
    """Let the first of a line be due, and nobody behind it; the lane is locked."""
    rows = waiting(lane)
    head = rows.first()
    if head is None:
        return
    # Whoever is being sent at this moment is not called back.
    rows.exclude(pk=head.pk).filter(due_at__isnull=False, leased_until=None).update(due_at=None)
    if head.due_at is None:
        rows.filter(pk=head.pk).update(due_at=now)


def moved(endpoint_id: UUID, team_id: UUID, row: "QuerySet[Delivery]", values: dict[str, Any]) -> bool:
    """Write what came of a delivery in line, and let the next one be due; one commit. False where the row is gone."""
    with transaction.atomic():
        lane = _locked(endpoint=endpoint_id, team=team_id)
        if lane is None or not row.update(**values):
            return False
        _line_up(lane, timezone.now())
    return True


def put_back(endpoint: Endpoint, rows: "QuerySet[Delivery]") -> int:
    """Put deliveries of an endpoint into their lines anew, in their order; returns how many."""
    count = 0
    for team_id in list(rows.order_by().values_list("team_id", flat=True).distinct()):
        with transaction.atomic():
            lane = _locked(endpoint=endpoint.pk, team=team_id)
            if lane is not None:
                anew = {"state": State.WAITING, "in_line": True, "due_at": None, "attempts": 0, "first_at": None}
                count += rows.filter(team=team_id).update(**anew)
                _line_up(lane, timezone.now())
    return count


def go_on(endpoint: Endpoint, *, skip: bool) -> int:
    """Begin again after a pause: with everything since, or from now on; returns how many deliveries were skipped."""
    skipped = 0
    for pk in list(endpoint.lanes.values_list("pk", flat=True)):
        with transaction.atomic():
            lane = _locked(pk=pk)
            if lane is None:
                continue
            rows = waiting(lane)
            if skip:
                skipped += rows.update(state=State.FAILED, due_at=None, leased_until=None, words="")
                Lane.every_team.filter(pk=pk).update(number=lane.team.last_event)
            else:
                # A fresh start: the days of trying begin anew, and the first is due at once.
                rows.update(due_at=None, attempts=0, first_at=None)
                _line_up(lane, timezone.now())
    return skipped


def backlog(endpoint: Endpoint) -> int:
    """Count what an endpoint has not got yet: deliveries that wait, and events not yet read."""
    unread = sum(
        last - number for last, number in endpoint.lanes.values_list("team__last_event", "number") if last > number
    )
    return unread + endpoint.deliveries.filter(state=State.WAITING, in_line=True).count()
