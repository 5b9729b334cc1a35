"""What a team trusts of its identity provider: the fields by hand, its metadata, and sign-ins begun there."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from portal.door import TeamRequest, team_page
from portal.teams.actor import Role
from portal.teams.errors import Invalid
from sso import connection as connections
from sso.closing import require_open
from sso.forms import ConnectionForm, MetadataForm
from sso.panel.overview import show
from sso.panel.said import done


@require_POST
@team_page(Role.ADMIN, sudo=True)
def save(request: TeamRequest) -> HttpResponse:
    """Save the manual fields."""
    require_open(request, "edit")
    form = ConnectionForm.of(connections.of(request.team), request.POST)
    if not form.is_valid():
        return show(request, form=form, status=400)
    values, was_read = dict(form.cleaned_data), connections.of(request.team).metadata_url
    connections.configure(request.team, request.by, pems=values.pop("certificates"), **values)
    done(request, _("Saved. Test the connection next."), was_read)
    return redirect("sso:panel")


@require_POST
@team_page(Role.ADMIN, sudo=True)
def upload(request: TeamRequest) -> HttpResponse:
    """Take the identity provider's metadata."""
    require_open(request, "edit")
    form, was_read = MetadataForm(request.POST, request.FILES), connections.of(request.team).metadata_url
    if not form.is_valid():
        return show(request, upload=form, status=400)
    try:
        connections.configure_from_metadata(request.team, request.by, form.cleaned_data["xml"])
    except Invalid as refusal:
        form.add_error(None, str(refusal))
        return show(request, upload=form, status=400)
    done(request, _("Metadata taken. Test the connection next."), was_read)
    return redirect("sso:panel")


@require_POST
@team_page(Role.ADMIN)
def idp_initiated(request: TeamRequest) -> HttpResponse:
    """Choose what a sign-in started at the identity provider leads to."""
    require_open(request, "edit")
    connections.set_idp_initiated(request.team, request.by, request.POST.get("answer", ""))
    messages.success(request, _("Saved."))
    return redirect("sso:panel")
