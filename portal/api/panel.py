"""Settings › Developers › API keys: list, make, revoke. A fresh key is drawn in the answer that made it."""

from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from portal.api import keys
from portal.api.keys import Scope
from portal.api.models import ApiKey
from portal.door import TeamRequest, team_page
from portal.teams import access
from portal.teams.actor import Role

DAYS = {
    30: gettext_lazy("30 days"),
    90: gettext_lazy("90 days"),
    365: gettext_lazy("1 year"),
    0: gettext_lazy("When it is revoked"),
}


class KeyForm(forms.Form):
    """What the key is for, what it may do, and until when."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=keys.NAME_LENGTH,
        help_text=gettext_lazy("What uses it: “Billing”, “Production”."),
    )
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("It may"),
        choices=Scope.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Choose at least one.")},
    )
    days = forms.TypedChoiceField(label=gettext_lazy("It ends after"), choices=list(DAYS.items()), coerce=int)


@require_GET
@team_page(Role.AUDITOR)
def developers(request: TeamRequest) -> HttpResponse:
    """Show the team's keys."""
    return _draw(request)


def _draw(request: TeamRequest, key: str = "", form: KeyForm | None = None, status: int = 200) -> HttpResponse:
    """Draw the page; a fresh key is drawn once, in the answer to the POST that made it, and never kept."""
    context = {
        "key": key,
        "form": form or KeyForm(initial={"scopes": [Scope.SEATS_READ], "days": 90}),
        "rows": [_row(each) for each in keys.listed(request.team)],
        "acts": request.by.may(Role.ADMIN),
        "full": keys.live(request.team).count() >= keys.MOST_LIVE,
        "most": keys.MOST_LIVE,
        "sudo": access.is_sudo(request),
        "base": f"{settings.BASE_URL}/api/v1",
    }
    return render(request, "api/keys.html", context, status=status)


def _row(key: ApiKey) -> dict[str, Any]:
    """Say of a key how it stands."""
    if key.is_live:
        kind, word = "ok", _("Active")
    else:
        kind, word = "neutral", _("Revoked") if key.revoked_at else _("Ended")
    return {"key": key, "kind": kind, "word": word, "scopes": [Scope(name).label for name in key.scopes]}


@require_POST
@team_page(Role.ADMIN, sudo=True)
def make(request: TeamRequest) -> HttpResponse:
    """Make a key and show it, once."""
    form = KeyForm(request.POST)
    if not form.is_valid():
        return _draw(request, form=form, status=400)
    given = form.cleaned_data
    text, _key = keys.make(request.team, request.by, given["name"], given["scopes"], given["days"] or None)
    return _draw(request, key=text)


@require_POST
@team_page(Role.ADMIN, sudo=True)
def revoke(request: TeamRequest, key_id: UUID) -> HttpResponse:
    """End a key now."""
    keys.revoke(request.team, request.by, key_id)
    messages.success(request, _("The key has ended. What still uses it is refused."))
    return redirect("api:developers")
