"""The operator's webhooks by command, the catalogue of kinds, and the end of what is old or closed."""

import json
from datetime import timedelta
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from portal.outbound.webhooks import endpoints, lines, operators, sending, topics
from portal.outbound.webhooks.models import Delivery, Endpoint, Lane, State
from portal.teams import founding, retention
from portal.teams.models import Letter, Team
from tests import make
from tests.outbound.webhooks import catalogue
from tests.outbound.webhooks.receiver import Receiver


def command(*words: str) -> Any:
    """Run the operator's command and read its answer."""
    out = StringIO()
    call_command("operator_webhook", "--json", *words, stdout=out)
    return json.loads(out.getvalue())


def test_the_operator_adds_tests_rotates_and_removes_by_command(acme: Team, receiver: Receiver) -> None:
    added = command("add", "--name", "All", "--url", receiver.url(), "--topics", "members")
    receiver.secrets = [added["secret"]]
    command("test", added["id"])
    make.member(acme, "new@acme.test")
    sending.send_due()
    rotated = command("rotate", added["id"], "--grace", "0")
    receiver.secrets = [rotated["secret"]]
    command("test", added["id"])
    sending.send_due()

    listed = command("list")["webhooks"]
    command("remove", added["id"])

    assert receiver.kinds() == ["webhook.test", "member.added", "webhook.test"]
    assert [got.verified for got in receiver.got] == [1, 1, 1]
    assert [(each["name"], each["waiting"], "secret" in each) for each in listed] == [("All", 0, False)]
    assert command("list") == {"webhooks": []}


def test_a_pause_of_the_operators_loses_nothing(acme: Team, receiver: Receiver) -> None:
    added = command("add", "--name", "All", "--url", receiver.url())
    command("pause", added["id"])
    make.member(acme, "new@acme.test")
    sending.send_due()
    assert receiver.got == []

    command("resume", added["id"])
    sending.send_due()

    assert receiver.kinds() == ["member.added"]


def test_a_teams_webhook_is_none_of_the_operators(acme: Team, endpoint: Endpoint) -> None:
    for key in (endpoint.pk, uuid4()):
        with pytest.raises(CommandError, match="does not exist"):
            command("remove", str(key))


def test_the_operators_endpoint_is_stopped_with_a_mail_to_the_operator(
    acme: Team, receiver: Receiver, settings: Any
) -> None:
    settings.OPERATOR_EMAIL = "ops@vendor.test"
    endpoint = operators.add(make.BY_OPERATOR, "All", receiver.url())
    make.member(acme, "new@acme.test")
    receiver.fails(410)

    sending.send_due()

    endpoint.refresh_from_db()
    assert endpoint.stopped_at is not None
    assert list(Letter.objects.filter(kind="webhook_stopped").values_list("to", flat=True)) == ["ops@vendor.test"]


def test_looking_for_what_is_new_asks_as_often_with_many_teams_as_with_few(acme: Team) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            lines.follow()
        return len(queries)

    operators.add(make.BY_OPERATOR, "All", "https://hooks.example.com/")
    lines.follow()
    few = asked()
    for n in range(5):
        founding.create(make.BY_OPERATOR, f"t{n}", f"T{n}", bought=2, owner=f"o{n}@t{n}.test", plan="business")
    lines.follow()

    assert (asked(), Lane.every_team.count()) == (few, 6)


def test_so_many_wait_in_a_line_and_the_rest_in_the_journal(
    acme: Team, endpoint: Endpoint, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "MOST_WAITING", 2)
    monkeypatch.setattr(lines, "BATCH", 1)
    for n in range(4):
        make.member(acme, f"m{n}@acme.test")

    for _ in range(9):
        lines.follow()
    waiting = endpoint.deliveries.count()
    due = endpoint.deliveries.filter(due_at__isnull=False).count()
    sending.send_due()

    assert (waiting, due, lines.backlog(endpoint)) == (2, 1, 0)
    assert [got.number for got in receiver.got] == list(range(receiver.got[0].number, receiver.got[0].number + 5))


def test_deliveries_are_forgotten_after_thirty_days_but_not_what_is_being_tried(
    acme: Team, endpoint: Endpoint, receiver: Receiver
) -> None:
    sending.send_due()
    make.member(acme, "new@acme.test")
    lines.follow()

    with time_machine.travel(timezone.now() + timedelta(days=31)):
        retention.purge()
        left = list(Delivery.every_team.values_list("kind", flat=True))
        endpoints.pause(acme, make.as_owner(acme), endpoint.pk)
        retention.purge()

    assert left == ["member.added"]
    assert not Delivery.every_team.exists()


def test_a_closed_team_loses_its_endpoints_and_the_operators_hear_of_its_end(
    acme: Team, endpoint: Endpoint, receiver: Receiver
) -> None:
    operators.add(make.BY_OPERATOR, "All", receiver.url("/all"))

    founding.close(acme, make.BY_OPERATOR)
    sending.send_due()

    assert list(Endpoint.every_team.values_list("team", flat=True)) == [None]
    assert [got.message["type"] for got in receiver.got] == ["team.closed"]


def test_a_worker_that_lost_its_lease_writes_nothing(endpoint: Endpoint, receiver: Receiver) -> None:
    lines.follow()
    row = sending.take(endpoint.deliveries.get().pk)
    assert row is not None and sending.take(row.pk) is None
    Delivery.every_team.update(leased_until=timezone.now() - timedelta(seconds=1))
    second = sending.take(row.pk)
    assert second is not None

    sending.settle(row, sending.Outcome(500, "late", 1))
    sending.settle(second, sending.Outcome(204, "", 1))

    kept = endpoint.deliveries.get()
    assert (kept.state, kept.status, kept.attempts) == (State.DELIVERED, 204, 1)


def test_every_kind_belongs_to_a_topic() -> None:
    named = {topics.of(kind) for kind in catalogue.all_kinds()}

    assert named <= set(topics.TOPICS)
    assert set(topics.TOPICS) - named == set()


def test_the_catalogue_in_the_docs_is_what_the_source_says() -> None:
    page = catalogue.PAGE.read_text()

    assert page == catalogue.written(page, catalogue.all_kinds()), (
        "run: python -m tests.outbound.webhooks.write_catalogue"
    )
    assert {slug for slug in topics.TOPICS if f"`{slug}`" not in page} == set()
