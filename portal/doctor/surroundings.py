"""What Seatgate leans on: database, clock, cache, mail and worker."""

import sys
from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

from django.conf import settings
from django.core.cache import cache
from django.core.mail import get_connection
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.outbound import heartbeat, work
from portal.teams import invariants, time_zone
from portal.teams.models import Event
from portal.teams.registry import Diagnosis

SKEW = timedelta(seconds=30)
NO_SERVER = ("console", "dummy", "locmem", "filebased")


def database() -> Iterator[Diagnosis]:
    """It answers, is migrated, and guards the journal."""
    connection.ensure_connection()
    version = ".".join(map(str, connection.get_database_version()))
    yield Diagnosis("database", "ok", f"{connection.display_name} {version}, Python {sys.version.split()[0]}")
    executor = MigrationExecutor(connection)
    missing = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    if missing:
        told = _("{n} migrations are missing.").format(n=missing)
        yield Diagnosis("migrations", "bad", told, _("Take a backup, then: ./dev manage migrate"))
        return
    yield Diagnosis("migrations", "ok", _("None is missing."))
    for finding in invariants.check_house():
        yield Diagnosis("journal", "bad", finding.detail, _("./dev manage migrate puts them back."))
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            mode = cursor.execute("PRAGMA journal_mode").fetchone()[0]
        if mode != "wal":
            fix = _("Put the database on a local disk: SQLite needs shared memory for it.")
            yield Diagnosis("database", "bad", _("SQLite is not in WAL mode but in {mode}.").format(mode=mode), fix)


def clock() -> Iterator[Diagnosis]:
    """This machine agrees with the database's, and time did not go back."""
    now = timezone.now()
    newest = Event.every_team.aggregate(last=Max("at"))["last"] or now
    theirs = now
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT clock_timestamp()")
            theirs = cursor.fetchone()[0]
    if newest - now > SKEW or abs(theirs - now) > SKEW:
        told = _("This machine's clock is not the database's, or went back: single sign-on would refuse people.")
        fix = _("Turn time synchronisation on (timedatectl set-ntp true), on each machine.")
        yield Diagnosis("clock", "bad", told, fix)
    else:
        yield Diagnosis("clock", "ok", f"{now:%Y-%m-%d %H:%M:%S} UTC")


def shared_cache() -> Iterator[Diagnosis]:
    """It keeps what it is given; Redis where limits are to hold over several processes."""
    key, kind = f"doctor:{uuid4()}", settings.CACHES["default"]["BACKEND"].rpartition(".")[2]
    cache.set(key, "kept", 10)
    kept = cache.get(key) == "kept"
    cache.delete(key)
    if not kept:
        fix = _("Look at CACHE_URL, and whether that server runs and has memory left.")
        yield Diagnosis("cache", "bad", _("{kind} does not keep what it is given.").format(kind=kind), fix)
    elif "redis" in kind.lower():
        yield Diagnosis("cache", "ok", _("Redis; limits hold over all processes."))
    else:
        yield Diagnosis("cache", "ok", _("A table of the database; each process counts its limits for itself."))


def mail() -> Iterator[Diagnosis]:
    """There is a mail server, and it lets us in; nothing is sent."""
    backend = settings.EMAIL_BACKEND
    if any(name in backend for name in NO_SERVER):
        state = "warn" if settings.LOOPBACK else "bad"
        told = _("No mail server is set: nobody gets a sign-in code.")
        yield Diagnosis("mail", state, told, _("Set EMAIL_URL (see .env.example)."))
        return
    line = get_connection()
    try:
        line.open()
        line.close()
    except OSError as error:
        told = _("{host} does not let us in: {error}.").format(host=settings.EMAIL_HOST, error=type(error).__name__)
        yield Diagnosis("mail", "bad", told, _("Look at EMAIL_URL: host, port, user, password, smtp+tls or smtp+ssl."))
    else:
        yield Diagnosis("mail", "ok", _("{host} lets us in.").format(host=settings.EMAIL_HOST or backend))


def worker() -> Iterator[Diagnosis]:
    """Somebody works, nothing waits for long, and nothing was given up."""
    seen = heartbeat.at_work()
    if seen:
        yield Diagnosis("worker", "ok", ", ".join(map(str, seen)))
    else:
        told = _("No worker was seen in the last two minutes: no mail goes out.")
        yield Diagnosis("worker", "bad", told, _("Start one: ./dev manage worker (./dev serve starts one itself)."))
    troubled = False
    for depth in work.depths():
        name = depth.title
        if work.late(depth):
            troubled, since = True, depth.oldest and time_zone.moment(depth.oldest)
            told = _("{work}: {n} wait, the oldest since {since}.")
            yield Diagnosis(
                "work", "warn", told.format(work=name, n=depth.due, since=since),
                _("Look at the worker's log; start one more worker if it is busy."),
            )  # fmt: skip
        if depth.dead:
            troubled = True
            told = _("{work}: {n} were given up.").format(work=name, n=depth.dead)
            yield Diagnosis("work", "warn", told, _("Look at what went wrong, and revive it: ./dev manage work"))
    if not troubled:
        yield Diagnosis("work", "ok", _("Nothing waits for long, and nothing was given up."))
