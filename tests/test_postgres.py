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


# ── What need not be waited for ──────────────────────────────────────────────────────────────────────────────────────
# A table, a way to write into it and to read it, and what was put off.
SOON = """
from django.db import IntegrityError, InterfaceError, OperationalError, connection, transaction
from portal.teams import compiled
with connection.cursor() as cursor:
    cursor.execute("CREATE TABLE IF NOT EXISTS t (n int UNIQUE, word text)")
def put(n, word=""):
    return compiled.soon("INSERT INTO t VALUES (%s, %s)", [n, word])
def read():
    return [n for (n,) in compiled.run("SELECT n FROM t ORDER BY n", [])[0]]
def waiting():
    return len(connection.prepared.queue) if connection.prepared else 0
def refused(by, work):
    try:
        work()
    except by:
        return
    raise AssertionError(f"not refused by {by}")
"""


def in_turn(server: Postgres, code: str, **env: str) -> str:
    """Run a few lines behind `SOON` on a database of their own."""
    with server.fresh() as url:
        return servers.python(url, SOON + code, **env).strip()


def test_what_is_put_off_runs_in_its_order_at_the_latest_with_commit(postgres_server: Postgres) -> None:
    code = """
with transaction.atomic():
    first = put(1)
    second = compiled.soon("UPDATE t SET n = n + 1", [])
    assert waiting() == 2
    assert read() == [2] and waiting() == 0
    assert (first(), second()) == (([], 1), ([], 1))
    put(7)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM t")
        assert cursor.fetchone() == (2,)
    with connection.cursor() as cursor:
        put(8)
        cursor.execute("SELECT count(*) FROM t")
        assert cursor.fetchone() == (3,)
        put(12)
        cursor.executemany("UPDATE t SET word = %s", [("x",), ("y",)])
        assert waiting() == 0
    put(13)
    with connection.cursor() as cursor:
        with cursor.copy("COPY t TO STDOUT") as rows:
            assert sorted(n for n, word in (row for row in rows.rows())) == ["12", "13", "2", "7", "8"]
        assert compiled.run("SELECT DISTINCT word FROM t", [])[0] == [("y",), ("",)]
    with transaction.atomic():
        put(9)
    put(10)
    assert waiting() == 1
assert read() == [2, 7, 8, 9, 10, 12, 13]
put(11)
print(read(), waiting())
"""
    expected = "[2, 7, 8, 9, 10, 11, 12, 13] 0"
    assert in_turn(postgres_server, code) == expected
    plainly = code.replace("assert waiting() == 2", "").replace("assert waiting() == 1", "")
    assert in_turn(postgres_server, plainly, PREPARED_STATEMENTS="0") == expected


def test_what_is_rolled_back_never_runs(postgres_server: Postgres) -> None:
    code = """
class Undo(Exception): pass
def outer():
    with transaction.atomic():
        put(1)
        outer.late = put(2)
        raise Undo
refused(Undo, outer)
refused(InterfaceError, outer.late)
assert waiting() == 0 and read() == []
with transaction.atomic():
    put(3)
    def inner():
        with transaction.atomic():
            put(4)
            raise Undo
    refused(Undo, inner)
    assert waiting() == 0
    def wrong():
        with transaction.atomic():
            put(3)
            raise Undo
    refused(Undo, wrong)
    put(5)
with transaction.atomic():
    put(6)
    transaction.set_rollback(True)
print(read(), waiting())
"""
    assert in_turn(postgres_server, code) == "[3, 5] 0"


def test_what_fails_is_raised_by_what_is_waited_for_and_nothing_stays(postgres_server: Postgres) -> None:
    code = """
put(1)
def at_commit():
    with transaction.atomic():
        put(2)
        at_commit.late = put(1)
        put(3)
def at_a_read():
    with transaction.atomic():
        put(2), put(1)
        refused(IntegrityError, read)
        at_a_read.seen = True
        put(4)
def at_a_savepoint():
    with transaction.atomic():
        put(2)
        with transaction.atomic():
            put(1)
for work in (at_commit, at_a_savepoint):
    refused(IntegrityError, work)
    assert read() == [1] and waiting() == 0, work
refused(InterfaceError, at_commit.late)
refused(Exception, at_a_read)
assert at_a_read.seen and read() == [1]
with transaction.atomic():
    put(5)
    def part():
        with transaction.atomic():
            put(6), put(1)
            read()
    refused(IntegrityError, part)
    put(7)
print(read())
"""
    assert in_turn(postgres_server, code) == "[1, 5, 7]"


def test_who_waits_for_a_lock_keeps_no_other_thread_from_running(postgres_server: Postgres) -> None:
    code = """
from threading import Event, Thread
put(1)
held, done = Event(), []
LOCK = "UPDATE t SET n = n + 1 WHERE n < %s"
def wait():
    held.wait(10)
    with transaction.atomic():
        found = compiled.soon(LOCK, [100])
        # Behind the lock, it sees what was committed meanwhile.
        done.append((read(), found()[1]))
    connection.close()
other = Thread(target=wait)
other.start()
with transaction.atomic():
    compiled.run(LOCK, [100])
    held.set()
    import time
    for _ in range(20):
        time.sleep(0.01)
        compiled.soon("INSERT INTO t VALUES (%s, '')", [200 + _])
        read()
    assert not done
other.join(10)
print(done[0][0][:1], len(done[0][0]), done[0][1])
"""
    assert in_turn(postgres_server, code) == "[3] 21 1"


def test_more_than_a_line_holds_goes_both_ways_at_once(postgres_server: Postgres) -> None:
    code = """
word = "ä" * 1_000_000
with transaction.atomic():
    back = [compiled.soon("INSERT INTO t VALUES (%s, %s) RETURNING word", [n, word]) for n in range(12)]
    assert all(each()[0] == [(word,)] for each in back)
print(len(read()))
"""
    assert in_turn(postgres_server, code) == "12"


def test_a_server_that_ends_the_connection_is_an_error_of_what_is_waited_for(postgres_server: Postgres) -> None:
    code = """
import psycopg
def ended():
    with transaction.atomic():
        put(1)
        read()
        with psycopg.connect(URL, autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s)", [connection.connection.info.backend_pid])
        put(2), put(3)
refused(OperationalError, ended)
connection.close_if_unusable_or_obsolete()
print(read())
"""
    with postgres_server.fresh() as url:
        assert servers.python(url, f"URL = {url!r}\n{SOON}{code}").strip() == "[]"
