"""The look-up that identity providers make before each write, by a statement that is compiled once.

What it answers is what `listing` would: that one is the oracle of its tests.
"""

import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from portal.teams.compiled import Select
from portal.teams.folding import fold
from portal.teams.models import Member
from scim.protocol import values

# Only what says nothing beyond this is answered here; a quote or a backslash inside is for the grammar.
_ASKED = re.compile(r'\s*(userName|externalId)\s+eq\s+"([^"\\]{1,320})"\s*\Z', re.IGNORECASE)
_PLAIN = {"filter", "startIndex", "count", "attributes", "excludedAttributes"}
_BY_USER_NAME = Select(lambda team, key: Member.every_team.filter(team=team, user_name_key=key), UUID, str)
_BY_EXTERNAL_ID = Select(
    # A plan for every value takes the index only where it can see that no empty one is asked for.
    lambda team, name: Member.every_team.filter(team=team, external_id=name).exclude(external_id=""),
    UUID,
    str,
)


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
