"""Sending: a delivery is leased, sent once, and what came of it is written; what failed is due again, later each time.

At least once: whoever dies between the answer and its writing leaves a lease that runs out, and the same message with
the same id goes out again.
"""

import logging
import random
import time
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.outbound import http
from portal.outbound.webhooks import endpoints, lines, messages
from portal.outbound.webhooks.models import Delivery, Endpoint, State
from portal.teams.registry import Depth

log = logging.getLogger("seatgate.webhooks")
SECONDS: Final = 15.0
LEASE: Final = timedelta(seconds=60)
# Seconds until the next try; the last one again and again, until the time for trying is over.
BACK_OFF: Final = (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000)
JITTER: Final = 0.2
TRY_FOR: Final = timedelta(days=3)
LONGEST_WAIT: Final = timedelta(days=1)
KEPT_ANSWER, READ_ANSWER = 2000, 64 * 1024
KEPT_HEADERS: Final = ("content-type", "retry-after", "location", "server", "date")
GONE: Final = 410


@dataclass(frozen=True)
class Outcome:
    """What came of one try: a status and the answer, or the reason why there was none."""

    status: int | None
    words: str
    milliseconds: int
    answer: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def is_good(self) -> bool:
        """Say whether the receiver took it."""
        return self.status is not None and 200 <= self.status < 300


def due(full: Collection[UUID] = ()) -> "QuerySet[Delivery]":
    """What is to be sent now, the longest due first; nothing for endpoints that have their hands full."""
    now = timezone.now()
    free = Q(leased_until=None) | Q(leased_until__lt=now)
    # What is beside the line goes out though the endpoint is paused: that is how one tries whether it works again.
    live = Q(endpoint__paused_at=None, endpoint__stopped_at=None) | Q(in_line=False)
    rows: QuerySet[Delivery] = Delivery.every_team.filter(free, live, state=State.WAITING, due_at__lte=now)
    return rows.exclude(endpoint__in=full).order_by("due_at", "pk")


def depth() -> Depth:
    """Count what is to be sent: what was given up is shown by its endpoint, which somebody may have it sent again."""
    waiting, now = due(), timezone.now()
    in_hand = Delivery.every_team.filter(state=State.WAITING, leased_until__gt=now, due_at__isnull=False).count()
    oldest = waiting.values_list("due_at", flat=True).first()
    return Depth("webhook", _("Webhooks"), waiting.count(), in_hand, 0, oldest)


def take(delivery_id: UUID) -> Delivery | None:
    """Lease a delivery that is due; None where another worker was quicker."""
    now = timezone.now()
    until = now + LEASE
    if not due().filter(pk=delivery_id).update(leased_until=until):
        return None
    found: Delivery | None = Delivery.every_team.select_related("endpoint__team", "team").filter(pk=delivery_id).first()
    return found


def next_in_line(endpoint_id: UUID, team_id: UUID | None) -> Delivery | None:
    """Lease what is due next in a line."""
    rows = due().filter(endpoint=endpoint_id, team=team_id, in_line=True)
    first = rows.values_list("pk", flat=True).first() if team_id is not None else None
    return take(first) if first is not None else None


def deliver(row: Delivery) -> None:
    """Send a leased delivery and write what came of it."""
    outcome = attempt(row.endpoint, row)
    settle(row, outcome)
    log.info("webhook %s to endpoint %s: %s", row.message_id, row.endpoint_id, outcome.status or outcome.words)


def send_due(limit: int = 500) -> int:
    """Read on in the journals and send what is due, one after the other; returns how many were sent."""
    sent = 0
    while sent < limit:
        lines.follow()
        first = due().values_list("pk", flat=True).first()
        row = take(first) if first is not None else None
        if row is None:
            break
        deliver(row)
        sent += 1
    return sent


# ── One try ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def attempt(endpoint: Endpoint, row: Delivery) -> Outcome:
    """Send one message through the guarded way out."""
    began = time.monotonic()
    said = messages.headers(row.message_id, timezone.now(), row.body, endpoint.secrets)
    try:
        answer = http.send(
            "POST", endpoint.url, row.body.encode(), said, seconds=SECONDS, limit=READ_ANSWER, whole=False
        )
    except http.Unreached as error:
        return Outcome(None, str(error)[:300], _since(began))
    kept = {name: _cleaned(answer.headers[name], said)[:200] for name in KEPT_HEADERS if name in answer.headers}
    text = _cleaned(answer.body.decode(errors="replace"), said)[:KEPT_ANSWER]
    return Outcome(answer.status, _words(answer.status), _since(began), text, kept)


def _since(began: float) -> int:
    return round((time.monotonic() - began) * 1000)


def _cleaned(text: str, said: dict[str, str]) -> str:
    """Take out what a receiver that echoes would have us keep, and what no database keeps."""
    for signature in said["webhook-signature"].split():
        text = text.replace(signature, "…").replace(signature.removeprefix("v1,"), "…")
    return "".join(char for char in text if char.isprintable() or char in "\n\t")


def _words(status: int) -> str:
    if 200 <= status < 300:
        return ""
    if 300 <= status < 400:
        return _("It leads on to another address. Redirects are not followed: give the address itself.")
    if status == GONE:
        return _("It said that it wants no more (410).")
    if status == 429:
        return _("It asked us to wait.")
    return _("It did not take the message.")


# ── What comes of it ─────────────────────────────────────────────────────────────────────────────────────────────────
def settle(row: Delivery, outcome: Outcome) -> None:
    """Write what came of a try, and let the next in line be due."""
    now = timezone.now()
    first_at = row.first_at or now
    values: dict[str, Any] = {
        "attempts": row.attempts + 1, "first_at": first_at, "last_at": now, "status": outcome.status,
        "words": outcome.words, "milliseconds": outcome.milliseconds, "answer": outcome.answer,
        "answer_headers": outcome.headers, "leased_until": None, "due_at": None,
    }  # fmt: skip
    again = None if outcome.is_good else _again(row, outcome, now, first_at)
    if outcome.is_good:
        values["state"] = State.DELIVERED
    elif again is None:
        values["state"] = State.FAILED
        _stop_where_over(row, outcome, first_at)
    else:
        values["due_at"] = again
    if _written(row, values):
        _note(row.endpoint_id, outcome, now)


def _written(row: Delivery, values: dict[str, Any]) -> bool:
    """Write it unless the lease ran out and another worker has the delivery now."""
    mine = Delivery.every_team.filter(pk=row.pk, state=State.WAITING, leased_until=row.leased_until)
    if row.in_line and row.team_id is not None:
        return lines.moved(row.endpoint_id, row.team_id, mine, values)
    return bool(mine.update(**values))


def _again(row: Delivery, outcome: Outcome, now: datetime, first_at: datetime) -> datetime | None:
    """Say when it is tried again; None where it is not."""
    if not row.in_line or outcome.status == GONE:
        return None
    seconds = BACK_OFF[min(row.attempts, len(BACK_OFF) - 1)]
    # Never two endpoints' retries in step.
    wait = timedelta(seconds=seconds * (1 + random.random() * JITTER))  # noqa: S311  # spread, no secret
    wait = max(wait, asked_to_wait(outcome.headers.get("retry-after", ""), now))
    return now + wait if now + wait <= first_at + TRY_FOR else None


def asked_to_wait(text: str, now: datetime) -> timedelta:
    """Read Retry-After, in seconds or as a date (RFC 9110, 10.2.3); what can't be read asks for nothing."""
    if text.isascii() and text.isdecimal():
        wait = timedelta(seconds=min(int(text[:9]), LONGEST_WAIT.total_seconds()))
    else:
        try:
            until = parsedate_to_datetime(text)
            wait = (until if until.tzinfo else until.replace(tzinfo=UTC)) - now
        except (ValueError, OverflowError):
            return timedelta()
    return min(max(wait, timedelta()), LONGEST_WAIT)


def _stop_where_over(row: Delivery, outcome: Outcome, first_at: datetime) -> None:
    """Stop an endpoint that wants no more, or took nothing for as long as this delivery was tried."""
    if outcome.status == GONE:
        endpoints.stop(row.endpoint, outcome.words)
        return
    fresh = Endpoint.every_team.filter(pk=row.endpoint_id).first()
    took_others = fresh is not None and fresh.last_success_at is not None and fresh.last_success_at >= first_at
    if row.in_line and not took_others:
        told = outcome.words or str(outcome.status)
        endpoints.stop(row.endpoint, _("It took nothing for three days. Last: {why}").format(why=told))


def _note(endpoint_id: UUID, outcome: Outcome, now: datetime) -> None:
    """Keep on the endpoint how it fares; a success is written once a minute, so that a busy one costs little."""
    row = Endpoint.every_team.filter(pk=endpoint_id)
    if not outcome.is_good:
        row.filter(failing_since=None).update(failing_since=now)
        return
    stale = Q(last_success_at=None) | Q(last_success_at__lt=now - timedelta(minutes=1)) | Q(failing_since__isnull=False)
    row.filter(stale).update(last_success_at=now, failing_since=None)
