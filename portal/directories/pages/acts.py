"""The buttons of a directory import: try out, enable, run, confirm, cancel, pause, resume, remove."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from portal.directories import switching
from portal.door import TeamRequest, team_page
from portal.teams.actor import Role


@require_POST
@team_page(Role.ADMIN)
def try_out(request: TeamRequest, import_id: UUID) -> HttpResponse:
    """Look what a run would do."""
    switching.try_out(request.team, request.by, import_id)
    return redirect("directory", import_id)


@require_POST
@team_page(Role.ADMIN)
def enable(request: TeamRequest, import_id: UUID) -> HttpResponse:
    """Let it run from now on."""
    switching.enable(request.team, request.by, import_id)
    messages.success(request, _("Enabled. The first run begins now."))
    return redirect("directory", import_id)


@require_POST
@team_page(Role.ADMIN)
def run_now(request: TeamRequest, import_id: UUID) -> HttpResponse:
    """Run without waiting for the schedule."""
    switching.run_now(request.team, request.by, import_id)
    return redirect("directory", import_id)


@require_POST
@team_page(Role.ADMIN)
def confirm(request: TeamRequest, import_id: UUID, run_id: int) -> HttpResponse:
    """Let a run go on that waits for somebody's word."""
    switching.confirm(request.team, request.by, import_id, run_id)
    messages.success(request, _("Confirmed. The run goes on."))
    return redirect("directory", import_id)


@require_POST
@team_page(Role.ADMIN)
def cancel(request: TeamRequest, import_id: UUID, run_id: int) -> HttpResponse:
    """End a run."""
    switching.cancel(request.team, request.by, import_id, run_id)
    messages.success(request, _("Cancelled. What was done until then stays."))
    return redirect("directory", import_id)


@require_POST
@team_page(Role.ADMIN)
def pause(request: TeamRequest, import_id: UUID) -> HttpResponse:
    """Run no more for now."""
    switching.pause(request.team, request.by, import_id)
    messages.success(request, _("Paused. Nobody is imported until somebody resumes it."))
    return redirect("directory", import_id)


@require_POST
@team_page(Role.ADMIN)
def resume(request: TeamRequest, import_id: UUID) -> HttpResponse:
    """Run again."""
    switching.resume(request.team, request.by, import_id)
    messages.success(request, _("Resumed. A run begins now."))
    return redirect("directory", import_id)


@require_POST
@team_page(Role.ADMIN)
def remove(request: TeamRequest, import_id: UUID) -> HttpResponse:
    """Remove the import; whoever came by it stays."""
    switching.remove(request.team, request.by, import_id)
    messages.success(request, _("Removed, its key with it. Nobody lost their seat."))
    return redirect("directories")
