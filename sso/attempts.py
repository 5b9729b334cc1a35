"""The sign-in log: one row an attempt, found by its reference. Bounded and purged; it never takes the team lock."""

import secrets
from datetime import timedelta

from django.http import HttpRequest
from django.utils import timezone

from portal.teams.models import Member
from sso.models import Purpose, SignInAttempt, SsoConnection

KEEP_DAYS, KEEP_FAILED = 30, 5_000
# Without 0, 1, I, L, O, U: a reference is read aloud and typed.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_reference() -> str:
    """Return a reference number such as 7K3M-9QXP."""
    text = "".join(secrets.choice(ALPHABET) for _ in range(8))
    return f"{text[:4]}-{text[4:]}"


def record(
    connection: SsoConnection, request: HttpRequest, result: str, detail: str = "", *, who: str = "",
    member: Member | None = None, purpose: str = Purpose.SIGN_IN,
) -> str:  # fmt: skip
    """Write one attempt; returns its reference number."""
    row = SignInAttempt(
        team_id=connection.team_id, reference=new_reference(), purpose=purpose, result=result, detail=detail,
        who=who[:320], member=member, trust_version=connection.trust_version,
        address=request.META.get("REMOTE_ADDR", ""), browser=request.headers.get("User-Agent", "")[:200],
    )  # fmt: skip
    row.save(force_insert=True)
    return row.reference


def tested(connection: SsoConnection, member: Member) -> bool:
    """Say whether this member's own test of the present configuration succeeded within the last hour."""
    return SignInAttempt.every_team.filter(
        team=connection.team, member=member, purpose=Purpose.TEST, result="ok",
        trust_version=connection.trust_version, at__gt=timezone.now() - timedelta(hours=1),
    ).exists()  # fmt: skip


def purge() -> None:
    """Delete what is older than 30 days, and of each team's failures all but the newest 5,000."""
    SignInAttempt.every_team.filter(at__lt=timezone.now() - timedelta(days=KEEP_DAYS)).delete()
    failed = SignInAttempt.every_team.exclude(result="ok")
    for team_id in failed.values_list("team_id", flat=True).distinct():
        mine = failed.filter(team_id=team_id).order_by("-at")
        oldest_kept = mine.values_list("at", flat=True)[KEEP_FAILED : KEEP_FAILED + 1].first()
        if oldest_kept is not None:
            mine.filter(at__lte=oldest_kept).delete()
