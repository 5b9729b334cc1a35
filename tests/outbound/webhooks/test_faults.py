"""Faults put in where it hurts: nothing is told that was not committed, and nothing that was committed goes untold."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import OperationalError
from django.utils import timezone

from portal.outbound import http
from portal.outbound.webhooks import lines, sending
from portal.outbound.webhooks.couriers import Couriers
from portal.outbound.webhooks.models import Delivery, Endpoint, Lane
from portal.teams import acts
from portal.teams.acts import acting
from portal.teams.models import Team
from tests import make
from tests.outbound.webhooks.receiver import Receiver, until


def broken(*_: Any, **__: Any) -> Any:
    """Fail as a database does that went away."""
    raise OperationalError("the server closed the connection")


def test_what_was_rolled_back_is_not_told(acme: Team, endpoint: Endpoint, receiver: Receiver) -> None:
    with pytest.raises(OperationalError), acting(acme, make.as_owner(acme)) as act:
        make.suspend(act.team, make.who(acme, "mia"))
        lines.follow()
        broken()

    sending.send_due()

    assert receiver.kinds() == ["webhook.added"]


def test_an_event_that_could_not_be_written_is_not_told(
    acme: Team, endpoint: Endpoint, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as fault:
        fault.setattr(acts, "insert_soon", broken)
        with pytest.raises(OperationalError):
            make.suspend(acme, make.who(acme, "mia"))
    make.role(acme, make.who(acme, "mia"), "auditor")

    sending.send_due()

    assert receiver.kinds() == ["webhook.added", "role.changed"]
    assert not make.who(acme, "mia").suspended_at


@pytest.mark.parametrize("where", [(Delivery.every_team, "bulk_create"), (Lane.every_team, "filter")])
def test_a_reading_that_fails_halfway_is_done_again_whole(
    acme: Team, endpoint: Endpoint, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, where: tuple[Any, str]
) -> None:
    make.member(acme, "new@acme.test")
    with monkeypatch.context() as fault:
        fault.setattr(*where, broken)
        with pytest.raises(OperationalError):
            lines.follow()
    assert not Delivery.every_team.exists()

    sending.send_due()

    assert receiver.kinds() == ["webhook.added", "member.added"]


def test_an_outcome_that_could_not_be_written_is_sent_again_under_the_same_id(
    acme: Team, endpoint: Endpoint, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    make.member(acme, "new@acme.test")
    with monkeypatch.context() as fault:
        fault.setattr(lines, "moved", broken)
        with pytest.raises(OperationalError):
            sending.send_due()

    with time_machine.travel(timezone.now() + sending.LEASE + timedelta(seconds=1), tick=False):
        sending.send_due()

    assert receiver.kinds() == ["webhook.added", "webhook.added", "member.added"]
    assert receiver.got[0].id == receiver.got[1].id


@pytest.mark.django_db(transaction=True)
def test_a_fault_in_sending_costs_a_courier_and_no_other_endpoint(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    acme, globex = make.acme(), make.globex()
    hurt = Endpoint.every_team.create(team=acme, name="Hurt", url=receiver.url("/hurt"), secret="whsec_AAAA")
    well = Endpoint.every_team.create(team=globex, name="Well", url=receiver.url("/well"), secret="whsec_AAAA")
    for endpoint, team in ((hurt, acme), (well, globex)):
        lines.begin(endpoint, [(team, 0)])
    plain = http.send

    def send(method: str, url: str, *args: Any, **more: Any) -> Any:
        return broken() if url.endswith("/hurt") else plain(method, url, *args, **more)

    monkeypatch.setattr(http, "send", send)
    couriers, events = Couriers(), globex.events.count()

    def all_well() -> bool:
        couriers.begin()
        return len(receiver.got) == events

    until(all_well)

    until(lambda: not couriers.busy.total())
    assert {got.path for got in receiver.got} == {"/well"}
    assert hurt.deliveries.filter(leased_until__isnull=False).count() == 1
