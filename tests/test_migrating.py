"""A migration that changes indexes: what it leaves, back and forth on both engines, and acts that go on beside it."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest

from tests import servers
from tests.servers import Postgres

BACK = """
from django.core.management import call_command
call_command("migrate", "scim", "0004", verbosity=0)
call_command("migrate", "teams", "0020", verbosity=0)
"""
FORTH = """
from django.core.management import call_command
from django.db import connection
call_command("migrate", verbosity=0)
if connection.vendor == "postgresql":
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('statement_timeout'), current_setting('lock_timeout')")
        print(*cursor.fetchone())
"""
# Of each table: the columns of its foreign keys to teams, and those of its indexes by their names.
SCHEMA = """
import json
from django.db import connection
from portal.teams import triggers
told = {"triggers": triggers.installed()}
with connection.cursor() as cursor:
    for table in ("teams_event", "teams_member", "teams_seat", "teams_seatday", "scim_exchange"):
        found = connection.introspection.get_constraints(cursor, table)
        told[table] = {
            "keys": [each["columns"] for each in found.values() if each["foreign_key"] == ("teams_team", "id")],
            "indexes": {name: each["columns"] for name, each in found.items() if each["index"]},
        }
print(json.dumps(told))
"""
CAST = "from tests import make; make.acme(); make.globex()"
# What an act locks, and in which order: its team, then the journal.
LOCK = "SELECT 1 FROM teams_team WHERE slug = %s FOR UPDATE"
WRITE = """
INSERT INTO teams_event
    (team_id, number, at, kind, door, actor_id, actor, subject_id, subject, refused, data)
SELECT team_id, number + 1, at, kind, door, actor_id, actor, subject_id, subject, refused, data
FROM teams_event WHERE team_id = (SELECT id FROM teams_team WHERE slug = %s) ORDER BY number DESC LIMIT 1
"""
WAITING = "SELECT query FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"


def schema(database_url: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(servers.python(database_url, SCHEMA))
    return told


def test_the_indexes_on_the_team_alone_go_and_come_back_and_nothing_else(database_url: str) -> None:
    after = schema(database_url)
    servers.python(database_url, BACK)
    before = schema(database_url)
    limits = servers.python(database_url, FORTH).split()

    assert schema(database_url) == after
    assert limits in ([], ["20s", "10s"])
    assert before.pop("triggers") == after.pop("triggers") == 2
    assert before["teams_seatday"]["indexes"].pop("seat_day_order") == ["team_id", "day", "last_at"]
    assert after["teams_seatday"]["indexes"].pop("seat_day_order") == ["team_id", "day"]
    for table, found in after.items():
        gone = [columns for name, columns in before[table]["indexes"].items() if name not in found["indexes"]]
        assert found["keys"] == before[table]["keys"] == [["team_id"]]
        assert gone == [["team_id"]]


@pytest.mark.pg
def test_acts_go_on_while_the_indexes_go(postgres_server: Postgres) -> None:
    with (
        postgres_server.fresh() as url, ThreadPoolExecutor() as pool,
        psycopg.connect(url) as act, psycopg.connect(url) as other,
    ):  # fmt: skip
        servers.python(url, CAST + BACK)
        act.execute(LOCK, ["acme"])
        act.execute(WRITE, ["acme"])
        migration = pool.submit(servers.python, url, FORTH)
        await_that_it_waits(url)
        other.execute("SET lock_timeout = 1000")
        other.execute(LOCK, ["globex"])
        other.execute(WRITE, ["globex"])
        other.commit()
        act.execute(LOCK, ["acme"])
        act.execute(WRITE, ["acme"])
        assert not migration.done()
        act.commit()
        migration.result()


def await_that_it_waits(url: str) -> None:
    """Wait until the migration is held up by the open act."""
    give_up = time.monotonic() + 30
    with psycopg.connect(url, autocommit=True) as watcher:
        while not watcher.execute(WAITING).fetchall():
            assert time.monotonic() < give_up, "the migration did not wait"
            time.sleep(0.1)


@pytest.mark.pg
def test_to_migrate_again_waits_for_no_act(postgres_server: Postgres) -> None:
    with postgres_server.fresh() as url:
        servers.python(url, CAST)
        with psycopg.connect(url) as act:
            act.execute(LOCK, ["acme"])
            act.execute(WRITE, ["acme"])

            assert servers.python(url, FORTH).split() == ["20s", "10s"]


@pytest.mark.pg
@pytest.mark.parametrize(
    "harm",
    [
        "ALTER TABLE teams_event DISABLE TRIGGER teams_journal_update",
        "DROP TRIGGER teams_journal_delete ON teams_event",
    ],
)
def test_to_migrate_again_guards_the_journal_anew(postgres_server: Postgres, harm: str) -> None:
    with postgres_server.fresh() as url:
        with psycopg.connect(url) as hand:
            hand.execute(harm.encode())
        assert schema(url)["triggers"] == 1

        servers.python(url, FORTH)

        assert schema(url)["triggers"] == 2
