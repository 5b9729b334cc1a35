"""THE place of the seat rule: an active member holds exactly one seat, and nobody sits beyond what was bought."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import Count, F, Max, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from portal.teams import ledger, policy, standing
from portal.teams.actor import Role
from portal.teams.acts import Act, Kind, act
from portal.teams.compiled import Update
from portal.teams.errors import Invalid, NoSeatsLeft
from portal.teams.folding import fold
from portal.teams.models import Member, Seat, Team, Waiting

RESIZED = Kind("seats.resized", gettext_lazy("{actor} changed the seats from {before} to {after}"))
DISMISSED = Kind("waiting.dismissed", gettext_lazy("{actor} dismissed {subject} from the waiting list"))
MAX_SEATS = 1_000_000
# The database makes the rows of new seats by itself: through the ORM 100,000 took two seconds of CPU and 100 MiB.
_MORE = (
    "WITH RECURSIVE more(number) AS (SELECT %s UNION ALL SELECT number + 1 FROM more WHERE number < %s)"
    " INSERT INTO teams_seat (team_id, number) SELECT %s, number FROM more"
)
# So many rows go into one INSERT: a million would take longer than a statement may.
MOST_AT_ONCE = 100_000
# So many rows go into one UPDATE: its text grows with them.
PIECE = 100


@dataclass(frozen=True)
class Tally:
    """How many seats a team bought, how many are assigned."""

    bought: int
    assigned: int

    @property
    def free(self) -> int:
        """How many people can still be seated."""
        return self.bought - self.assigned


def tally(team: Team) -> Tally:
    """Count a team's seats."""
    counts = Seat.every_team.filter(team=team).aggregate(bought=Count("id"), assigned=Count("member"))
    return Tally(counts["bought"], counts["assigned"])


def counted(team: Team) -> Tally:
    """Return the tally as the ledger sums it up: the same (an invariant), and no slower where there are many seats."""
    assigned, bought = ledger.totals(team)
    return Tally(bought, assigned)


def held(team: Team) -> Tally:
    """Return the tally as `counted` does. Only under the team's lock, where it is asked once."""
    now = standing.of(team)
    return Tally(now.bought, now.assigned)


def tallies(teams: Sequence[Team]) -> dict[UUID, Tally]:
    """Count the seats of many teams by one statement; a team without any is left out."""
    rows = Seat.every_team.filter(team__in=teams).values_list("team")
    return {team: Tally(bought, assigned) for team, bought, assigned in rows.annotate(Count("id"), Count("member"))}


def waiting(teams: Sequence[Team]) -> dict[UUID, int]:
    """Count who waits in many teams by one statement; a team where nobody does is left out."""
    return dict(Waiting.every_team.filter(team__in=teams).values_list("team").annotate(Count("id")))


def take(act: Act, member: Member) -> None:
    """Seat a member on the lowest free seat, or refuse with NoSeatsLeft. Only under the team's lock."""
    seat = standing.of(act.team).next_seat
    if seat is not None:
        # Seen free under the team's lock, without which nobody sits down, it is free: it need not be waited for.
        _SIT.soon(seat, member.pk, act.at)
    elif not _CLAIM(act.team.pk, member.pk, act.at):
        raise NoSeatsLeft(act.team.name, tally(act.team).bought)
    member.is_seated = True
    ledger.note(act, seated=1)
    _wait_no_more(act, [member])


def _lowest_free(team_id: UUID) -> "QuerySet[Seat]":
    lowest = Seat.every_team.filter(team=team_id, member=None).order_by("number").values("pk")[:1]
    return Seat.every_team.filter(pk__in=lowest, member=None)


_SIT = Update(
    lambda seat, member, at: (Seat.every_team.filter(pk=seat, member=None), {"member": member, "since": at}),
    int, UUID, datetime,
)  # fmt: skip
_CLAIM = Update(lambda team, member, at: (_lowest_free(team), {"member": member, "since": at}), UUID, UUID, datetime)
_FREE = Update(
    lambda team, member: (Seat.every_team.filter(team=team, member=member), {"member": None, "since": None}), UUID, UUID
)


def _wait_no_more(act: Act, members: list[Member]) -> None:
    if standing.of(act.team).somebody_waits:
        # Folded here: a member woken with a new address has not been saved yet, and may wait under the former one.
        keys = {fold(name) for member in members for name in (member.user_name, member.email)}
        keys |= {key for member in members for key in (member.user_name_key, member.email_key)}
        Waiting.every_team.filter(team=act.team, key__in=keys).delete()


def release(act: Act, member: Member) -> None:
    """Free a member's seat."""
    stands = standing.soon(act.team)
    freeing = _FREE.soon(act.team.pk, member.pk)
    # Of whom it is not known whether they sit, the UPDATE says it.
    freed = freeing() if member.is_seated is None else int(member.is_seated)
    stands()
    member.is_seated = False
    ledger.note(act, freed=freed)


def take_all(act: Act, members: list[Member]) -> None:
    """Seat many members on the lowest free seats, or refuse them all. Only under the team's lock."""
    free = Seat.every_team.filter(team=act.team, member=None).order_by("number")
    claimed = list(free[: len(members)])
    if len(claimed) < len(members):
        raise NoSeatsLeft(act.team.name, tally(act.team).bought)
    for seat, member in zip(claimed, members, strict=True):
        seat.member, seat.since = member, act.at
    Seat.every_team.bulk_update(claimed, ["member", "since"], batch_size=PIECE)
    ledger.note(act, seated=len(claimed))
    _wait_no_more(act, members)


def release_all(act: Act, members: list[Member]) -> None:
    """Free the seats of members."""
    taken = Seat.every_team.filter(team=act.team, member__in=members)
    ledger.note(act, freed=taken.update(member=None, since=None))


@act
def resize(act: Act, bought: int) -> Tally:
    """Set how many seats the team bought; fewer than are taken is refused, nobody is evicted."""
    now = tally(act.team)
    if not 0 <= bought <= MAX_SEATS:
        raise Invalid(_("Choose between 0 and {n} seats.").format(n=MAX_SEATS))
    if bought < now.assigned:
        told = ngettext(
            "{n} seat is in use: choose {n} or more, or unassign people first.",
            "{n} seats are in use: choose {n} or more, or unassign people first.",
            now.assigned,
        )
        raise Invalid(told.format(n=now.assigned))
    if bought > now.bought:
        _add(act.team, bought - now.bought)
    elif bought < now.bought:
        spare = Seat.every_team.filter(team=act.team, member=None).order_by("-number").values("pk")
        # Named by the database itself: SQLite takes at most 250,000 values in one statement.
        Seat.every_team.filter(pk__in=spare[: now.bought - bought]).delete()
    if bought != now.bought:
        ledger.note(act, bought=bought - now.bought)
        act.record(RESIZED, before=now.bought, after=bought)
    return Tally(bought, now.assigned)


def _add(team: Team, count: int) -> None:
    last = Seat.every_team.filter(team=team).aggregate(last=Max("number"))["last"] or 0
    key = Team._meta.pk.get_db_prep_value(team.pk, connection)
    with connection.cursor() as cursor:
        for start in range(last + 1, last + count + 1, MOST_AT_ONCE):
            cursor.execute(_MORE, [start, min(start + MOST_AT_ONCE - 1, last + count), key])


def put_on_waiting_list(act: Act, label: str, why: str) -> None:
    """Remember somebody who was refused for want of a seat; once, however often their IdP retries."""
    put_all_on_waiting_list(act, [label], why)


def put_all_on_waiting_list(act: Act, labels: list[str], why: str) -> None:
    """Remember many who were refused at once, by the door and in the words of the last time."""
    standing.of(act.team).somebody_waits = True
    by_key = {fold(label): label for label in labels}
    known = Waiting.every_team.filter(team=act.team, key__in=by_key)
    for key in list(known.values_list("key", flat=True)):
        del by_key[key]
    known.update(times=F("times") + 1, last_at=act.at, door=act.by.door, why=why)
    Waiting.every_team.bulk_create(
        Waiting(team=act.team, key=key, label=label[:320], door=act.by.door, why=why) for key, label in by_key.items()
    )


@act
def dismiss(act: Act, waiting_id: str) -> None:
    """Take somebody off the waiting list by hand."""
    policy.require(act.by, Role.ADMIN)
    row = Waiting.every_team.filter(team=act.team, pk=waiting_id).first()
    if row is not None:
        act.record(DISMISSED, row.label)
        row.delete()
