"""Asking for more seats: a team's admin asks, an operator grants or declines, and each hears of the other by mail."""

from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from portal.teams import notices, policy, seats
from portal.teams.actor import Actor, Door, Role
from portal.teams.acts import Act, Kind, act
from portal.teams.errors import Conflict, Invalid, Missing, OperatorsOnly
from portal.teams.letters import post
from portal.teams.models import Answer, SeatRequest, Team, Tone, User

MADE = Kind("seat_request.made", gettext_lazy("{actor} asked for more seats ({more})"))
RETRACTED = Kind("seat_request.retracted", gettext_lazy("{actor} withdrew the request for more seats ({more})"))
GRANTED = Kind("seat_request.granted", gettext_lazy("{actor} granted more seats ({granted}, of {more} asked for)"))
DECLINED = Kind("seat_request.declined", gettext_lazy("{actor} declined the request for more seats ({more})"))

MOST, LONGEST = 100_000, 1000


def waiting(team: Team) -> SeatRequest | None:
    """Return the request that waits for its answer."""
    return SeatRequest.every_team.filter(team=team, answer="").first()


def of(team: Team, request_id: UUID) -> SeatRequest:
    """Return a request of this team; a stranger's id is Missing."""
    row: SeatRequest | None = SeatRequest.every_team.filter(team=team, pk=request_id).first()
    if row is None:
        raise Missing
    row.team = team
    return row


def readers() -> list[str]:
    """Where the vendor reads of a request: the one address that is set for it, else each operator's own."""
    shared = policy.operator_address()
    every = User.objects.filter(is_operator=True).order_by("email_key").values_list("email", flat=True)
    return [shared] if shared else list(every)


# ── The team ─────────────────────────────────────────────────────────────────────────────────────────────────────────
@act
def ask(act: Act, more: int, note: str = "") -> SeatRequest:
    """Ask the vendor for more seats; one request of a team waits at a time."""
    policy.require(act.by, Role.ADMIN)
    if not 1 <= more <= MOST:
        raise Invalid(_("Ask for 1 to {n} seats.").format(n=MOST))
    if len(note) > LONGEST:
        raise Invalid(_("Write at most {n} characters.").format(n=LONGEST))
    open_one = waiting(act.team)
    if open_one is not None:
        told = ngettext(
            "{who} asked for {n} more seat already. Withdraw that request first, or wait for its answer.",
            "{who} asked for {n} more seats already. Withdraw that request first, or wait for its answer.",
            open_one.more,
        )
        raise Conflict(told.format(who=open_one.asked_by, n=open_one.more))
    row = SeatRequest(team=act.team, more=more, note=note, asked_by=act.by.label[:320], asked_at=act.at)
    row.save(force_insert=True)
    act.record(MADE, more=more, note=note or None)
    tally = seats.tally(act.team)
    for address in readers():
        post(
            "seats_requested", address, team=act.team.name, slug=act.team.slug, request=str(row.pk), more=more,
            note=note, who=row.asked_by, assigned=tally.assigned, bought=tally.bought,
            waiting=act.team.waiting.count(),
        )  # fmt: skip
    return row


@act
def retract(act: Act) -> None:
    """Withdraw the request that waits."""
    policy.require(act.by, Role.ADMIN)
    row = waiting(act.team)
    if row is None:
        raise Missing
    _answer(act, row, Answer.RETRACTED)
    act.record(RETRACTED, more=row.more)


# ── The operator ─────────────────────────────────────────────────────────────────────────────────────────────────────
@act
def grant(act: Act, request_id: UUID, more: int, words: str = "") -> SeatRequest:
    """Buy the team so many seats more: as many as were asked for, or another number."""
    row = _open_request(act, request_id)
    if not 1 <= more <= MOST:
        raise Invalid(_("Grant 1 to {n} seats, or decline.").format(n=MOST))
    seats.resize(act.team, act.by, seats.tally(act.team).bought + more)
    row.granted = more
    _answer(act, row, Answer.GRANTED, words)
    act.record(GRANTED, more=row.more, granted=more)
    _tell(act, row)
    return row


@act
def decline(act: Act, request_id: UUID, words: str) -> SeatRequest:
    """Say no, and why."""
    row = _open_request(act, request_id)
    if not words.strip():
        raise Invalid(_("Say why: the team reads it."))
    _answer(act, row, Answer.DECLINED, words)
    act.record(DECLINED, more=row.more, reason=words)
    _tell(act, row)
    return row


def _open_request(act: Act, request_id: UUID) -> SeatRequest:
    _operators_only(act.by)
    row = of(act.team, request_id)
    if not row.is_open:
        raise Conflict(
            _("This request has its answer already: {answer}, by {who}.").format(
                answer=row.get_answer_display(), who=row.answered_by
            )
        )
    return row


def _operators_only(by: Actor) -> None:
    if by.door not in (Door.OPERATOR, Door.COMMAND):
        raise OperatorsOnly


def _answer(act: Act, row: SeatRequest, answer: Answer, words: str = "") -> None:
    row.answer, row.answered_by, row.answered_at = answer, act.by.label[:320], act.at
    row.words = words.strip()[:LONGEST]
    row.save(force_update=True)


def _tell(act: Act, row: SeatRequest) -> None:
    """Tell the team's admins. Who waits is not seated by it: their directory's next try finds the seat, or an admin."""
    tally = seats.tally(act.team)
    notices.tell(
        act, "seats_answered", str(row.pk), Tone.INFO, more=row.more, granted=row.granted, words=row.words,
        assigned=tally.assigned, bought=tally.bought, free=tally.free, waiting=act.team.waiting.count(),
    )  # fmt: skip
