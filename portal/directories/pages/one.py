"""One directory import: its dry run before it is enabled, its runs afterwards, and each run's people."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from portal.directories import setting_up
from portal.directories.models import DirectoryImport, Run, State
from portal.directories.pages import shown
from portal.directories.pages.listed import newest
from portal.directories.providers import PROVIDERS
from portal.door import TeamRequest, team_page
from portal.teams.actor import Role
from portal.teams.errors import Missing

MOST_SHOWN = 25


@require_GET
@team_page(Role.AUDITOR)
def show(request: TeamRequest, import_id: UUID) -> HttpResponse:
    """Show an import: what it would do where it is not enabled, and what it did where it is."""
    source = setting_up.of(request.team, import_id)
    run = newest(source)
    context = _about(request, source, run) | {"crumbs": shown.crumbs((source.name, ""))}
    if source.enabled_at is None:
        return render(request, "directories/draft.html", context)
    runs = [(one, shown.badge(one), shown.changes(one)) for one in source.runs.order_by("-pk")[:MOST_SHOWN]]
    own = {"runs": runs, "brought": source.ties.filter(added=True, left_at=None).count()}
    return render(request, "directories/one.html", context | own)


def _about(request: TeamRequest, source: DirectoryImport, run: Run | None) -> dict[str, Any]:
    provider = PROVIDERS[source.provider]
    return {
        "source": source,
        "run": run,
        "state": shown.state(source, run),
        "steps": shown.steps(source),
        "provider": provider.label,
        "region": provider.regions().get(source.region, source.region),
        "acts": request.by.may(Role.ADMIN),
        "scim_on": request.team.scim_on,
        **(_of_run(run) if run is not None else {}),
    }


def _of_run(run: Run) -> dict[str, Any]:
    total = run.rows.count() if run.state == State.APPLYING else 0
    return {
        "badge": shown.badge(run),
        "numbers": shown.numbers(run),
        "seats": shown.seats_in_words(run),
        "total": total,
    }


@require_GET
@team_page(Role.AUDITOR)
def progress(request: TeamRequest, import_id: UUID) -> HttpResponse:
    """Give the part of the page that is fetched anew; the whole page where the run has ended."""
    source = setting_up.of(request.team, import_id)
    run = newest(source)
    if run is None:
        raise Missing
    answer = render(request, "directories/bar.html", {"source": source, "run": run, **_of_run(run)})
    if not run.at_work:
        answer["HX-Refresh"] = "true"
    return answer


@require_GET
@team_page(Role.AUDITOR)
def one_run(request: TeamRequest, import_id: UUID, run_id: int) -> HttpResponse:
    """Show a run's people, kind by kind."""
    source = setting_up.of(request.team, import_id)
    run = source.runs.filter(pk=run_id).first()
    if run is None:
        raise Missing
    own = reverse("directory", args=[source.pk])
    context = _about(request, source, run) | shown.rows(run, request.GET)
    context |= {"crumbs": shown.crumbs((source.name, own), (_("Run"), ""))}
    return render(request, "directories/run.html", context)
