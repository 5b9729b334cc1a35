"""People as their documents show them: everybody, one by id, and the look-up that precedes each write.

The look-up answers what `listing` would: that one is the oracle of its tests.
"""

import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from portal.teams.compiled import Select
from portal.teams.folding import fold
from portal.teams.models import Member, Team
from scim import belonging
from scim.mapping import USER
from scim.protocol import values

# Only what says nothing beyond this is answered here; a quote or a backslash inside is for the grammar.
_ASKED = re.compile(r'\s*(userName|externalId)\s+eq\s+"([^"\\]{1,320})"\s*\Z', re.IGNORECASE)
_PLAIN = {"filter", "startIndex", "count", "attributes", "excludedAttributes"}


def everybody(team_id: UUID) -> "QuerySet[Member]":
    """Return the people of a team, with what their documents are made of."""
    return Member.every_team.filter(team=team_id).only(*USER.columns)


def _one(team_id: UUID, **what: Any) -> "QuerySet[Member]":
    return belonging.marked(everybody(team_id).filter(**what))


_BY_ID = Select(lambda team, key: _one(team, pk=key), UUID, UUID)
_BY_USER_NAME = Select(lambda team, key: _one(team, user_name_key=key), UUID, str)
# A plan for every value takes the index only where it can see that no empty one is asked for.
_BY_EXTERNAL_ID = Select(lambda team, name: _one(team, external_id=name).exclude(external_id=""), UUID, str)


def by_id(team: Team, member_id: str) -> Member:
    """Return one person, to be read; a stranger's id is Missing like an unknown one."""
    return Member.found(_BY_ID, team, member_id)


def found(query: Mapping[str, Any], team_id: UUID) -> list[Member] | None:
    """Return whom a query by userName or externalId finds, at most one; None where it asks for something else."""
    text = query.get("filter")
    asked = _ASKED.match(text) if isinstance(text, str) and query.keys() <= _PLAIN else None
    if asked is None or not values.storable(asked[2]) or not _from_the_start(query):
        return None
    if asked[1].lower() == "username":
        return _BY_USER_NAME(team_id, fold(asked[2]))
    return _BY_EXTERNAL_ID(team_id, asked[2])


def _from_the_start(query: Mapping[str, Any]) -> bool:
    start, count = (str(query.get(name, "1")) for name in ("startIndex", "count"))
    return start == "1" and count.isascii() and count.isdecimal() and int(count[:9]) > 0
