"""Settings › Security › Authentication › Single sign-on: the connection at a glance, and what may be done with it."""

from datetime import timedelta
from typing import Any

from django.db.models import Count, F, Max, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from portal.door import TeamRequest, team_page
from portal.teams import access, rescue, seats
from portal.teams.actor import Door, Role
from portal.teams.models import Entry, Member, Team
from portal.teams.models.group import lifted_by_group, rank_in_sso
from sso import attempts, checks, keys, providers
from sso import connection as connections
from sso.closing import closing, nobody_added
from sso.forms import ConnectionForm, MetadataForm
from sso.models import Purpose, SignInAttempt, SsoConnection, Subject

MOST_NAMED = 20
# From here on a certificate's end is a warning (the first mail about it goes out on the same day).
WARN_DAYS = timedelta(days=60)


@require_GET
@team_page(Role.AUDITOR, break_glass=True)
def panel(request: TeamRequest) -> HttpResponse:
    """Show the connection: what to copy, what we have, what is on."""
    return show(request)


def show(
    request: TeamRequest, form: ConnectionForm | None = None, upload: MetadataForm | None = None, status: int = 200
) -> HttpResponse:
    """Draw the panel, with a form as it was sent where it was refused."""
    return render(request, "sso/panel.html", context_of(request, form, upload), status=status)


def context_of(
    request: TeamRequest, form: ConnectionForm | None = None, upload: MetadataForm | None = None
) -> dict[str, Any]:
    """Say everything there is to know of the connection; the wizard draws parts of it."""
    connection = connections.of(request.team)
    return {
        **_state(request, connection),
        **_people(request, connection),
        "form": form or ConnectionForm.of(connection),
        "upload_form": upload or MetadataForm(),
        "is_owner": request.by.may(Role.OWNER),
        # Emergency access reads, and relaxes; nothing else (spec rule 28).
        "acts": request.by.may(Role.ADMIN) and request.by.door is not Door.BREAK_GLASS,
        "why": closing(request, connection),
        "tested": attempts.tested(connection, request.member),
        "sudo": access.is_sudo(request),
        "rescue": rescue.state(request.member),
    }


def _state(request: TeamRequest, connection: SsoConnection) -> dict[str, Any]:
    """Say what we have of the identity provider, what to copy, and what came of it last."""
    team, now = request.team, timezone.now()
    last_test = _attempts(team).filter(purpose=Purpose.TEST).first()
    return {
        "connection": connection,
        "certificates": connections.certificates(connection),
        "now": now,
        "soon": now + WARN_DAYS,
        "provider": providers.of(connection.provider),
        "complete": connections.is_complete(connection),
        "urls": {page: connections.url(team, page) for page in ("login", "acs", "metadata", "slo")},
        "sp_certificate": next(iter(keys.every(connection)), None),
        "usable": team.may_use("sso"),
        "last_test": last_test,
        "last_checks": list(checks.drawn(last_test.checks)) if last_test else [],
        "last_sign_in": _attempts(team).filter(purpose=Purpose.SIGN_IN, result="ok").first(),
        "last_failed": _attempts(team).exclude(result="ok").first(),
        "has_domain": team.domains.filter(verified_at__isnull=False).exists(),
    }


def _people(request: TeamRequest, connection: SsoConnection) -> dict[str, Any]:
    """Say whom the switches concern, in numbers and by name."""
    team, losing = request.team, _losing(connection)
    members, losing_count = _entering(team).count(), losing.count()
    return {
        "owners": _entering(team).filter(role=Role.OWNER).count(),
        "members": members,
        "by_sso": members - losing_count,
        "losing": list(losing[:MOST_NAMED]),
        "losing_count": losing_count,
        "live": _live_entries(team),
        "nobody_added": nobody_added(team),
        "unconfirmed": _unconfirmed(connection),
        "to_link": _to_link(request),
        "tally": seats.tally(team),
    }


def _attempts(team: Team) -> "QuerySet[SignInAttempt]":
    return SignInAttempt.every_team.filter(team=team).select_related("member").order_by("-at")


def _entering(team: Team) -> "QuerySet[Member]":
    return Member.every_team.filter(team=team, active=True, suspended_at=None, held_at=None)


def _losing(connection: SsoConnection) -> "QuerySet[Member]":
    """Members who never came through this identity provider, not even by a test, which links nobody."""
    linked = Subject.every_team.filter(connection_id=connection.pk, idp_entity_id=connection.idp_entity_id)
    tested = attempts.passed_tests(connection).exclude(member=None)
    came = Q(pk__in=linked.values("member_id")) | Q(pk__in=tested.values("member_id"))
    return _entering(connection.team).exclude(came).order_by("email", "pk")


def _live_entries(team: Team) -> dict[str, int]:
    """Count who is in the team now: by single sign-on, and in any other way, which Enforce SSO ends."""
    now = timezone.now()
    idle = now - timedelta(hours=access.IDLE_HOURS)
    entries = Entry.every_team.filter(team=team, ended_at=None, expires_at__gt=now, last_seen__gt=idle)
    by_sso = Q(door=Door.SSO)
    return entries.aggregate(sso=Count("pk", filter=by_sso), other=Count("pk", filter=~by_sso))


def _unconfirmed(connection: SsoConnection) -> list[tuple[Subject, Role]]:
    """Identities whose member's role, their own or a group's, does not count yet."""
    found = Subject.every_team.filter(connection_id=connection.pk, confirmed_at=None)
    rows = found.filter(_is_privileged(connection.team, "member__")).select_related("member__team")
    return [(subject, rank_in_sso(subject.member)) for subject in rows]


def _is_privileged(team: Team, prefix: str = "") -> Q:
    return ~Q(**{f"{prefix}role": Role.MEMBER}) | Q(**{f"{prefix}pk__in": lifted_by_group(team)})


def _to_link(request: TeamRequest) -> "QuerySet[Member]":
    """Privileged members refused because their identity is new, who have neither a permit nor signed in since."""
    refused, passed = Max("at", filter=Q(result="link_needed")), Max("at", filter=Q(result="ok"))
    each = (
        SignInAttempt.every_team.filter(team=request.team).values("member_id").annotate(refused=refused, passed=passed)
    )
    waiting = each.filter(Q(passed=None) | Q(passed__lt=F("refused")), refused__isnull=False).values("member_id")
    return Member.every_team.filter(team=request.team, pk__in=waiting, link_permit=None).filter(
        _is_privileged(request.team)
    )
