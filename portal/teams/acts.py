"""Acts: the team locked and re-read, all or none, and what was done in the journal with it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.db.models import Model
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from portal.teams import compiled
from portal.teams.actor import Actor
from portal.teams.compiled import Select
from portal.teams.errors import Missing, Refusal, Taken
from portal.teams.models import Event, Team
from portal.teams.rows import insert_soon

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")

# The team's row is the lock of all its acts, and the event's number comes with it. UPDATE takes PostgreSQL's
# FOR NO KEY UPDATE lock, which leaves inserts that refer to the team alone (a full lock stopped every sign-in).
LOCK = "UPDATE teams_team SET last_event = last_event + 1 WHERE id = %s AND closed_at IS NULL RETURNING {columns}"
_TEAM = Select(Team.every_team.order_by)

KINDS: dict[str, "Kind"] = {}
# Called with a team and the events that an act wrote for it, in the act's own transaction and under its lock.
FOLLOWERS: list[Callable[[Team, list[Event]], None]] = []


@dataclass(frozen=True)
class Kind:
    """A kind of event: `noun.past`, and its sentence with {actor}, {subject} and the event's data."""

    name: str
    sentence: str | Promise

    def __post_init__(self) -> None:
        if KINDS.setdefault(self.name, self) is not self:
            raise ValueError(f"event kind {self.name} is declared twice")


@dataclass
class Ledger:
    """The team under lock and the events of one transaction."""

    team: Team
    at: datetime
    events: list[Event] = field(default_factory=list)
    # What is written with the events.
    beside: list[Model] = field(default_factory=list)

    def close(self) -> None:
        """Write the events under consecutive numbers; an act that changed nothing is rolled back, number and all."""
        if not self.events:
            transaction.set_rollback(True)
            return
        first = self.team.last_event
        for offset, event in enumerate(self.events):
            event.number = first + offset
        if len(self.events) == 1:
            insert_soon(self.events[0])
        else:
            Event.every_team.bulk_create(self.events)
            Team.every_team.filter(pk=self.team.pk).update(last_event=first + len(self.events) - 1)
        for row in self.beside:
            insert_soon(row)
        for follow in FOLLOWERS:
            follow(self.team, self.events)


@dataclass
class Act:
    """What an act works with: the locked team, who acts, and the journal."""

    ledger: Ledger
    by: Actor
    # Waits for what `asking` asked together with the lock.
    asked: Callable[[], Any] = lambda: None

    @property
    def team(self) -> Team:
        """The team, locked and re-read."""
        return self.ledger.team

    @property
    def at(self) -> datetime:
        """The act's one moment."""
        return self.ledger.at

    def write_beside(self, row: Model) -> None:
        """Write a row with the act's events."""
        self.ledger.beside.append(row)

    def record(self, kind: Kind, subject: Any = None, *, refused: bool = False, **data: Any) -> None:
        """Put one event into the journal; `subject` is a row with an id and a label, or a plain label."""
        if self.by.reason:
            data = {"reason": self.by.reason} | data
        self.ledger.events.append(
            Event.made(
                team=self.team,
                at=self.at,
                kind=kind.name,
                door=self.by.door,
                actor_id=self.by.id,
                actor=self.by.label[:320],
                subject_id="" if subject is None or isinstance(subject, str) else str(subject.pk),
                subject=("" if subject is None else str(subject))[:320],
                refused=refused,
                data={name: value for name, value in data.items() if value is not None},
            )
        )


_current: ContextVar[Ledger | None] = ContextVar("ledger", default=None)
_ending: ContextVar[Callable[[Act, Any], None] | None] = ContextVar("ending", default=None)


@contextmanager
def ending_with(last: Callable[[Act, Any], None]) -> Iterator[None]:
    """Let the next act end with `last(act, what it returned)`, in its own transaction: both are written, or neither.

    An act that changed nothing is rolled back and does not call it.
    """
    token = _ending.set(last)
    try:
        yield
    finally:
        _ending.reset(token)


def keeping(keep: Callable[[Act | None, T], None], work: Callable[[], T]) -> None:
    """Let what is kept of an act be written with it; an act that changed nothing is none, and is kept by itself."""
    kept = []

    def last(act: Act, result: T) -> None:
        keep(act, result)
        kept.append(act)

    with ending_with(last):
        result = work()
    if not kept:
        with transaction.atomic():
            keep(None, result)


Ask = Callable[[UUID], Callable[[], Any]]


@contextmanager
def acting(team: Team | UUID, by: Actor, ask: Ask | None = None) -> Iterator[Act]:
    """Open an act on a team, or join the one that is open on it; `ask` asks what the act begins with."""
    team_id = team.pk if isinstance(team, Team) else team
    outer = _current.get()
    if outer is not None and outer.team.pk == team_id:
        with _part_of(outer):
            yield Act(outer, by, *([ask(team_id)] if ask else []))
        return
    try:
        with transaction.atomic():
            locked = _lock(team_id)
            asked = [ask(team_id)] if ask else []
            ledger = Ledger(locked(), timezone.now())
            token = _current.set(ledger)
            try:
                yield Act(ledger, by, *asked)
            finally:
                _current.reset(token)
            ledger.close()
    except IntegrityError as error:
        raise _taken(error) from error


@contextmanager
def _part_of(outer: Ledger) -> Iterator[None]:
    """Undo an act inside another, rows and events, where it is refused: the outer one may go on without it."""
    noted, put = len(outer.events), len(outer.beside)
    try:
        with transaction.atomic():
            yield
    except BaseException:
        del outer.events[noted:], outer.beside[put:]
        outer.team.standing = None
        raise


def act(work: Callable[Concatenate[Act, P], R]) -> Callable[Concatenate[Team | UUID, Actor, P], R]:
    """Make of `work(act, …)` a function `(team, by, …)` that runs under the team's lock, all or none."""
    return _acted(work, None)


def asking(
    ask: Callable[Concatenate[UUID, P], Callable[[], Any]],
) -> Callable[[Callable[Concatenate[Act, P], R]], Callable[Concatenate[Team | UUID, Actor, P], R]]:
    """Do as `act`, and let what the act begins with travel with its lock: `ask(team's id, …)` gives `act.asked`.

    It is asked behind the lock: it sees what those who held it before have written.
    """
    return lambda work: _acted(work, ask)


def _acted(
    work: Callable[Concatenate[Act, P], R], ask: Callable[Concatenate[UUID, P], Callable[[], Any]] | None
) -> Callable[Concatenate[Team | UUID, Actor, P], R]:
    @wraps(work)
    def run(team: Team | UUID, by: Actor, /, *args: P.args, **kwargs: P.kwargs) -> R:
        last = _ending.get()
        # The next act alone: neither the acts inside it, nor one that follows its refusal (a last owner is held).
        _ending.set(None)
        first: Ask | None = None if ask is None else lambda team_id: ask(team_id, *args, **kwargs)
        with acting(team, by, first) as opened:
            result = work(opened, *args, **kwargs)
            if last is not None and opened.ledger.events:
                last(opened, result)
            return result

    return run


def _lock(team_id: UUID) -> Callable[[], Team]:
    # SQLite keeps a UUID as 32 hex digits; the field knows what each engine wants.
    from_field = Team._meta.pk.get_db_prep_value(team_id, connection)
    ran = compiled.soon(LOCK.format(columns=_TEAM.columns), [from_field])

    def locked() -> Team:
        rows, _count = ran()
        if not rows:
            raise Missing
        return _TEAM.built(rows[0])  # type: ignore[no-any-return]

    return locked


def _taken(error: IntegrityError) -> Refusal | IntegrityError:
    """Belt and braces: the database's uniqueness becomes the refusal the act would have raised."""
    text = str(error)
    if "display_name" in text:
        return Taken(_("A group of this name is in the team already."))
    if "user_name" in text:
        return Taken(_("This userName is in use in the team."))
    if "external_id" in text:
        return Taken(_("This externalId is in use in the team."))
    if "domain" in text:
        return Taken(_("This domain is verified for another team."))
    return error
