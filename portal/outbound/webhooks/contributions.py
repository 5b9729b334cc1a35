"""What webhooks add to the floors below: clean-up, the end with a team, a warning, and how many are stopped."""

from collections.abc import Iterator
from datetime import timedelta

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.outbound.webhooks import endpoints
from portal.outbound.webhooks.models import Delivery, Endpoint, State
from portal.teams.models import Team
from portal.teams.registry import Banner, Count, registry

KEEP, BATCH = timedelta(days=30), 5000


def purge() -> None:
    """Delete deliveries, with what was sent and answered, after thirty days."""
    live = Q(endpoint__paused_at=None, endpoint__stopped_at=None)
    # What still waits, and isn't being tried, waits for somebody to resume its endpoint.
    old = Delivery.every_team.filter(made_at__lt=timezone.now() - KEEP).exclude(live, state=State.WAITING)
    while gone := list(old.values_list("pk", flat=True)[:BATCH]):
        Delivery.every_team.filter(pk__in=gone).delete()


def forget(team: Team) -> None:
    """Remove the endpoints of a team that closes, and what the operator's have got of it; they still get the end."""
    for endpoint in Endpoint.every_team.filter(team=team):
        endpoints.forget(endpoint)
    Delivery.every_team.filter(team=team).exclude(state=State.WAITING).delete()


def stopped(team: Team) -> Count:
    """Count the webhooks that were stopped."""
    return Count(team.webhooks.filter(stopped_at__isnull=False).count(), _("stopped"), bad=True)


def banners(team: Team) -> Iterator[Banner]:
    """Warn of each webhook that was stopped."""
    for endpoint in team.webhooks.filter(stopped_at__isnull=False).order_by("stopped_at"):
        title = _("The webhook {name} was stopped").format(name=endpoint.name)
        url = reverse("webhook", args=[endpoint.pk])
        yield Banner("warn", title, endpoint.stopped_why, url, _("Look at it"))


registry.clean_ups.append(purge)
registry.on_close.append(forget)
registry.counts["webhooks"] = stopped
registry.banners.append(banners)
