"""Numbers for Prometheus: requests and sign-ins as they are counted, seats and work as they stand when asked.

Server processes count in files of one folder (METRICS_DIR), so that whichever of them is asked answers for all.
"""

import os
from collections.abc import Iterator
from functools import cache

from django.db import Error as DatabaseError
from django.utils import timezone
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import REGISTRY, Collector

from portal.outbound import heartbeat, work
from portal.teams.models import Member, Seat, Team, Waiting

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
REQUESTS = Counter("seatgate_requests", "Requests answered", ["view", "method", "status"])
DURATIONS = Histogram("seatgate_request_seconds", "Seconds until the answer", ["view"], buckets=SECONDS)
SIGN_INS = Counter("seatgate_saml_messages", "SAML messages judged, by what came of them", ["result"])


def answered(view: str, method: str, status: int, seconds: float) -> None:
    """Count a request; a page that is none, or a method that is none, gets no name of the caller's making."""
    counted, timed = _of(view or "none", method if method in METHODS else "other", status)
    counted.inc()
    timed.observe(seconds)


@cache
def _of(view: str, method: str, status: int) -> tuple[Counter, Histogram]:
    return REQUESTS.labels(view, method, str(status)), DURATIONS.labels(view)


def judged(result: str) -> None:
    """Count a SAML message by its result."""
    SIGN_INS.labels(result).inc()


def page() -> bytes:
    """Write everything in Prometheus's text format."""
    if not os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        counted: CollectorRegistry = REGISTRY
        return generate_latest(counted) + generate_latest(_standing())
    together = CollectorRegistry()
    MultiProcessCollector(together)  # type: ignore[no-untyped-call]
    return generate_latest(together) + generate_latest(_standing())


def _standing() -> CollectorRegistry:
    registry = CollectorRegistry()
    registry.register(Standing())
    return registry


class Standing(Collector):
    """What the database says at this moment, over all teams: no label grows with customers."""

    def collect(self) -> Iterator[Metric]:
        """Ask in a bounded number of queries; a database that is away is a number too."""
        up = GaugeMetricFamily("seatgate_database_up", "Whether the database answers")
        try:
            found = [*self._house(), *self._work()]
        except DatabaseError:
            up.add_metric([], 0)
            found = []
        else:
            up.add_metric([], 1)
        return iter([up, *found])

    def _house(self) -> Iterator[Metric]:
        seats = GaugeMetricFamily("seatgate_seats", "Seats of open teams", labels=["state"])
        bought = Seat.every_team.filter(team__closed_at=None)
        seats.add_metric(["bought"], bought.count())
        seats.add_metric(["taken"], bought.filter(member__isnull=False).count())
        yield seats
        numbers = {
            "teams": ("Open teams", Team.every_team.filter(closed_at=None).count()),
            "members_active": ("Active members", Member.every_team.filter(active=True).count()),
            "people_waiting": ("People refused for want of a seat", Waiting.every_team.count()),
            "workers": ("Workers seen at work", len(heartbeat.at_work())),
        }
        for name, (told, number) in numbers.items():
            yield GaugeMetricFamily(f"seatgate_{name}", told, value=number)

    def _work(self) -> Iterator[Metric]:
        rows = GaugeMetricFamily("seatgate_work", "Rows of background work", labels=["work", "state"])
        waits = GaugeMetricFamily("seatgate_work_wait_seconds", "How long the oldest due row waits", labels=["work"])
        now = timezone.now()
        for depth in work.depths():
            for state in ("due", "in_hand", "dead"):
                rows.add_metric([depth.name, state], getattr(depth, state))
            waits.add_metric([depth.name], (now - depth.oldest).total_seconds() if depth.oldest else 0)
        yield from (rows, waits)
