"""Our backend for PostgreSQL: what comes again is prepared, and a connection that ended is noticed unasked."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Thread

import pytest

from tests import servers
from tests.servers import Postgres

pytestmark = pytest.mark.pg

THRICE = """
from django.db import close_old_connections, connection
from portal.teams.compiled import Select
from portal.teams.models import Team
find = Select(lambda slug: Team.every_team.filter(slug=slug), str)
for _ in range(3):
    close_old_connections()
    find("nobody")
with connection.cursor() as cursor:
    cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%teams_team%'")
    print(cursor.fetchone()[0])
"""
# A transaction that is rolled back, as a refused act's is.
ROLLED_BACK = """
from django.db import connection, transaction
from portal.teams.compiled import Select
from portal.teams.models import Team
find = Select(lambda slug: Team.every_team.filter(slug=slug), str)
for _ in range(3):
    with transaction.atomic():
        find("nobody")
        Team.every_team.create(slug="gone", name="Gone")
        transaction.set_rollback(True)
with connection.cursor() as cursor:
    cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%teams_team%'")
    print(cursor.fetchone()[0], Team.every_team.count(), find("nobody"))
"""
# A new request on a connection that the server ended meanwhile, or did not.
AGAIN = """
import time
import psycopg
from django.db import close_old_connections, connection
from portal.teams.models import Team
Team.every_team.count()
before = connection.connection.info.backend_pid
if {end}:
    with psycopg.connect({url!r}, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s)", [before])
    time.sleep(0.5)
asked = []
plainly = connection.connection.cursor
connection.connection.cursor = lambda *args, **more: asked.append(args) or plainly(*args, **more)
close_old_connections()
Team.every_team.count()
print(connection.connection.info.backend_pid == before, len(asked))
"""
# What the system was asked to do for a connection that is quiet.
KEPT_ALIVE = """
import os, socket
from django.db import connection
from portal.teams.models import Team
Team.every_team.count()
line = socket.socket(fileno=os.dup(connection.connection.fileno()))
asked = (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT, socket.TCP_USER_TIMEOUT)
print(line.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE),
      *[line.getsockopt(socket.IPPROTO_TCP, each) for each in asked])
"""
# A migration under a server that runs, which holds a plan of before.
MIGRATED = """
from contextlib import nullcontext
import psycopg
from django.db import DatabaseError, close_old_connections
from django.db.transaction import atomic
from portal.teams.compiled import Select
from portal.teams.models import Team
find = Select(lambda slug: Team.every_team.filter(slug=slug), str)
failed = []
for call in range(6):
    if call == 3:
        with psycopg.connect({url!r}, autocommit=True) as other:
            other.execute("ALTER TABLE teams_team ALTER slug TYPE varchar(60)")
    close_old_connections()
    try:
        with {frame}:
            find("nobody")
    except DatabaseError:
        failed.append(call)
print(failed)
"""

# What libpq alone would get wrong, or cut off: values of every kind, errors by their names, a rollback, a NUL.
BY_ITSELF = """
from datetime import UTC, date, datetime
from uuid import UUID
from django.db import DataError, IntegrityError, connection, transaction
run = connection.run_prepared
sent = [UUID(int=7), "50 % 'ä", 2**40, 3, True, None, datetime(2026, 2, 3, 4, 5, 6, 7, tzinfo=UTC), date(2026, 2, 3)]
kinds = "uuid text bigint int bool text timestamptz date".split()
asked = "SELECT 'a%%sb', " + ", ".join(f"%s::{kind}" for kind in kinds)
assert run(asked, sent) == ([("a%sb", *sent)], 1), run(asked, sent)
run("CREATE TEMPORARY TABLE t (n int UNIQUE)", [])
assert run("INSERT INTO t VALUES (%s), (%s)", [1, 2]) == ([], 2)
for wrong, values, expected in [
    ("INSERT INTO t VALUES (%s), (%s)", [3, 1], IntegrityError), (asked, ["x", *sent[1:]], DataError),
    (asked, [sent[0], "a\\0b", *sent[2:]], DataError),
]:
    try:
        with transaction.atomic():
            run("INSERT INTO t VALUES (%s)", [9])
            run(wrong, values)
    except expected:
        pass
    else:
        print("not refused", wrong, values)
assert run("SELECT n FROM t ORDER BY n", [])[0] == [(1,), (2,)]
assert run(asked, sent)[1] == 1
print(run("SELECT count(*) > 1 FROM pg_prepared_statements WHERE statement LIKE '%%a%%sb%%'", [])[0][0][0])
"""


@pytest.mark.parametrize(("wanted", "prepared"), [("1", "1"), ("0", "0")])
def test_what_comes_again_is_prepared_unless_a_pooler_forbids_it(
    postgres_server: Postgres, wanted: str, prepared: str
) -> None:
    with postgres_server.fresh() as url:
        assert servers.python(url, THRICE, PREPARED_STATEMENTS=wanted).strip() == prepared


def test_what_is_prepared_outlives_a_rollback(postgres_server: Postgres) -> None:
    with postgres_server.fresh() as url:
        assert servers.python(url, ROLLED_BACK).strip() == "1 0 []"


def test_a_connection_that_the_server_ended_is_replaced_before_it_is_used(postgres_server: Postgres) -> None:
    with postgres_server.fresh() as url:
        assert servers.python(url, AGAIN.format(end=True, url=url)).startswith("False")


def test_a_quiet_connection_is_used_without_a_question(postgres_server: Postgres) -> None:
    with postgres_server.fresh() as url:
        assert servers.python(url, AGAIN.format(end=False, url=url)).strip() == "True 1"


@pytest.mark.parametrize("frame", ["nullcontext()", "atomic()"])
def test_a_plan_that_a_migration_broke_fails_one_call(postgres_server: Postgres, frame: str) -> None:
    with postgres_server.fresh() as url:
        assert servers.python(url, MIGRATED.format(url=url, frame=frame)).strip() == "[3]"


@contextmanager
def by_tcp(folder: str) -> Iterator[int]:
    """Lead a port of this machine to the server's socket; gives the port."""

    def hand_on(source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while sent := source.recv(65_536):
                target.sendall(sent)
            target.shutdown(socket.SHUT_WR)

    def serve() -> None:
        with suppress(OSError):
            while True:
                caller, server = listener.accept()[0], socket.socket(socket.AF_UNIX)
                server.connect(f"{folder}/.s.PGSQL.5432")
                for pair in ((caller, server), (server, caller)):
                    Thread(target=hand_on, args=pair, daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        Thread(target=serve, daemon=True).start()
        yield listener.getsockname()[1]


@pytest.mark.parametrize(("said", "idle"), [("", 30), ("?keepalives_idle=10", 10)])
def test_a_quiet_connection_is_kept_alive_through_a_firewall(postgres_server: Postgres, said: str, idle: int) -> None:
    with postgres_server.fresh() as url, by_tcp(postgres_server.folder) as port:
        name = url.partition("@/")[2].partition("?")[0]
        found = servers.python(f"postgres://postgres@127.0.0.1:{port}/{name}{said}", KEPT_ALIVE)

    assert found.split() == ["1", str(idle), "10", "3", "20000"]


def test_values_errors_and_rollbacks_are_as_with_a_cursor(postgres_server: Postgres) -> None:
    with postgres_server.fresh() as url:
        told = [servers.python(url, BY_ITSELF, PREPARED_STATEMENTS=wanted).strip() for wanted in ("1", "0")]

    assert told == ["True", "False"]
