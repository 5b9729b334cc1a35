"""Background work: sends mail as it falls due, and clears away what ran out."""

import logging
import signal
import threading
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import close_old_connections
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
        cleared = 0.0
        while not stop.wait(EVERY_SECONDS):
            close_old_connections()
            mail.send_due()
            if time.monotonic() - cleared > CLEAR_EVERY_SECONDS or not cleared:
                clear()
                work_of_the_day()
                cleared = time.monotonic()


def clear() -> None:
    """Delete sessions, codes and links that ran out."""
    SessionStore.clear_expired()
    for model in (SignInCode, SignInLink):
        model.objects.filter(expires_at__lt=timezone.now()).delete()
    for clean_up in registry.clean_ups:
        clean_up()


def work_of_the_day() -> None:
    """Do what is due once a day; one that fails holds up none of the others."""
    for work in (rechecks.recheck_due, *registry.daily):
        try:
            work()
        except Exception:
            log.exception("daily work %s failed and is tried again in an hour", work.__qualname__)
