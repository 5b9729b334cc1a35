"""A directory import switched: tried out, enabled, run, confirmed, cancelled, paused, resumed, removed."""

from datetime import datetime
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.directories.models import AT_WORK, DirectoryImport, Run, State
from portal.directories.setting_up import begin, of
from portal.teams import policy
from portal.teams.actor import Actor, Role
from portal.teams.acts import Act, Kind, act
from portal.teams.errors import Conflict, Missing, NotReady
from portal.teams.models import Team

ENABLED = Kind("directory_import.enabled", gettext_lazy("{actor} enabled the directory import {subject}"))
PAUSED = Kind("directory_import.paused", gettext_lazy("{actor} paused the directory import {subject}"))
RESUMED = Kind("directory_import.resumed", gettext_lazy("{actor} resumed the directory import {subject}"))
REQUESTED = Kind("directory_import.run_requested", gettext_lazy("{actor} had the directory import {subject} run"))
CONFIRMED = Kind("directory_import.confirmed", gettext_lazy("{actor} confirmed that {left} people left: {subject}"))
DISMISSED = Kind("directory_import.run_cancelled", gettext_lazy("{actor} cancelled a run of {subject}"))
REMOVED = Kind("directory_import.removed", gettext_lazy("{actor} removed the directory import {subject}"))


# ── Running ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def try_out(team: Team, by: Actor, import_id: UUID) -> Run:
    """Let the worker look what a run would do; nothing of the team changes by it."""
    policy.require(by, Role.ADMIN)
    source = of(team, import_id)
    return begin(source, by, timezone.now(), dry=True)


@act
def run_now(act: Act, import_id: UUID) -> Run:
    """Run without waiting for the schedule."""
    policy.require(act.by, Role.ADMIN)
    source = of(act.team, import_id)
    if not source.is_live:
        raise NotReady(_("This import is paused or was never enabled. Enable it first."))
    run = begin(source, act.by, act.at)
    act.record(REQUESTED, source)
    return run


@act
def confirm(act: Act, import_id: UUID, run_id: int) -> Run:
    """Let a run go on that would take more than half of the people."""
    policy.require(act.by, Role.ADMIN)
    source = of(act.team, import_id)
    run = _held(source, run_id)
    # The directory is read once more: whoever came back meanwhile stays, and nobody else goes by this word.
    run.save_own(state=State.READING, finished_at=None, confirmed_by=act.by.label[:320])
    source.fall_due(act.at)
    act.record(CONFIRMED, source, left=run.number("left"))
    return run


def _held(source: DirectoryImport, run_id: int) -> Run:
    run: Run | None = source.runs.filter(pk=run_id).first()
    if run is None:
        raise Missing
    if run.state != State.HELD or not source.is_live or source.runs.filter(state__in=AT_WORK).exists():
        raise Conflict(_("This run waits no longer. Look at the newest one."))
    return run


@act
def cancel(act: Act, import_id: UUID, run_id: int) -> Run:
    """End a run that is at work, or one that waits: what is done stays."""
    policy.require(act.by, Role.ADMIN)
    source = of(act.team, import_id)
    run: Run | None = source.runs.filter(pk=run_id).first()
    if run is None:
        raise Missing
    if run.state not in (*AT_WORK, State.HELD):
        raise Conflict(_("This run has ended already."))
    _stop(source, act.by, act.at)
    act.record(DISMISSED, source)
    return run


def _stop(source: DirectoryImport, by: Actor, at: datetime) -> None:
    told = _("Cancelled by {who}. What was done until then stays.").format(who=by.label)
    ending = (*AT_WORK, State.HELD)
    for run in source.runs.filter(state__in=ending):
        mine = source.runs.filter(pk=run.pk, state__in=ending)
        mine.update(state=State.CANCELLED, finished_at=at, reason=told[:500], counts=run.count())


# ── On and off ───────────────────────────────────────────────────────────────────────────────────────────────────────
@act
def enable(act: Act, import_id: UUID) -> DirectoryImport:
    """Let it run from now on, the first time at once."""
    policy.require(act.by, Role.ADMIN)
    source = of(act.team, import_id)
    if not source.groups:
        raise NotReady(_("Choose the groups first."))
    if source.enabled_at is None:
        source.save_own(enabled_at=act.at, paused_at=None)
        begin(source, act.by, act.at)
        act.record(ENABLED, source, groups=source.group_names)
    return source


@act
def pause(act: Act, import_id: UUID) -> None:
    """Run no more until somebody resumes it; a run at work ends, and what it did stays."""
    policy.require(act.by, Role.ADMIN)
    source = of(act.team, import_id)
    if source.is_live:
        source.save_own(paused_at=act.at)
        _stop(source, act.by, act.at)
        source.fall_due(None)
        act.record(PAUSED, source)


@act
def resume(act: Act, import_id: UUID) -> None:
    """Run again, the first time at once."""
    policy.require(act.by, Role.ADMIN)
    source = of(act.team, import_id)
    if source.enabled_at is not None and source.paused_at is not None:
        source.save_own(paused_at=None)
        begin(source, act.by, act.at)
        act.record(RESUMED, source)


@act
def remove(act: Act, import_id: UUID) -> None:
    """Forget the directory, its key and its runs; whoever came by it stays, with their seat and group."""
    policy.require(act.by, Role.ADMIN)
    source = of(act.team, import_id)
    act.record(REMOVED, source, people=source.ties.filter(added=True, left_at=None).count())
    source.delete()
