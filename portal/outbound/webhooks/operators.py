"""The operator's own endpoints, which get the events of every team: no team's journal tells of them, the log does."""

import logging
from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from portal.outbound.webhooks import endpoints, lines
from portal.outbound.webhooks.models import Delivery, Endpoint
from portal.teams import policy
from portal.teams.actor import Actor, Role
from portal.teams.errors import Missing
from portal.teams.models import Team

log = logging.getLogger("seatgate.webhooks")


def listed() -> list[Endpoint]:
    """List them, the oldest first."""
    return list(Endpoint.every_team.filter(team=None).order_by("made_at"))


@transaction.atomic
def add(by: Actor, name: str, url: str, wanted: Collection[str] = ()) -> Endpoint:
    """Add an endpoint that gets the events of every team from now on."""
    policy.require(by, Role.OWNER)
    endpoint = endpoints.make(None, by.label, name, url, wanted)
    lines.begin(endpoint, [(team, team.last_event) for team in Team.every_team.all()])
    _note(by, "added", endpoint)
    return endpoint


@transaction.atomic
def change(by: Actor, endpoint_id: UUID, name: str, url: str, wanted: Collection[str]) -> None:
    """Change name, address or choice of events; what waits goes to the new address."""
    endpoint = _held(by, endpoint_id)
    if endpoints.alter(endpoint, name, url, wanted):
        _note(by, "changed", endpoint)


@transaction.atomic
def rotate(by: Actor, endpoint_id: UUID, grace_hours: float = endpoints.GRACE_HOURS) -> Endpoint:
    """Make a new secret; the present one signs beside it for the grace."""
    endpoint = _held(by, endpoint_id)
    endpoints.renew(endpoint, timezone.now(), grace_hours)
    _note(by, "made a new secret for", endpoint)
    return endpoint


@transaction.atomic
def pause(by: Actor, endpoint_id: UUID) -> None:
    """Send nothing until somebody resumes it."""
    endpoint = _held(by, endpoint_id)
    if endpoint.is_live:
        endpoints.hold(endpoint, timezone.now())
        _note(by, "paused", endpoint)


@transaction.atomic
def resume(by: Actor, endpoint_id: UUID, *, skip: bool = False) -> int:
    """Send again, with what waits or without it; returns how many deliveries were skipped."""
    endpoint = _held(by, endpoint_id)
    if endpoint.is_live:
        return 0
    _note(by, "resumed", endpoint)
    return endpoints.wake(endpoint, skip=skip)


@transaction.atomic
def remove(by: Actor, endpoint_id: UUID) -> None:
    """Remove an endpoint with all its deliveries."""
    endpoint = _held(by, endpoint_id)
    _note(by, "removed", endpoint)
    endpoints.forget(endpoint)


@transaction.atomic
def test(by: Actor, endpoint_id: UUID) -> Delivery:
    """Send a message that tells of nothing, once and beside the line, paused or not."""
    return endpoints.trial(_held(by, endpoint_id), timezone.now())


@transaction.atomic
def resend(by: Actor, endpoint_id: UUID, delivery_id: UUID) -> Delivery:
    """Send one delivery again, under its id, once and beside the line."""
    return endpoints.put_beside(_held(by, endpoint_id), delivery_id, timezone.now())


@transaction.atomic
def resend_failed(by: Actor, endpoint_id: UUID, since: datetime) -> int:
    """Put every event that failed since then back in line, in its order; returns how many."""
    return endpoints.put_failed_back(_held(by, endpoint_id), since)


def _held(by: Actor, endpoint_id: UUID) -> Endpoint:
    """Return an endpoint of the operator's, locked; Missing for a team's."""
    policy.require(by, Role.OWNER)
    found: Endpoint | None = Endpoint.every_team.select_for_update().filter(team=None, pk=endpoint_id).first()
    if found is None:
        raise Missing
    return found


def _note(by: Actor, what: str, endpoint: Endpoint) -> None:
    log.info("%s %s the operator's webhook %s (%s)", by.label, what, endpoint.name, endpoint.pk)
