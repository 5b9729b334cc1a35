"""Background work: sends mail as it falls due, and clears away what ran out."""

import logging
import signal
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import close_old_connections, connections
from django.utils import timezone

from portal.outbound import mail, rechecks
from portal.teams.models import SignInCode, SignInLink
from portal.teams.registry import registry
from portal.teams.sessions import SessionStore

log = logging.getLogger("seatgate.worker")
EVERY_SECONDS, CLEAR_EVERY_SECONDS = 1.0, 3600.0


class Command(BaseCommand):
    """worker [--once]"""

    help = "Send mail as it falls due and clear away what ran out, until stopped."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take --once."""
        parser.add_argument("--once", action="store_true", help="do what is due now, then stop")

    def handle(self, **options: Any) -> None:
        """Work until SIGTERM or SIGINT; the letter in hand is finished first."""
        if options["once"]:
            work_of_the_day()
            mail.send_due()
            clear()
            return
        stop = threading.Event()
        for signum in (signal.SIGTERM, signal.SIGINT):
            signal.signal(signum, lambda *_: stop.set())
        daily, cleared = DaysWork(), 0.0
        while not stop.wait(EVERY_SECONDS):
            close_old_connections()
            mail.send_due()
            if time.monotonic() - cleared > CLEAR_EVERY_SECONDS or not cleared:
                clear()
                daily.begin()
                cleared = time.monotonic()


def clear() -> None:
    """Delete sessions, codes and links that ran out."""
    SessionStore.clear_expired()
    for model in (SignInCode, SignInLink):
        model.objects.filter(expires_at__lt=timezone.now()).delete()
    _each(registry.clean_ups)


def work_of_the_day() -> None:
    """Do what is due once a day; one that fails holds up none of the others."""
    _each((rechecks.recheck_due, *registry.daily))


def _each(works: Iterable[Callable[[], Any]]) -> None:
    for work in works:
        try:
            work()
        except Exception:
            log.exception("%s failed and is tried again in an hour", getattr(work, "__qualname__", work))


class DaysWork:
    """The day's work beside the mail, one round at a time: other people's slow servers hold no sign-in code up."""

    def __init__(self) -> None:
        self.thread: threading.Thread | None = None

    def begin(self) -> None:
        """Begin a round unless the last one still runs; a stop doesn't wait for it, and what it left is due again."""
        if self.thread is None or not self.thread.is_alive():
            self.thread = threading.Thread(target=self._run, name="work of the day", daemon=True)
            self.thread.start()

    def _run(self) -> None:
        close_old_connections()
        try:
            work_of_the_day()
        finally:
            connections.close_all()
