"""What most teams have none of, asked once under the team's lock: somebody who waits, a notice that is open."""

from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from portal.teams.compiled import Select
from portal.teams.models import Notice, Team, Waiting
from portal.teams.models.team import Unsettled


def of(team: Team) -> Unsettled:
    """Ask, only under the team's lock, and after the statement that took it.

    One that waits for a lock on PostgreSQL goes on seeing all other tables as they were before it waited.
    """
    if team.unsettled is None:
        team.unsettled = Unsettled(*_ASKED(team.pk)[0])
    return team.unsettled


def _asked(team: UUID) -> "QuerySet[Team, Any]":
    mine = {"team": OuterRef("pk")}
    waits, is_open = Waiting.every_team.filter(**mine), Notice.every_team.filter(ended_at=None, **mine)
    return Team.every_team.filter(pk=team).values_list(Exists(waits), Exists(is_open))


_ASKED = Select(_asked, UUID)
