"""What every test shares: the database it runs on, how it is emptied, and the cast."""

import importlib
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from django.conf import settings
from django.db import connections
from django.test import Client

from portal import settings as settings_file
from portal.api.http import calls as api_calls
from portal.api.http import wrong_keys
from portal.teams import triggers
from portal.teams.models import Event, Team
from scim import exchange, reads
from scim.http import calls as scim_calls
from scim.http import wrong_tokens
from sso.attempts import pace as sso_pace
from sso.views import returns as sso_returns
from sso.views import throttle as sso_calls
from tests import make, servers

run = ExitStack()


def put_the_run_on_postgres() -> None:
    """Start the one PostgreSQL of this run and lead Django to it; each process of pytest-xdist gets its own database.

    pytest-django has read the settings before any conftest.py is imported, so their database is read once more.
    """
    server = run.enter_context(servers.postgres())
    os.environ |= {servers.SOCKET: server.folder, "DATABASE_URL": server.url("seatgate")}
    settings.DATABASES.clear()
    settings.DATABASES.update(importlib.reload(settings_file).DATABASES)
    # Whatever has asked for a connection since then holds one to the database that was named first.
    for opened in connections.all(initialized_only=True):
        del connections[opened.alias]
    vars(connections).pop("settings", None)


# Processes of pytest-xdist inherit the socket, and with it settings that already say PostgreSQL.
if os.environ.get("SEATGATE_TEST_PG") and not os.environ.get(servers.SOCKET):
    put_the_run_on_postgres()


def pytest_unconfigure() -> None:
    run.close()


def pytest_report_header() -> str:
    return f"database: {settings.DATABASES['default']['ENGINE'].rpartition('.')[2]}"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="run the long checks too")


def pytest_configure(config: pytest.Config) -> None:
    # Tests that only do more in the long run ask the environment.
    if config.getoption("--long"):
        os.environ["SEATGATE_LONG"] = "1"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # Playwright leaves a running event loop in its thread, beside which Django's ORM refuses to work.
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)
    if not os.environ.get("SEATGATE_LONG"):
        for item in items:
            # Not by keyword: those name the folders too, and a checkout may lie in one called long.
            if item.get_closest_marker("long"):
                item.add_marker(pytest.mark.skip(reason="only with --long"))


@pytest.fixture(autouse=True)
def no_test_slows_the_next() -> None:
    """Forget what the tests before called: they all come from one address, and the limits count in memory."""
    sso = (sso_calls, sso_returns, sso_pace)
    for throttle in (*sso, scim_calls, wrong_tokens, exchange.refusals, api_calls, wrong_keys):
        throttle._buckets.clear()
    reads.forget()


# ── The database of this process ─────────────────────────────────────────────────────────────────────────────────────
@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings: None, tmp_path_factory: pytest.TempPathFactory
) -> None:  # fmt: skip
    """Test SQLite as it is used, in a file: in memory, threads meet locks that no installation has."""
    database = settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3"):
        name = tmp_path_factory.mktemp("database") / "test.sqlite3"
        # Whoever starts hundreds of short runs (tests.mutation) has migrated one database for all of them.
        if template := os.environ.get("SEATGATE_TEST_TEMPLATE"):
            shutil.copy(template, name)
        database.setdefault("TEST", {})["NAME"] = str(name)


def is_transactional(request: pytest.FixtureRequest) -> bool:
    """Say whether this test commits, so that its rows must be deleted after it."""
    marker = request.node.get_closest_marker("django_db")
    by_mark = marker is not None and bool(marker.kwargs.get("transaction"))
    return by_mark or bool({"transactional_db", "live_server"} & set(request.fixturenames))


@pytest.fixture(autouse=True)
def empty_journal_before_the_flush(request: pytest.FixtureRequest) -> Iterator[None]:
    """Empty the append-only journal by its named switch: the flush deletes in any order, and may meet it shut."""
    if not is_transactional(request):
        yield
        return
    request.getfixturevalue("transactional_db")
    yield
    with triggers.opened():
        Event.every_team.all().delete()


# ── Real servers ─────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.fixture(scope="session")
def postgres_server() -> Iterator[servers.Postgres]:
    """A real PostgreSQL, one per process of the run."""
    with servers.postgres() as server:
        yield server


@pytest.fixture(scope="session")
def sqlite_files(tmp_path_factory: pytest.TempPathFactory) -> servers.SqliteFiles:
    """A folder of SQLite databases."""
    return servers.SqliteFiles(tmp_path_factory.mktemp("files"))


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.pg)])
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """A migrated database of one's own for real processes: the test runs once on each engine."""
    engine = {"sqlite": "sqlite_files", "postgres": "postgres_server"}[request.param]
    with request.getfixturevalue(engine).fresh() as url:
        yield url


# ── The cast ─────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.fixture
def acme(db: None) -> Team:
    """Team Acme: owner Olga, admin Adam, member Mia; 10 seats; entitled to everything."""
    return make.acme()


@pytest.fixture
def globex(db: None) -> Team:
    """Team Globex with Greg, the stranger who must see nothing of Acme."""
    return make.globex()


@pytest.fixture
def few_values(db: None) -> Iterator[Callable[[], None]]:
    """From the call on SQLite takes a hundred and fifty values in one statement, as it takes 250,000 in truth."""
    raw, limit = connections["default"].connection, sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER
    is_sqlite = connections["default"].vendor == "sqlite"
    before = raw.getlimit(limit) if is_sqlite else 0
    yield lambda: raw.setlimit(limit, 150) if is_sqlite else None
    if is_sqlite:
        raw.setlimit(limit, before)


@pytest.fixture
def browser() -> Client:
    """A browser that checks CSRF as a real one would meet it."""
    return Client()
