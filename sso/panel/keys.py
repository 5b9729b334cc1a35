"""Settings › … › Single sign-on › Certificates: ours and theirs, and how strictly the two sides speak."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from portal.door import TeamRequest, team_page
from portal.teams import access
from portal.teams.actor import Role
from sso import certificates, keys
from sso import connection as connections
from sso.closing import closing, require_open
from sso.models import KeyState
from sso.panel.overview import WARN_DAYS
from sso.panel.said import done
from sso.protocol import ProtocolForm


@require_GET
@team_page(Role.AUDITOR)
def page(request: TeamRequest) -> HttpResponse:
    """Show our certificates, the identity provider's, and the protocol's switches."""
    return show(request)


def show(request: TeamRequest, form: ProtocolForm | None = None, status: int = 200) -> HttpResponse:
    """Draw the page, with the form as it was sent where it was refused."""
    connection, now = connections.of(request.team), timezone.now()
    ours = keys.every(connection)
    context = {
        "connection": connection,
        "keys": ours,
        "has_next": any(row.state == KeyState.NEXT for row in ours),
        "certificates": connections.certificates(connection),
        "saved": not connection._state.adding,
        "urls": {name: connections.url(request.team, name) for name in ("metadata", "slo")},
        "form": form or ProtocolForm.of(connection),
        "acts": request.by.may(Role.ADMIN),
        "why": closing(request, connection)["edit"],
        "sudo": access.is_sudo(request),
        "now": now,
        "soon": now + WARN_DAYS,
    }
    return render(request, "sso/keys.html", context, status=status)


@require_GET
@team_page(Role.AUDITOR)
def download(request: TeamRequest, key_id: UUID) -> HttpResponse:
    """Give one of our certificates as a file."""
    row = keys.certificate(request.team, key_id)
    name = f"seatgate-{request.team.slug}-{row.not_after:%Y-%m-%d}.pem"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(row.certificate, content_type="application/x-pem-file", headers=headers)


@require_POST
@team_page(Role.ADMIN, sudo=True)
def make(request: TeamRequest) -> HttpResponse:
    """Generate the first certificate, or the next one."""
    require_open(request, "edit")
    row = keys.make(request.team, request.by)
    first = row.state == KeyState.CURRENT
    made = _("Generated. Download it and upload it at your identity provider.")
    following = _(
        "The next certificate is in our metadata now. Upload it at your identity provider, then make it current."
    )
    messages.success(request, made if first else following)
    return redirect("sso:keys")


@require_POST
@team_page(Role.ADMIN, sudo=True)
def make_current(request: TeamRequest, key_id: UUID) -> HttpResponse:
    """Sign with the next certificate from now on."""
    require_open(request, "edit")
    keys.make_current(request.team, request.by, key_id)
    messages.success(request, _("It is current. The former one still decrypts until you remove it."))
    return redirect("sso:keys")


@require_POST
@team_page(Role.ADMIN, sudo=True)
def remove(request: TeamRequest, key_id: UUID) -> HttpResponse:
    """Remove a next or retired certificate and its key."""
    require_open(request, "edit")
    keys.remove(request.team, request.by, key_id)
    messages.success(request, _("Removed."))
    return redirect("sso:keys")


@require_POST
@team_page(Role.ADMIN, sudo=True)
def add_theirs(request: TeamRequest) -> HttpResponse:
    """Add a certificate of the identity provider beside the present ones."""
    require_open(request, "edit")
    certificates.add(request.team, request.by, request.POST.get("certificates", ""))
    messages.success(request, _("Added. Either certificate may sign now."))
    return redirect("sso:keys")


@require_POST
@team_page(Role.ADMIN, sudo=True)
def remove_theirs(request: TeamRequest, certificate_id: UUID) -> HttpResponse:
    """Remove a certificate of the identity provider."""
    require_open(request, "edit")
    was_read = connections.of(request.team).metadata_url
    certificates.remove(request.team, request.by, certificate_id)
    done(request, _("Removed. What it signs is no longer believed."), was_read)
    return redirect("sso:keys")


@require_POST
@team_page(Role.ADMIN, sudo=True)
def save_protocol(request: TeamRequest) -> HttpResponse:
    """Save the protocol's switches."""
    require_open(request, "edit")
    form = ProtocolForm.of(connections.of(request.team), request.POST)
    if not form.is_valid():
        return show(request, form, status=400)
    connections.configure(request.team, request.by, **form.cleaned_data)
    messages.success(request, _("Saved. Test the connection next."))
    return redirect("sso:keys")
