"""What every test shares: the database it runs on, and how it is emptied."""

from collections.abc import Iterator

import pytest
from django.db import connection
from django.test import Client

from portal.teams import triggers
from portal.teams.models import Team
from tests import make


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="run the long checks too")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--long"):
        for item in items:
            if "long" in item.keywords:
                item.add_marker(pytest.mark.skip(reason="only with --long"))


@pytest.fixture(autouse=True)
def open_journal_before_the_flush(request: pytest.FixtureRequest) -> Iterator[None]:
    """Let a transactional test's flush empty the append-only journal."""
    if "transactional_db" not in request.fixturenames and "live_server" not in request.fixturenames:
        yield
        return
    request.getfixturevalue("transactional_db")
    yield
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {triggers.GATE} (is_open) VALUES (TRUE)")


@pytest.fixture
def acme(db: None) -> Team:
    """Team Acme: owner Olga, admin Adam, member Mia; 10 seats; entitled to everything."""
    return make.acme()


@pytest.fixture
def globex(db: None) -> Team:
    """Team Globex with Greg, the stranger who must see nothing of Acme."""
    return make.globex()


@pytest.fixture
def browser() -> Client:
    """A browser that checks CSRF as a real one would meet it."""
    return Client()
