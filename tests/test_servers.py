"""The real parts that other tests start: they begin, answer with several processes, and leave nothing behind."""

import os
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest
from django.db import connection

from tests import servers
from tests.proof.processes import workers
from tests.servers import CommandFailed, Portal, manage, portal_server


def get(portal: Portal, path: str) -> int:
    """Ask the server for a page."""
    with urllib.request.urlopen(portal.url + path, timeout=10) as answer:
        return int(answer.status)


def alive(group: int) -> list[int]:
    """List the processes of a group that still run."""
    return [each.pid for each in psutil.process_iter() if in_group(each.pid, group)]


def in_group(pid: int, group: int) -> bool:
    """Say whether a process belongs to a group; one that ended meanwhile does not."""
    try:
        return os.getpgid(pid) == group and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except (ProcessLookupError, psutil.NoSuchProcess):
        return False


def test_the_run_is_on_the_engine_it_was_asked_for(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT version()" if os.environ.get("SEATGATE_TEST_PG") else "SELECT sqlite_version()")

        assert cursor.fetchone()


def test_a_command_runs_on_a_database_of_its_own(database_url: str) -> None:
    made = manage(database_url, "create_team", "acme", "--name", "Acme", "--seats", "5", "--owner", "olga@acme.test")

    assert (made["slug"], made["seats"], made["owner"]) == ("acme", 5, "olga@acme.test")
    assert manage(database_url, "check_invariants")["teams"] == 1


def test_the_next_database_is_empty_again(database_url: str) -> None:
    assert manage(database_url, "check_invariants")["teams"] == 0


def test_a_command_that_fails_says_why(database_url: str) -> None:
    with pytest.raises(CommandFailed, match="There is no team 'acme'") as failure:
        manage(database_url, "set_seats", "acme", "5")

    assert failure.value.status == 1
    assert "Traceback" not in failure.value.said


def test_the_server_answers_from_two_processes_and_leaves_none(database_url: str) -> None:
    with portal_server(database_url, processes=2) as portal, ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda _: get(portal, "/readyz"), range(20))) == [200] * 20
        group = portal.process.pid
        assert len(alive(group)) >= 3  # the parent and two at work

    assert alive(group) == []


def test_its_processes_share_what_was_loaded_and_no_connection(database_url: str) -> None:
    loaded = "from portal import serve; from django.db import connection; print(connection.connection)"
    with portal_server(database_url, processes=2) as portal:
        at_work = [each.memory_full_info() for each in workers(portal)]

    assert len(at_work) == 2
    # A process that loads the portal by itself holds most of its memory alone.
    assert all(each.uss < each.rss / 2 for each in at_work)
    assert servers.python(database_url, loaded).split() == ["None"]


def test_a_server_that_cannot_start_says_why(
    sqlite_files: servers.SqliteFiles, capsys: pytest.CaptureFixture[str]
) -> None:
    with (
        sqlite_files.fresh() as url,
        pytest.raises(AssertionError, match=r"ended with|did not answer"),
        portal_server(url, BASE_URL="http://seats.example.com"),
    ):
        raise AssertionError("it must not start")

    assert "BASE_URL must start with https://" in capsys.readouterr().err


@pytest.mark.pg
def test_postgres_leaves_neither_process_nor_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(servers.SOCKET, raising=False)
    with servers.postgres() as server:
        folder = Path(server.folder)
        process = psutil.Process(int((folder / "postmaster.pid").read_text().splitlines()[0]))
        assert process.is_running()

    process.wait(5)
    assert not folder.parent.exists()
