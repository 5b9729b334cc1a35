"""What webhooks add to the floors below: clean-up, the end with a team, a notice, and how many are stopped."""

from datetime import datetime

from django.conf import settings
from django.db.models import Min, Q, QuerySet
from django.utils.translation import gettext as _

from portal.outbound.webhooks import endpoints, notice, sending
from portal.outbound.webhooks.models import Delivery, Endpoint, Lane, State
from portal.teams import retention
from portal.teams.models import Team
from portal.teams.registry import Count, Retention, registry


def older(before: datetime) -> "QuerySet[Delivery]":
    """The deliveries that are kept for long enough by then, with what was sent and answered."""
    live = Q(endpoint__paused_at=None, endpoint__stopped_at=None)
    # What still waits, and isn't being tried, waits for somebody to resume its endpoint.
    return Delivery.every_team.filter(made_at__lt=before).exclude(live, state=State.WAITING)


def read(team: Team) -> int | None:
    """The last event that every live webhook has read."""
    lanes = Lane.every_team.filter(team=team, endpoint__paused_at=None, endpoint__stopped_at=None)
    found: int | None = lanes.aggregate(least=Min("number"))["least"]
    return found


def forget(team: Team) -> None:
    """Remove the endpoints of a team that closes, and what the operator's have got of it; they still get the end."""
    for endpoint in Endpoint.every_team.filter(team=team):
        endpoints.forget(endpoint)
    Delivery.every_team.filter(team=team).exclude(state=State.WAITING).delete()


def stopped(team: Team) -> Count:
    """Count the webhooks that were stopped."""
    return Count(team.webhooks.filter(stopped_at__isnull=False).count(), _("stopped"), bad=True)


registry.journal_readers.append(read)
registry.retentions.append(
    Retention(
        "webhook deliveries", lambda: settings.KEEP_LOG_DAYS, lambda before: older(before).count(),
        lambda before: retention.in_batches(older(before)),
    )
)  # fmt: skip
registry.on_close.append(forget)
registry.counts["webhooks"] = stopped
registry.depths.append(sending.depth)
registry.notices[notice.NOTICE.name] = notice.NOTICE
