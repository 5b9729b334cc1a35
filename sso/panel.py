"""Settings › Security › Authentication › Single sign-on: connect, test, turn on, enforce; and the sign-in log."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from portal.door import TeamRequest, team_page
from portal.teams import access, policy, seats
from portal.teams.actor import Role
from portal.teams.errors import Invalid
from portal.teams.models import Entry, Member
from sso import attempts, binding, identity, login
from sso import connection as connections
from sso.forms import ConnectionForm, MetadataForm
from sso.models import IdpInitiated, Purpose, SignInAttempt, SsoConnection, Subject

LOG_PAGE = 50


@require_GET
@team_page(Role.AUDITOR, break_glass=True)
def panel(request: TeamRequest) -> HttpResponse:
    """Show the connection: what to copy, what we have, what is on."""
    return _show(request)


def _show(
    request: TeamRequest, form: ConnectionForm | None = None, upload: MetadataForm | None = None, status: int = 200
) -> HttpResponse:
    team, connection = request.team, connections.of(request.team)
    context: dict[str, Any] = {
        "connection": connection,
        "certificates": connections.certificates(connection),
        "complete": connections.is_complete(connection),
        "form": form or ConnectionForm.of(connection),
        "upload_form": upload or MetadataForm(),
        "urls": {page: connections.url(team, page) for page in ("login", "acs", "metadata")},
        "usable": team.may_use("sso"),
        "may_edit": request.by.may(Role.OWNER if team.sso_on else Role.ADMIN),
        "is_owner": request.by.may(Role.OWNER),
        "is_admin": request.by.may(Role.ADMIN),
        "answers": IdpInitiated,
        "tested": attempts.tested(connection, request.member),
        "last_test": _last(team, request.member, Purpose.TEST),
        "last_sign_in": _last(team, None, Purpose.SIGN_IN),
        "owners": Member.every_team.filter(team=team, role=Role.OWNER, active=True).count(),
        "losing": _losing(connection),
        "code_sessions": Entry.every_team.filter(team=team, ended_at=None, door="code").count(),
        "unconfirmed": _unconfirmed(connection),
        "to_link": _to_link(request),
        "tally": seats.tally(team),
        "sudo": access.is_sudo(request),
    }
    return render(request, "sso/panel.html", context, status=status)


def _last(team: Any, member: Member | None, purpose: Purpose) -> SignInAttempt | None:
    rows = SignInAttempt.every_team.filter(team=team, purpose=purpose)
    return rows.filter(member=member).order_by("-at").first() if member else rows.order_by("-at").first()


def _losing(connection: SsoConnection) -> list[Member]:
    """Members who never came through this identity provider: they may lose access when SSO is enforced."""
    linked = Subject.every_team.filter(connection_id=connection.pk).values("member_id")
    active = Member.every_team.filter(team=connection.team, active=True)
    return list(active.exclude(pk__in=linked).order_by("-role", "email")[:20])


def _unconfirmed(connection: SsoConnection) -> list[Subject]:
    rows = Subject.every_team.filter(connection_id=connection.pk, confirmed_at=None).exclude(member__role=Role.MEMBER)
    return list(rows.select_related("member"))


def _to_link(request: TeamRequest) -> list[Member]:
    """Privileged members whose sign-in was refused because their identity is new, and who have no permit yet."""
    refused = SignInAttempt.every_team.filter(team=request.team, result="link_needed").values("member_id")
    rows = Member.every_team.filter(team=request.team, pk__in=refused, link_permit=None)
    return list(rows.exclude(role=Role.MEMBER))


# ── Configure ────────────────────────────────────────────────────────────────────────────────────────────────────────
@require_POST
@team_page(Role.ADMIN, sudo=True)
def save(request: TeamRequest) -> HttpResponse:
    """Save the manual fields."""
    form = ConnectionForm.of(connections.of(request.team), request.POST)
    if not form.is_valid():
        return _show(request, form=form, status=400)
    values = dict(form.cleaned_data)
    connections.configure(request.team, request.by, pems=values.pop("certificates"), **values)
    messages.success(request, _("Saved. Test the connection next."))
    return redirect("sso:panel")


@require_POST
@team_page(Role.ADMIN, sudo=True)
def upload(request: TeamRequest) -> HttpResponse:
    """Take the identity provider's metadata."""
    form = MetadataForm(request.POST, request.FILES)
    if not form.is_valid():
        return _show(request, upload=form, status=400)
    try:
        connections.configure_from_metadata(request.team, request.by, form.cleaned_data["xml"])
    except Invalid as refusal:
        form.add_error(None, str(refusal))
        return _show(request, upload=form, status=400)
    messages.success(request, _("Metadata taken. Test the connection next."))
    return redirect("sso:panel")


@require_POST
@team_page(Role.ADMIN)
def idp_initiated(request: TeamRequest) -> HttpResponse:
    """Choose what a sign-in started at the identity provider leads to."""
    connections.set_idp_initiated(request.team, request.by, request.POST.get("answer", ""))
    messages.success(request, _("Saved."))
    return redirect("sso:panel")


@require_POST
@team_page(Role.ADMIN)
def jit(request: TeamRequest) -> HttpResponse:
    """Say whether a first sign-in adds unknown people."""
    policy.set_jit(request.team, request.by, request.POST.get("on") == "1")
    messages.success(request, _("Saved."))
    return redirect("sso:panel")


# ── Test, on, off, enforce ───────────────────────────────────────────────────────────────────────────────────────────
@require_POST
@team_page(Role.ADMIN)
def test(request: TeamRequest) -> HttpResponse:
    """Lead on to the identity provider for a test sign-in, which makes no session and no member."""
    connection = connections.of(request.team)
    if not connections.is_complete(connection):
        raise Invalid(_("Give the identity provider's issuer, sign-on URL and certificate first."))
    browser = binding.of(request)
    url = login.begin(connection, browser, request.path.removesuffix("test/"), Purpose.TEST, request.member)
    response = _lead_on(request, url)
    binding.keep(response, binding.BINDING, browser, binding.BINDING_SECONDS)
    return response


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
    connections.enforce(request.team, request.by)
    return _lead_on(request, connections.url(request.team, "login"))


@require_POST
@team_page(Role.OWNER, sudo=True, break_glass=True)
def relax(request: TeamRequest) -> HttpResponse:
    """Lift Enforce SSO."""
    policy.relax(request.team, request.by)
    messages.success(request, _("Enforce SSO is lifted. E-mail codes open the team again."))
    return redirect("sso:panel")


# ── Identities ───────────────────────────────────────────────────────────────────────────────────────────────────────
@require_POST
@team_page(Role.OWNER, sudo=True)
def confirm(request: TeamRequest, subject_id: UUID) -> HttpResponse:
    """Confirm whose identity a Subject is."""
    identity.confirm(request.team, request.by, str(subject_id))
    messages.success(request, _("Confirmed. The role counts from their next sign-in."))
    return redirect("sso:panel")


@require_POST
@team_page(Role.OWNER, sudo=True)
def link_again(request: TeamRequest, member_id: UUID) -> HttpResponse:
    """Let a privileged member link another identity at their next sign-in."""
    identity.permit_link(request.team, request.by, str(member_id))
    messages.success(request, _("They can link again: ask them to sign in now."))
    return redirect("sso:panel")


# ── The log ──────────────────────────────────────────────────────────────────────────────────────────────────────────
@require_GET
@team_page(Role.AUDITOR)
def log(request: TeamRequest) -> HttpResponse:
    """Show each attempt to sign in by SSO, why it failed, found by reference number or address."""
    rows = SignInAttempt.every_team.filter(team=request.team).select_related("member").order_by("-at")
    q = request.GET.get("q", "").strip()
    if q:
        rows = rows.filter(reference=q.upper()) if rows.filter(reference=q.upper()).exists() else rows.filter(who=q)
    if request.GET.get("failed"):
        rows = rows.exclude(result="ok")
    context = {"rows": list(rows[:LOG_PAGE]), "q": q, "failed": bool(request.GET.get("failed"))}
    return render(request, "sso/log.html", context)
