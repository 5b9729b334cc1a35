"""Background work: does what is due, begins the day's work, and clears away what ran out."""

import logging
import signal
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import InterfaceError, OperationalError, close_old_connections
from django.utils import timezone

from portal.outbound import work
from portal.outbound.crew import Crew, each, work_of_the_day
from portal.outbound.heartbeat import Heartbeat
from portal.outbound.webhooks import sending
from portal.teams.models import Challenge, SignInCode, SignInLink
from portal.teams.registry import registry
from portal.teams.sessions import SessionStore
from portal.teams.work import stopping

log = logging.getLogger("seatgate.worker")
EVERY_SECONDS, CLEAR_EVERY_SECONDS = 1.0, 3600.0


class Command(BaseCommand):
    """worker [--once]"""

    help = "Do background work as it falls due and clear away what ran out, until stopped."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take --once."""
        parser.add_argument("--once", action="store_true", help="do what is due now, then stop")

    def handle(self, **options: Any) -> None:
        """Work until SIGTERM or SIGINT; what is in hand is finished first."""
        if options["once"]:
            work_of_the_day()
            work.run_due()
            sending.send_due()
            clear()
            return
        stopping.clear()
        for signum in (signal.SIGTERM, signal.SIGINT):
            signal.signal(signum, lambda *_: stopping.set())
        Loop().run()


class Loop:
    """The worker's turns, one a second."""

    def __init__(self) -> None:
        self.crew, self.heart = Crew(), Heartbeat()
        self.cleared = float("-inf")

    def run(self) -> None:
        """Turn until told to stop. A database that goes away is waited for."""
        away = False
        while not stopping.wait(EVERY_SECONDS):
            try:
                self.turn()
                away = False
            except (OperationalError, InterfaceError) as error:
                if not away:
                    log.error("the database is out of reach, and waited for: %s", error)
                away = True
        self.crew.finish()
        if not away:
            self.heart.end()

    def turn(self) -> None:
        """Begin what is due; once an hour the day's work, and clear."""
        close_old_connections()
        self.heart.beat()
        self.crew.begin()
        if time.monotonic() - self.cleared > CLEAR_EVERY_SECONDS:
            clear()
            self.crew.day.begin()
            self.cleared = time.monotonic()


def clear() -> None:
    """Delete sessions, codes and links that ran out."""
    SessionStore.clear_expired()
    for model in (Challenge, SignInCode, SignInLink):
        model.objects.filter(expires_at__lt=timezone.now()).delete()
    each(registry.clean_ups)
