"""Mail as rows: an act posts a letter in its own transaction, the worker sends it."""

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from portal.teams.folding import fold_address
from portal.teams.models import Letter, Member, Team

# Of many letters posted at once the worker takes up so many a second.
APART = timedelta(seconds=1) / 10
LOOKED_THROUGH = 50


def post(kind: str, to: str, /, due_at: datetime | None = None, **words: Any) -> None:
    """Queue one mail made from the templates `mail/<kind>.txt` and `.html`; nothing happens without an address."""
    if to:
        Letter(kind=kind, to=to, words=json.dumps(words), due_at=due_at or timezone.now()).save(force_insert=True)


def post_many(kind: str, addresses: Iterable[str], /, **words: Any) -> None:
    """Queue the same mail for many addresses, one after the other: a code that somebody waits for goes in between."""
    now, text = timezone.now(), json.dumps(words)
    Letter.objects.bulk_create(
        Letter(kind=kind, to=address, words=text, due_at=now + number * APART)
        for number, address in enumerate(filter(None, addresses))
    )


def last_code(email: str) -> str:
    """Return the code of the newest letter to an address; only the demo keeps a sent letter's words."""
    newest = Letter.objects.filter(kind="code").order_by("-made_at")[:LOOKED_THROUGH]
    letter = next((letter for letter in newest if fold_address(letter.to) == fold_address(email)), None)
    return str(json.loads(letter.words or "{}").get("code", "")) if letter else ""


def post_all(kind: str, people: Iterable[Member], /, **words: Any) -> None:
    """Queue the same mail for several members, at the address they sign in with."""
    for address in sorted({member.sign_in_email for member in people if member.sign_in_email}):
        post(kind, address, **words)


def owners(team: Team) -> list[Member]:
    """The active owners of a team: who gets its security mail; nobody suspended does."""
    return list(Member.every_team.filter(team=team, role="owner", active=True, suspended_at=None))


def admins(team: Team) -> list[Member]:
    """The active owners and admins of a team who are not suspended."""
    return list(Member.every_team.filter(team=team, role__in=("owner", "admin"), active=True, suspended_at=None))
