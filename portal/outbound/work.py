"""Takes due rows and does what the registry says with them, each in one worker's hands at a time.

What a row of work is, and how an app brings its own, stands in `portal/teams/work.py`.
"""

import logging
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.teams import trace
from portal.teams.errors import Refusal
from portal.teams.registry import Depth, Work, registry
from portal.teams.work import Hopeless, WorkRow, due_unless_woken, mine

log = logging.getLogger("seatgate.work")
# So many rows are looked at to find one that no other worker took in between.
AHEAD = 10


def named(name: str) -> Work:
    """Return the kind of work with this name; LookupError where there is none."""
    for work in registry.works:
        if work.name == name:
            return work
    raise LookupError(name)


def due(work: Work) -> "QuerySet[Any]":
    """The rows that wait to be taken, those that wait longest first."""
    now = timezone.now()
    free = Q(leased_until=None) | Q(leased_until__lte=now)
    return work.model._default_manager.filter(free, due_at__lte=now).order_by("due_at")


def run_next(work: Work) -> bool | None:
    """Take the next due row and do it: whether that went well, or None where nothing is due."""
    row = _take(work)
    return None if row is None else _run(work, row)


def run_due(name: str = "") -> int:
    """Do all that is due, of one kind or of every kind in turn; returns how many went well. For `--once` and tests."""
    works = [named(name)] if name else registry.works
    return sum(_drain(work) for work in works)


def _drain(work: Work) -> int:
    done = 0
    while (well := run_next(work)) is not None:
        done += well
    return done


def _take(work: Work) -> WorkRow | None:
    """Take one row by one conditional UPDATE; its `due_at` becomes the lease's end, when it falls due by itself."""
    rows, until = due(work), timezone.now() + work.lease
    for key in rows.values_list("pk", flat=True)[:AHEAD]:
        if rows.filter(pk=key).update(leased_until=until, due_at=until, attempts=F("attempts") + 1):
            # Read only now: another worker may have done a batch of it since we looked.
            row: WorkRow | None = work.model._default_manager.filter(pk=key).first()
            return row
    return None


def _run(work: Work, row: WorkRow) -> bool:
    # Lines that are written on the way carry it as those of a request carry theirs.
    trace.begin(f"{work.name}-{row.pk}")
    if row.attempts > work.most_attempts:
        # No failure was ever told: each worker that had it in hand died over it.
        _bury(work, row, _("The worker ended each time before this was done."))
        return False
    try:
        again = work.run(row)
    except Hopeless as end:
        _bury(work, row, str(end))
    except Exception as error:  # whatever it is: the row waits and is tried again, and the other rows go on
        _fail(work, row, error)
    else:
        _keep(work, row, leased_until=None, attempts=0, trouble="", due_at=due_unless_woken(row, again))
        return True
    return False


def _fail(work: Work, row: WorkRow, error: Exception) -> None:
    expected = isinstance(error, Refusal | OSError)
    told = str(error) if isinstance(error, Refusal) else f"{type(error).__name__}: {error}"
    if row.attempts >= work.most_attempts:
        _bury(work, row, told)
        return
    log.warning("%s %s failed, attempt %s: %s", work.name, row.pk, row.attempts, type(error).__name__,
                exc_info=None if expected else error)  # fmt: skip
    at = timezone.now() + work.back_off[row.attempts - 1]
    _keep(work, row, leased_until=None, trouble=told[:300], due_at=due_unless_woken(row, at))


def _bury(work: Work, row: WorkRow, told: str) -> None:
    log.error("%s %s is dead after %s attempts", work.name, row.pk, row.attempts)
    _keep(work, row, leased_until=None, trouble=told[:300], due_at=None, dead_at=timezone.now())


def _keep(work: Work, row: WorkRow, **changes: Any) -> None:
    if not mine(row).update(**changes):
        log.warning("%s %s took longer than its lease of %s", work.name, row.pk, work.lease)


# ── For the operator ─────────────────────────────────────────────────────────────────────────────────────────────────
def dead(at_most: int = 100) -> list[tuple[Work, WorkRow]]:
    """List what was tried for the last time, each kind's newest first."""
    return [(work, row) for work in registry.works for row in _dead(work).order_by("-dead_at")[:at_most]]


def revive(name: str, key: Any) -> bool:
    """Make a dead row due again as if it were new; says whether there was one."""
    changes = {"dead_at": None, "due_at": timezone.now(), "attempts": 0}
    return bool(_dead(named(name)).filter(pk=key).update(**changes))


def depths() -> Iterator[Depth]:
    """Count each kind's rows: four short queries a kind, whatever the number of rows; then what others count."""
    now = timezone.now()
    for work in registry.works:
        rows, waiting = work.model._default_manager, due(work)
        oldest = waiting.values_list("due_at", flat=True).first()
        held = rows.filter(leased_until__gt=now, due_at__isnull=False).count()
        yield Depth(work.name, work.title, waiting.count(), held, _dead(work).count(), oldest)
    for count in registry.depths:
        yield count()


def late(depth: Depth, by: timedelta = timedelta(minutes=10)) -> bool:
    """Say whether the oldest row of a kind waits for longer than a busy worker would let it."""
    return depth.oldest is not None and timezone.now() - depth.oldest > by


def _dead(work: Work) -> "QuerySet[Any]":
    return work.model._default_manager.filter(dead_at__isnull=False)
