"""Endpoints: added, changed, rotated, paused, stopped, removed; a team's by acts of its admins.

The operator's own endpoints are acted on in `operators`, by what stands under "Anybody's".
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.outbound import address
from portal.outbound.webhooks import lines, messages
from portal.outbound.webhooks.models import Delivery, Endpoint, State
from portal.outbound.webhooks.topics import TOPICS
from portal.teams import policy
from portal.teams.actor import SYSTEM, Role
from portal.teams.acts import Act, Kind, act
from portal.teams.errors import Invalid, Missing, NotReady
from portal.teams.letters import post
from portal.teams.models import Team

ADDED = Kind("webhook.added", gettext_lazy("{actor} added the webhook {subject}"))
CHANGED = Kind("webhook.changed", gettext_lazy("{actor} changed the webhook {subject}"))
ROTATED = Kind("webhook.secret_rotated", gettext_lazy("{actor} made a new secret for the webhook {subject}"))
PAUSED = Kind("webhook.paused", gettext_lazy("{actor} paused the webhook {subject}"))
RESUMED = Kind("webhook.resumed", gettext_lazy("{actor} resumed the webhook {subject}"))
STOPPED = Kind("webhook.stopped", gettext_lazy("The webhook {subject} was stopped: {reason}"))
REMOVED = Kind("webhook.removed", gettext_lazy("{actor} removed the webhook {subject}"))
TESTED = Kind("webhook.tested", gettext_lazy("{actor} sent a test to the webhook {subject}"))
REQUESTED = Kind("webhook.resend_requested", gettext_lazy("{actor} had the webhook {subject} sent again: {count}"))

MOST, GRACE_HOURS = 10, 24


def of(team: Team | None, endpoint_id: UUID) -> Endpoint:
    """Return a team's endpoint, or the operator's own; Missing for anybody else's."""
    found: Endpoint | None = Endpoint.every_team.filter(team=team, pk=endpoint_id).first()
    if found is None:
        raise Missing
    return found


def fit(url: str) -> str:
    """Return an address that may be an endpoint's, or Invalid in words; it is judged anew at each sending."""
    try:
        place = address.read(url.strip())
    except address.NotAllowed as refusal:
        raise Invalid(str(refusal)) from None
    if not place.secure and not settings.DEMO:
        raise Invalid(_("The address must start with https://."))
    return url.strip()


def _chosen(wanted: Collection[str]) -> list[str]:
    unknown = set(wanted) - set(TOPICS)
    if unknown:
        raise Invalid(_("There is no group of events named {name}.").format(name=sorted(unknown)[0]))
    # All of them is the same as no choice: kinds that come later belong to it too.
    return [] if set(wanted) == set(TOPICS) else [slug for slug in TOPICS if slug in wanted]


# ── A team's ─────────────────────────────────────────────────────────────────────────────────────────────────────────
@act
def add(act: Act, name: str, url: str, wanted: Collection[str] = ()) -> Endpoint:
    """Add an endpoint, which gets what happens from now on."""
    policy.require(act.by, Role.ADMIN)
    if act.team.webhooks.count() >= MOST:
        raise NotReady(_("A team has at most {n} webhooks. Remove one first.").format(n=MOST))
    endpoint = make(act.team, act.by.label, name, url, wanted)
    act.record(ADDED, endpoint, host=endpoint.host, topics=endpoint.topics)
    lines.begin(endpoint, [(act.team, act.team.last_event - 1)])
    return endpoint


def make(team: Team | None, by: str, name: str, url: str, wanted: Collection[str]) -> Endpoint:
    """Make an endpoint of a team, or of the operator's; its lines are begun by whoever calls."""
    endpoint = Endpoint(
        team=team, name=name.strip()[:80], url=fit(url), topics=_chosen(wanted), secret=messages.new_secret(),
        made_by=by[:320],
    )  # fmt: skip
    endpoint.save(force_insert=True)
    return endpoint


@act
def change(act: Act, endpoint_id: UUID, name: str, url: str, wanted: Collection[str]) -> Endpoint:
    """Change name, address or choice of events; what waits goes to the new address."""
    policy.require(act.by, Role.ADMIN)
    endpoint = of(act.team, endpoint_id)
    changed = alter(endpoint, name, url, wanted)
    if changed:
        act.record(CHANGED, endpoint, changed=changed, host=endpoint.host, topics=endpoint.topics)
    return endpoint


@act
def rotate(act: Act, endpoint_id: UUID, grace_hours: float = GRACE_HOURS) -> Endpoint:
    """Make a new secret; the present one signs beside it for the grace, and any still older one no more."""
    policy.require(act.by, Role.ADMIN)
    endpoint = of(act.team, endpoint_id)
    renew(endpoint, act.at, grace_hours)
    act.record(ROTATED, endpoint, grace_hours=grace_hours)
    return endpoint


@act
def pause(act: Act, endpoint_id: UUID) -> None:
    """Send nothing until somebody resumes it; what happens meanwhile waits in the journal."""
    policy.require(act.by, Role.ADMIN)
    endpoint = of(act.team, endpoint_id)
    if endpoint.is_live:
        hold(endpoint, act.at)
        act.record(PAUSED, endpoint)


@act
def resume(act: Act, endpoint_id: UUID, *, skip: bool = False) -> int:
    """Send again, with what happened meanwhile or without it; returns how many deliveries were skipped."""
    policy.require(act.by, Role.ADMIN)
    endpoint = of(act.team, endpoint_id)
    if endpoint.is_live:
        return 0
    skipped = wake(endpoint, skip=skip)
    act.record(RESUMED, endpoint, skipped=skip)
    return skipped


@act
def remove(act: Act, endpoint_id: UUID) -> None:
    """Remove an endpoint with all its deliveries."""
    policy.require(act.by, Role.ADMIN)
    endpoint = of(act.team, endpoint_id)
    act.record(REMOVED, endpoint, host=endpoint.host)
    forget(endpoint)


@act
def test(act: Act, endpoint_id: UUID) -> Delivery:
    """Send a message that tells of nothing, once and beside the line, paused or not."""
    policy.require(act.by, Role.ADMIN)
    endpoint = of(act.team, endpoint_id)
    act.record(TESTED, endpoint)
    return trial(endpoint, act.at)


@act
def resend(act: Act, endpoint_id: UUID, delivery_id: UUID) -> Delivery:
    """Send one delivery again, under its id, once and beside the line."""
    policy.require(act.by, Role.ADMIN)
    endpoint = of(act.team, endpoint_id)
    row = put_beside(endpoint, delivery_id, act.at)
    act.record(REQUESTED, endpoint, count=1)
    return row


@act
def resend_failed(act: Act, endpoint_id: UUID, since: datetime) -> int:
    """Put every event that failed since then back in line, in its order; returns how many."""
    policy.require(act.by, Role.ADMIN)
    endpoint = of(act.team, endpoint_id)
    count = put_failed_back(endpoint, since)
    if count:
        act.record(REQUESTED, endpoint, count=count)
    return count


# ── Anybody's ────────────────────────────────────────────────────────────────────────────────────────────────────────
def _write(endpoint: Endpoint, **values: Any) -> None:
    for name, value in values.items():
        setattr(endpoint, name, value)
    endpoint.save(update_fields=list(values))


def alter(endpoint: Endpoint, name: str, url: str, wanted: Collection[str]) -> list[str]:
    """Write name, address and choice of events; returns which of them changed."""
    after = {"name": name.strip()[:80], "url": fit(url), "topics": _chosen(wanted)}
    changed = [field for field, value in after.items() if getattr(endpoint, field) != value]
    if changed:
        _write(endpoint, **after)
    return changed


def put_beside(endpoint: Endpoint, delivery_id: UUID, at: datetime) -> Delivery:
    """Let one delivery go out again, under its id, once and beside the line."""
    row: Delivery | None = endpoint.deliveries.filter(pk=delivery_id).first()
    if row is None:
        raise Missing
    if row.state == State.WAITING:
        raise NotReady(_("This delivery is still waiting; it is sent by itself."))
    row.state, row.in_line, row.due_at = State.WAITING, False, at
    row.save(update_fields=["state", "in_line", "due_at"])
    return row


def put_failed_back(endpoint: Endpoint, since: datetime) -> int:
    """Put every event that failed since then back in line, in its order; returns how many."""
    if not endpoint.is_live:
        raise NotReady(_("This webhook sends nothing now. Resume it first."))
    failed = endpoint.deliveries.filter(state=State.FAILED, number__isnull=False, made_at__gte=since)
    return lines.put_back(endpoint, failed)


def forget(endpoint: Endpoint) -> None:
    """Delete an endpoint; its lines are locked first, so that nobody who writes in one comes across."""
    list(endpoint.lanes.select_for_update().values_list("pk"))
    endpoint.delete()


def renew(endpoint: Endpoint, at: datetime, grace_hours: float) -> None:
    """Give an endpoint a new secret, and the present one its grace."""
    former = {"former_secret": endpoint.secret, "former_until": at + timedelta(hours=grace_hours)}
    none = {"former_secret": "", "former_until": None}
    _write(endpoint, secret=messages.new_secret(), **(former if grace_hours > 0 else none))


def hold(endpoint: Endpoint, at: datetime) -> None:
    """Send it nothing for now."""
    _write(endpoint, paused_at=at)


def wake(endpoint: Endpoint, *, skip: bool) -> int:
    """Let an endpoint be sent to again; returns how many deliveries were skipped."""
    _write(endpoint, paused_at=None, stopped_at=None, stopped_why="", failing_since=None)
    return lines.go_on(endpoint, skip=skip)


def trial(endpoint: Endpoint, at: datetime) -> Delivery:
    """Make a test's delivery, due at once and beside the line."""
    message_id = f"test_{uuid4().hex}"
    body = messages.of_test(message_id, endpoint.pk, endpoint.team, at)
    row = Delivery(endpoint=endpoint, team=endpoint.team, message_id=message_id, kind=messages.TEST, body=body)
    row.in_line, row.due_at = False, at
    row.save(force_insert=True)
    return row


def stop(endpoint: Endpoint, why: str) -> None:
    """Stop an endpoint that can't be reached, and tell who can do something about it."""
    if endpoint.team is not None:
        _stop(endpoint.team, SYSTEM, endpoint.pk, why)
    elif _stopped(endpoint, timezone.now(), why):
        _tell_operator(endpoint, why)


@act
def _stop(act: Act, endpoint_id: UUID, why: str) -> None:
    endpoint = Endpoint.every_team.filter(team=act.team, pk=endpoint_id).first()
    if endpoint is not None and _stopped(endpoint, act.at, why):
        act.record(STOPPED, endpoint, reason=why, host=endpoint.host)


def _stopped(endpoint: Endpoint, at: datetime, why: str) -> bool:
    return bool(
        Endpoint.every_team.filter(pk=endpoint.pk, stopped_at=None).update(stopped_at=at, stopped_why=why[:300])
    )


def _tell_operator(endpoint: Endpoint, why: str) -> None:
    post(
        "webhook_stopped",
        policy.operator_address(),
        team="",
        webhook=endpoint.name,
        host=endpoint.host,
        why=why,
        reference="",
    )
