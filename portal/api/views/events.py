"""The journal, read by its numbers."""

from django.http import HttpResponse
from rest_framework.request import Request

from portal.api import examples, shapes
from portal.api.http import ApiView
from portal.api.keys import Scope
from portal.api.operation import reads
from portal.api.questions import EventQuestion


class EventList(ApiView):
    """/events"""

    @reads(
        "list_events", Scope.EVENTS_READ, "Read events",
        "Whatever changed in the team, and whatever a rule refused, in order and without gaps. Keep `next_after` and "
        "send it as `after`: nothing is missed and nothing comes twice. `lost` says how many were purged meanwhile.",
        query=EventQuestion, answer=shapes.EventPage,
        example={"data": [examples.EVENT], "next_after": 411, "more": True, "lost": 0},
    )  # fmt: skip
    def get(self, request: Request) -> HttpResponse:
        """List what came after a number; one statement beside the key's."""
        after, limit = self.asked["after"], self.asked["limit"]
        found = list(self.team.events.filter(number__gt=after).order_by("number")[: limit + 1])
        rows = found[:limit]
        page = {
            "data": rows,
            "next_after": rows[-1].number if rows else after,
            "more": len(found) > limit,
            "lost": rows[0].number - after - 1 if rows else 0,
        }
        return self.answer(shapes.EventPage(page).data)
