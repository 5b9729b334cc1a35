"""How a team stands, asked once under its lock: its seats, somebody who waits, a notice that is open."""

from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet, Sum
from django.db.models.functions import Coalesce

from portal.teams.compiled import Select, Soon
from portal.teams.models import Notice, Team, Waiting
from portal.teams.models.team import Standing


def of(team: Team) -> Standing:
    """Ask, only under the team's lock, and after the statement that took it; the seats as the ledger sums them up.

    One that waits for a lock on PostgreSQL goes on seeing all other tables as they were before it waited.
    """
    return soon(team)()


def soon(team: Team) -> Soon[Standing]:
    """Ask as `of` does, with the next statement that is waited for; wait before the team stands differently."""
    known = team.standing
    if known is not None:
        return lambda: known
    asked = _ASKED.soon(team.pk)

    def told() -> Standing:
        if team.standing is None:
            team.standing = Standing(*asked()[0])
        return team.standing

    return told


def _asked(team: UUID) -> "QuerySet[Team, Any]":
    mine = {"team": OuterRef("pk")}
    waits, is_open = Waiting.every_team.filter(**mine), Notice.every_team.filter(ended_at=None, **mine)
    seated, freed, bought = (Coalesce(Sum(f"seat_days__{name}"), 0) for name in ("seated", "freed", "bought"))
    summed = Team.every_team.filter(pk=team).values("pk").annotate(assigned=seated - freed, bought=bought)
    return summed.values_list("assigned", "bought", Exists(waits), Exists(is_open))


_ASKED = Select(_asked, UUID)
