"""What is on: the test sign-in, first sign-ins, single sign-on itself, and Enforce SSO."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from portal.door import TeamRequest, safe_path, team_page
from portal.teams import policy
from portal.teams.actor import Role
from portal.teams.errors import Invalid
from sso import binding, login
from sso import connection as connections
from sso.closing import nobody_added, require_open
from sso.models import Purpose


@require_POST
@team_page(Role.ADMIN)
def jit(request: TeamRequest) -> HttpResponse:
    """Say whether a first sign-in adds unknown people."""
    require_open(request, "jit")
    policy.set_jit(request.team, request.by, request.POST.get("on") == "1")
    messages.success(request, _("Saved."))
    return redirect("sso:panel")


@require_POST
@team_page(Role.ADMIN)
def test(request: TeamRequest) -> HttpResponse:
    """Lead on to the identity provider for a test sign-in, which makes no session and no member."""
    require_open(request, "test")
    connection, browser = connections.of(request.team), binding.of(request)
    url = login.begin(connection, browser, _back(request), Purpose.TEST, request.member)
    response = _lead_on(request, url)
    binding.keep(response, binding.BINDING, browser, binding.BINDING_SECONDS)
    return response


def _back(request: TeamRequest) -> str:
    # To the panel, or to the step of the wizard that it was begun in.
    panel, back = reverse("sso:panel"), safe_path(request.POST.get("back"))
    return back if back.startswith(panel) else panel


def _lead_on(request: HttpRequest, url: str) -> HttpResponse:
    # form-action 'self' makes Chromium block a form's POST that is answered by a redirect to another site.
    return render(request, "sso/lead_on.html", {"url": url})


@require_POST
@team_page(Role.OWNER, sudo=True)
def turn_on(request: TeamRequest) -> HttpResponse:
    """Turn single sign-on on."""
    connections.turn_on(request.team, request.by)
    messages.success(request, _("Single sign-on is on. Members can now sign in through your identity provider."))
    return redirect("sso:panel")


@require_POST
@team_page(Role.OWNER, sudo=True)
def turn_off(request: TeamRequest) -> HttpResponse:
    """Turn single sign-on off."""
    policy.turn_sso_off(request.team, request.by)
    messages.success(request, _("Single sign-on is off. Members sign in by e-mail code."))
    return redirect("sso:panel")


@require_POST
@team_page(Role.OWNER, sudo=True)
def enforce(request: TeamRequest) -> HttpResponse:
    """Enforce single sign-on; this owner's own code session ends too, and they land at the identity provider."""
    if request.POST.get("confirm", "").strip() != request.team.name:
        raise Invalid(_("Type the team's name to confirm."))
    if nobody_added(request.team) and request.POST.get("nobody_added") != "1":
        raise Invalid(_("Tick that you know: nobody can be added while SCIM and the first sign-in's adding are off."))
    connections.enforce(request.team, request.by)
    return _lead_on(request, connections.url(request.team, "login"))


@require_POST
@team_page(Role.OWNER, sudo=True, break_glass=True)
def relax(request: TeamRequest) -> HttpResponse:
    """Lift Enforce SSO."""
    policy.relax(request.team, request.by)
    messages.success(request, _("Enforce SSO is lifted. E-mail codes open the team again."))
    return redirect("sso:panel")
