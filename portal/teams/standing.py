"""How a team stands, asked once under its lock: its seats, the next of them, somebody who waits, an open notice."""

from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from portal.teams.compiled import Select, Soon
from portal.teams.models import Notice, Seat, Team, Waiting
from portal.teams.models.team import Standing


def of(team: Team) -> Standing:
    """Ask, only under the team's lock, and after the statement that took it; the seats as the ledger sums them up.

    One that waits for a lock on PostgreSQL goes on seeing all other tables as they were before it waited.
    """
    return soon(team)()


def soon(team: Team) -> Soon[Standing]:
    """Ask as `of` does, with the next statement that is waited for; wait before the team stands differently."""
    if team.standing is not None:
        known = team.standing
        return lambda: known
    asked = ahead(team.pk)
    return lambda: told(team, asked)


def ahead(team_id: UUID) -> Soon[list[Any]]:
    """Ask with the team's lock itself, behind it; `told` hands over what was asked."""
    return _ASKED.soon(team_id)


def told(team: Team, asked: Soon[list[Any]]) -> Standing:
    """Wait for what was asked, and let the team know it."""
    if team.standing is None:
        team.standing = Standing(*asked()[0])
    return team.standing


def _asked(team: UUID) -> "QuerySet[Team, Any]":
    mine = {"team": OuterRef("pk")}
    waits, is_open = Waiting.every_team.filter(**mine), Notice.every_team.filter(ended_at=None, **mine)
    lowest_free = Seat.every_team.filter(member=None, **mine).order_by("number").values("pk")[:1]
    seated, freed, bought = (Coalesce(Sum(f"seat_days__{name}"), 0) for name in ("seated", "freed", "bought"))
    summed = Team.every_team.filter(pk=team).values("pk").annotate(assigned=seated - freed, bought=bought)
    return summed.values_list("assigned", "bought", Exists(waits), Exists(is_open), Subquery(lowest_free))


_ASKED = Select(_asked, UUID)
