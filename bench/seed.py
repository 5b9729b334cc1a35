"""Fills a database with teams and people as they are after a provisioning, without a call for each; prints JSON.

Its functions are called by name in a shell of Django's, on the database of the environment (`places.Ours.seed`).
"""

from datetime import timedelta
from typing import Any

import orjson
from django.db import connection
from django.test import Client
from django.utils import timezone

from portal.teams import founding, ledger, roster, seats
from portal.teams.actor import Door, operator
from portal.teams.acts import acting
from portal.teams.folding import fold
from portal.teams.models import Group, GroupMember, Member, Seat, Team
from scim import switch
from sso import connection as connections
from tests import make

PIECE = 2000


def teams(slug: str, count: int, people: int, spare: int, metadata: bytes) -> list[str]:
    """Make teams with SSO and SCIM on; returns their tokens."""
    tokens = [_team(slug if count == 1 else f"{slug}-{n}", people, spare, metadata) for n in range(count)]
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return tokens


def _team(slug: str, people: int, spare: int, metadata: bytes) -> str:
    by = operator()
    team = founding.create(
        by, slug, slug.title(), bought=1, owner=f"owner@{slug}.test", plan="enterprise", sso=True, scim=True
    )
    connections.configure_from_metadata(team, by, metadata)
    connections.turn_on(team, by)
    token = switch.turn_on(team, by)
    for first in range(0, people, PIECE):
        _people(team, first, min(PIECE, people - first))
    with acting(team, by) as act:
        ledger.note(act, seated=people, bought=people)
        act.record(roster.ADOPTED, "people of the bench")
    seats.resize(team, by, 1 + people + spare)
    return token


def _people(team: Team, first: int, count: int) -> None:
    now = timezone.now()
    some = [_person(team, n, now + timedelta(microseconds=n)) for n in range(first, first + count)]
    Member.every_team.bulk_create(some)
    rows = [Seat(team=team, number=first + n + 2, member=member, since=now) for n, member in enumerate(some)]
    Seat.every_team.bulk_create(rows)


def _person(team: Team, number: int, at: Any) -> Member:
    email = f"seed{number}@{team.slug}.test"
    member = Member(
        team=team, user_name=email, external_id=f"ext{number}", email=email, sign_in_email=email,
        given_name=f"Given{number}", family_name=f"Family{number}", display_name=f"Given{number} Family{number}",
        entry_after=at, origin=Door.SCIM, scim_written=True, created_at=at, updated_at=at,
    )  # fmt: skip
    member.fold_keys()
    return member


def groups(slug: str) -> dict[str, str]:
    """Make a group of 10, one of 10,000, and 100 with the same person in them; returns ids of groups and people."""
    team = Team.every_team.get(slug=slug)
    people = list(
        Member.every_team.filter(team=team, scim_written=True).order_by("created_at").values_list("pk", flat=True)
    )
    small, large, *many = [_group(team, f"Group {n}") for n in range(102)]
    alone, busy, crowd = people[-1], people[-2], people[0]
    pairs = [(small, one) for one in people[:10]] + [
        (large, one) for one in people[:10_000] if one not in (alone, busy)
    ]
    rows = [GroupMember(group=group, member_id=one) for group, one in [*pairs, *((group, busy) for group in many)]]
    GroupMember.every_team.bulk_create(rows, batch_size=PIECE)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return {"small": str(small.pk), "large": str(large.pk), "alone": str(alone), "busy": str(busy), "crowd": str(crowd)}


def _group(team: Team, name: str) -> Group:
    return Group.every_team.create(
        team=team, display_name=name, display_name_key=fold(name), created_at=timezone.now(), updated_at=timezone.now()
    )


EVENTS = """
INSERT INTO teams_event (team_id, number, at, kind, door, actor_id, actor, subject_id, subject, refused, data)
SELECT %(team)s, %(first)s + n, now() - (%(count)s - n) * interval '20 seconds',
    (ARRAY['member.updated', 'member.added', 'member.assigned', 'member.unassigned', 'role.changed'])[1 + n %% 5],
    'scim', 'token', 'SCIM', ids[1 + n %% cardinality(ids)], 'Somebody ' || n, n %% 50 = 0, '{"changes": {}}'
FROM generate_series(1, %(count)s) AS n,
    (SELECT array_agg(id::text) AS ids FROM teams_member WHERE team_id = %(team)s) AS people
"""


def events(slug: str, count: int) -> str:
    """Write a journal of so many events, and sign the team's owner in; returns the browser's cookie."""
    team = Team.every_team.get(slug=slug)
    with connection.cursor() as cursor:
        # A million rows take longer than any statement of a page may.
        cursor.execute("SET statement_timeout = 0")
        cursor.execute(EVENTS, {"team": team.pk, "first": team.last_event, "count": count})
        cursor.execute("UPDATE teams_team SET last_event = last_event + %s WHERE id = %s", [count, team.pk])
        cursor.execute("VACUUM ANALYZE")
    browser = make.sign_in(Client(headers={"host": "localhost"}), f"owner@{slug}.test")
    return "; ".join(f"{name}={morsel.value}" for name, morsel in browser.cookies.items())


WAYS = {"teams": teams, "groups": groups, "events": events}


def run(what: str, *values: Any) -> None:
    """Do one of these, and print what it answers."""
    print(orjson.dumps(WAYS[what](*values)).decode())
