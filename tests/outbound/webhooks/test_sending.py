"""Deliveries against a receiver that verifies and fails on purpose: order, retries, back-off, rotation, the end."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from portal.outbound.webhooks import endpoints, lines, operators, sending
from portal.outbound.webhooks.models import Delivery, Endpoint, State
from portal.teams.models import Event, Letter, Team
from tests import make
from tests.outbound.webhooks.receiver import Receiver
from tests.teams import journal


def later(**span: float) -> Any:
    """Let time have gone on."""
    return time_machine.travel(timezone.now() + timedelta(**span), tick=False)


def first_in_line(endpoint: Endpoint) -> Delivery:
    """The delivery that is due next."""
    found: Delivery = endpoint.deliveries.filter(state=State.WAITING, in_line=True).order_by("number")[0]
    return found


def test_every_event_is_sent_once_signed_and_in_its_order(acme: Team, endpoint: Endpoint, receiver: Receiver) -> None:
    make.member(acme, "new@acme.test")
    make.scim_on(acme)

    sending.send_due()
    sending.send_due()

    events = Event.every_team.filter(team=acme, number__gte=receiver.got[0].number).order_by("number")
    assert [(got.number, got.message["type"]) for got in receiver.got] == list(events.values_list("number", "kind"))
    assert receiver.kinds()[:2] == ["webhook.added", "member.added"]
    assert {got.verified for got in receiver.got} == {1}


def test_a_message_tells_who_what_when_and_through_which_door(
    acme: Team, endpoint: Endpoint, receiver: Receiver
) -> None:
    mia = make.who(acme, "mia")
    make.suspend(acme, mia)
    event = Event.every_team.latest("id")

    sending.send_due()

    message, olga = receiver.got[-1].message, make.who(acme, "olga")
    assert message["type"] == "member.suspended"
    assert message["timestamp"] == event.at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    assert message["data"] == {
        "id": f"evt_{acme.pk.hex}_{event.number}",
        "number": event.number,
        "team": {"id": str(acme.pk), "slug": "acme", "name": "Acme"},
        "door": "dashboard",
        "actor": {"id": str(olga.pk), "label": olga.label},
        "subject": {"id": str(mia.pk), "label": mia.label},
        "refused": False,
        "details": {},
    }
    assert receiver.got[-1].id == message["data"]["id"]


def test_only_the_chosen_kinds_are_sent(acme: Team, receiver: Receiver) -> None:
    endpoints.add(acme, make.as_owner(acme), "Roster", receiver.url(), ["members"])
    make.member(acme, "new@acme.test")
    make.scim_on(acme)
    make.role(acme, make.who(acme, "new"), "auditor")

    sending.send_due()

    assert receiver.kinds() == ["member.added", "role.changed"]


def test_a_failed_delivery_holds_its_own_line_and_no_other(
    acme: Team, globex: Team, endpoint: Endpoint, receiver: Receiver
) -> None:
    endpoints.add(globex, make.as_owner(globex), "Theirs", receiver.url("/theirs"))
    receiver.fails(500, 500)
    make.member(acme, "new@acme.test")
    make.member(globex, "new@globex.test")

    sending.send_due()

    assert [got.message["type"] for got in receiver.got if got.path == "/in"] == ["webhook.added"]
    assert [got.message["type"] for got in receiver.got if got.path == "/theirs"] == ["webhook.added", "member.added"]
    with later(seconds=7):
        sending.send_due()
    with later(seconds=400):
        sending.send_due()
    assert [got.message["type"] for got in receiver.got if got.path == "/in"][1:] == [
        "webhook.added", "webhook.added", "member.added",
    ]  # fmt: skip
    assert len({got.id for got in receiver.got if got.message["type"] == "webhook.added" and got.path == "/in"}) == 1


def test_the_waits_grow_for_three_days_then_the_endpoint_is_stopped_and_admins_are_told(
    acme: Team, endpoint: Endpoint, receiver: Receiver
) -> None:
    receiver.fails(*[503] * 50)
    waits, began = list[float](), timezone.now()
    with time_machine.travel(began, tick=False) as clock:
        sending.send_due()
        while (row := Delivery.every_team.filter(state=State.WAITING, due_at__isnull=False).first()) is not None:
            waits.append((row.due_at - timezone.now()).total_seconds())
            clock.move_to(row.due_at)
            sending.send_due()
            endpoint.refresh_from_db()
            if endpoint.stopped_at:
                break
        gone_by = timezone.now() - began

    plain = [*sending.BACK_OFF, *[sending.BACK_OFF[-1]] * 9][: len(waits)]
    assert all(least <= wait <= least * 1.21 for wait, least in zip(waits, plain, strict=True))
    assert len(waits) >= 8
    assert timedelta(days=2) < gone_by <= timedelta(days=3)
    assert endpoint.stopped_why.startswith("It took nothing for three days.")
    assert journal.kinds(acme)[-1] == "webhook.stopped"
    assert set(Letter.objects.filter(kind="webhook_stopped").values_list("to", flat=True)) == {
        "olga@acme.test", "adam@acme.test",
    }  # fmt: skip


def test_one_event_that_is_never_taken_is_given_up_and_the_next_ones_go_on(
    acme: Team, endpoint: Endpoint, receiver: Receiver
) -> None:
    sending.send_due()
    receiver.fails(400)
    make.member(acme, "new@acme.test")
    sending.send_due()
    Endpoint.every_team.filter(pk=endpoint.pk).update(last_success_at=timezone.now())
    make.member(acme, "other@acme.test")
    receiver.fails(400)

    with later(days=3, hours=1):
        sending.send_due()

    assert endpoint.deliveries.filter(state=State.FAILED).count() == 1
    assert receiver.got[-1].message["data"]["subject"]["label"] == "other@acme.test"
    endpoint.refresh_from_db()
    assert endpoint.is_live


def test_410_stops_the_endpoint_at_once(acme: Team, endpoint: Endpoint, receiver: Receiver) -> None:
    receiver.fails(410)

    sending.send_due()
    make.member(acme, "new@acme.test")
    sending.send_due()

    endpoint.refresh_from_db()
    assert (len(receiver.got), endpoint.stopped_why) == (1, "It said that it wants no more (410).")


@pytest.mark.parametrize("asked", ["90", "date"])
def test_a_receiver_that_asks_to_wait_is_left_alone_for_so_long(
    endpoint: Endpoint, receiver: Receiver, asked: str
) -> None:
    now = timezone.now()
    text = f"{now + timedelta(seconds=90):%a, %d %b %Y %H:%M:%S GMT}" if asked == "date" else asked
    receiver.fails(429, Retry_After=text)

    sending.send_due()

    wait = (first_in_line(endpoint).due_at - now).total_seconds()
    assert 85 < wait < 95


@pytest.mark.parametrize("text", ["", "soon", "-5", "Wed, 21 Oct 2015 07:28:00 GMT", "²", "99999999999999",
                                  "Mon, 01 Jan 99999999999999999999 00:00:00 GMT"])  # fmt: skip
def test_a_wait_nobody_can_mean_is_bounded(text: str) -> None:
    assert timedelta() <= sending.asked_to_wait(text, timezone.now()) <= sending.LONGEST_WAIT


def test_both_secrets_sign_until_the_former_ones_grace_ends(acme: Team, endpoint: Endpoint, receiver: Receiver) -> None:
    sending.send_due()
    rotated = endpoints.rotate(acme, make.as_owner(acme), endpoint.pk, 24)
    assert rotated.secret != endpoint.secret
    receiver.secrets.append(rotated.secret)

    sending.send_due()
    make.member(acme, "new@acme.test")
    with later(hours=25):
        receiver.secrets = [endpoint.secret]
        sending.send_due()

    assert [got.verified for got in receiver.got] == [1, 2, 0]


def test_a_further_rotation_ends_the_oldest_secret(acme: Team, endpoint: Endpoint, receiver: Receiver) -> None:
    endpoints.rotate(acme, make.as_owner(acme), endpoint.pk)
    endpoints.rotate(acme, make.as_owner(acme), endpoint.pk, 0)

    sending.send_due()

    assert {got.verified for got in receiver.got} == {0}


def test_a_redirect_is_not_followed_and_said_so(endpoint: Endpoint, receiver: Receiver) -> None:
    receiver.fails(302, Location="/elsewhere")

    sending.send_due()

    row = first_in_line(endpoint)
    assert (row.status, "Redirects are not followed" in row.words) == (302, True)
    assert {got.path for got in receiver.got} == {"/in"}


def test_a_private_address_is_not_called(endpoint: Endpoint, receiver: Receiver, settings: Any) -> None:
    settings.OUTBOUND_ALLOW = []

    sending.send_due()

    assert receiver.got == []
    assert "leads to an address inside a private network" in first_in_line(endpoint).words


def test_a_slow_receiver_is_given_up_in_time(
    endpoint: Endpoint, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "SECONDS", 0.3)
    receiver.slow["/in"] = 3

    sending.send_due()

    assert "did not answer in time" in first_in_line(endpoint).words


def test_what_a_receiver_echoes_is_kept_without_signature(endpoint: Endpoint, receiver: Receiver) -> None:
    receiver.echo = True
    receiver.fails(500)

    sending.send_due()

    kept = first_in_line(endpoint).answer
    assert kept.startswith("…{") and "\x00" not in kept
    assert receiver.got[0].headers["webhook-signature"].removeprefix("v1,") not in kept
    assert len(kept) <= sending.KEPT_ANSWER


def test_a_paused_endpoint_gets_nothing_and_then_everything(acme: Team, endpoint: Endpoint, receiver: Receiver) -> None:
    endpoints.pause(acme, make.as_owner(acme), endpoint.pk)
    make.member(acme, "new@acme.test")
    sending.send_due()
    assert receiver.got == []

    endpoints.resume(acme, make.as_owner(acme), endpoint.pk)
    sending.send_due()

    assert receiver.kinds() == ["webhook.added", "webhook.paused", "member.added", "webhook.resumed"]


def test_what_happened_in_a_pause_can_be_left_out(acme: Team, endpoint: Endpoint, receiver: Receiver) -> None:
    endpoints.pause(acme, make.as_owner(acme), endpoint.pk)
    make.member(acme, "new@acme.test")

    endpoints.resume(acme, make.as_owner(acme), endpoint.pk, skip=True)
    make.suspend(acme, make.who(acme, "mia"))
    sending.send_due()

    assert receiver.kinds() == ["member.suspended"]


def test_a_test_is_sent_once_and_beside_the_line_even_in_a_pause(
    acme: Team, endpoint: Endpoint, receiver: Receiver
) -> None:
    endpoints.pause(acme, make.as_owner(acme), endpoint.pk)
    receiver.fails(500)
    row = endpoints.test(acme, make.as_owner(acme), endpoint.pk)

    sending.send_due()

    row.refresh_from_db()
    assert (receiver.kinds(), receiver.got[0].verified, row.state) == (["webhook.test"], 1, State.FAILED)


def test_a_delivery_is_sent_again_under_the_same_id(acme: Team, endpoint: Endpoint, receiver: Receiver) -> None:
    sending.send_due()

    endpoints.resend(acme, make.as_owner(acme), endpoint.pk, endpoint.deliveries.get().pk)
    sending.send_due()

    first, again = [got for got in receiver.got if got.message["type"] == "webhook.added"]
    assert (first.id, first.message) == (again.id, again.message)


def test_all_that_failed_are_sent_again_in_their_order(acme: Team, endpoint: Endpoint, receiver: Receiver) -> None:
    make.member(acme, "new@acme.test")
    lines.follow()
    endpoint.deliveries.update(state=State.FAILED, due_at=None)

    count = endpoints.resend_failed(acme, make.as_owner(acme), endpoint.pk, timezone.now() - timedelta(hours=1))
    sending.send_due()

    assert count == 2
    assert receiver.kinds() == ["webhook.added", "member.added", "webhook.resend_requested"]


def test_the_operators_endpoint_gets_every_teams_events(acme: Team, receiver: Receiver) -> None:
    endpoint = operators.add(make.BY_OPERATOR, "All", receiver.url())
    receiver.secrets = [endpoint.secret]
    globex = make.globex()
    make.member(acme, "new@acme.test")

    sending.send_due()

    seen = [(got.message["data"]["team"]["slug"], got.message["type"]) for got in receiver.got]
    assert ("acme", "member.added") in seen and ("globex", "team.created") in seen
    assert ("acme", "team.created") not in seen
    numbers = [got.number for got in receiver.got if got.message["data"]["team"]["id"] == str(globex.pk)]
    assert numbers == list(range(1, len(numbers) + 1))
