"""Real workers and a real receiver: a death loses nothing, two at once repeat nothing, a slow one holds up nobody."""

import os
import signal
from pathlib import Path

import pytest

from portal.outbound.webhooks import endpoints
from portal.outbound.webhooks.couriers import MOST_FOR_ONE, Couriers
from portal.outbound.webhooks.models import Endpoint, State
from tests import make, servers
from tests.outbound.webhooks.receiver import Receiver, listening, until

BEGIN = """
from portal.outbound.webhooks import endpoints
from tests import make
team = make.acme(seats=40)
print(endpoints.add(team, make.as_owner(team), "Product", "{}").secret)
for n in range(20):
    make.member(team, f"m{{n}}@acme.test")
"""
LEASE_ENDS = """
from django.utils import timezone
from portal.outbound.webhooks.models import Delivery
Delivery.every_team.filter(leased_until__isnull=False).update(leased_until=timezone.now())
"""
EVENTS = 21


def numbers(receiver: Receiver) -> list[int]:
    """The numbers of what came in."""
    return [got.number for got in receiver.got]


def test_a_killed_worker_loses_no_event_and_two_at_once_repeat_none(database_url: str, tmp_path: Path) -> None:
    with listening(tmp_path, "localhost") as receiver:
        trusted = {"SSL_CERT_FILE": str(receiver.pem), "OUTBOUND_ALLOW": "localhost"}
        receiver.secrets = [servers.python(database_url, BEGIN.format(receiver.url())).strip().splitlines()[-1]]
        receiver.slow["/in"] = 30
        with servers.worker(database_url, **trusted) as first:
            until(lambda: bool(receiver.got))
            os.killpg(first.pid, signal.SIGKILL)
            first.wait(5)
        receiver.slow.clear()
        servers.python(database_url, LEASE_ENDS)

        with servers.worker(database_url, **trusted), servers.worker(database_url, **trusted):
            until(lambda: len(set(numbers(receiver))) == EVENTS, 40)

    first_number = receiver.got[0].number
    assert numbers(receiver) == [first_number, *range(first_number, first_number + EVENTS)]
    assert {got.verified for got in receiver.got} == {1}
    assert receiver.got[0].id == receiver.got[1].id
    assert len({got.id for got in receiver.got}) == EVENTS


@pytest.mark.django_db(transaction=True)
def test_a_slow_endpoint_holds_up_no_other_and_gets_so_many_at_once(receiver: Receiver) -> None:
    acme = make.acme()
    slow = endpoints.add(acme, make.as_owner(acme), "Slow", receiver.url("/slow"))
    quick = endpoints.add(acme, make.as_owner(acme), "Quick", receiver.url("/quick"))
    receiver.slow["/slow"] = 3
    for _ in range(MOST_FOR_ONE + 2):
        endpoints.test(acme, make.as_owner(acme), slow.pk)
    couriers = Couriers()

    def delivered(endpoint: Endpoint) -> int:
        couriers.begin()
        return int(endpoint.deliveries.filter(state=State.DELIVERED).count())

    until(lambda: delivered(quick) >= 5)

    assert delivered(slow) == 0
    assert len([got for got in receiver.got if got.path == "/slow"]) == MOST_FOR_ONE
    receiver.slow.clear()
    until(lambda: not couriers.busy.total())
