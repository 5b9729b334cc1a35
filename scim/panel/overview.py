"""Settings › Security › Authentication › Provisioning: how it stands, the endpoint, tokens."""

from typing import Any

from django.conf import settings
from django.db.models import Max
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from portal.door import TeamRequest, team_page
from portal.teams import access, owners, policy, seats
from portal.teams.actor import Door, Role
from portal.teams.errors import NotEntitled, NotReady, Refusal
from portal.teams.models import Member, Team
from scim import listening, reads, tokens
from scim.models import Exchange, ScimToken
from scim.panel import providers

# What the form offers for the old token's end, in hours.
GRACES = (0, 1, 24, 72, 168)


@require_GET
@team_page(Role.AUDITOR)
def panel(request: TeamRequest) -> HttpResponse:
    """Show whether SCIM is on, what to copy, and the tokens."""
    return draw(request)


def draw(request: TeamRequest, token: str = "") -> HttpResponse:
    """Draw the panel; a fresh token is drawn once, in the answer to the POST that made it, and never kept."""
    request.team.refresh_from_db()
    return render(request, "scim/panel.html", _everything(request, token))


def _everything(request: TeamRequest, token: str) -> dict[str, Any]:
    """What the panel shows."""
    team = request.team
    active, listens = Member.every_team.filter(team=team, active=True), listening.of(team)
    ours = ScimToken.every_team.filter(team=team)
    return {
        "token": token,
        "tokens": tokens.live(team),
        "base_url": base_url(team),
        "plain_url": f"{settings.BASE_URL}/scim/v2",
        "usable": team.may_use("scim"),
        "acts": request.by.may(Role.ADMIN),
        "closed": closing(team),
        "tally": seats.tally(team),
        "graces": graces(),
        "grace": tokens.GRACE_HOURS,
        "lock": policy.lock(team, Door.DASHBOARD, policy.Task.ASSIGN),
        "owners": owners.able_owners(team),
        "members": active.count(),
        "unlinked": active.filter(scim_written=False).count(),
        "last": Exchange.every_team.filter(team=team).order_by("-at").first(),
        # A look-up that succeeds leaves no exchange, only the token's last use.
        "heard": ours.aggregate(at=Max("last_used_at"))["at"],
        "was_on": not team.scim_on and ours.filter(ended_by_switch=True).exists(),
        "sudo": access.is_sudo(request),
        "reads": reads.of_a_day(team),
        "wizards": [(each.slug, each.name) for each in providers.ALL],
        "provider": providers.BY_SLUG.get(listens.provider) if listens else None,
    }


def base_url(team: Team) -> str:
    """Return the team's SCIM endpoint."""
    return f"{settings.BASE_URL}/scim/v2/{team.pk}"


def graces() -> list[tuple[int, str]]:
    """Return the ends that the form offers for the old token, in hours and in words."""
    return [(hours, _grace(hours)) for hours in GRACES]


def closing(team: Team) -> Refusal | None:
    """Say which refusal keeps SCIM from being turned on; the same that the act answers with."""
    if not team.may_use("scim"):
        return NotEntitled(_("Provisioning by SCIM"))
    return None if team.sso_on else NotReady(_("Connect single sign-on first: SCIM needs it to be on."))


def _grace(hours: int) -> str:
    if hours == 0:
        return _("Ends at once")
    if hours % 24:
        return ngettext("Works for {n} more hour", "Works for {n} more hours", hours).format(n=hours)
    return ngettext("Works for {n} more day", "Works for {n} more days", hours // 24).format(n=hours // 24)
