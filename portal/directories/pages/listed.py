"""The list of a team's directory imports, and the wizard's first two steps: the key, the groups and rules."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import OuterRef, Subquery
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from portal.directories import setting_up
from portal.directories.models import DirectoryImport, Run
from portal.directories.pages import forms, shown
from portal.door import TeamRequest, team_page, unless_sudo
from portal.teams.actor import Role
from portal.teams.errors import Conflict, Invalid


def newest(source: DirectoryImport) -> Run | None:
    """The run that began last."""
    found: Run | None = source.runs.order_by("-pk").first()
    return found


@require_GET
@team_page(Role.AUDITOR)
def directories(request: TeamRequest) -> HttpResponse:
    """Show the team's directory imports."""
    last = Run.every_team.filter(source=OuterRef("pk")).order_by("-pk").values("pk")[:1]
    sources = list(request.team.directory_imports.order_by("made_at").annotate(last_run=Subquery(last)))
    runs = Run.every_team.in_bulk([source.last_run for source in sources])
    newest_of = [(source, runs.get(source.last_run)) for source in sources]
    rows = [{"source": source, "run": run, "state": shown.state(source, run)} for source, run in newest_of]
    context = {"rows": rows, "acts": request.by.may(Role.ADMIN), "most": setting_up.MOST}
    return render(request, "directories/list.html", context)


# ── The key ──────────────────────────────────────────────────────────────────────────────────────────────────────────
@require_GET
@team_page(Role.ADMIN)
def add(request: TeamRequest) -> HttpResponse:
    """Ask for a new directory's key."""
    return _key_page(request, forms.AddForm(initial={"name": "JumpCloud"}))


@require_POST
@team_page(Role.ADMIN)
def check(request: TeamRequest) -> HttpResponse:
    """Check a new directory's key and keep it."""
    form = forms.AddForm(request.POST)
    if not form.is_valid():
        return _key_page(request, form, status=400)
    name = form.cleaned_data["name"]
    source = setting_up.add(request.team, request.by, name, form.provider, form.access, form.found)
    messages.success(request, _("The key works. Now choose whom to import."))
    return redirect("directory_rules", source.pk)


@require_GET
@team_page(Role.ADMIN)
def key(request: TeamRequest, import_id: UUID) -> HttpResponse:
    """Ask for another key."""
    source = setting_up.of(request.team, import_id)
    initial = {"region": source.region, "organisation": source.organisation}
    return _key_page(request, forms.KeyForm(initial=initial), source)


@require_POST
@team_page(Role.ADMIN)
def replace_key(request: TeamRequest, import_id: UUID) -> HttpResponse:
    """Check another key and put it in the old one's place."""
    source = setting_up.of(request.team, import_id)
    form = forms.KeyForm(request.POST)
    if not form.is_valid():
        return _key_page(request, form, source, status=400)
    setting_up.replace_key(request.team, request.by, source.pk, form.access, form.found)
    messages.success(request, _("The new key works and has taken the old one’s place."))
    return redirect("directory", source.pk)


def _key_page(
    request: TeamRequest, form: forms.KeyForm, source: DirectoryImport | None = None, status: int = 200
) -> HttpResponse:
    last = [(source.name, reverse("directory", args=[source.pk]))] if source else []
    context: dict[str, Any] = {
        "form": form,
        "source": source,
        "steps": shown.steps(source),
        "crumbs": shown.crumbs(*last, (_("Replace the key") if source else _("New import"), "")),
    }
    return render(request, "directories/key.html", context, status=status)


# ── Groups and rules ─────────────────────────────────────────────────────────────────────────────────────────────────
@require_GET
@team_page(Role.ADMIN)
def rules(request: TeamRequest, import_id: UUID) -> HttpResponse:
    """Show whom an import brings, and what is done with them."""
    source = setting_up.of(request.team, import_id)
    return _rules_page(request, source, forms.rules_of(source, request.team))


@require_POST
@team_page(Role.ADMIN)
def set_rules(request: TeamRequest, import_id: UUID) -> HttpResponse:
    """Say whom an import brings, and what is done with them."""
    source = setting_up.of(request.team, import_id)
    form = forms.rules_of(source, request.team, request.POST)
    if form.is_valid():
        if form.gives_role and (stop := unless_sudo(request)):
            return stop
        try:
            setting_up.set_rules(request.team, request.by, source.pk, form.rules)
        except (Invalid, Conflict) as refusal:
            form.add_error(None, str(refusal))
    if form.errors:
        return _rules_page(request, source, form, status=400)
    if source.enabled_at is not None:
        messages.success(request, _("Saved. It counts from the next run."))
    return redirect("directory", source.pk)


@require_POST
@team_page(Role.ADMIN)
def read_groups(request: TeamRequest, import_id: UUID) -> HttpResponse:
    """Ask the directory again which groups there are."""
    setting_up.read_groups(request.team, request.by, import_id)
    messages.success(request, _("The list of groups is up to date."))
    return redirect("directory_rules", import_id)


def _rules_page(
    request: TeamRequest, source: DirectoryImport, form: forms.RulesForm, status: int = 200
) -> HttpResponse:
    own = reverse("directory", args=[source.pk])
    context: dict[str, Any] = {
        "form": form,
        "source": source,
        "steps": shown.steps(source),
        "crumbs": shown.crumbs((source.name, own), (_("Groups and rules"), "")),
    }
    return render(request, "directories/rules.html", context, status=status)
