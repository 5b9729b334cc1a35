"""What is measured, started: PostgreSQL, our production server, the limit and the peer, each with its own database."""

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson

from bench.load import Target
from bench.machine import Process
from portal.demo.idp import PracticeIdp
from tests import servers

ROOT = servers.ROOT
PEER = ROOT / "var" / "peer" / "bin" / "python"
# Limits are on, and never reached.
IDP = PracticeIdp.make("https://idp.bench.test/metadata", "https://idp.bench.test/sso")
GENEROUS = {"SCIM_RATE_LIMIT": "1000000", "ACS_RATE_LIMIT": "1000000", "API_RATE_LIMIT": "1000000"}


@contextmanager
def postgres() -> Iterator[servers.Postgres]:
    """Start PostgreSQL as it comes: what it says is committed is on the disk."""
    with servers.postgres(durable=True) as server:
        yield server


def database_of(server: servers.Postgres) -> Process:
    """Return the server's processes, for their CPU."""
    return Process(int(server.process.get_postmaster_info().pid))


@contextmanager
def ours(database_url: str, database: Process, **env: str) -> Iterator["Ours"]:
    """Serve a database by our production server, limits on."""
    with servers.portal_server(database_url, processes=2, **{**GENEROUS, **env}) as portal:
        yield Ours(portal, database)


class Ours:
    """Our server, and what of it is under load."""

    def __init__(self, portal: servers.Portal, database: Process) -> None:
        self.portal, self.database = portal, database
        self.server = Process(portal.process.pid)

    def seed(self, what: str, *values: Any) -> Any:
        """Put something into the database by `bench.seed`; returns what it answers."""
        code = f"from bench import seed; seed.run{(what, *values)!r}"
        line = [sys.executable, "manage.py", "shell", "-v", "0", "-c", code]
        env = servers.environment(self.portal.database_url, BASE_URL=self.portal.url)
        done = subprocess.run(line, cwd=ROOT, env=env, stdout=subprocess.PIPE, check=True)
        return orjson.loads(done.stdout.splitlines()[-1])

    def team(self, slug: str, people: int, spare: int) -> Target:
        """Make a team with SCIM on and so many people and free seats."""
        return self.teams(slug, 1, people, spare)[0]

    def teams(self, slug: str, count: int, people: int, spare: int) -> list[Target]:
        """Make many such teams."""
        tokens = self.seed("teams", slug, count, people, spare, IDP.metadata())
        return [Target(f"{self.portal.url}/scim/v2", token, self.server, self.database) for token in tokens]


@contextmanager
def limit(server: servers.Postgres, people: int) -> Iterator[Target]:
    """Serve the limit as ours is served."""
    with _database(server) as name:
        env = {"LIMIT_HOST": server.folder, "LIMIT_DATABASE": name, "LIMIT_PEOPLE": str(people)}
        code = f"from bench import limit; limit.fill({people})"
        subprocess.run([sys.executable, "-c", code], cwd=ROOT, env={**os.environ, **env}, check=True)
        port = servers.free_port()
        line = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)]
        line += ["--workers", "2", "--blocking-threads", "1", "--log-level", "warning", "bench.limit:application"]
        with _served(line, port, ROOT, env, "/scim/v2/Users?startIndex=1&count=1") as process:
            yield Target(f"http://localhost:{port}/scim/v2", "", process, database_of(server))


@contextmanager
def peer(server: servers.Postgres, people: int) -> Iterator[Target]:
    """Serve django-scim2 as its documentation would: gunicorn, two processes."""
    folder = ROOT / "bench" / "peer"
    with _database(server) as name:
        env = {"PEER_HOST": server.folder, "PEER_DATABASE": name}
        env |= {"DJANGO_SETTINGS_MODULE": "directory", "PYTHONPATH": str(folder)}
        code = f"import filled; filled.fill({people})"
        made = [str(PEER), "-m", "django", "shell", "-v", "0", "-c", code]
        subprocess.run(made, cwd=folder, env={**os.environ, **env}, check=True)
        port = servers.free_port()
        line = [str(PEER), "-m", "gunicorn", "-w", "2", "-b", f"127.0.0.1:{port}", "--log-level", "warning"]
        with _served([*line, "served:application"], port, folder, env, "/scim/v2/ServiceProviderConfig") as process:
            yield Target(f"http://localhost:{port}/scim/v2", "bench", process, database_of(server))


@contextmanager
def _database(server: servers.Postgres) -> Iterator[str]:
    name = f"b{uuid4().hex}"
    server.run(f"CREATE DATABASE {name}")
    try:
        yield name
    finally:
        server.run(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def _served(line: list[str], port: int, folder: Path, env: dict[str, str], page: str) -> Iterator[Process]:
    process = subprocess.Popen(line, cwd=folder, env={**os.environ, **env}, start_new_session=True)
    try:
        _await(f"http://127.0.0.1:{port}{page}")
        yield Process(process.pid)
    finally:
        servers.stop(process)


def _await(url: str) -> None:
    give_up = time.monotonic() + servers.START_SECONDS
    while time.monotonic() < give_up:
        try:
            urllib.request.urlopen(url, timeout=5).close()
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit(f"{url} did not answer.")


def say(words: str) -> None:
    """Tell whoever waits; the results alone go to stdout."""
    with suppress(BrokenPipeError):
        print(words, file=sys.stderr, flush=True)
