"""What is sent: one shape for every kind of event, its stable id, and the signatures (Standard Webhooks)."""

import json
import secrets
from base64 import b64encode
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from standardwebhooks import Webhook

from portal.teams.models import Event, Team

PREFIX: Final = "whsec_"
SECRET_BYTES: Final = 32
TEST: Final = "webhook.test"


def new_secret() -> str:
    """Return a fresh secret, in the specification's spelling."""
    return PREFIX + b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def id_of(team_id: UUID, number: int) -> str:
    """Return the id of the message that tells of an event: whoever sees it twice has seen the event."""
    return f"evt_{team_id.hex}_{number}"


def of_event(event: Event, team: Team) -> str:
    """Write the message that tells of an event."""
    return _message(event.kind, event.at, {
        "id": id_of(team.pk, event.number),
        "number": event.number,
        "team": _team(team),
        "door": event.door,
        "actor": {"id": event.actor_id, "label": event.actor},
        "subject": {"id": event.subject_id, "label": event.subject},
        "refused": event.refused,
        "details": event.data,
    })  # fmt: skip


def of_test(message_id: str, endpoint_id: UUID, team: Team | None, at: datetime) -> str:
    """Write a message that tells of nothing, to try an endpoint with."""
    whose = _team(team) if team is not None else None
    return _message(TEST, at, {"id": message_id, "team": whose, "webhook": str(endpoint_id), "test": True})


def _team(team: Team) -> dict[str, str]:
    return {"id": str(team.pk), "slug": team.slug, "name": team.name}


def _message(kind: str, at: datetime, data: dict[str, Any]) -> str:
    moment = at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return json.dumps({"type": kind, "timestamp": moment, "data": data}, separators=(",", ":"), default=str)


def headers(message_id: str, at: datetime, body: str, signing: Iterable[str]) -> dict[str, str]:
    """Return the headers that a receiver verifies: one signature by each secret that is valid now."""
    return {
        "Content-Type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(Webhook(each).sign(message_id, at.astimezone(UTC), body) for each in signing),
    }
