"""On PostgreSQL most writes of a call travel together: whichever of them fails, nothing of the call stays."""

import pytest

from tests import servers

pytestmark = pytest.mark.pg

# Each write of a person's life, with a table that takes nothing, and then again without.
LIFE = """
from django.db import connection
from django.apps import apps
from django.test import Client
from scim.models import Exchange
from tests import make
from tests.scim.idp import connect, person
idp = connect(make.acme(40))
idp.client = Client(SERVER_NAME="localhost")

def run(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)

def rows():
    # That a call failed is kept in the log by itself; when a token was used is no state of a team.
    apart = ("portal_cache", "scim_scimtoken", "scim_exchange")
    kept = [model for model in apps.get_models() if model._meta.db_table not in apart]
    found = {each._meta.db_table: list(each._base_manager.order_by("pk").values_list()) for each in kept}
    return found | {"went well": Exchange.every_team.filter(status__lt=400).count()}

run("CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS "
    "$$BEGIN RAISE EXCEPTION 'no space left' USING ERRCODE = '53100'; END$$")
nina, seen = [], []
steps = [
    ("create", lambda: idp.post(person("nina", externalId="7")), 201),
    ("deactivate", lambda: idp.active(nina[0], False), 200),
    ("activate", lambda: idp.active(nina[0], True), 200),
    ("put", lambda: idp.put(nina[0], person("nina", externalId="7", title="x")), 200),
    ("delete", lambda: idp.delete(nina[0]), 204),
]
for name, call, status in steps:
    before = rows()
    run("CREATE TRIGGER full_disk BEFORE INSERT OR UPDATE OR DELETE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION full_disk()")
    answer = call()
    run("DROP TRIGGER full_disk ON {table}")
    if answer.status == 503:
        assert rows() == before, name
        seen.append(name)
        answer = call()
    assert answer.status == status, (name, answer)
    if name == "create":
        nina.append("/Users/" + answer.body["id"])
    assert connection.prepared.queue == [] and not connection.in_atomic_block
print(*seen)
"""


@pytest.mark.parametrize(
    ("table", "met"),
    [
        ("teams_member", "create deactivate activate put delete"),
        ("teams_seat", "create deactivate activate delete"),
        ("teams_seatday", "create deactivate activate delete"),
        ("teams_event", "create deactivate activate put delete"),
        ("scim_exchange", "create deactivate activate put delete"),
    ],
)
def test_whichever_write_fails_nothing_stays(postgres_server: servers.Postgres, table: str, met: str) -> None:
    with postgres_server.fresh() as url:
        assert servers.python(url, LIFE.replace("{table}", table)).splitlines()[-1] == met
