"""Settings › Security › Authentication › Single sign-on: connect, test, turn on, enforce; and the sign-in log."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Count, F, Max, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from portal.door import TeamRequest, team_page
from portal.teams import access, policy, seats
from portal.teams.actor import Door, Role
from portal.teams.errors import Forbidden, Invalid, NotEntitled, NotReady, Refusal
from portal.teams.models import Entry, Member, Team
from sso import attempts, binding, identity, login
from sso import connection as connections
from sso.forms import ConnectionForm, MetadataForm
from sso.models import Purpose, SignInAttempt, SsoConnection, Subject

LOG_PAGE, MOST_NAMED = 50, 20
# From here on a certificate's end is a warning (the first mail about it goes out on the same day).
WARN_DAYS = timedelta(days=60)


@require_GET
@team_page(Role.AUDITOR, break_glass=True)
def panel(request: TeamRequest) -> HttpResponse:
    """Show the connection: what to copy, what we have, what is on."""
    return _show(request)


def _show(
    request: TeamRequest, form: ConnectionForm | None = None, upload: MetadataForm | None = None, status: int = 200
) -> HttpResponse:
    team, connection = request.team, connections.of(request.team)
    losing = _losing(connection)
    context: dict[str, Any] = {
        "connection": connection,
        "certificates": connections.certificates(connection),
        "now": timezone.now(),
        "soon": timezone.now() + WARN_DAYS,
        "complete": connections.is_complete(connection),
        "form": form or ConnectionForm.of(connection),
        "upload_form": upload or MetadataForm(),
        "urls": {page: connections.url(team, page) for page in ("login", "acs", "metadata")},
        "usable": team.may_use("sso"),
        # Emergency access reads, and relaxes; nothing else (spec rule 28).
        "acts": request.by.may(Role.ADMIN) and request.by.door is not Door.BREAK_GLASS,
        "is_owner": request.by.may(Role.OWNER),
        "why": _closing(request, connection),
        "tested": attempts.tested(connection, request.member),
        "last_test": _attempts(team).filter(purpose=Purpose.TEST).first(),
        "last_sign_in": _attempts(team).filter(purpose=Purpose.SIGN_IN, result="ok").first(),
        "last_failed": _attempts(team).exclude(result="ok").first(),
        "owners": _entering(team).filter(role=Role.OWNER).count(),
        "members": _entering(team).count(),
        "losing": list(losing[:MOST_NAMED]),
        "losing_count": losing.count(),
        "live": _live_entries(team),
        "has_domain": team.domains.filter(verified_at__isnull=False).exists(),
        "nobody_added": _nobody_added(team),
        "unconfirmed": _unconfirmed(connection),
        "to_link": _to_link(request),
        "tally": seats.tally(team),
        "sudo": access.is_sudo(request),
    }
    return render(request, "sso/panel.html", context, status=status)


def _attempts(team: Team) -> "QuerySet[SignInAttempt]":
    return SignInAttempt.every_team.filter(team=team).select_related("member").order_by("-at")


def _entering(team: Team) -> "QuerySet[Member]":
    return Member.every_team.filter(team=team, active=True, suspended_at=None, held_at=None)


def _losing(connection: SsoConnection) -> "QuerySet[Member]":
    """Members who never came through this identity provider: they may lose access when SSO is enforced."""
    linked = Subject.every_team.filter(connection_id=connection.pk, idp_entity_id=connection.idp_entity_id)
    return _entering(connection.team).exclude(pk__in=linked.values("member_id")).order_by("email", "pk")


def _live_entries(team: Team) -> dict[str, int]:
    """Count who is in the team now: by single sign-on, and in any other way, which Enforce SSO ends."""
    now = timezone.now()
    idle = now - timedelta(hours=access.IDLE_HOURS)
    entries = Entry.every_team.filter(team=team, ended_at=None, expires_at__gt=now, last_seen__gt=idle)
    by_sso = Q(door=Door.SSO)
    return entries.aggregate(sso=Count("pk", filter=by_sso), other=Count("pk", filter=~by_sso))


def _nobody_added(team: Team) -> bool:
    """Say whether enforcing would leave no door through which anybody could be added (spec rule 3)."""
    return not team.scim_on and not team.jit_on


def _closing(request: TeamRequest, connection: SsoConnection) -> dict[str, Refusal | None]:
    """Say for each control of the panel which refusal closes it to this person; None where it is open.

    The page draws it and the act asks it again, so picture and behaviour can't part; `policy` has the last word.
    """
    team, by = request.team, request.by
    plan = None if team.may_use("sso") else NotEntitled(_("Single sign-on"))
    owners = None if by.may(Role.OWNER) else Forbidden(_("Only an owner does this. Ask an owner of the team."))
    live = Forbidden(_("Only an owner changes a live connection.")) if team.sso_on and owners else None
    missing = _("Give the identity provider's issuer, sign-on URL and certificate first.")
    bare = None if connections.is_complete(connection) else NotReady(missing)
    off = None if team.sso_on else NotReady(_("Turn single sign-on on first."))
    test = _("Test the connection first: sign in once by “Test” with this configuration, within the last hour.")
    untested = None if attempts.tested(connection, request.member) else NotReady(test)
    enforced = NotReady(_("Single sign-on is enforced. Lift Enforce SSO first.")) if team.sso_enforced else None
    needed = NotReady(_("SCIM is on and needs single sign-on. Turn SCIM off first.")) if team.scim_on else None
    directory = NotReady(_("SCIM is on: the directory decides who is in the team.")) if team.scim_on else None
    return {
        "edit": plan or live,
        "test": plan or bare,
        "turn_on": plan or owners or bare,
        "turn_off": owners or needed or enforced,
        "enforce": plan or owners or off or untested,
        "relax": owners,
        "jit": plan or directory,
    }


def _require_open(request: TeamRequest, control: str) -> None:
    refusal = _closing(request, connections.of(request.team))[control]
    if refusal is not None:
        raise refusal


def _unconfirmed(connection: SsoConnection) -> list[Subject]:
    rows = Subject.every_team.filter(connection_id=connection.pk, confirmed_at=None).exclude(member__role=Role.MEMBER)
    return list(rows.select_related("member"))


def _to_link(request: TeamRequest) -> "QuerySet[Member]":
    """Privileged members refused because their identity is new, who have neither a permit nor signed in since."""
    refused, passed = Max("at", filter=Q(result="link_needed")), Max("at", filter=Q(result="ok"))
    each = (
        SignInAttempt.every_team.filter(team=request.team).values("member_id").annotate(refused=refused, passed=passed)
    )
    waiting = each.filter(Q(passed=None) | Q(passed__lt=F("refused")), refused__isnull=False).values("member_id")
    return Member.every_team.filter(team=request.team, pk__in=waiting, link_permit=None).exclude(role=Role.MEMBER)


# ── Configure ────────────────────────────────────────────────────────────────────────────────────────────────────────
@require_POST
@team_page(Role.ADMIN, sudo=True)
def save(request: TeamRequest) -> HttpResponse:
    """Save the manual fields."""
    _require_open(request, "edit")
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
    _require_open(request, "edit")
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
    _require_open(request, "edit")
    connections.set_idp_initiated(request.team, request.by, request.POST.get("answer", ""))
    messages.success(request, _("Saved."))
    return redirect("sso:panel")


@require_POST
@team_page(Role.ADMIN)
def jit(request: TeamRequest) -> HttpResponse:
    """Say whether a first sign-in adds unknown people."""
    _require_open(request, "jit")
    policy.set_jit(request.team, request.by, request.POST.get("on") == "1")
    messages.success(request, _("Saved."))
    return redirect("sso:panel")


# ── Test, on, off, enforce ───────────────────────────────────────────────────────────────────────────────────────────
@require_POST
@team_page(Role.ADMIN)
def test(request: TeamRequest) -> HttpResponse:
    """Lead on to the identity provider for a test sign-in, which makes no session and no member."""
    _require_open(request, "test")
    connection, browser = connections.of(request.team), binding.of(request)
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
    if _nobody_added(request.team) and request.POST.get("nobody_added") != "1":
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
    rows = _attempts(request.team)
    q = request.GET.get("q", "").replace("\x00", "").strip()
    if q:
        rows = rows.filter(Q(reference=q.upper()) | Q(who__iexact=q) | Q(member__email__iexact=q))
    failed = request.GET.get("failed") == "1"
    if failed:
        rows = rows.exclude(result="ok")
    shown = list(rows[: LOG_PAGE + 1])
    context = {"rows": shown[:LOG_PAGE], "more": len(shown) > LOG_PAGE, "q": q, "failed": failed}
    return render(request, "sso/log.html", context)
