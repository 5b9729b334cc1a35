"""Acts on many members at once: sorted out before anything is written, then done in batches, each its own act.

A batch meets at most 500 people and remembers in its own transaction how far it came, so whoever dies on the way loses
nothing and does nothing twice.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from portal.teams import batches, owners, policy, refused, seats
from portal.teams.actor import Actor, Door, Role
from portal.teams.acts import Act, Kind, act
from portal.teams.errors import Conflict, Invalid, NoSeatsLeft, NotAllowed, Refusal
from portal.teams.finding import Choice, Wanted
from portal.teams.models import Errand, ErrandBatch, Member, Team
from portal.teams.models.group import rank_in_sso

STARTED = Kind("errand.started", gettext_lazy("{actor} chose {subject}: {what}"))
# So long the browser that asked has for its own first batches; then a worker takes over.
HEAD_START, KEEP = timedelta(minutes=1), timedelta(days=30)


class Verb(StrEnum):
    """What can be done to many at once."""

    ASSIGN = "assign"
    UNASSIGN = "unassign"
    ROLE = "role"
    SIGN_OUT = "sign_out"


VERBS = {
    Verb.ASSIGN: gettext_lazy("Assign seat"),
    Verb.UNASSIGN: gettext_lazy("Free seat"),
    Verb.ROLE: gettext_lazy("Change role"),
    Verb.SIGN_OUT: gettext_lazy("Sign out"),
}
# The locks that close a verb; what takes another back.
TASKS = {Verb.ASSIGN: policy.Task.ASSIGN, Verb.UNASSIGN: policy.Task.UNASSIGN}
OPPOSITE = {Verb.ASSIGN: Verb.UNASSIGN, Verb.UNASSIGN: Verb.ASSIGN}


@dataclass(frozen=True)
class Order:
    """What is to be done, and to whom."""

    verb: Verb
    choice: Choice
    # What a change of role gives, and the sign-in e-mail that was shown of each person, by id, where one is confirmed.
    role: str = ""
    shown: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Sorted:
    """Some people, sorted by what would become of them; nobody stands in two of these."""

    will: "QuerySet[Member]"
    same: "QuerySet[Member]"
    owners: "QuerySet[Member]"
    oneself: "QuerySet[Member]"


def sort_out(order: Order, by: Actor, people: "QuerySet[Member]") -> Sorted:
    """Say who is acted on, who is so already, and who is left out; of a seat, only whether they ask for one."""
    oneself, owner = Q(pk=by.member_id), Q(role=Role.OWNER)
    others = people.exclude(owner).exclude(oneself)
    already = {
        Verb.ASSIGN: Q(active=True),
        Verb.UNASSIGN: Q(active=False),
        Verb.ROLE: Q(role=order.role),
        Verb.SIGN_OUT: Q(pk=None),
    }[order.verb]
    return Sorted(
        will=others.exclude(already),
        same=others.filter(already),
        owners=people.filter(owner).exclude(oneself),
        oneself=people.filter(oneself),
    )


def why_owners() -> str:
    """Say why owners are left out."""
    return _("Owners are changed one by one, on their own page.")


def why_oneself() -> str:
    """Say why whoever acts is left out."""
    return _("Nobody does this to themself in a list.")


def _open(team: Team, by: Actor, verb: Verb) -> None:
    policy.require(by, Role.ADMIN)
    shut = policy.lock(team, by.door, TASKS[verb]) if verb in TASKS else None
    if shut is not None:
        raise shut


PROGRESS = ("after", "done", "same", "refused", "finished_at")


# ── Beginning ────────────────────────────────────────────────────────────────────────────────────────────────────────
@act
def begin(act: Act, order: Order, undoes: Errand | None = None) -> Errand:
    """Put down what is to be done; `go_on` or a worker does it."""
    _open(act.team, act.by, order.verb)
    if order.verb is Verb.ROLE and order.role not in (Role.MEMBER, Role.AUDITOR, Role.ADMIN):
        raise Invalid(_("Choose one of the roles. Owners are made one by one."))
    if undoes is not None and Errand.every_team.filter(undoes=undoes).exists():
        raise Conflict(_("This was taken back already."))
    count = order.choice.count(act.team)
    if not count:
        raise Invalid(_("Nobody is chosen. Tick somebody in the list first."))
    if order.role in (Role.AUDITOR, Role.ADMIN) and count > batches.MOST:
        # Rule 7: somebody looks at each address that a role is given to.
        raise Invalid(_("At most {n} people get a role at once. Choose fewer.").format(n=batches.MOST))
    errand = Errand(
        team=act.team, verb=order.verb, role=order.role if order.verb is Verb.ROLE else "", shown=order.shown,
        wanted=order.choice.wanted.given, undoes=undoes,
        chosen=sorted(map(str, order.choice.named or ())), by_id=act.by.member_id, by_label=act.by.label[:320],
        by_role=act.by.role, made_at=act.at, expected=count, due_at=act.at + HEAD_START,
    )  # fmt: skip
    errand.save(force_insert=True)
    people = ngettext("{n} person", "{n} people", count).format(n=count)
    act.record(STARTED, people, what=str(VERBS[order.verb]), errand=str(errand.pk), role=order.role or None)
    return errand


def take_back(team: Team, by: Actor, errand: Errand) -> Errand:
    """Begin the opposite for everybody whose seat this errand gave or took."""
    verb = OPPOSITE.get(Verb(errand.verb))
    if verb is None or errand.finished_at is None:
        raise Conflict(_("This can't be taken back."))
    met = [UUID(each) for done in errand.batches.values_list("done", flat=True) for each in done]
    return begin(team, by, Order(verb, Choice(named=met)), undoes=errand)


# ── Going on ─────────────────────────────────────────────────────────────────────────────────────────────────────────
def run(errand: Errand) -> datetime | None:
    """Do the next batch; says when to come again, None where it is finished. What the worker calls."""
    return None if go_on(errand) else timezone.now()


def go_on(errand: Errand) -> bool:
    """Do the next batch in the name of who asked; says whether all is finished. A refusal of the whole ends it."""
    if errand.finished_at is not None:
        return True
    by = Actor(Door.DASHBOARD, errand.by_label, id=str(errand.by_id or ""), member_id=errand.by_id)
    try:
        by = _present(errand, by)
        batch = _do(errand.team_id, by, errand)
    except Refusal as refusal:
        refused.record(errand.team, by, refusal, errand=str(errand.pk))
        return _keep(errand, Batch([], stopped=str(refusal)))
    # An act that changed nobody was rolled back, and what it met with it.
    return batch.is_last if batch.is_kept else _keep(errand, batch)


def _present(errand: Errand, by: Actor) -> Actor:
    """Return who asked, with what they may do now: never more than in the session that asked."""
    if errand.by is None or not errand.by.may_enter:
        raise NotAllowed
    now, then = rank_in_sso(errand.by), Role(errand.by_role)
    return Actor(by.door, by.label, id=by.id, role=then if now.reaches(then) else now, member_id=by.member_id)


@dataclass
class Batch:
    """Whom a batch met and what became of them."""

    ids: list[UUID]
    done: list[str] = field(default_factory=list)
    refused: list[tuple[str, str, str]] = field(default_factory=list)
    same: int = 0
    stopped: str = ""
    is_kept: bool = False

    @property
    def is_last(self) -> bool:
        """Say whether nobody is left after it."""
        return len(self.ids) < batches.MOST

    def refuse(self, people: Iterable[Member], why: str) -> None:
        """Remember who was left out."""
        self.refused += [(str(each.pk), each.label, why) for each in people]


@act
def _do(act: Act, errand: Errand) -> Batch:
    # A page and a worker may have it in hand at once: what the other did is done.
    errand.refresh_from_db(fields=PROGRESS)
    if errand.finished_at is not None:
        return Batch([], is_kept=True)
    _open(act.team, act.by, Verb(errand.verb))
    order = Order(Verb(errand.verb), Choice(Wanted.read(errand.wanted)), errand.role, errand.shown)
    batch = Batch(_next(act.team, errand, order.choice))
    parts = sort_out(order, act.by, Member.every_team.filter(team=act.team, pk__in=batch.ids))
    # Counted before anything is done: afterwards they would all be so already.
    batch.same = parts.same.count()
    batch.refuse(parts.owners, why_owners())
    batch.refuse(parts.oneself, why_oneself())
    DO[order.verb](act, order, list(parts.will.order_by("pk")), batch)
    if act.ledger.events:
        _keep(errand, batch)
    return batch


def _next(team: Team, errand: Errand, choice: Choice) -> list[UUID]:
    if errand.chosen:
        start = bisect_right(errand.chosen, str(errand.after)) if errand.after else 0
        return [UUID(each) for each in errand.chosen[start : start + batches.MOST]]
    people = choice.people(team)
    left = people.filter(pk__gt=errand.after) if errand.after else people
    return list(left.order_by("pk").values_list("pk", flat=True)[: batches.MOST])


def _keep(errand: Errand, batch: Batch) -> bool:
    """Remember what a batch did and how far it came; says whether the errand is finished."""
    batch.is_kept, errand.after = True, batch.ids[-1] if batch.ids else errand.after
    finished = batch.is_last or bool(batch.stopped)
    errand.finished_at = timezone.now() if finished else None
    errand.done, errand.same = errand.done + len(batch.done), errand.same + batch.same
    errand.refused, errand.stopped = errand.refused + len(batch.refused), batch.stopped
    errand.save(update_fields=["after", "finished_at", "done", "same", "refused", "stopped"])
    if finished:
        # Nothing is left for a worker.
        Errand.every_team.filter(pk=errand.pk, leased_until=None).update(due_at=None)
    if batch.done or batch.refused:
        told = {"done": batch.done, "refused": batch.refused, "left_out": len(batch.refused)}
        ErrandBatch(errand=errand, **told).save(force_insert=True)
    return finished


# ── What is done ─────────────────────────────────────────────────────────────────────────────────────────────────────
def _assign(act: Act, order: Order, members: list[Member], batch: Batch) -> None:
    if members:
        seated, unseated = batches.assign_again(act.team, act.by, [each.pk for each in members])
        batch.done += [str(each.pk) for each in seated]
        batch.refuse(unseated, str(NoSeatsLeft(act.team.name, seats.tally(act.team).bought)))


def _unassign(act: Act, order: Order, members: list[Member], batch: Batch) -> None:
    ids = [each.pk for each in members]
    if ids:
        batches.take_back(act.team, act.by, ids)
    batch.done += map(str, ids)


def _set_role(act: Act, order: Order, members: list[Member], batch: Batch) -> None:
    for member in members:
        try:
            # Nobody gets a role unseen, nor by an address that became another since.
            shown = order.shown.get(str(member.pk), "") if order.shown else None
            owners.set_role(act.team, act.by, member.pk, Role(order.role), shown)
            batch.done.append(str(member.pk))
        except Refusal as refusal:
            refused.record(act.team, act.by, refusal, member)
            batch.refuse([member], str(refusal))


def _sign_out(act: Act, order: Order, members: list[Member], batch: Batch) -> None:
    if members:
        owners.sign_out_all(act.team, act.by, members)
    batch.done += [str(each.pk) for each in members]


DO: dict[Verb, Callable[[Act, Order, list[Member], Batch], None]] = {
    Verb.ASSIGN: _assign,
    Verb.UNASSIGN: _unassign,
    Verb.ROLE: _set_role,
    Verb.SIGN_OUT: _sign_out,
}


def purge() -> None:
    """Forget what was done to many thirty days ago; the journal keeps it."""
    Errand.every_team.filter(finished_at__lt=timezone.now() - KEEP).delete()
