"""The wizard: choose a provider, copy the values, listen for its test, assign people, see the result."""

from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from portal.door import TeamRequest, team_page
from portal.teams import access, owners, seats
from portal.teams.actor import Role
from portal.teams.errors import Invalid, NotReady
from portal.teams.models import Member, Team
from scim import listening, tokens
from scim.models import Exchange, Knock
from scim.panel import heard, overview, providers
from scim.panel.providers import Provider

CHOOSE, COPY, LISTEN, ASSIGN, RESULT = range(1, 6)
MOST_HEARD, MOST_NAMED = 300, 10


def address(provider: Provider, step: int) -> str:
    """Return the URL of a step."""
    return f"{reverse('scim:connect')}?with={provider.slug}&step={step}"


@require_GET
@team_page(Role.AUDITOR)
def connect(request: TeamRequest) -> HttpResponse:
    """Show one step; an address that names none begins at the first."""
    provider = providers.BY_SLUG.get(request.GET.get("with", ""))
    step = request.GET.get("step", "")
    return draw(request, provider, int(step) if provider and step in "2345" and len(step) == 1 else CHOOSE)


def draw(request: TeamRequest, provider: Provider | None, step: int, token: str = "") -> HttpResponse:
    """Draw a step; a fresh token is drawn once, in the answer to the POST that made it."""
    request.team.refresh_from_db()
    context = _everything(request, provider, step, token)
    if provider and step == LISTEN:
        context |= hearing(request.team, provider)
    if provider and step == RESULT:
        context |= _result(request.team)
    return render(request, "scim/wizard.html", context)


def _everything(request: TeamRequest, provider: Provider | None, step: int, token: str) -> dict[str, Any]:
    """What every step shows."""
    team = request.team
    return {
        "step": step,
        "steps": _steps(provider),
        "provider": provider,
        "providers": providers.ALL,
        "back_to": address(provider, step - 1) if provider and step > COPY else reverse("scim:connect"),
        "onward": address(provider, step + 1) if provider and step < RESULT else "",
        "token": token,
        "acts": request.by.may(Role.ADMIN),
        "closed": overview.closing(team),
        "base_url": overview.base_url(team),
        "graces": overview.graces(),
        "grace": tokens.GRACE_HOURS,
        "tally": seats.tally(team),
        "owners": owners.able_owners(team),
        "sudo": access.is_sudo(request),
    }


def _steps(provider: Provider | None) -> list[dict[str, str]]:
    words = [_("Choose"), _("Copy values"), _("Test"), _("Assign people"), _("Result")]
    urls = [reverse("scim:connect"), *(address(provider, step) if provider else "" for step in range(COPY, RESULT + 1))]
    return [{"label": label, "url": url} for label, url in zip(words, urls, strict=True)]


# ── Listening ────────────────────────────────────────────────────────────────────────────────────────────────────────
def hearing(team: Team, provider: Provider) -> dict[str, Any]:
    """What was heard since the wizard began to listen."""
    listens, now = listening.of(team), timezone.now()
    since = listens.opened_at if listens else now
    rows = Exchange.every_team.filter(team=team, at__gte=since).order_by("at", "id")[:MOST_HEARD]
    knocks = Knock.every_team.filter(team=team, at__gte=since).order_by("at", "id")
    found = heard.read(rows, knocks, provider)
    signs = found.signs() or [heard.nothing(since, now, provider)]
    is_open = listening.is_open(listens)
    # What the page shows, in short: where nothing is new it is left alone, and with it who is reading or tabbing there.
    state = f"{len(found.rows)}-{len(found.knocks)}-{signs[0].state}-{is_open}"
    return {"listens": listens, "listening": is_open, "signs": signs, "passed": found.passed, "state": state}


@require_GET
@team_page(Role.AUDITOR)
def live(request: TeamRequest) -> HttpResponse:
    """Give the listening panel anew where something was heard; the page asks every three seconds."""
    provider = providers.BY_SLUG.get(request.GET.get("with", ""), providers.OTHER)
    context = hearing(request.team, provider)
    if context["state"] == request.GET.get("state"):
        return HttpResponse(status=204)
    context |= {
        "provider": provider, "onward": address(provider, ASSIGN), "back_to": address(provider, COPY),
        "acts": request.by.may(Role.ADMIN), "tally": seats.tally(request.team),
    }  # fmt: skip
    return render(request, "scim/wizard/heard.html", context)


@require_POST
@team_page(Role.ADMIN)
def listen(request: TeamRequest) -> HttpResponse:
    """Begin to listen to a provider, for half an hour."""
    provider = providers.BY_SLUG.get(request.POST.get("provider", ""))
    if provider is None:
        raise Invalid(_("Choose your identity provider first."))
    if not request.team.scim_on:
        raise NotReady(_("Turn SCIM on first: it gives you the token."))
    listening.open_for(request.team, request.by, provider.slug)
    return redirect(address(provider, LISTEN))


# ── Result ───────────────────────────────────────────────────────────────────────────────────────────────────────────
def _result(team: Team) -> dict[str, Any]:
    """What has come of it: who was added, linked, refused, and whom the provider has not named."""
    listens, day_ago = listening.of(team), timezone.now() - timedelta(days=1)
    since = min(listens.opened_at, day_ago) if listens else day_ago
    rows = Exchange.every_team.filter(team=team, at__gt=since)
    unnamed = Member.every_team.filter(team=team, active=True, scim_written=False).order_by("email_key", "pk")
    return {
        "since": since,
        "added": rows.filter(effect__kind="member.added").count(),
        "linked": rows.filter(effect__kind="member.adopted").count(),
        "refused": rows.filter(status__gte=400).count(),
        "managed": Member.every_team.filter(team=team, active=True, scim_written=True).count(),
        "waiting": team.waiting.count(),
        "unnamed": list(unnamed[:MOST_NAMED]),
        "unnamed_count": unnamed.count(),
    }
