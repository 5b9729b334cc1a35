"""Attributes: which of what the identity provider sends is the e-mail address, which the names, with a sample."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from portal.door import TeamRequest, team_page
from portal.teams.actor import Door, Role
from portal.teams.models import Team
from sso import checks
from sso import connection as connections
from sso.closing import closing, require_open
from sso.models import SignInAttempt, SsoConnection

TARGETS = {
    "email": gettext_lazy("E-mail address"),
    "first_name": gettext_lazy("First name"),
    "last_name": gettext_lazy("Last name"),
}


class MappingForm(forms.Form):
    """Names of this identity provider's own; empty ones leave it to the usual names."""

    email_attribute = forms.CharField(label=gettext_lazy("E-mail address comes from"), max_length=255, required=False)
    first_name_attribute = forms.CharField(label=gettext_lazy("First name comes from"), max_length=255, required=False)
    last_name_attribute = forms.CharField(label=gettext_lazy("Last name comes from"), max_length=255, required=False)

    @classmethod
    def of(cls, connection: SsoConnection, data: Any = None) -> "MappingForm":
        """Return the form filled from the connection."""
        return cls(data, initial={name: getattr(connection, name) for name in cls.base_fields})


@require_GET
@team_page(Role.AUDITOR)
def mapping(request: TeamRequest) -> HttpResponse:
    """Show where each value comes from, with what the last genuine message said."""
    return _draw(request, MappingForm.of(connections.of(request.team)))


@require_POST
@team_page(Role.ADMIN, sudo=True)
def save(request: TeamRequest) -> HttpResponse:
    """Save the names of the attributes."""
    require_open(request, "edit")
    form = MappingForm(request.POST)
    if not form.is_valid():
        return _draw(request, form, 400)
    connections.configure(request.team, request.by, **form.cleaned_data)
    messages.success(request, _("Saved. Test the connection next."))
    return redirect("sso:mapping")


def _draw(request: TeamRequest, form: MappingForm, status: int = 200) -> HttpResponse:
    connection = connections.of(request.team)
    last = last_genuine(request.team)
    said = last.evidence if last else {}
    sent = said.get("attributes", {})
    found = checks.found_in(connection, said.get("name_id", ""), sent)
    context = {
        "connection": connection,
        "form": form,
        "why": closing(request, connection),
        "acts": request.by.may(Role.ADMIN) and request.by.door is not Door.BREAK_GLASS,
        "last": last,
        "rows": [(label, target == "email", found[target]) for target, label in TARGETS.items()],
        "unread": _unread(sent, {each.source for each in found.values()}),
    }
    return render(request, "sso/mapping.html", context, status=status)


def _unread(sent: Mapping[str, list[str]], read: set[str]) -> list[tuple[str, str]]:
    return [(name, ", ".join(values)) for name, values in sent.items() if name not in read]


def last_genuine(team: Team) -> SignInAttempt | None:
    """Return the newest attempt whose message was proven and kept."""
    proven = SignInAttempt.every_team.filter(team=team, proven=True).exclude(evidence={}).order_by("-at")
    found: SignInAttempt | None = proven.first()
    return found
