"""The worker's heartbeat: a row it writes while it works, so that doctor and operators see whether anybody does."""

import os
import socket
from datetime import timedelta
from uuid import UUID

from django.utils import timezone

from portal.outbound.models import Worker

EVERY = timedelta(seconds=15)
# Beats missed before we say that nobody works: a slow database delays one or two.
SILENCE = timedelta(minutes=2)
KEPT = timedelta(days=1)


class Heartbeat:
    """One process's row."""

    def __init__(self) -> None:
        self.started_at = self.seen_at = timezone.now()
        self.key: UUID | None = None

    def beat(self) -> None:
        """Write the row at most every fifteen seconds."""
        now = timezone.now()
        if self.key is None:
            host, pid = socket.gethostname()[:200], os.getpid()
            row = Worker.objects.create(host=host, pid=pid, started_at=self.started_at, seen_at=now)
            Worker.objects.filter(seen_at__lt=now - KEPT).delete()
            self.key = row.pk
        elif now - self.seen_at >= EVERY:
            Worker.objects.filter(pk=self.key).update(seen_at=now)
        else:
            return
        self.seen_at = now

    def end(self) -> None:
        """Say that this process stopped when it was told to."""
        now = timezone.now()
        if self.key is not None:
            Worker.objects.filter(pk=self.key).update(seen_at=now, stopped_at=now)


def at_work() -> list[Worker]:
    """List the workers that were seen lately and did not stop."""
    return list(Worker.objects.filter(stopped_at=None, seen_at__gt=timezone.now() - SILENCE).order_by("started_at"))
