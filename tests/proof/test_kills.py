"""kill -9 in the middle of writes, a full disk: what was acknowledged stays, what was not is safe to repeat."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psutil
import pytest

from tests import servers
from tests.proof.processes import workers
from tests.proof.writers import acknowledged, compare, until_more, writing
from tests.scim.idp import BASE, person
from tests.scim.wire import team
from tests.servers import Portal, portal_server

pytestmark = pytest.mark.timeout(900)
KILLS, LONG_KILLS, SEATS = 1, 10, 20_000
NO_LIMIT = {"SCIM_RATE_LIMIT": "0"}


@pytest.fixture
def lasting() -> Iterator[servers.Postgres]:
    """A PostgreSQL of one's own that may be killed, and that acknowledges no commit before it is on the disk."""
    with servers.postgres(durable=True) as server:
        yield server


# ── The server ───────────────────────────────────────────────────────────────────────────────────────────────────────
def kill_workers(database_url: str, folder: Path, kills: int) -> None:
    """Kill one of two processes that answer, again and again; the other goes on, and another takes its place."""
    with portal_server(database_url, **NO_LIMIT) as portal:
        with writing(team(portal, folder, SEATS)) as writers:
            for _ in range(kills):
                until_more(writers)
                workers(portal)[0].kill()
            until_more(writers)
        assert compare(portal, writers)


def kill_servers(database_url: str, folder: Path, kills: int) -> None:
    """Kill the server with all its processes, and start another one."""
    with ExitStack() as stack:
        portal = stack.enter_context(portal_server(database_url, **NO_LIMIT))
        line = team(portal, folder, SEATS)
        with writing(line) as writers:
            for _ in range(kills):
                until_more(writers)
                os.killpg(portal.process.pid, signal.SIGKILL)
                portal = line.portal = stack.enter_context(portal_server(database_url, **NO_LIMIT))
                # Whoever asks a process that died inside a transaction of SQLite's waits for nobody.
                until_more(writers)
        assert compare(portal, writers)


@pytest.mark.pg
def test_a_process_that_is_killed_takes_nothing_acknowledged_with_it(
    postgres_server: servers.Postgres, tmp_path: Path
) -> None:  # fmt: skip
    with postgres_server.fresh() as url:
        kill_workers(url, tmp_path, KILLS)


@pytest.mark.pg
def test_a_server_that_is_killed_takes_nothing_acknowledged_with_it(
    postgres_server: servers.Postgres, tmp_path: Path
) -> None:  # fmt: skip
    with postgres_server.fresh() as url:
        kill_servers(url, tmp_path, KILLS)


@pytest.mark.long
@pytest.mark.parametrize("kill", [kill_workers, kill_servers])
def test_killed_again_and_again_they_lose_nothing(database_url: str, tmp_path: Path, kill: object) -> None:
    kill(database_url, tmp_path, LONG_KILLS)  # type: ignore[operator]


# ── PostgreSQL ───────────────────────────────────────────────────────────────────────────────────────────────────────
def kill_postgres(server: servers.Postgres, folder: Path, kills: int) -> None:
    """Kill every process of PostgreSQL; the portal says 503 meanwhile, and works again without a restart."""
    with server.fresh() as url, portal_server(url, **NO_LIMIT) as portal:
        with writing(team(portal, folder, SEATS)) as writers:
            for _ in range(kills):
                until_more(writers)
                server.kill()
                time.sleep(0.5)
                server.process.start()
                until_more(writers)
        assert compare(portal, writers)
        assert all(status == 503 for writer in writers for status in writer.refused)
        assert any(writer.refused for writer in writers)


@pytest.mark.pg
def test_postgres_that_is_killed_takes_nothing_acknowledged_with_it(lasting: servers.Postgres, tmp_path: Path) -> None:
    kill_postgres(lasting, tmp_path, KILLS)


@pytest.mark.pg
@pytest.mark.long
def test_postgres_killed_again_and_again_loses_nothing(lasting: servers.Postgres, tmp_path: Path) -> None:
    kill_postgres(lasting, tmp_path, LONG_KILLS)


# ── A full disk ──────────────────────────────────────────────────────────────────────────────────────────────────────
def let_grow(portal: Portal, size: int) -> None:
    """Let no file that the server writes grow beyond a size, as on a disk that is full; -1 gives the room back."""
    for process in workers(portal):
        process.rlimit(psutil.RLIMIT_FSIZE, (size, psutil.RLIM_INFINITY))


def test_a_full_disk_loses_nothing_and_needs_no_restart(sqlite_files: servers.SqliteFiles, tmp_path: Path) -> None:
    with sqlite_files.fresh() as url, portal_server(url, **NO_LIMIT) as portal:
        line = team(portal, tmp_path, SEATS)
        with writing(line, 2) as writers:
            until_more(writers)
            let_grow(portal, 4096)
            before = acknowledged(writers)
            status, answer = line.send("POST", f"{BASE}/Users", person("nobody"))
            let_grow(portal, psutil.RLIM_INFINITY)
            until_more(writers)

        assert (status, answer["schemas"]) == (503, ["urn:ietf:params:scim:api:messages:2.0:Error"])
        assert acknowledged(writers) > before
        assert compare(portal, writers)
