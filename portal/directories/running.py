"""A run from its beginning to its end: read, compare, apply. What the worker does with an import.

reading ── compared ──> applying ──> done            a dry run ends as looked
   └── tried again, then failed   └── held, where more than half are gone: somebody confirms, or dismisses
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.directories import applying, providers
from portal.directories.applying import Interrupted, actor, target_of
from portal.directories.comparing import Comparison
from portal.directories.models import AT_WORK, DirectoryImport, Kind, Run, State, drop_held
from portal.outbound.directory import GroupGone, KeyRefused, Listing, Unavailable
from portal.teams import seats, work
from portal.teams.acts import Act, act
from portal.teams.acts import Kind as EventKind

FINISHED = EventKind(
    "directory_import.finished",
    gettext_lazy("{actor} ran: {added} added, {changed} changed, {left} seats freed, {unseated} without a seat"),
)
FAILED = EventKind("directory_import.failed", gettext_lazy("{actor} failed: {reason}"))
HELD = EventKind("directory_import.held", gettext_lazy("{actor} waits: {left} of {known} people are gone at once"))

log = logging.getLogger("seatgate.directories")
# So often a run is begun anew over a fault that is not the directory's.
MOST_FAULTS = 3
# The lease while a page is asked for; longer than a request, and than a busy directory is waited for.
HOLD = timedelta(minutes=5)
# Until a directory that does not answer is asked again; then the run has failed, and the next one comes by schedule.
BACK_OFF = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60))
# A key that was refused may be good again (their outage), and is not tried more often.
PATIENCE = timedelta(days=1)


def run(source: DirectoryImport) -> datetime | None:
    """Do one piece of what is to do; says when to come again."""
    current = _at_work(source)
    if current is None:
        if not source.is_live:
            return None
        current = _scheduled(source)
    current.source = source
    try:
        again = _read(source, current) if current.state == State.READING else _apply(source, current)
    except Interrupted:
        again = None
    except Exception:
        # A fault of ours, or of what a directory may say: it is told, and does not stop the schedule for ever.
        if source.attempts < MOST_FAULTS:
            raise
        log.exception("a run of directory import %s failed", source.pk)
        again = _fail(
            source, current, _("Something went wrong on our side. If it stays so, tell your account executive.")
        )
    return again or (timezone.now() if _at_work(source) else next_due(source))


def _at_work(source: DirectoryImport) -> Run | None:
    found: Run | None = source.runs.filter(state__in=AT_WORK).order_by("pk").first()
    return found


def _scheduled(source: DirectoryImport) -> Run:
    """Begin the run that the schedule wants, or take the one that somebody began this moment."""
    try:
        with transaction.atomic():
            made: Run = source.runs.create()
            return made
    except IntegrityError:
        found = _at_work(source)
        if found is None:
            raise Interrupted from None
        return found


def next_due(source: DirectoryImport) -> datetime | None:
    """When the schedule has it run again; never where it was removed meanwhile."""
    fresh: DirectoryImport | None = DirectoryImport.every_team.defer("key").filter(pk=source.pk).first()
    if fresh is None or not fresh.is_live or fresh.span is None:
        return None
    return timezone.now() + (max(fresh.span, PATIENCE) if fresh.key_refused else fresh.span)


class Sealed(Exception):
    """The stored key can't be opened."""


# ── Reading ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def _read(source: DirectoryImport, run: Run) -> datetime | None:
    try:
        listing = _listing(source, run)
    except Unavailable as trouble:
        if run.tries < len(BACK_OFF):
            run.save_own(tries=run.tries + 1, reason=str(trouble)[:500])
            return timezone.now() + max(BACK_OFF[run.tries - 1], timedelta(seconds=trouble.seconds))
        return _fail(source, run, str(trouble))
    except GroupGone as gone:
        return _fail(source, run, _without(source, gone.group_id))
    except KeyRefused as refused:
        if _has_another_key(source):
            return timezone.now()
        return _fail(source, run, str(refused), key_refused=True)
    except Sealed:
        return _fail(source, run, _("The stored key can’t be opened. Replace it."), key_refused=True)
    return _compare(source, run, listing)


def _without(source: DirectoryImport, group_id: str) -> str:
    """Take a group that is gone off the list of what can be chosen, and say so."""
    source.refresh_from_db(fields=["offered"])
    source.save_own(offered=[each for each in source.offered if each[0] != group_id])
    told = _("The group {name} is no longer in the directory. Choose the groups again; nobody was changed.")
    return told.format(name=dict(source.groups).get(group_id, group_id))


def _has_another_key(source: DirectoryImport) -> bool:
    """Say whether somebody replaced the key while the old one was being used."""
    fresh = DirectoryImport.every_team.filter(pk=source.pk).first()
    return fresh is not None and bool(fresh.key != source.key)


def _listing(source: DirectoryImport, run: Run) -> Listing:
    try:
        access = source.access
    except ValueError:
        raise Sealed from None
    directory = providers.opened(source.provider, access, _patience(source, run))
    known = source.ties.filter(left_at=None).values_list("remote_id", flat=True)
    return directory.people([group_id for group_id, _name in source.groups], set(known))


def _patience(source: DirectoryImport, run: Run) -> Callable[[int], None]:
    """Wait as long as the directory asks, keep the row in hand, and stop where somebody wants it stopped."""

    def pause(seconds: int) -> None:
        source.hold(HOLD)
        if work.stopping.wait(seconds) or not source.runs.filter(pk=run.pk, state=State.READING).exists():
            raise Interrupted

    return pause


def _compare(source: DirectoryImport, run: Run, listing: Listing) -> datetime | None:
    """Keep what would become of each; a dry run ends with it, and a landslide waits for somebody's word."""
    found = Comparison(source, listing, target_of(source.team, source))
    held = found.is_a_landslide and not run.dry and not _was_confirmed(run, found)
    state = State.LOOKED if run.dry else State.HELD if held else State.APPLYING
    # It is told once that it waits, however often the schedule finds it so.
    waited = source.runs.filter(state=State.HELD).exists()
    if held and (not waited or source.failing_since is not None):
        _hold(source.team, actor(source), source, lambda: _keep(source, run, found, state), len(found.left),
              len(found.live))  # fmt: skip
    else:
        with transaction.atomic():
            _keep(source, run, found, state)
    return timezone.now() if state == State.APPLYING else None


def _was_confirmed(run: Run, found: Comparison) -> bool:
    """Say whether somebody confirmed of everybody who is gone now that they are meant to be."""
    confirmed = set(run.rows.filter(kind=Kind.LEFT).values_list("remote_id", flat=True)) if run.confirmed_by else set()
    return bool(run.confirmed_by) and {tie.remote_id for tie in found.left} <= confirmed


def _keep(source: DirectoryImport, run: Run, found: Comparison, state: State) -> None:
    """Write the rows of a run that nobody ended meanwhile; the row of the run is its lock."""
    ended = None if state == State.APPLYING else timezone.now()
    reading = source.runs.filter(pk=run.pk, state=State.READING)
    if not reading.update(state=state, finished_at=ended, reason="", tries=0):
        raise Interrupted
    run.state = state
    tally = seats.tally(source.team)
    if run.dry:
        found.seat(tally)
    else:
        drop_held(source, _("A later run took its place."), but=run)
    run.rows.all().delete()
    rows = found.in_order
    for row in rows:
        row.run = run
    run.rows.bulk_create(rows, batch_size=1000)
    run.counts = dict(found.counts)
    run.save_own(counts=run.count(), read=found.read, free=max(tally.free, 0))


@act
def _hold(act: Act, source: DirectoryImport, keep: Callable[[], None], left: int, known: int) -> None:
    keep()
    source.save_own(failing_since=None, failure="", key_refused=False)
    act.record(HELD, source, left=left, known=known)


# ── Applying ─────────────────────────────────────────────────────────────────────────────────────────────────────────
def _apply(source: DirectoryImport, run: Run) -> datetime | None:
    if applying.step(source, run):
        return timezone.now()
    counts = run.count()
    freed = run.rows.filter(kind=Kind.LEFT, seat=True).count()
    told: dict[str, Any] = {"added": counts.get(Kind.NEW, 0) + counts.get(Kind.BACK, 0), "left": freed}
    told |= {"changed": counts.get(Kind.CHANGED, 0), "unseated": counts.get(Kind.OVER, 0)}
    if _is_news(source, run, told) or source.failing_since is not None:
        _finish(source.team, actor(source), source, run, counts, told)
    else:
        # Nothing happened, every hour: the journal is spared it.
        with transaction.atomic():
            _end(run, State.DONE, counts)
    return None


def _is_news(source: DirectoryImport, run: Run, told: dict[str, Any]) -> bool:
    """Say whether something happened; as many who find no seat as the last time are no news."""
    last = source.runs.filter(state=State.DONE, dry=False).exclude(pk=run.pk).order_by("-pk").first()
    before = last.number(Kind.OVER) if last is not None else 0
    return any(told[name] for name in ("added", "left", "changed")) or told["unseated"] != before


@act
def _finish(act: Act, source: DirectoryImport, run: Run, counts: dict[str, int], told: dict[str, Any]) -> None:
    _end(run, State.DONE, counts)
    source.save_own(failing_since=None, failure="", key_refused=False)
    act.record(FINISHED, source, **told)


def _end(run: Run, state: State, counts: dict[str, int], reason: str = "") -> None:
    """End a run that nobody ended meanwhile."""
    mine = Run.every_team.filter(pk=run.pk, state__in=AT_WORK)
    if not mine.update(state=state, counts=counts, finished_at=timezone.now(), reason=reason[:500]):
        raise Interrupted


def _fail(source: DirectoryImport, run: Run, words: str, *, key_refused: bool = False) -> datetime | None:
    """End a run that found nothing to go by: nobody is changed, and the team is told once of each cause."""
    words = words[:300]
    if run.dry or (source.failing_since is not None and source.failure == words):
        with transaction.atomic():
            _end(run, State.FAILED, run.counts, words)
    else:
        _tell(source.team, actor(source), source, run, words, key_refused)
    return None


@act
def _tell(act: Act, source: DirectoryImport, run: Run, words: str, key_refused: bool) -> None:
    _end(run, State.FAILED, run.counts, words)
    source.save_own(failing_since=source.failing_since or act.at, failure=words, key_refused=key_refused)
    act.record(FAILED, source, reason=words)
