"""The operator's webhooks, which get the events of every team."""

from typing import Any
from uuid import UUID

from django.core.management.base import CommandParser

from portal.outbound.webhooks import endpoints, lines, operators
from portal.outbound.webhooks.models import Endpoint
from portal.outbound.webhooks.topics import TOPICS
from portal.teams.management.command import Command as Base

ON_ONE = ("remove", "rotate", "test", "pause", "resume")


class Command(Base):
    """operator_webhook add | list | remove | rotate | test | pause | resume"""

    help = "Add, list and change the operator's webhooks, which get the events of every team."

    def arguments(self, parser: CommandParser) -> None:
        """Take the verb, and what it is about."""
        verbs = parser.add_subparsers(dest="verb", required=True)
        add = verbs.add_parser("add", help="add one and print its secret, once")
        add.add_argument("--name", required=True)
        add.add_argument("--url", required=True)
        add.add_argument("--topics", nargs="*", default=[], choices=list(TOPICS), help="every event unless given")
        verbs.add_parser("list", help="list them")
        for verb in ON_ONE:
            one = verbs.add_parser(verb)
            one.add_argument("id", type=UUID)
            if verb == "rotate":
                one.add_argument("--grace", type=float, default=endpoints.GRACE_HOURS, metavar="HOURS")
            if verb == "resume":
                one.add_argument("--skip", action="store_true", help="leave out what waits")

    def act(self, **o: Any) -> dict[str, Any]:
        """Do what the verb says."""
        if o["verb"] == "add":
            made = operators.add(self.by, o["name"], o["url"], o["topics"])
            return {"id": made.pk, "secret": made.secret}
        if o["verb"] == "list":
            return {"webhooks": [told(each) for each in operators.listed()]}
        result: dict[str, Any] = getattr(self, o["verb"])(o["id"], o)
        return {"id": o["id"], **result}

    def remove(self, endpoint_id: UUID, _o: dict[str, Any]) -> dict[str, Any]:
        """Remove it with its deliveries."""
        operators.remove(self.by, endpoint_id)
        return {"removed": True}

    def rotate(self, endpoint_id: UUID, o: dict[str, Any]) -> dict[str, Any]:
        """Make a new secret; the present one signs beside it for the grace."""
        return {"secret": operators.rotate(self.by, endpoint_id, o["grace"]).secret}

    def test(self, endpoint_id: UUID, _o: dict[str, Any]) -> dict[str, Any]:
        """Have the worker send a test."""
        return {"message_id": operators.test(self.by, endpoint_id).message_id}

    def pause(self, endpoint_id: UUID, _o: dict[str, Any]) -> dict[str, Any]:
        """Send nothing for now."""
        operators.pause(self.by, endpoint_id)
        return {"paused": True}

    def resume(self, endpoint_id: UUID, o: dict[str, Any]) -> dict[str, Any]:
        """Send again, with what waits or without it."""
        return {"skipped": operators.resume(self.by, endpoint_id, skip=o["skip"])}


def told(endpoint: Endpoint) -> dict[str, Any]:
    """Say of an endpoint how it stands."""
    return {
        "id": endpoint.pk,
        "name": endpoint.name,
        "url": endpoint.url,
        "topics": endpoint.topics,
        "live": endpoint.is_live,
        "stopped_why": endpoint.stopped_why,
        "last_success_at": endpoint.last_success_at,
        "waiting": lines.backlog(endpoint),
    }
