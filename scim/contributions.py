"""What SCIM adds to the floors below: its tile, its checks, the end of its tokens."""

from collections.abc import Iterator
from datetime import timedelta

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.teams.models import Team
from portal.teams.registry import Finding, Tile, registry
from scim import exchange, tokens
from scim.models import Exchange, ScimToken


def tile(team: Team) -> Tile:
    """Say in one badge how provisioning stands."""
    title, url = _("Provisioning (SCIM)"), reverse("scim:panel")
    if not team.may_use("scim"):
        return Tile(title, "neutral", _("Not in your plan"), _("Ask your account executive."), url)
    if not team.scim_on:
        return Tile(title, "neutral", _("Off"), _("Members are managed here."), url)
    used = ScimToken.every_team.filter(team=team, last_used_at__isnull=False).order_by("-last_used_at").first()
    if used is None:
        return Tile(title, "warn", _("Waiting"), _("No request from your identity provider yet."), url)
    day = timezone.now() - timedelta(days=1)
    refused = Exchange.every_team.filter(team=team, at__gt=day, status__gte=400).count()
    told = ngettext("{n} refused in 24 hours.", "{n} refused in 24 hours.", refused).format(n=refused)
    return Tile(title, "ok", _("On"), told, url)


def check(team: Team) -> Iterator[Finding]:
    """SCIM off has no live token; never more than two are live."""
    live = tokens.live(team)
    if live and not team.scim_on:
        yield Finding("scim_off_no_token", f"{team.slug}: SCIM is off and {len(live)} tokens are live")
    if len(live) > tokens.MOST_LIVE:
        yield Finding("two_tokens", f"{team.slug}: {len(live)} tokens are live")


def forget(team: Team) -> None:
    """Delete tokens and the provisioning log of a team that closes."""
    ScimToken.every_team.filter(team=team).delete()
    Exchange.every_team.filter(team=team).delete()


registry.tiles.append(tile)
registry.checks.append(check)
registry.on_scim_off.append(tokens.end_all)
registry.on_close.append(forget)
registry.clean_ups.append(exchange.purge)
