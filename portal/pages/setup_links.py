"""Settings › Setup links: make one, see who opened it, end it, and decide on what was proposed by it."""

from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from portal.door import TeamRequest, team_page
from portal.teams import setup
from portal.teams.actor import Role
from portal.teams.models import Draft, Scope, SetupLink
from portal.teams.registry import registry

HOURS = {
    1: gettext_lazy("1 hour"),
    24: gettext_lazy("1 day"),
    72: gettext_lazy("3 days"),
    168: gettext_lazy("7 days"),
    336: gettext_lazy("14 days"),
}
SCOPES = {
    Scope.SSO: gettext_lazy("Single sign-on"),
    Scope.SCIM: gettext_lazy("Provisioning (SCIM)"),
    Scope.DOMAINS: gettext_lazy("Domains"),
}


class LinkForm(forms.Form):
    """What the link opens, for how long, and for whom."""

    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("It opens"),
        choices=list(SCOPES.items()),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Choose at least one.")},
    )
    hours = forms.TypedChoiceField(label=gettext_lazy("It ends after"), choices=list(HOURS.items()), coerce=int)
    note = forms.CharField(
        label=gettext_lazy("Note"),
        max_length=setup.NOTE_LENGTH,
        required=False,
        help_text=gettext_lazy("Whom you send it to. They see it too."),
    )


@require_GET
@team_page(Role.AUDITOR)
def setup_links(request: TeamRequest) -> HttpResponse:
    """Show the links, and the drafts that wait."""
    return _show(request)


def _show(request: TeamRequest, url: str = "", form: LinkForm | None = None, status: int = 200) -> HttpResponse:
    """Draw the page; a fresh link's address is drawn once, in the answer to the POST that made it."""
    context = {
        "url": url,
        "form": form or LinkForm(initial={"scopes": list(Scope.values), "hours": 168}),
        "links": [_row(link) for link in setup.links(request.team)],
        "drafts": [_draft(request, draft) for draft in setup.waiting(request.team)],
        "acts": request.by.may(Role.ADMIN),
        "locked": _locked(request),
    }
    return render(request, "setup/links.html", context, status=status)


def _locked(request: TeamRequest) -> bool:
    return not any(request.team.may_use(scope.feature) for scope in Scope)


def _row(link: SetupLink) -> dict[str, Any]:
    """Say of a link how it stands."""
    if link.revoked_at:
        state = ("neutral", _("Revoked"))
    elif not link.is_live:
        state = ("neutral", _("Ended"))
    else:
        state = ("ok", _("Opened")) if link.claimed_at else ("warn", _("Not opened yet"))
    return {"link": link, "scopes": [SCOPES[Scope(name)] for name in link.scopes], "kind": state[0], "word": state[1]}


def _draft(request: TeamRequest, draft: Draft) -> dict[str, Any]:
    """Say of a draft what it would change, and whether this viewer decides."""
    proposal = registry.proposals[draft.kind]
    return {
        "draft": draft,
        "title": proposal.title(request.team),
        "differences": proposal.differences(draft),
        "warnings": proposal.warnings(draft),
        "decides": request.by.may(proposal.role),
    }


@require_POST
@team_page(Role.ADMIN, sudo=True)
def make(request: TeamRequest) -> HttpResponse:
    """Make a link and show its address, once."""
    form = LinkForm(request.POST)
    if not form.is_valid():
        return _show(request, form=form, status=400)
    given = form.cleaned_data
    token, _link = setup.make(request.team, request.by, given["scopes"], given["hours"], given["note"])
    return _show(request, url=settings.BASE_URL + reverse("setup_open", args=[token]))


@require_POST
@team_page(Role.ADMIN)
def revoke(request: TeamRequest, link_id: UUID) -> HttpResponse:
    """End a link at once."""
    setup.revoke(request.team, request.by, link_id)
    messages.success(request, _("The link has ended. Whoever holds it is out on the next click."))
    return redirect("setup_links")


@require_POST
@team_page(Role.ADMIN, sudo=True)
def confirm(request: TeamRequest, draft_id: UUID) -> HttpResponse:
    """Do what a draft proposes."""
    setup.confirm(request.team, request.by, draft_id)
    messages.success(request, _("Confirmed."))
    return redirect("setup_links")


@require_POST
@team_page(Role.ADMIN)
def decline(request: TeamRequest, draft_id: UUID) -> HttpResponse:
    """Turn a draft down."""
    setup.decline(request.team, request.by, draft_id)
    messages.success(request, _("Declined. Nothing changed."))
    return redirect("setup_links")
