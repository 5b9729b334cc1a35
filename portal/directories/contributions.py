"""What directory imports add to the floors below: their work, retention, the end with a team, notices, a diagnosis."""

from collections.abc import Iterator
from datetime import datetime

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from portal.directories import notices, running
from portal.directories.models import AT_WORK, DirectoryImport, Run, State
from portal.teams import retention
from portal.teams.models import Team
from portal.teams.registry import Count, Diagnosis, Retention, Work, registry


def older(before: datetime) -> "QuerySet[Run]":
    """The runs that are kept for long enough by then; one that is at work, or waits, stays."""
    return Run.every_team.filter(started_at__lt=before).exclude(state__in=(*AT_WORK, State.HELD))


def forget(team: Team) -> None:
    """Remove the imports of a team that closes, keys and runs with them."""
    team.directory_imports.all().delete()


def in_trouble(team: Team) -> Count:
    """Count the imports that somebody must look at."""
    trouble = Q(failing_since__isnull=False) | Q(runs__state=State.HELD)
    rows = team.directory_imports.filter(trouble, paused_at=None).distinct()
    return Count(rows.count(), _("in trouble"), bad=True)


def diagnosis() -> Iterator[Diagnosis]:
    """Which directory imports fail, over all teams."""
    failing = DirectoryImport.every_team.filter(failing_since__isnull=False, paused_at=None, team__closed_at=None)
    live = DirectoryImport.every_team.filter(enabled_at__isnull=False, paused_at=None, team__closed_at=None).count()
    for source in failing.select_related("team")[:5]:
        told = _("{name} of team {team} has failed since {at:%Y-%m-%d %H:%M}: {why}")
        words = told.format(name=source.name, team=source.team.slug, at=source.failing_since, why=source.failure)
        yield Diagnosis("directory imports", "warn", words, _("Its admins were told; they replace the key or groups."))
    if not failing.exists():
        told = ngettext("{n} runs by itself.", "{n} run by themselves.", live)
        yield Diagnosis("directory imports", "ok", told.format(n=live))


registry.works.append(
    Work("directory", gettext_lazy("Directory import"), DirectoryImport, running.run, lease=running.HOLD)
)
registry.retentions.append(
    Retention(
        "directory import runs", lambda: settings.KEEP_LOG_DAYS, lambda before: older(before).count(),
        lambda before: retention.in_batches(older(before)),
    )
)  # fmt: skip
registry.on_close.append(forget)
registry.counts["directories"] = in_trouble
registry.doctors.append(diagnosis)
for notice in notices.NOTICES:
    registry.notices[notice.name] = notice
