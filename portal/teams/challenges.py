"""Challenges: what a browser is asked to prove beside the e-mail code; tried a few times, claimed once (rule 12)."""

from datetime import timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db.models import F, QuerySet
from django.utils import timezone

from portal.teams.models import Challenge, User
from portal.teams.tenancy import new_id

VALID_MINUTES, TRIES = 10, 5


class Purpose(StrEnum):
    """What a challenge is good for; one is never taken for another."""

    SECOND_STEP = "second_step"
    PASSKEY = "passkey"
    AGAIN = "again"
    NEW_TOTP = "new_totp"
    NEW_PASSKEY = "new_passkey"


def ask(purpose: Purpose, user: User | None, *, id: UUID | None = None, **state: Any) -> Challenge:
    """Keep what a browser is asked."""
    until = timezone.now() + timedelta(minutes=VALID_MINUTES)
    made: Challenge = Challenge.objects.create(
        id=id or new_id(), purpose=purpose, user=user, state=state, expires_at=until
    )
    return made


def find(challenge_id: str | None, purpose: Purpose) -> Challenge | None:
    """Return a challenge of this purpose that can still be answered."""
    if not challenge_id:
        return None
    return _live().filter(pk=challenge_id, purpose=purpose, tries__lt=TRIES).select_related("user").first()


def tried(challenge: Challenge) -> bool:
    """Count a try; False where too many were made or somebody was quicker."""
    return bool(_live().filter(pk=challenge.pk, tries__lt=TRIES).update(tries=F("tries") + 1))


def claim(challenge: Challenge) -> bool:
    """Use a challenge up: of eight right answers sent at once, one is told True."""
    return bool(_live().filter(pk=challenge.pk).update(used_at=timezone.now()))


def _live() -> "QuerySet[Challenge]":
    return Challenge.objects.filter(used_at=None, expires_at__gt=timezone.now())
