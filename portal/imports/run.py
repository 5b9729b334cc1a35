"""An import at work: one batch after the other, each one act, so that a worker that dies has done it or has not.

ready ── confirm ──> running ──> done, stopped, cancelled ── take_back ──> taking_back ──> taken_back
  └───── judging, where the team changed since
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.imports import looking
from portal.imports.models import AT_WORK, ENDED, Import, ImportRow, State
from portal.teams import batches, policy
from portal.teams.actor import Actor, Role
from portal.teams.acts import Act, Kind, act, keeping
from portal.teams.errors import Conflict, Invalid, Missing, NoSeatsLeft, NotAllowed, Refusal
from portal.teams.models import Team
from portal.teams.models.group import rank_in_sso
from portal.teams.verdicts import Outcome, Verdict

STARTED = Kind("import.started", gettext_lazy("{actor} began to import {people} people"))
FINISHED = Kind("import.finished", gettext_lazy("{actor} imported people: {added} added, {changed} changed"))
STOPPED = Kind("import.stopped", gettext_lazy("An import by {actor} stopped: {reason}"))
CANCELLED = Kind("import.cancelled", gettext_lazy("{actor} cancelled an import"))
REVERTED = Kind("import.reverted", gettext_lazy("{actor} took back the seats of an import: {people}"))


# ── What a person says ───────────────────────────────────────────────────────────────────────────────────────────────
@act
def confirm(act: Act, upload_id: UUID, *, seal: str, all_or_none: bool, mail: bool) -> Import:
    """Begin an import that was looked over, as the page showed it that the seal stands on."""
    upload = _of(act, upload_id)
    shut = policy.lock(act.team, act.by.door, policy.Task.ASSIGN)
    if shut is not None:
        raise shut
    if upload.state != State.READY:
        raise Conflict(_("This import was begun or changed meanwhile. Look at it again."))
    if seal != looking.seal(upload):
        raise Conflict(_("This is not what you were shown any more. Nothing was written: look at the list again."))
    people = upload.counts.get(Outcome.NEW, 0) + upload.counts.get(Outcome.CHANGED, 0)
    over = upload.counts.get(Outcome.OVER, 0)
    if looking.raised(upload).count() > batches.MOST:
        # Rule 7: somebody looks at each address that a role is given to.
        raise Invalid(_("A list gives at most {n} people a role. Split it.").format(n=batches.MOST))
    if not people + over:
        raise Invalid(_("There is nobody to add and nothing to change."))
    if all_or_none and over:
        raise NoSeatsLeft(act.team.name, upload.free)
    upload.save_own(
        state=State.RUNNING, all_or_none=all_or_none, mail=mail, confirmed_at=act.at, at=0,
        due_at=_due(act, upload.total), by_id=act.by.member_id, by=act.by.label,
    )  # fmt: skip
    act.record(STARTED, upload.name or None, people=people, over=over or None)
    return upload


def look_again(team: Team, by: Actor, upload_id: UUID) -> None:
    """Let the worker look at every row anew; nothing of the team changes by it."""
    policy.require(by, Role.ADMIN)
    waiting = team.imports.filter(pk=upload_id, state=State.READY)
    waiting.update(state=State.JUDGING, at=0, due_at=timezone.now())


@act
def cancel(act: Act, upload_id: UUID) -> Import:
    """End an import: before it began nothing was written, later what is written stays."""
    upload = _of(act, upload_id)
    if upload.state not in (State.READING, State.JUDGING, State.READY, State.RUNNING):
        raise Conflict(_("This import has ended already."))
    upload.save_own(state=State.CANCELLED, ended_at=act.at, due_at=None, data=None, counts=upload.ended_with())
    act.record(CANCELLED, upload.name or None)
    return upload


@act
def take_back(act: Act, upload_id: UUID) -> Import:
    """Begin to take back the seats that an import gave."""
    upload = _of(act, upload_id)
    shut = policy.lock(act.team, act.by.door, policy.Task.UNASSIGN)
    if shut is not None:
        raise shut
    people = given(upload).count()
    if upload.state not in ENDED or not people:
        raise Conflict(_("This import has no seat to take back."))
    upload.save_own(state=State.TAKING_BACK, at=0, due_at=_due(act, people), by_id=act.by.member_id, by=act.by.label)
    act.record(REVERTED, upload.name or None, people=people)
    return upload


def _of(act: Act, upload_id: UUID) -> Import:
    policy.require(act.by, Role.ADMIN)
    # Held, so that nobody looks at its rows again meanwhile.
    upload: Import | None = act.team.imports.select_for_update(no_key=True).filter(pk=upload_id).first()
    if upload is None:
        raise Missing
    # The very team that is locked.
    upload.team = act.team
    return upload


def _due(act: Act, people: int) -> datetime:
    """One batch is done by the page itself, more by the worker."""
    return act.at + (looking.SAFELY if people <= batches.MOST else timedelta())


def given(upload: Import) -> "QuerySet[ImportRow]":
    """The rows whose people got a seat by it and still count as given."""
    return upload.rows.filter(seated=True, taken_back=False, done=True)


def do_now(upload: Import) -> None:
    """Do what is to do here and now, where it is short."""
    if upload.due_at is not None and upload.due_at > timezone.now():
        while run(upload) is not None:
            pass
        looking.settle(upload)


# ── What the worker does ─────────────────────────────────────────────────────────────────────────────────────────────
def run(upload: Import) -> datetime | None:
    """Do one piece of what is to do; says when to come again."""
    if upload.state not in AT_WORK:
        return None
    try:
        STEPS[upload.state](upload)
    except looking.Interrupted:
        pass
    except Refusal as refusal:
        _stop(upload, refusal)
    upload.refresh_from_db(fields=["state"])
    return timezone.now() if upload.state in AT_WORK else None


def _admit(upload: Import) -> None:
    """Admit the next people, or end it where none are left."""
    _still_admin(upload)
    rows = list(upload.rows.filter(done=False).order_by("number")[: batches.MOST])
    if not rows:
        _finish(upload)
        return

    def keep(_act: Act | None, verdicts: list[Verdict]) -> None:
        for row, verdict in zip(rows, verdicts, strict=True):
            looking.note(row, verdict)
            row.done = True
        _claim(upload, rows)
        looking.write(upload, rows)

    people = [row.person_as_shown for row in rows]
    how = {"all_or_none": upload.all_or_none, "mail": upload.mail}
    keeping(keep, lambda: batches.admit(upload.team, looking.actor(upload), people, **how))


def _claim(upload: Import, rows: list[ImportRow]) -> None:
    """Go on only where nobody else did these rows and nobody cancelled: two workers may have had it in hand."""
    left = upload.rows.filter(pk__in=[row.pk for row in rows], done=False, upload__state=State.RUNNING)
    if left.count() != len(rows):
        raise looking.Interrupted
    upload.save_own(at=upload.at + len(rows))


def _still_admin(upload: Import) -> None:
    """Refuse to go on for somebody who may no longer add people."""
    who = upload.team.members.select_related("team").filter(pk=upload.by_id).first()
    if who is None or not who.may_enter or not rank_in_sso(who).reaches(Role.ADMIN):
        raise NotAllowed


def _finish(upload: Import) -> None:
    _end(upload.team, looking.actor(upload), upload, State.DONE)


@act
def _end(act: Act, upload: Import, state: State, reason: str = "") -> None:
    upload.refresh_from_db(fields=["state"])
    if upload.state not in AT_WORK:
        return
    counts = upload.ended_with()
    upload.save_own(state=state, counts=counts, ended_at=act.at, reason=reason[:500])
    if state == State.DONE:
        added, changed = counts.get(Outcome.NEW, 0), counts.get(Outcome.CHANGED, 0)
        act.record(FINISHED, upload.name or None, added=added, changed=changed)
    else:
        act.record(STOPPED, upload.name or None, refused=True, reason=reason)


def _stop(upload: Import, refusal: Refusal) -> None:
    _end(upload.team, looking.actor(upload), upload, State.STOPPED, str(refusal))


def _take_back(upload: Import) -> None:
    """Take the next seats back, or end it where none are left."""
    _still_admin(upload)
    rows = list(given(upload).order_by("number")[: batches.MOST])
    if not rows:
        upload.save_own(state=State.TAKEN_BACK, ended_at=timezone.now())
        return

    def keep(*_: object) -> None:
        upload.rows.filter(pk__in=[row.pk for row in rows]).update(taken_back=True)
        upload.save_own(at=upload.at + len(rows))

    ids = [row.member_id for row in rows if row.member_id]
    keeping(keep, lambda: batches.take_back(upload.team, looking.actor(upload), ids))


STEPS: dict[str, Callable[[Import], None]] = {
    State.READING: looking.read_in,
    State.JUDGING: looking.look_again,
    State.RUNNING: _admit,
    State.TAKING_BACK: _take_back,
}
