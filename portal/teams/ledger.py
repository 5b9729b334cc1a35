"""The ledger of seats: what changed how many are bought and assigned, day by day, by whom and through which door."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet, Sum
from django.utils import timezone

from portal.teams.acts import Act
from portal.teams.compiled import Select
from portal.teams.models import SeatDay, Team
from portal.teams.rows import sum_up_soon

# What a row of the ledger is known by.
_ONCE = ("team", "day", "door", "actor_id", "actor")


@dataclass(frozen=True)
class Level:
    """How many seats were assigned and bought when a day ended; of today, how many are now."""

    day: date
    assigned: int
    bought: int


def day_of(at: datetime) -> date:
    """Return the day a moment belongs to, the same for everybody: days are UTC's."""
    return at.astimezone(UTC).date()


def note(act: Act, *, seated: int = 0, freed: int = 0, bought: int = 0) -> None:
    """Add what an act changes to its actor's row of the day; the team's lock keeps two from making it twice."""
    if not (seated or freed or bought):
        return
    by = act.by
    who = (act.team, day_of(act.at), str(by.door), by.id, by.label[:320])
    if act.team.standing is not None:
        act.team.standing.assigned += seated - freed
        act.team.standing.bought += bought
        act.team.standing.next_seat = None
    more = {"seated": seated, "freed": freed, "bought": bought}
    named = dict(zip(_ONCE, who, strict=True))
    sum_up_soon(SeatDay.made(**named, last_at=act.at, **more), once=_ONCE, sums=tuple(more))


def rows(team: Team, door: str = "") -> "QuerySet[SeatDay]":
    """List what changed the numbers, newest first; through one door where one is named."""
    found = SeatDay.every_team.filter(team=team).order_by("-day", "-last_at", "-pk")
    return found.filter(door=door) if door else found


def totals(team: Team) -> tuple[int, int]:
    """Sum the ledger up: assigned and bought, as `check_invariants` compares them with the seats."""
    seated, freed, bought = _TOTALS.first(team.pk) or (0, 0, 0)
    return seated - freed, bought


def levels(team: Team, since: date, until: date, assigned: int, bought: int) -> Iterator[Level]:
    """Walk from one day back to another and say how each ended, given what the seats say now.

    Two queries, however many days and changes.
    """
    later = _sum(SeatDay.every_team.filter(team=team, day__gt=until))
    assigned, bought = assigned - later[0], bought - later[1]
    inside = SeatDay.every_team.filter(team=team, day__gte=since, day__lte=until).values_list("day")
    sums = {day: (more - less, more_bought) for day, more, less, more_bought in inside.annotate(*_SUMS).order_by()}
    day = until
    while day >= since:
        yield Level(day, assigned, bought)
        moved = sums.get(day, (0, 0))
        assigned, bought, day = assigned - moved[0], bought - moved[1], day - timedelta(days=1)


def history(team: Team, days: int, assigned: int, bought: int) -> list[Level]:
    """Say how each of the last days ended, the oldest first; a young team begins with its first day."""
    today = day_of(timezone.now())
    since = max(today - timedelta(days=days - 1), day_of(team.created_at))
    return list(levels(team, since, today, assigned, bought))[::-1]


_SUMS = (Sum("seated"), Sum("freed"), Sum("bought"))
_SUMMED = ("seated__sum", "freed__sum", "bought__sum")
_TOTALS = Select(
    lambda team: SeatDay.every_team.filter(team=team).order_by().values("team").annotate(*_SUMS).values_list(*_SUMMED),
    UUID,
)


def _sum(found: "QuerySet[SeatDay]") -> tuple[int, int]:
    sums = found.aggregate(seated=Sum("seated"), freed=Sum("freed"), bought=Sum("bought"))
    return (sums["seated"] or 0) - (sums["freed"] or 0), sums["bought"] or 0
