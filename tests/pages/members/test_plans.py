"""How PostgreSQL finds people among 100,000 of one team: by an index, whatever is asked of the page."""

import re
from collections.abc import Iterator

import environ
import pytest
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoDbBlocker

from portal.teams.actor import Role
from portal.teams.models import Team
from tests import make, servers

pytestmark = pytest.mark.pg
PEOPLE = 100_000
FILL = f"""
    INSERT INTO teams_member (
        id, team_id, user_name, user_name_key, external_id, email, email_key, sign_in_email, sign_in_email_key,
        given_name, given_name_key, family_name, family_name_key, display_name, display_name_key, label_key, attributes,
        attributes_folded, role, active, suspended_at, held_at, may_return, entry_after, origin, scim_written, version,
        last_sign_in, created_at, updated_at)
    SELECT
        gen_random_uuid(), %(team)s, mail, mail, '', mail, mail, mail, mail, given, given, family, family, '', '',
        given || ' ' || family, '{{}}', '{{}}', CASE WHEN n %% 500 = 0 THEN 'auditor' ELSE 'member' END, n %% 20 <> 0,
        CASE WHEN n %% 5000 = 0 THEN now() END, NULL, false, now(),
        CASE WHEN n %% 100 = 0 THEN 'import' ELSE 'dashboard' END, n %% 50 = 1, 1,
        CASE WHEN n %% 10 > 0 THEN now() - (n %% 200) * interval '1 day' END, now(), now()
    FROM (
        SELECT n, 'given' || md5(n::text) AS given, 'family' || md5((-n)::text) AS family, md5(n::text) || '@big.test' AS mail
        FROM generate_series(1, {PEOPLE}) AS n
    ) AS people
"""  # noqa: E501
SEAT = """
    INSERT INTO teams_seat (team_id, number, member_id, since)
    SELECT %(team)s, 10 + row_number() OVER (), id, now() - random() * interval '900 days' FROM teams_member
    WHERE team_id = %(team)s AND active AND NOT EXISTS (SELECT 1 FROM teams_seat WHERE member_id = teams_member.id)
"""


@pytest.fixture(scope="module")
def big(postgres_server: servers.Postgres, django_db_blocker: DjangoDbBlocker) -> Iterator[Team]:
    """A team of 100,000 on PostgreSQL, to which the default connection leads meanwhile."""
    former = connections["default"]
    with django_db_blocker.unblock(), postgres_server.fresh() as url:
        ours = {"ENGINE": "portal.postgres", "PREPARED_STATEMENTS": True, "TEST": {}}
        connections.settings["big"] = {**former.settings_dict, **environ.Env.db_url_config(url), **ours}
        connections["default"] = connections.create_connection("big")
        try:
            team = make.acme()
            make.group(team, "Leads", make.who(team, "mia"), gives=Role.ADMIN)
            with connection.cursor() as cursor:
                cursor.execute(FILL, {"team": team.pk})
                cursor.execute(SEAT, {"team": team.pk})
                cursor.execute("VACUUM ANALYZE teams_member, teams_seat, teams_groupmember")
            yield team
        finally:
            connection.close()
            connections["default"] = former
            del connections.settings["big"]


@pytest.fixture(scope="module")
def olgas(big: Team) -> Client:
    """Olga's browser, signed in by single sign-on, as the team has SCIM on."""
    return make.enter_by_sso(Client(), make.who(big, "olga"))


def plans(path: str, client: Client, table: str = "teams_member") -> list[str]:
    """Ask PostgreSQL how it finds members, or another table's rows, for a page; one plan for each such statement."""
    with CaptureQueriesContext(connection) as asked:
        assert client.get(path).status_code == 200
    about = [query["sql"] for query in asked if table in query["sql"] and query["sql"].startswith("SELECT")]
    assert about
    with connection.cursor() as cursor:
        found = []
        for statement in about:
            cursor.execute(f"EXPLAIN {statement}")
            found.append("\n".join([statement, *(line for (line,) in cursor.fetchall())]))
    return found


def whole_table(plan: str, table: str = "teams_member") -> bool:
    """Say whether a plan reads all members, or another table's rows, from the table itself."""
    return re.search(rf"Seq Scan on {table}\b", plan) is not None


@pytest.mark.parametrize("sort", ["name", "-name", "email", "role", "-sign_in", "sign_in", "-seat", "seat"])
def test_each_order_is_read_from_an_index_also_deep_down(big: Team, olgas: Client, sort: str) -> None:
    somebody = big.members.filter(active=True, last_sign_in__isnull=False).order_by("label_key")[50_000]

    for path in (f"/members/?sort={sort}", f"/members/?sort={sort}&after={somebody.pk}"):
        assert [plan for plan in plans(path, olgas) if whole_table(plan)] == []


# What nearly everybody meets (a role of member) is counted by reading the table, and rightly so.
@pytest.mark.parametrize(
    "query",
    [
        "q=givenab", "q=olga", "q=a", "q=Givenab fam", "status=active", "status=inactive", "status=suspended",
        "status=held", "role=auditor", "role=group-admin", "source=scim", "source=import", "source=api",
        "seen=7", "seen=90", "seen=not-90", "seen=never", "q=givena&status=inactive&seen=never&role=auditor",
    ],
)  # fmt: skip
def test_each_filter_is_served_by_an_index(big: Team, olgas: Client, query: str) -> None:
    assert [plan for plan in plans(f"/members/?{query}", olgas) if whole_table(plan)] == []


def test_a_group_is_served_by_an_index(big: Team, olgas: Client) -> None:
    group = big.groups.get()

    assert [plan for plan in plans(f"/members/?group={group.pk}", olgas) if whole_table(plan)] == []


@pytest.mark.parametrize("page", ["/", "/members/", "/settings/plan/"])
def test_no_page_counts_the_seats_of_a_large_team_one_by_one(big: Team, olgas: Client, page: str) -> None:
    assert [plan for plan in plans(page, olgas, "teams_seat") if whole_table(plan, "teams_seat")] == []


def test_a_whole_table_is_seen(big: Team, olgas: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN SELECT * FROM teams_member WHERE given_name LIKE '%x'")
        assert whole_table("\n".join(line for (line,) in cursor.fetchall()))
