"""The sign-in log: one row an attempt, found by its reference. Bounded and purged; it never takes the team lock.

What proves nothing may come from anybody: of that a team keeps few rows, written at a slow pace, so that a flood of
forged messages costs no disk and pushes out nothing that was proven.
"""

import threading
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import ngettext

from portal import metrics
from portal.teams import retention
from portal.teams.models import Draft, Member
from portal.teams.rows import insert
from portal.teams.spoken import new_reference
from portal.throttle import Throttle
from sso import checks, evidence
from sso.models import AuthnRequest, Purpose, SignInAttempt, SsoConnection

KEEP_FAILED, KEEP_UNPROVEN, KEEP = 5_000, 1_000, 20_000
# Rows that prove nothing: a burst for a Monday morning with an expired certificate, then ten a minute.
pace = Throttle(rate=1 / 6, burst=100)
# How many messages of a team were not kept since its last row; a process counts for itself.
_dropped: Counter[str] = Counter()
_lock = threading.Lock()


def record(
    connection: SsoConnection, request: HttpRequest, result: str, detail: str = "", *, who: str = "",
    member: Member | None = None, purpose: str = Purpose.SIGN_IN, said: dict[str, Any] | None = None,
    judged: list[dict[str, str]] | None = None, proven: bool = True,
    draft: Draft | None = None,
) -> str:  # fmt: skip
    """Write one attempt with what the message said and what of it passed; returns its reference number."""
    row = SignInAttempt(
        team_id=connection.team_id, reference=new_reference(), purpose=purpose, result=result, detail=detail,
        who=who[:320], member=member, trust_version=connection.trust_version, proven=proven, draft=draft,
        address=request.META.get("REMOTE_ADDR", ""), browser=request.headers.get("User-Agent", "")[:200],
        evidence=said or {}, checks=judged or [],
    )  # fmt: skip
    insert(row)
    metrics.judged(result)
    return row.reference


def record_unproven(
    connection: SsoConnection, request: HttpRequest, result: str, detail: str = "", *, message: str = "",
    purpose: str = Purpose.SIGN_IN, draft: Draft | None = None,
) -> str:  # fmt: skip
    """Write what proves nothing, unless too much of it comes: then "" and no row, and the next row says how many."""
    team = str(connection.team_id)
    if pace.wait(team):
        with _lock:
            _dropped[team] += 1
        metrics.judged(result)
        return ""
    with _lock:
        missed = _dropped.pop(team, 0)
    if missed:
        more = ngettext(
            "{n} refused message before this one was not kept.", "{n} refused messages before this one were not kept.",
            missed,
        )  # fmt: skip
        detail = f"{detail} {more.format(n=missed)}".strip()
    said = evidence.of(message, timezone.now()) if message else {}
    purpose = _purpose(connection, said, purpose)
    judged = checks.of_message(said, result, detail) if said or message else []
    reference = record(
        connection, request, result, detail, purpose=purpose, said=said, judged=judged, proven=False, draft=draft
    )  # fmt: skip
    _prune(connection)
    return reference


def _purpose(connection: SsoConnection, said: dict[str, Any], purpose: str) -> str:
    # Whoever names a test's request was sent by it, or was told its 128 random bits: the line stands with the test.
    asked = said.get("in_response_to", "")
    if purpose != Purpose.SIGN_IN or not asked or "\x00" in asked:
        return purpose
    tests = AuthnRequest.objects.filter(pk=asked, connection_id=connection.pk, purpose=Purpose.TEST)
    return Purpose.TEST if tests.filter(expires_at__gt=timezone.now()).exists() else purpose


def _prune(connection: SsoConnection) -> None:
    mine = SignInAttempt.every_team.filter(team_id=connection.team_id, proven=False).order_by("-at")
    oldest = mine.values_list("at", flat=True)[KEEP_UNPROVEN : KEEP_UNPROVEN + 1].first()
    if oldest is not None:
        mine.filter(at__lte=oldest).delete()


def tested(connection: SsoConnection, member: Member) -> bool:
    """Say whether this member's own test of the present configuration succeeded within the last hour."""
    return passed_tests(connection).filter(member=member, at__gt=timezone.now() - timedelta(hours=1)).exists()


def passed_tests(connection: SsoConnection) -> "QuerySet[SignInAttempt]":
    """Return the tests of the present configuration that led back to their tester, as far as the log goes."""
    return SignInAttempt.every_team.filter(
        team=connection.team, purpose=Purpose.TEST, result="ok", trust_version=connection.trust_version
    )


def older(before: datetime) -> "QuerySet[SignInAttempt]":
    """The attempts that are kept for long enough by then."""
    return SignInAttempt.every_team.filter(at__lt=before)


def purge(before: datetime) -> int:
    """Delete what is older, and of each team all but the newest failures and the newest rows."""
    every = SignInAttempt.every_team.all()
    gone = retention.in_batches(older(before))
    for team_id in list(every.order_by().values_list("team_id", flat=True).distinct()):
        mine = every.filter(team_id=team_id).order_by("-at")
        for rows, kept in ((mine.exclude(result="ok"), KEEP_FAILED), (mine, KEEP)):
            oldest = rows.values_list("at", flat=True)[kept : kept + 1].first()
            if oldest is not None:
                gone += retention.in_batches(rows.filter(at__lte=oldest).order_by())
    return gone
