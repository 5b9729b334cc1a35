"""The day's check of each team's journal: no gap in its numbers, and its guard in place; the audit log shows it."""

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from portal.teams import invariants
from portal.teams.models import Team

EVERY = timedelta(hours=20)


def check_due() -> None:
    """Check the journals of teams that were not checked for a day, and keep what was found."""
    now = timezone.now()
    due = Q(journal_checked_at=None) | Q(journal_checked_at__lt=now - EVERY)
    for team in Team.every_team.filter(due, closed_at=None).order_by("pk").iterator(chunk_size=200):
        found = [*invariants.gaps(team), *invariants.check_house()]
        told = "; ".join(finding.detail for finding in found)
        Team.every_team.filter(pk=team.pk).update(journal_checked_at=timezone.now(), journal_found=told)
