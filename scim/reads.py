"""Reads that succeed are counted in the process's memory and written once a minute: a read costs no write."""

import logging
import threading
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import Error as DatabaseError
from django.db import IntegrityError, connection
from django.db.models import F, Sum
from django.utils import timezone

from portal.teams.models import Team
from scim import verbs
from scim.models import ReadTotal, ScimToken

log = logging.getLogger("seatgate.scim")

FLUSH_SECONDS = 60.0
LOOK_UPS = {verbs.LOOK_UP, verbs.GROUP_LOOK_UP}
# A team, a token's hint and an hour; what was read is a look-up or anything else.
Key = tuple[UUID, str, datetime]

_lock = threading.Lock()
_look_ups: Counter[Key] = Counter()
_others: Counter[Key] = Counter()
_waiting: threading.Timer | None = None


@dataclass(frozen=True)
class Reads:
    """How much a team's identity provider has read."""

    look_ups: int = 0
    others: int = 0


def count(token: ScimToken, verb: str) -> None:
    """Count one read; within a minute it is written, by a thread of its own."""
    global _waiting  # noqa: PLW0603  # one timer for the process, under the lock
    key = (token.team_id, token.hint, timezone.now().replace(minute=0, second=0, microsecond=0))
    with _lock:
        (_look_ups if verb in LOOK_UPS else _others)[key] += 1
        if _waiting is None:
            _waiting = threading.Timer(FLUSH_SECONDS, _flush_alone)
            _waiting.daemon = True
            _waiting.start()


def _flush_alone() -> None:
    try:
        flush()
    finally:
        connection.close()


def flush() -> None:
    """Write what was counted; where the database does not answer, it is counted on."""
    look_ups, others = _taken()
    for key in {*look_ups, *others}:
        try:
            _add(key, look_ups[key], others[key])
        except DatabaseError:
            log.exception("the reads of an hour could not be written")
            with _lock:
                _look_ups[key] += look_ups[key]
                _others[key] += others[key]


def forget() -> None:
    """Forget what was not written yet."""
    _taken()


def _taken() -> tuple[Counter[Key], Counter[Key]]:
    global _waiting  # noqa: PLW0603
    with _lock:
        taken = Counter(_look_ups), Counter(_others)
        _look_ups.clear()
        _others.clear()
        if _waiting is not None:
            _waiting.cancel()
        _waiting = None
    return taken


def _add(key: Key, look_ups: int, others: int) -> None:
    team_id, hint, hour = key
    rows = ReadTotal.every_team.filter(team_id=team_id, token_hint=hint, hour=hour)
    more = {"look_ups": F("look_ups") + look_ups, "others": F("others") + others}
    if rows.update(**more):
        return
    try:
        ReadTotal(team_id=team_id, token_hint=hint, hour=hour, look_ups=look_ups, others=others).save(force_insert=True)
    except IntegrityError:
        # Another process was first.
        rows.update(**more)


def of_a_day(team: Team) -> Reads:
    """Count what was read in the last 24 hours: what is written, and what this process still counts."""
    since = timezone.now() - timedelta(days=1)
    rows = ReadTotal.every_team.filter(team=team, hour__gt=since)
    written = rows.aggregate(look_ups=Sum("look_ups"), others=Sum("others"))
    with _lock:
        here = [
            sum(n for key, n in counted.items() if key[0] == team.pk and key[2] > since)
            for counted in (_look_ups, _others)
        ]
    return Reads((written["look_ups"] or 0) + here[0], (written["others"] or 0) + here[1])


def purge() -> None:
    """Delete totals as old as the log's rows."""
    ReadTotal.every_team.filter(hour__lt=timezone.now() - timedelta(days=settings.KEEP_LOG_DAYS)).delete()
