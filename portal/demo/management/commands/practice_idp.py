"""Serve the practice IdP."""

import os
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser


class Command(BaseCommand):
    """practice_idp [--port N]"""

    help = "Serve the practice identity provider on 127.0.0.1, until stopped."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the port."""
        parser.add_argument("--port", type=int, default=8001)

    def handle(self, **options: Any) -> None:
        """Become the server: signals then reach it directly."""
        os.environ.setdefault("PRACTICE_IDP_URL", f"http://127.0.0.1:{options['port']}")
        server = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1"]
        server += ["--port", str(options["port"]), "--blocking-threads", "4", "--workers-kill-timeout", "2"]
        os.execv(sys.executable, [*server, "--log-level", "warning", "portal.demo.site_wsgi:application"])
