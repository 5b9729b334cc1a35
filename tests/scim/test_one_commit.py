"""A write and its row in the provisioning log are one commit: both are there, or neither is."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext

from portal.teams import roster
from portal.teams.acts import ending_with
from portal.teams.errors import Refusal
from portal.teams.models import Event, Member, Team
from scim.models import Exchange
from tests import make
from tests.scim.idp import Answer, Idp, person, to


@pytest.fixture
def committed(transactional_db: None, idp: Idp) -> Iterator[Idp]:
    """An identity provider whose calls truly commit, and whose token's use is noted already."""
    idp.get("/Schemas")
    yield idp


def commits(call: Callable[[], Answer], status: int) -> int:
    """Count what a call commits: transactions, and writes that are their own."""
    with CaptureQueriesContext(connection) as caught:
        assert call().status == status
    inside, count = False, 0
    for sql in (query["sql"] for query in caught):
        if sql.startswith("BEGIN"):
            inside = True
        elif sql.startswith(("COMMIT", "ROLLBACK")) and "SAVEPOINT" not in sql:
            inside, count = False, count + sql.startswith("COMMIT")
        elif not inside and sql.startswith(("INSERT", "UPDATE", "DELETE")):
            count += 1
    return count


def fails(*_args: Any, **_more: Any) -> None:
    """What a full disk does to the log."""
    raise DatabaseError("no space left on device")


@contextmanager
def full_disk(table: str) -> Iterator[None]:
    """Let no row more be put into a table."""

    def write(execute: Any, sql: str, *rest: Any) -> Any:
        return fails() if f'INSERT INTO "{table}"' in sql else execute(sql, *rest)

    with connection.execute_wrapper(write):
        yield


def test_every_kind_of_write_is_one_commit(committed: Idp) -> None:
    counted = [commits(lambda: committed.post(person("nina")), 201)]
    path = to(make.Member.every_team.get(user_name="nina"))
    counted += [
        commits(lambda: committed.patch(path, {"op": "add", "path": "title", "value": "x"}), 200),
        commits(lambda: committed.put(path, person("nina", title="y")), 200),
        commits(lambda: committed.active(path, False), 200),
        commits(lambda: committed.active(path, True), 200),
        commits(lambda: committed.delete(path), 204),
    ]

    assert counted == [1] * 6
    assert Exchange.every_team.count() == 6


def test_what_changes_nothing_is_one_commit_the_logs_own(committed: Idp) -> None:
    path = committed.make("nina")

    assert commits(lambda: committed.active(path, True), 200) == 1
    assert Exchange.every_team.order_by("at").last().words == "Nothing to change"


def test_a_read_commits_nothing(committed: Idp) -> None:
    assert commits(lambda: committed.get("/Users"), 200) == 0


def test_a_write_whose_row_cannot_be_kept_is_undone_and_worth_a_retry(committed: Idp, acme: Team) -> None:
    events = Event.every_team.count()
    with full_disk("scim_exchange"):
        answer = committed.post(person("nina"))

    assert (answer.status, answer.headers["Retry-After"]) == (503, "2")
    assert not Member.every_team.filter(user_name="nina").exists()
    assert Event.every_team.count() == events
    assert committed.post(person("nina")).status == 201


def test_a_person_whose_deactivation_could_not_be_kept_is_still_active(committed: Idp) -> None:
    path = committed.make("nina")
    with full_disk("scim_exchange"):
        answer = committed.active(path, False)

    assert answer.status == 503
    assert make.Member.every_team.get(user_name="nina").active


def test_a_row_without_its_write_is_never_left(committed: Idp) -> None:
    with full_disk("teams_event"):
        answer = committed.post(person("nina"))

    assert answer.status == 503
    assert [row.status for row in Exchange.every_team.all()] == [503]


def test_a_refusal_is_kept_where_its_row_can_be_and_answered_where_not(committed: Idp) -> None:
    committed.make("nina")

    with full_disk("scim_exchange"):
        assert committed.post(person("nina")).status == 409


def test_the_ending_is_the_next_acts_alone(acme: Team) -> None:
    ended: list[str] = []
    mia = make.who(acme, "mia")

    with ending_with(lambda act, _result: ended.append(act.ledger.events[0].kind)):
        roster.update(acme, make.as_owner(acme), mia.pk, {"given_name": "Maria"})
        roster.update(acme, make.as_owner(acme), mia.pk, {"given_name": "Mia"})

    assert ended == ["member.updated"]


def test_an_owner_who_is_held_is_no_success_of_the_refused_call(acme: Team, idp: Idp) -> None:
    answer = idp.active(to(make.who(acme, "olga")), False)

    assert answer.status == 403
    assert [row.status for row in Exchange.every_team.all()] == [403]
    assert make.who(acme, "olga").held_at is not None


def test_an_act_that_is_refused_ends_nothing(acme: Team) -> None:
    ended: list[object] = []
    with pytest.raises(Refusal), ending_with(lambda act, _result: ended.append(act)):
        roster.unassign(acme, make.by(make.who(acme, "mia")), make.who(acme, "adam").pk)

    assert ended == []
