"""Random filters over random people: the database finds whom scim2-models' own evaluation finds.

Where the two differ by design, a rule below says where, and by which clause.
"""

import os
from datetime import datetime
from typing import Any
from unicodedata import normalize

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from scim2_models import Email, EnterpriseUser, ScimFilter, ScimPolicy, User

from portal.teams.models import Member, Team
from scim.mapping import USER
from scim.protocol import document, filters
from tests.scim import random_scim
from tests.scim.people import BASE, row

LONG = bool(os.environ.get("SEATGATE_LONG"))
Drawn = list[tuple[dict[str, Any], datetime, datetime]]


# ── Where we and the oracle differ, and may ──────────────────────────────────────────────────────────────────────────
class AnyAddress(Email):
    """RFC 7643 section 4.1.2: an address SHOULD be one of RFC 5321. The oracle refuses any other, in filters too."""

    value: str | None = None


class Person(User[EnterpriseUser]):
    """The oracle's User, with addresses as people may have them here."""

    emails: list[AnyAddress] | None = None  # type: ignore[assignment]


def compared(binding: Any, text: str) -> str:
    """RFC 7643 section 2.2 has case ignored unless caseExact, and leaves to us how: by full case folding and NFC.

    The oracle by default lowers ("ß" is not "SS" to it), and composes what is caseExact, where we take every byte.
    """
    return text if binding.case_exact else normalize("NFC", normalize("NFC", text).casefold())


# `eq null` on a list (`emails.display eq null`): RFC 7643 section 2.5 makes null an attribute without a value, so we
# find whom `pr` does not. The oracle finds who has some element without it. random_scim draws null only for single
# attributes and inside brackets, where both agree.
#
# x509Certificates: RFC 7643 section 8.7.1 declares its values caseExact false, and so do we; the oracle compares the
# bytes that the base64 stands for. random_scim draws none.
#
# Moments finer than a millisecond: documents show milliseconds, and a filter is read as finely (`filters._of_moment`).
# RFC 7643 section 2.3.5 sets no precision. random_scim draws milliseconds in filters, and finer ones in rows.
#
# Not drawn: groups (rows of their own), ids, the alias `email` and attributes declared just like one that is drawn.


# ── The comparison ───────────────────────────────────────────────────────────────────────────────────────────────────
def stored(drawn: Drawn, team: Team) -> list[Member]:
    """The people drawn, as rows of the database."""
    members = []
    for body, created, updated in drawn:
        member = row(body, team)
        member.created_at, member.updated_at = created, updated
        member.fold_keys()
        members.append(member)
    return Member.every_team.bulk_create(members)


def differing(members: list[Member], texts: list[str]) -> dict[str, tuple[list[str], ...]]:
    """The filters that find others in the database than in the documents: whom they find here, and there."""
    bodies = {member.id: document.render(USER, member, base_url=BASE) for member in members}
    people = {id: Person.model_validate(body) for id, body in bodies.items()}
    found = {}
    for text in texts:
        oracle = ScimFilter[Person](text)
        wanted = {id for id, person in people.items() if oracle.match(person, strict=True)}
        here = set(Member.every_team.filter(filters.compile(USER, text)).values_list("id", flat=True))
        if here != wanted:
            found[text] = tuple([str(bodies[id]) for id in ids] for ids in (here - wanted, wanted - here))
    return found


@pytest.mark.django_db
@pytest.mark.timeout(1_800)
@settings(
    max_examples=1_000 if LONG else 40,
    derandomize=not LONG,
    deadline=None,
    database=None,
    # The filter and the people it differs on say enough; shrinking would outlast the test's time.
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(world=random_scim.worlds())
def test_a_random_filter_finds_whom_the_oracle_finds(world: tuple[Drawn, list[str]]) -> None:
    """Requirement 22, by chance: whatever is drawn, the two agree."""
    drawn, texts = world
    with transaction.atomic(), ScimPolicy(comparison_key=compared):
        members = stored(drawn, Team.every_team.create(slug="filters", name="Filters"))

        assert differing(members, texts) == {}

        transaction.set_rollback(True)
