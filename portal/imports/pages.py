"""The pages of an import: paste or send, look over, begin, watch, see what came of it, take it back."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from portal import door, take_away
from portal.imports import looking, reading, run, shown
from portal.imports.models import Import, State
from portal.teams import policy, seats
from portal.teams.actor import Door, Role
from portal.teams.errors import Missing
from portal.teams.policy import Task
from portal.teams.verdicts import Outcome

MOST_SHOWN, MOST_PASTED = 25, 100_000


class PasteForm(forms.Form):
    """Addresses, in any usual form."""

    people = forms.CharField(
        label=gettext_lazy("People"),
        max_length=MOST_PASTED,
        widget=forms.Textarea(attrs={"rows": 10, "spellcheck": "false"}),
        help_text=gettext_lazy("One a line, or with commas or semicolons between them: Ada Lovelace <ada@example.com>"),
    )


class FileForm(forms.Form):
    """A file of people."""

    file = forms.FileField(
        label=gettext_lazy("CSV file"),
        allow_empty_file=True,
        help_text=gettext_lazy("Up to 100,000 rows and 20 MB. Drop it here, or choose it."),
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,text/csv"}),
    )

    def clean_file(self) -> Any:
        """Refuse what is too large before it is read."""
        sent = self.cleaned_data["file"]
        if sent.size > reading.MOST_BYTES:
            most = reading.MOST_BYTES // 2**20
            raise forms.ValidationError(_("The file has more than {n} MB. Split it.").format(n=most))
        return sent


class BeginForm(forms.Form):
    """How an import is to run, and the seal on what was shown of it."""

    fit = forms.ChoiceField(
        label=gettext_lazy("If there are not enough seats"),
        choices=[
            ("some", gettext_lazy("Give seats to as many as fit, in the order of the list")),
            ("all", gettext_lazy("Begin only if everybody gets one")),
        ],
        initial="some",
        widget=forms.RadioSelect,
        required=False,
    )
    mail = forms.BooleanField(
        label=gettext_lazy("Mail everybody who gets a seat"),
        help_text=gettext_lazy("They can sign in either way."),
        initial=True,
        required=False,
    )
    sure = forms.BooleanField(
        label=gettext_lazy("I know these addresses, and that each is the person’s named beside it"), required=False
    )
    seal = forms.CharField(required=False)


# ── Sending ──────────────────────────────────────────────────────────────────────────────────────────────────────────
@require_GET
@door.team_page(Role.ADMIN)
def paste(request: door.TeamRequest) -> HttpResponse:
    """Show where addresses are pasted."""
    return _paste_page(request, PasteForm())


@require_POST
@door.team_page(Role.ADMIN)
def read_pasted(request: door.TeamRequest) -> HttpResponse:
    """Look over pasted addresses."""
    form = PasteForm(request.POST)
    if not form.is_valid():
        return _paste_page(request, form, status=400)
    return _send(request, "", form.cleaned_data["people"].encode())


@require_GET
@door.team_page(Role.AUDITOR)
def imports(request: door.TeamRequest) -> HttpResponse:
    """Show where a file is sent, and what was imported this month."""
    return _file_page(request, FileForm())


@require_POST
@door.team_page(Role.ADMIN)
def upload(request: door.TeamRequest) -> HttpResponse:
    """Look over a file."""
    form = FileForm(request.POST, request.FILES)
    if not form.is_valid():
        return _file_page(request, form, status=400)
    sent = form.cleaned_data["file"]
    return _send(request, sent.name[-200:] or _("List"), sent.read())


@require_GET
@door.team_page(Role.AUDITOR)
def sample(_request: door.TeamRequest) -> HttpResponse:
    """Give a file to begin with."""
    rows = [
        ("email", "first name", "last name", "role", "title", "department"),
        ("ada@example.com", "Ada", "Lovelace", "member", "Analyst", "Research"),
        ("grace@example.com", "Grace", "Hopper", "admin", "Rear admiral", "Navy"),
    ]
    return take_away.table(rows, "people.csv")


def _send(request: door.TeamRequest, name: str, data: bytes) -> HttpResponse:
    shut = _shut(request, Task.ASSIGN)
    if shut is not None:
        raise shut
    sent = looking.send(request.team, request.member.pk, request.by.label, name, data)
    return redirect("import", sent.pk)


def _shut(request: door.TeamRequest, task: Task) -> Any:
    return policy.lock(request.team, Door.CSV, task)


def _paste_page(request: door.TeamRequest, form: PasteForm, status: int = 200) -> HttpResponse:
    context = {"form": form, "tally": seats.tally(request.team), "lock": _shut(request, Task.ASSIGN)}
    return render(request, "imports/paste.html", context, status=status)


def _file_page(request: door.TeamRequest, form: FileForm, status: int = 200) -> HttpResponse:
    made = request.team.imports.defer("data").order_by("-made_at")[:MOST_SHOWN]
    context = {
        "form": form,
        "lock": _shut(request, Task.ASSIGN),
        "may_act": request.by.may(Role.ADMIN),
        "made": [(one, shown.title(one), *shown.state(one)) for one in made],
    }
    return render(request, "imports/file.html", context, status=status)


# ── Looking ──────────────────────────────────────────────────────────────────────────────────────────────────────────
@require_GET
@door.team_page(Role.AUDITOR)
def detail(request: door.TeamRequest, import_id: UUID) -> HttpResponse:
    """Show an import: how far it is, what it would do, or what it did."""
    found = _of(request, import_id)
    return _page(request, found, BeginForm())


@require_GET
@door.team_page(Role.AUDITOR)
def progress(request: door.TeamRequest, import_id: UUID) -> HttpResponse:
    """Give the part of the page that is fetched anew; the whole page where the work has ended."""
    found = _of(request, import_id)
    answer = render(request, "imports/bar.html", _progress(found))
    if not found.at_work:
        answer["HX-Refresh"] = "true"
    return answer


@require_GET
@door.team_page(Role.AUDITOR)
def refused_rows(request: door.TeamRequest, import_id: UUID) -> HttpResponse:
    """Give the rows that were not admitted, with the reason, as CSV."""
    return take_away.table(shown.refused_cells(_of(request, import_id)), "refused.csv")


def _of(request: door.TeamRequest, import_id: UUID) -> Import:
    found: Import | None = request.team.imports.defer("data").filter(pk=import_id).first()
    if found is None:
        raise Missing
    found.team = request.team
    request.subject = shown.title(found)
    return found


def _page(request: door.TeamRequest, found: Import, form: BeginForm, status: int = 200) -> HttpResponse:
    word, badge = shown.state(found)
    context = {"import": found, "title": shown.title(found), "word": word, "badge": badge, "form": form}
    context |= {"may_act": request.by.may(Role.ADMIN), "lock": _shut(request, Task.ASSIGN)}
    if found.at_work:
        return render(request, "imports/progress.html", context | _progress(found), status=status)
    if found.state == State.READY:
        return render(request, "imports/preview.html", context | _preview(request, found), status=status)
    return render(request, "imports/result.html", context | _result(request, found), status=status)


def _progress(found: Import) -> dict[str, Any]:
    """How far it is; while a file is read nobody knows how long it is."""
    total = 0 if found.state == State.READING else found.total
    if found.state == State.TAKING_BACK:
        total = found.at + run.given(found).count()
    word, _badge = shown.state(found)
    return {"import": found, "done": found.at, "total": total, "word": word}


def _preview(request: door.TeamRequest, found: Import) -> dict[str, Any]:
    counts = {kind.value: found.counts.get(kind, 0) for kind in Outcome}
    people = counts["new"] + counts["changed"]
    return {
        "counts": counts,
        "seats": shown.seats_in_words(found),
        "people": people,
        "promoted": shown.promoted(found) if found.gives_roles else [],
        "seal": looking.seal(found),
        "anybody": people + counts["over"],
        "unread": [header for header, column in found.headers if not column and header],
        "tabs": shown.tabs(found, request.GET),
        "page": shown.page(found, request.GET),
    }


def _result(request: door.TeamRequest, found: Import) -> dict[str, Any]:
    return {
        "counts": {kind.value: found.counts.get(kind, 0) for kind in Outcome},
        "given": run.given(found).count(),
        "refused": sum(found.counts.get(kind, 0) for kind in (Outcome.BAD, Outcome.OVER)) + found.waits,
        "lock_unassign": _shut(request, Task.UNASSIGN),
        "tabs": shown.tabs(found, request.GET, after=True),
        "page": shown.page(found, request.GET, after=True) if found.counts else None,
    }


# ── Acting ───────────────────────────────────────────────────────────────────────────────────────────────────────────
@require_POST
@door.team_page(Role.ADMIN)
def begin(request: door.TeamRequest, import_id: UUID) -> HttpResponse:
    """Begin an import as it was shown; where the team changed since, it is shown anew."""
    found, form = _of(request, import_id), BeginForm(request.POST)
    if not form.is_valid() or _changed_since(request, found, form.cleaned_data["seal"]):
        return redirect("import", found.pk)
    if found.gives_roles and not form.cleaned_data["sure"]:
        form.add_error("sure", _("Look at the addresses that get a role, and tick that you know them."))
        return _page(request, found, form, 400)
    if found.gives_roles and (stop := door.unless_sudo(request)):
        return stop
    said = form.cleaned_data
    how = {"seal": said["seal"], "all_or_none": said["fit"] == "all", "mail": said["mail"]}
    run.do_now(run.confirm(request.team, request.by, found.pk, **how))
    return redirect("import", found.pk)


def _changed_since(request: door.TeamRequest, found: Import, seal: str) -> bool:
    """Look at every row again where the team changed; says whether what came of it must be shown first."""
    if found.state != State.READY:
        return False
    moved = found.standing != looking.standing(found.team)
    if moved and found.total > looking.QUICK_ROWS:
        run.look_again(request.team, request.by, found.pk)
        messages.info(request, _("The team has changed since. Every row is looked at again."))
        return True
    try:
        if moved:
            looking.look_again(found, in_hand=False)
    except looking.Interrupted:
        messages.info(request, _("Somebody else began or cancelled this import meanwhile."))
        return True
    if seal == looking.seal(found):
        return False
    messages.warning(request, _("The team has changed since you looked. This is what would happen now."))
    return True


@require_POST
@door.team_page(Role.ADMIN)
def cancel(request: door.TeamRequest, import_id: UUID) -> HttpResponse:
    """End an import."""
    ended = run.cancel(request.team, request.by, _of(request, import_id).pk)
    if ended.confirmed_at is None:
        messages.success(request, _("Cancelled. Nothing was changed."))
    return redirect("import", ended.pk)


@require_POST
@door.team_page(Role.ADMIN)
def take_back(request: door.TeamRequest, import_id: UUID) -> HttpResponse:
    """Take back the seats that an import gave."""
    begun = run.take_back(request.team, request.by, _of(request, import_id).pk)
    run.do_now(begun)
    if not begun.at_work:
        messages.success(request, _("The seats were taken back. Who is signed in is signed out."))
    return redirect("import", begun.pk)
