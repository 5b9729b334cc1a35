"""How often a call waits for PostgreSQL: what need not be waited for travels with what must be."""

import json
from collections.abc import Iterator

import pytest

from tests import servers

pytestmark = pytest.mark.pg

# Each call as (its name, how many statements went with each trip).
CALLS = """
import json
from django.db.backends.utils import CursorWrapper
from django.test import Client
from portal.postgres.prepared import Prepared
from tests import make
from tests.scim.idp import connect, person
trips, told = [], {}
plainly = Prepared._send
def counted(self, *last):
    trips.append(len(self.queue) + len(last))
    plainly(self, *last)
Prepared._send = counted
# What is no compiled statement, SAVEPOINT and all, is a trip of its own.
for name in ("_execute", "_executemany"):
    def alone(self, *args, _plainly=getattr(CursorWrapper, name)):
        trips.append(1)
        return _plainly(self, *args)
    setattr(CursorWrapper, name, alone)
def call(name, made, status):
    trips.clear()
    answer = made()
    assert answer.status == status, answer
    told[name] = list(trips)
    return answer
idp = connect(make.acme(40))
idp.client = Client(SERVER_NAME="localhost")
zoe = idp.make("zoe")
nina = "/Users/" + call("create", lambda: idp.post(person("nina")), 201).body["id"]
call("update", lambda: idp.patch(nina, {"op": "add", "path": "title", "value": "x"}), 200)
call("put", lambda: idp.put(nina, person("nina", title="y")), 200)
call("deactivate", lambda: idp.active(nina, False), 200)
call("activate", lambda: idp.active(nina, True), 200)
call("again", lambda: idp.active(nina, True), 200)
call("delete", lambda: idp.delete(nina), 204)
call("look-up", lambda: idp.get('/Users?filter=userName%20eq%20"zoe"'), 200)
call("read", lambda: idp.get(zoe), 200)
print(json.dumps(told))
"""


@pytest.fixture(scope="module")
def trips(postgres_server: servers.Postgres) -> Iterator[dict[str, list[int]]]:
    """Each call's trips, as numbers of statements."""
    with postgres_server.fresh() as url:
        yield json.loads(servers.python(url, CALLS).splitlines()[-1])


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        # Token; lock, names, standing; person, seat, ledger, event, log, COMMIT.
        ("create", [1, 3, 6]),
        # Token; lock, person; person, event, log, COMMIT.
        ("update", [1, 2, 4]),
        ("put", [1, 2, 4]),
        # Token; lock, person, standing; seat, ledger, sessions, person, factors, event, log, COMMIT.
        ("deactivate", [1, 3, 8]),
        ("activate", [1, 3, 7]),
        # Nothing to change: the act is rolled back, and the log's row has a transaction of its own.
        ("again", [1, 3, 1]),
        # Token; lock, person, what refers to them, standing; seat, ledger, row, factors, event, log, COMMIT.
        ("delete", [1, 4, 7]),
        # Who is asked for, and token.
        ("look-up", [2]),
        ("read", [2]),
    ],
)
def test_a_call_waits_for_what_it_must_alone(trips: dict[str, list[int]], call: str, expected: list[int]) -> None:
    assert trips[call] == expected
