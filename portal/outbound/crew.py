"""The threads of one worker: each kind of work has its own, so that a slow one holds no other up."""

import logging
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

from django.db import close_old_connections, connections

from portal.outbound import rechecks, work
from portal.outbound.webhooks.couriers import Couriers
from portal.teams.registry import Work, registry
from portal.teams.work import stopping

log = logging.getLogger("seatgate.worker")
# A stop waits so long for what is in hand; what is not done by then falls due again when its lease runs out.
PATIENCE_SECONDS = 6.0


class Lane:
    """The threads of one kind of work: none while nothing is due, at most `most` at once."""

    def __init__(self, name: str, most: int, is_due: Callable[[], bool], drain: Callable[[], None]) -> None:
        self.name, self.most, self.is_due, self.drain = name, most, is_due, drain
        self.threads: list[threading.Thread] = []

    def begin(self) -> None:
        """Begin one more thread where there is something to do and room for it."""
        self.threads = [thread for thread in self.threads if thread.is_alive()]
        if len(self.threads) < self.most and self.is_due():
            self.threads.append(threading.Thread(target=self._run, name=self.name, daemon=True))
            self.threads[-1].start()

    def _run(self) -> None:
        try:
            self.drain()
        except Exception:  # the database went away: the next turn begins anew
            log.exception("%s stopped and is taken up again", self.name)
        finally:
            connections.close_all()


def lane_of(kind: Work) -> Lane:
    """The lane of a kind from the registry."""

    def drain() -> None:
        close_old_connections()
        while not stopping.is_set() and work.run_next(kind) is not None:
            close_old_connections()

    return Lane(kind.name, kind.threads, lambda: work.due(kind).exists(), drain)


class Crew:
    """All lanes, the work of the day in one of its own, and the couriers of webhooks."""

    def __init__(self) -> None:
        self.lanes = [lane_of(kind) for kind in registry.works]
        self.couriers = Couriers()
        self.day = Lane("work of the day", 1, lambda: True, work_of_the_day)

    def begin(self) -> None:
        """Begin what is due of every kind."""
        for lane in self.lanes:
            lane.begin()
        self.couriers.begin()

    def finish(self) -> None:
        """Wait a little for what is in hand; the work of the day is left, and is due again."""
        end = time.monotonic() + PATIENCE_SECONDS
        for thread in [thread for lane in self.lanes for thread in lane.threads]:
            thread.join(max(0.0, end - time.monotonic()))
        self.couriers.finish(end)


def work_of_the_day() -> None:
    """Do what is due once a day; one that fails holds up none of the others."""
    each((rechecks.recheck_due, *registry.daily))


def each(works: Iterable[Callable[[], Any]]) -> None:
    """Do one after the other, whatever comes of each."""
    for one in works:
        try:
            one()
        except Exception:
            log.exception("%s failed and is tried again in an hour", getattr(one, "__qualname__", one))
