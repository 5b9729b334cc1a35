"""What directory imports add to the floors below: their work, retention, the end with a team, notices, a diagnosis."""

from collections.abc import Iterator
from datetime import datetime

from django.conf import settings
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from portal.directories import notices, running
from portal.directories.models import AT_WORK, DirectoryImport, Run, State, Tie
from portal.teams import retention
from portal.teams.models import Member, Team
from portal.teams.moments import Fact
from portal.teams.registry import Count, Diagnosis, Finding, Retention, Work, registry


def older(before: datetime) -> "QuerySet[Run]":
    """The runs that are kept for long enough by then; one that is at work, or waits, stays."""
    return Run.every_team.filter(started_at__lt=before).exclude(state__in=(*AT_WORK, State.HELD))


def forget(team: Team) -> None:
    """Remove the imports of a team that closes, keys and runs with them."""
    team.directory_imports.all().delete()


def in_trouble(team: Team) -> Count:
    """Count the imports that somebody must look at."""
    trouble = Q(failing_since__isnull=False) | Q(runs__state=State.HELD) | Q(dead_at__isnull=False)
    rows = team.directory_imports.filter(trouble, paused_at=None).distinct()
    return Count(rows.count(), _("in trouble"), bad=True)


def facts(member: Member) -> Iterator[Fact]:
    """Name the imports that know somebody, and whether one gave them their seat."""
    for tie in member.directory_ties.select_related("source").order_by("pk")[:5]:
        words = _("{name}: out of its groups") if tie.left_at else _("{name}: seated by it") if tie.added else "{name}"
        url = reverse("directory", args=[tie.source_id])
        yield Fact(_("Directory import"), words.format(name=tie.source.name), url=url)


def strangers(team: Team) -> Iterator[Finding]:
    """Find members of other teams whom an import of this one knows."""
    for tie in Tie.every_team.filter(source__team=team).exclude(member__team=team)[:5]:
        yield Finding(
            "tie_of_own_team", f"{team.slug}: a directory import knows member {tie.member_id} of another team"
        )


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
    Work("directory", gettext_lazy("Directory import"), DirectoryImport, running.run, lease=running.HOLD, threads=4)
)
registry.retentions.append(
    Retention(
        "directory import runs", lambda: settings.KEEP_LOG_DAYS, lambda before: older(before).count(),
        lambda before: retention.in_batches(older(before)),
    )
)  # fmt: skip
registry.on_close.append(forget)
registry.counts["directories"] = in_trouble
registry.facts.append(facts)
registry.checks.append(strangers)
registry.doctors.append(diagnosis)
for notice in notices.NOTICES:
    registry.notices[notice.name] = notice
