"""Couriers: threads that deliver, so many in all and so many for one endpoint, so that a slow one holds up no other."""

import logging
import threading
import time
from collections import Counter
from uuid import UUID

from django.db import close_old_connections, connections

from portal.outbound.webhooks import lines, sending
from portal.outbound.webhooks.models import Delivery
from portal.teams.work import stopping

log = logging.getLogger("seatgate.webhooks")
MOST, MOST_FOR_ONE = 24, 3
# A thread goes on in its line for so long, then others get a turn.
TURN_SECONDS = 20.0


class Couriers:
    """Takes what is due and sends it beside the worker's other work."""

    def __init__(self) -> None:
        self.busy: Counter[UUID] = Counter()
        self.lock = threading.Lock()

    def begin(self) -> int:
        """Read on in the journals and begin what is due, as far as hands are free; returns at once with how many."""
        lines.follow()
        begun = 0
        while (row := self._next()) is not None:
            threading.Thread(target=self._work, args=(row,), name="webhook", daemon=True).start()
            begun += 1
        return begun

    def _next(self) -> Delivery | None:
        """Lease the next delivery there is a free hand for."""
        while self.busy.total() < MOST:
            with self.lock:
                full = [endpoint for endpoint, count in self.busy.items() if count >= MOST_FOR_ONE]
            first = sending.due(full).values_list("pk", flat=True).first()
            if first is None:
                return None
            row = sending.take(first)
            if row is not None:
                with self.lock:
                    self.busy[row.endpoint_id] += 1
                return row
        return None

    def _work(self, row: Delivery) -> None:
        until = time.monotonic() + TURN_SECONDS
        endpoint, team = row.endpoint_id, row.team_id
        try:
            following: Delivery | None = row
            while following is not None:
                close_old_connections()
                sending.deliver(following)
                on = not stopping.is_set() and time.monotonic() < until
                following = sending.next_in_line(endpoint, team) if on else None
        except Exception:
            # Its lease runs out, and it is sent again.
            log.exception("a webhook could not be sent")
        finally:
            connections.close_all()
            with self.lock:
                self.busy[endpoint] -= 1

    def finish(self, until: float) -> None:
        """Wait for those at work, but no longer; what they leave is due again when its lease runs out."""
        while self.busy.total() and time.monotonic() < until:
            time.sleep(0.05)
