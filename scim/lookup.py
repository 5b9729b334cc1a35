"""People as their documents show them: everybody, one by id, and the look-up that precedes each write.

The look-up answers what `listing` would: that one is the oracle of its tests.
"""

import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db.models import QuerySet, Subquery

from portal.teams import groups
from portal.teams.compiled import Select, Soon
from portal.teams.folding import fold
from portal.teams.models import Member, Team
from scim.mapping import USER
from scim.models import ScimToken
from scim.protocol import values

# Only what says nothing beyond this is answered here; a quote or a backslash inside is for the grammar.
_ASKED = re.compile(r'\s*(userName|externalId)\s+eq\s+"([^"\\]{1,320})"\s*\Z', re.IGNORECASE)
_PLAIN = {"filter", "startIndex", "count", "attributes", "excludedAttributes"}


def everybody(team_id: Any) -> "QuerySet[Member]":
    """Return the people of a team, by its id, with what their documents are made of."""
    return Member.every_team.filter(team=team_id).only(*USER.columns)


def _one(team: Any, **what: Any) -> "QuerySet[Member]":
    return groups.marked(everybody(team).filter(**what))


def _of(digest: str) -> Subquery:
    return Subquery(ScimToken.every_team.filter(digest=digest).values("team"))


# A plan for every value takes the index only where it can see that no empty one is asked for.
def _with_external_id(team: Any, name: str) -> "QuerySet[Member]":
    return _one(team, external_id=name).exclude(external_id="")


_BY_ID = Select(lambda team, key: _one(team, pk=key), UUID, UUID)
_FOUND = {
    "username": Select(lambda team, key: _one(team, user_name_key=key), UUID, str),
    "externalid": Select(_with_external_id, UUID, str),
}
# The same for the team that a token's digest belongs to, for what is asked together with the token.
_AHEAD_BY_ID = Select(lambda digest, key: _one(_of(digest), pk=key), str, UUID)
_AHEAD_FOUND = {
    "username": Select(lambda digest, key: _one(_of(digest), user_name_key=key), str, str),
    "externalid": Select(lambda digest, name: _with_external_id(_of(digest), name), str, str),
}
People = Soon[list[Member]]


def by_id(team: Team, member_id: str, ahead: People | None = None) -> Member:
    """Return one person, to be read; a stranger's id is Missing like an unknown one."""
    return Member.found(ahead or Member.asked(_BY_ID, team.pk, member_id), team)


def by_id_ahead(digest: str, member_id: str) -> People | None:
    """Ask for one person of the team that a token belongs to, with the next statement; None for what is no id."""
    try:
        return _AHEAD_BY_ID.ahead(digest, UUID(member_id))
    except ValueError:
        return None


def found(query: Mapping[str, Any], team_id: UUID) -> list[Member] | None:
    """Return whom a query by userName or externalId finds, at most one; None where it asks for something else."""
    asked = _asked(query)
    return _FOUND[asked[0]](team_id, asked[1]) if asked else None


def found_ahead(query: Mapping[str, Any], digest: str) -> People | None:
    """Ask as `found` does, of the team that a token belongs to, with the next statement."""
    asked = _asked(query)
    return _AHEAD_FOUND[asked[0]].ahead(digest, asked[1]) if asked else None


def _asked(query: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return by what a query looks somebody up, and the value as that column holds it."""
    text = query.get("filter")
    asked = _ASKED.match(text) if isinstance(text, str) and query.keys() <= _PLAIN else None
    if asked is None or not values.storable(asked[2]) or not _from_the_start(query):
        return None
    name = asked[1].lower()
    return name, fold(asked[2]) if name == "username" else asked[2]


def _from_the_start(query: Mapping[str, Any]) -> bool:
    start, count = (str(query.get(name, "1")) for name in ("startIndex", "count"))
    return start == "1" and count.isascii() and count.isdecimal() and int(count[:9]) > 0
