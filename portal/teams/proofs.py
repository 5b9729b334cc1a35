"""The DNS record of a domain, day by day: seven days without it, told by mail, and the domain lapses (R15)."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy

from portal.teams.actor import SYSTEM
from portal.teams.acts import Act, Kind, act
from portal.teams.domains import of
from portal.teams.models import Domain

MISSED = Kind("domain.proof_missed", gettext_lazy("The DNS record of {subject} was not found"))
RESTORED = Kind("domain.proof_restored", gettext_lazy("The DNS record of {subject} was found again"))
LAPSED = Kind("domain.lapsed", gettext_lazy("{subject} is verified no longer: its DNS record stayed away"))

GRACE, EVERY, AT_ONCE = timedelta(days=7), timedelta(hours=23), 200


def note(row: Domain, found: bool | None) -> None:
    """Note when the record was looked for, and whether it was seen; None where no DNS server knew."""
    row.checked_at = timezone.now()
    row.seen_at = row.checked_at if found else row.seen_at
    Domain.every_team.filter(pk=row.pk).update(checked_at=row.checked_at, seen_at=row.seen_at)


def take_due() -> Iterator[Domain]:
    """Hand out the verified domains not looked at today, each to one worker; a vouched one has no record."""
    now = timezone.now()
    due = Q(checked_at=None) | Q(checked_at__lt=now - EVERY)
    rows = Domain.every_team.filter(due, verified_at__isnull=False, vouched=False, team__closed_at=None)
    for row in list(rows.select_related("team").order_by("checked_at")[:AT_ONCE]):
        if rows.filter(pk=row.pk).update(checked_at=now):
            yield row


def recheck(row: Domain, found: bool | None) -> None:
    """Take what a day's look at a verified domain's record found; a server that can't tell changes nothing."""
    note(row, found)
    missing = row.missing_since
    if found and missing is not None:
        _restore(row.team, SYSTEM, row.pk)
    elif found is False and missing is None:
        _miss(row.team, SYSTEM, row.pk)
    elif found is False and missing is not None and timezone.now() - missing >= GRACE:
        _lapse(row.team, SYSTEM, row.pk)


def _is_proved(row: Domain) -> bool:
    return row.verified_at is not None and not row.vouched


@act
def _miss(act: Act, domain_id: UUID) -> None:
    row = of(act.team, domain_id)
    if not _is_proved(row) or row.missing_since is not None:
        return
    row.missing_since = act.at
    row.save()
    act.record(MISSED, row)


@act
def _restore(act: Act, domain_id: UUID) -> None:
    row = of(act.team, domain_id)
    if row.missing_since is None:
        return
    row.missing_since = None
    row.save()
    act.record(RESTORED, row)


@act
def _lapse(act: Act, domain_id: UUID) -> None:
    """Nothing is turned off by it, and nothing opens: the line stays drawn, without this domain."""
    row = of(act.team, domain_id)
    # Somebody may have proved it anew, or an operator vouched for it, while the DNS was asked.
    if not _is_proved(row) or row.missing_since is None or act.at - row.missing_since < GRACE:
        return
    row.verified_at, row.missing_since, row.lapsed_at, row.seen_at = None, None, act.at, None
    row.save()
    act.record(LAPSED, row)
