"""Idempotency-Key: a write that is sent again is carried out once, and answered the same for a day.

A call claims its key by a row. The answer is written in the act's own transaction, so that an act and its answer are
both there, or neither: whoever finds a claim whose process died may carry the act out. Refusals changed nothing and
are not kept: the same key tries again.
"""

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.api.models import Answered, ApiKey
from portal.api.problems import Problem
from portal.teams.tenancy import new_id

HEADER, LENGTH = "Idempotency-Key", 255
# Longer than any statement may take: a claim of this age has no process any more.
LEASE, KEPT = timedelta(seconds=60), timedelta(hours=24)
HEADERS = ("Location", "ETag")


class InProgress(Problem):
    """Another call with this key is being carried out."""

    status, code = 409, "in_progress"

    def __init__(self) -> None:
        super().__init__(_("The first call with this Idempotency-Key is not done. Retry in a moment."), Retry_After="1")


class UsedForAnother(Problem):
    """The key came with another request before."""

    status, code = 422, "idempotency_key_reused"

    def __init__(self) -> None:
        super().__init__(_("This Idempotency-Key came with another request before. Make a new one for each write."))


@dataclass(frozen=True)
class Claim:
    """The right to carry out one write."""

    row_id: UUID
    mark: UUID

    def keep(self, response: HttpResponse) -> None:
        """Write the answer, in the act's transaction where one is open; a claim that was taken over undoes the act."""
        headers = {name: response[name] for name in HEADERS if name in response}
        mine = Answered.answers.filter(pk=self.row_id, claim=self.mark, status=None)
        if not mine.update(status=response.status_code, body=response.content.decode(), headers=headers):
            raise InProgress

    def release(self) -> None:
        """Give the key free: nothing was changed by it."""
        Answered.answers.filter(pk=self.row_id, claim=self.mark, status=None).delete()


def claim(key: ApiKey, request: HttpRequest, body: bytes) -> Claim | HttpResponse | None:
    """Claim the write for this call, or return what was answered to it before; None without a key."""
    name = request.headers.get(HEADER, "")
    if not name:
        return None
    if len(name) > LENGTH or not name.isascii() or not name.isprintable():
        raise Problem(_("An Idempotency-Key has 1 to {n} printable ASCII characters.").format(n=LENGTH))
    asked = hashlib.sha256(b"\n".join([str(request.method).encode(), request.get_full_path().encode(), body]))
    mark, now = new_id(), timezone.now()
    wanted = Answered(key=key, name=name, fingerprint=asked.hexdigest(), claim=mark, claimed_at=now)
    # One statement, so that of any number at once one has it.
    Answered.answers.bulk_create([wanted], ignore_conflicts=True)
    found = Answered.answers.filter(key=key, name=name).first()
    if found is None:
        raise InProgress
    if found.is_held(mark) or _take_over(found, wanted):
        return Claim(found.pk, mark)
    if found.fingerprint != wanted.fingerprint:
        raise UsedForAnother
    if found.status is None:
        raise InProgress
    return _again(found)


def _take_over(found: Answered, wanted: Answered) -> bool:
    """Take a row over whose day is past, or whose process died before it was carried out."""
    age = wanted.claimed_at - found.claimed_at
    is_dead = found.status is None and age > LEASE and found.fingerprint == wanted.fingerprint
    if not is_dead and age <= KEPT:
        return False
    # Of several who find it, the first has it.
    free = Answered.answers.filter(pk=found.pk, claim=found.claim, status=found.status)
    taken = free.update(
        claim=wanted.claim, claimed_at=wanted.claimed_at, fingerprint=wanted.fingerprint, status=None, body="",
        headers={},
    )  # fmt: skip
    return bool(taken)


def _again(found: Answered) -> HttpResponse:
    response = HttpResponse(found.body, status=found.status, content_type="application/json")
    for name, value in {**found.headers, "Idempotent-Replayed": "true"}.items():
        response[name] = value
    return response


def purge() -> None:
    """Delete what is older than a day."""
    Answered.answers.filter(claimed_at__lt=timezone.now() - KEPT).delete()
