"""A run from its beginning to its end: read, compare, apply. What the worker does with an import.

reading ── compared ──> applying ──> done            a dry run ends as looked
   └── tried again, then failed   └── held, where more than half are gone: somebody confirms, or dismisses
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.directories import applying, providers
from portal.directories.applying import Interrupted, actor, target_of
from portal.directories.comparing import Comparison
from portal.directories.models import AT_WORK, DirectoryImport, Kind, Run, State
from portal.outbound.directory import GroupGone, KeyRefused, Listing, Trouble, Unavailable
from portal.teams import seats, work
from portal.teams.acts import Act, act
from portal.teams.acts import Kind as EventKind

FINISHED = EventKind(
    "directory_import.finished",
    gettext_lazy("{actor} ran: {added} added, {changed} changed, {left} seats freed, {unseated} without a seat"),
)
FAILED = EventKind("directory_import.failed", gettext_lazy("{actor} failed: {reason}"))
HELD = EventKind("directory_import.held", gettext_lazy("{actor} waits: {left} of {known} people are gone at once"))

# The lease while a page is asked for; longer than a request, and than a busy directory is waited for.
HOLD = timedelta(minutes=5)
# Until a directory that does not answer is asked again; then the run has failed, and the next one comes by schedule.
BACK_OFF = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60))
# A key that was refused may be good again (their outage), and is not tried more often.
PATIENCE = timedelta(days=1)


def run(source: DirectoryImport) -> datetime | None:
    """Do one piece of what is to do; says when to come again."""
    current: Run | None = source.runs.filter(state__in=AT_WORK).order_by("pk").first()
    if current is None:
        if not source.is_live:
            return None
        current = source.runs.create()
    current.source = source
    try:
        again = _read(source, current) if current.state == State.READING else _apply(source, current)
    except Interrupted:
        again = timezone.now() if source.runs.filter(state__in=AT_WORK).exists() else None
    return again or next_due(source)


def next_due(source: DirectoryImport) -> datetime | None:
    """When the schedule has it run again."""
    source.refresh_from_db(fields=["enabled_at", "paused_at", "every", "key_refused"])
    if not source.is_live or source.span is None:
        return None
    return timezone.now() + (max(source.span, PATIENCE) if source.key_refused else source.span)


# ── Reading ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def _read(source: DirectoryImport, run: Run) -> datetime | None:
    try:
        listing = _listing(source, run)
    except Unavailable as trouble:
        if run.tries < len(BACK_OFF):
            run.save_own(tries=run.tries + 1, reason=str(trouble)[:500])
            return timezone.now() + max(BACK_OFF[run.tries - 1], timedelta(seconds=trouble.seconds))
        _fail(source, run, str(trouble))
    except GroupGone as gone:
        name = dict(source.groups).get(gone.group_id, gone.group_id)
        source.save_own(offered=[each for each in source.offered if each[0] != gone.group_id])
        told = _("The group {name} is no longer in the directory. Choose the groups again; nobody was changed.")
        _fail(source, run, told.format(name=name))
    except (KeyRefused, ValueError) as refused:
        told = str(refused) if isinstance(refused, Trouble) else _("The stored key can’t be opened. Replace it.")
        _fail(source, run, told, key_refused=True)
    else:
        return _compare(source, run, listing)
    return None


def _listing(source: DirectoryImport, run: Run) -> Listing:
    directory = providers.opened(source.provider, source.access, _patience(source, run))
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
    tally = seats.tally(source.team)
    if run.dry:
        found.seat(tally)
    held = found.is_a_landslide and not run.dry
    state = State.LOOKED if run.dry else State.HELD if held else State.APPLYING
    with transaction.atomic():
        if not source.runs.filter(pk=run.pk, state=State.READING).exists():
            raise Interrupted
        # It is told once that it waits, however often the schedule finds it so.
        is_news = not _replace_held(source) or source.failing_since is not None
        run.rows.all().delete()
        rows = found.in_order
        for row in rows:
            row.run = run
        run.rows.bulk_create(rows, batch_size=1000)
        run.counts = dict(found.counts)
        ended = None if state == State.APPLYING else timezone.now()
        run.save_own(counts=run.count(), read=len(listing.people), free=max(tally.free, 0), reason="", tries=0)
        run.save_own(state=state, finished_at=ended)
    if held and is_news:
        _hold(source.team, actor(source), source, len(found.left), len(found.live))
    return timezone.now() if state == State.APPLYING else None


def _replace_held(source: DirectoryImport) -> int:
    told = _("A later run took its place.")
    return source.runs.filter(state=State.HELD).update(state=State.CANCELLED, reason=told)


@act
def _hold(act: Act, source: DirectoryImport, left: int, known: int) -> None:
    source.save_own(failing_since=None, failure="", key_refused=False)
    act.record(HELD, source, left=left, known=known)


# ── Applying ─────────────────────────────────────────────────────────────────────────────────────────────────────────
def _apply(source: DirectoryImport, run: Run) -> datetime | None:
    if applying.step(source, run):
        return timezone.now()
    counts = run.count()
    freed = run.rows.filter(kind=Kind.LEFT, seat=True).count()
    told: dict[str, Any] = {
        "added": counts.get(Kind.NEW, 0) + counts.get(Kind.BACK, 0),
        "changed": counts.get(Kind.CHANGED, 0),
    }
    told |= {"left": freed, "unseated": counts.get(Kind.OVER, 0)}
    if any(told.values()) or source.failing_since is not None:
        _finish(source.team, actor(source), source, run, counts, told)
    else:
        # Nothing happened, every hour: the journal is spared it.
        with transaction.atomic():
            _end(run, State.DONE, counts)
    return None


@act
def _finish(act: Act, source: DirectoryImport, run: Run, counts: dict[str, int], told: dict[str, Any]) -> None:
    _end(run, State.DONE, counts)
    source.save_own(failing_since=None, failure="", key_refused=False)
    act.record(FINISHED, source, **told)


def _end(run: Run, state: State, counts: dict[str, int], reason: str = "") -> None:
    if not Run.every_team.filter(pk=run.pk, state__in=AT_WORK).exists():
        raise Interrupted
    run.save_own(state=state, counts=counts, finished_at=timezone.now(), reason=reason[:500])


def _fail(source: DirectoryImport, run: Run, words: str, *, key_refused: bool = False) -> None:
    """End a run that found nothing to go by: nobody is changed, and the team is told once of each cause."""
    words = words[:300]
    if run.dry or (source.failing_since is not None and source.failure == words):
        with transaction.atomic():
            _end(run, State.FAILED, run.counts, words)
    else:
        _tell(source.team, actor(source), source, run, words, key_refused)


@act
def _tell(act: Act, source: DirectoryImport, run: Run, words: str, key_refused: bool) -> None:
    _end(run, State.FAILED, run.counts, words)
    source.save_own(failing_since=source.failing_since or act.at, failure=words, key_refused=key_refused)
    act.record(FAILED, source, reason=words)
