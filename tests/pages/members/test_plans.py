"""How PostgreSQL finds people, and what the logs hold, in a team of 100,000: by an index, whatever is asked."""

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
from scim import bookmarks, lookup
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
EVENTS = """
    INSERT INTO teams_event (team_id, number, at, kind, door, actor_id, actor, subject_id, subject, refused, data)
    SELECT %(team)s, 1000 + n, now() - (200000 - n) * interval '20 seconds',
        (ARRAY['member.updated', 'member.added', 'role.changed'])[1 + n %% 3], 'scim', 'token', 'SCIM', n %% 1000,
        'Somebody ' || n, n %% 50 = 0, '{"changes": {}}'
    FROM generate_series(1, 200000) AS n
"""
SIGN_INS = """
    INSERT INTO sso_signinattempt (
        id, team_id, at, reference, purpose, result, detail, who, trust_version, address, browser, proven, evidence,
        checks)
    SELECT gen_random_uuid(), %(team)s, now() - n * interval '2 minutes', upper(substr(md5(n::text), 1, 12)), 'sign_in',
        CASE WHEN n %% 50 = 0 THEN 'expired' ELSE 'ok' END, '', n || '@big.test', 1, '', '', true, '{}', '[]'
    FROM generate_series(1, 20000) AS n
"""
CALLS = """
    INSERT INTO scim_exchange (
        id, team_id, at, method, path, status, milliseconds, agent, token_hint, verb, code, headers, effect, about,
        subject, words, request, answer)
    SELECT gen_random_uuid(), %(team)s, now() - n * interval '2 minutes', 'PATCH', '/scim/v2/Users/' || n,
        CASE WHEN n %% 50 = 0 THEN 409 ELSE 200 END, 5, 'Okta', 'sgs_', 'update', '', '{}', '{}', '', n || '@big.test',
        'Updated', '{}', '{}'
    FROM generate_series(1, 20000) AS n
"""
LOGS = {"audit": "teams_event", "sign-ins": "sso_signinattempt", "provisioning": "scim_exchange"}


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
                for statement in (FILL, SEAT, EVENTS, SIGN_INS, CALLS):
                    cursor.execute(statement, {"team": team.pk})
                cursor.execute("VACUUM ANALYZE")
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
    return [explained(statement) for statement in about]


def explained(statement: str) -> str:
    """Return a statement with PostgreSQL's plan of it."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {statement}")
        return "\n".join([statement, *(line for (line,) in cursor.fetchall())])


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


@pytest.mark.parametrize(
    ("log", "query"),
    [
        ("audit", ""), ("audit", "what=member"), ("audit", "refused=1"), ("audit", "door=scim"), ("audit", "door=api"),
        ("audit", "q=Somebody+4711"), ("audit", "who=mia"), ("audit", "since=2026-01-01&until=2026-01-05"),
        ("audit", "before=90000"), ("sign-ins", ""), ("sign-ins", "failed=1"), ("sign-ins", "hours=24"),
        ("provisioning", ""), ("provisioning", "refused=1"), ("provisioning", "verb=update"),
        ("provisioning", "hours=24"),
    ],
)  # fmt: skip
def test_a_log_is_read_from_an_index(big: Team, olgas: Client, log: str, query: str) -> None:
    found = plans(f"/log/{log}/?{query}", olgas, LOGS[log])

    assert [plan for plan in found if whole_table(plan, LOGS[log])] == []


# The first page, the one behind a page that was shown, one far from every known place, and one near the end.
@pytest.mark.parametrize(("known", "start"), [(None, 0), (999, 1000), (None, 40_000), (1000, 41_000), (None, 99_900)])
def test_a_page_of_scim_is_read_from_an_index_by_one_plan_for_all_values(
    big: Team, monkeypatch: pytest.MonkeyPatch, known: int | None, start: int
) -> None:
    bookmark = bookmarks.Bookmark(1, total=PEOPLE)
    if known is not None:
        bookmark.put(known, big.members.order_by("created_at", "id")[known])
    connection.run_prepared("SELECT 1", [])
    asked, line = [], connection.prepared
    plainly = line.run
    monkeypatch.setattr(line, "run", lambda *one: asked.append(one) or plainly(*one))

    assert len(bookmarks.rows(bookmark, lookup.everybody, big.pk, start, 100)) == 100

    ((sql, values),) = asked
    (name,) = [name for (text, _types), name in line.names.items() if text == sql][:1]
    with connection.cursor() as cursor:
        cursor.execute("SET plan_cache_mode = force_generic_plan")
        cursor.execute(f"EXPLAIN EXECUTE {name.decode()}({', '.join(['%s'] * len(values))})", values)
        plan = "\n".join([sql, *(line for (line,) in cursor.fetchall())])
        cursor.execute("RESET plan_cache_mode")
    assert (whole_table(plan), "member_listing" in plan) == (False, True), plan


def test_a_whole_table_is_seen(big: Team, olgas: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN SELECT * FROM teams_member WHERE given_name LIKE '%x'")
        assert whole_table("\n".join(line for (line,) in cursor.fetchall()))
