"""The operator's webhooks by their pages: added, told of every team, rotated, tried, sent again, removed."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from portal.outbound.webhooks import endpoints, operators, sending
from portal.outbound.webhooks.models import Delivery, Endpoint, State
from portal.teams.access import SUDO_AT
from portal.teams.models import Event, Team
from tests import make
from tests.outbound.webhooks.receiver import Receiver
from tests.pages import reading
from tests.pages.test_every_page import check

PAGE = "/operator/webhooks/"


def added(receiver: Receiver) -> Endpoint:
    """The operator's endpoint at the receiver."""
    made = operators.add(make.BY_OPERATOR, "Warehouse", receiver.url())
    receiver.secrets = [made.secret]
    return made


def press(client: Client, endpoint: Endpoint, verb: str, **fields: Any) -> Any:
    """Press a button of an endpoint's page."""
    return client.post(f"{PAGE}{endpoint.pk}/{verb}/", fields)


def test_an_added_webhook_shows_its_secret_once_and_gets_what_happens_in_every_team(
    acme: Team, globex: Team, otto: Client, receiver: Receiver
) -> None:
    said = {"name": "Warehouse", "url": receiver.url(), "topics": ["members"]}
    answer = otto.post(f"{PAGE}add/", said)
    receiver.secrets = [reading.page(answer).xpath("//main//input[starts-with(@value, 'whsec_')]/@value")[0]]
    for team in (acme, globex):
        make.member(team, f"new@{team.slug}.test")
    sending.send_due()

    check(answer)
    endpoint = Endpoint.every_team.get(team=None)
    shown = otto.get(f"{PAGE}{endpoint.pk}/")
    check(shown)
    assert "no-store" in answer["Cache-Control"] and receiver.secrets[0] not in shown.content.decode()
    assert receiver.kinds() == ["member.added", "member.added"] and {got.verified for got in receiver.got} == {1}
    assert "Events of every team are sent to" in reading.words(shown)
    rows = otto.get(f"{PAGE}{endpoint.pk}/deliveries/").content.decode()
    assert "Acme" in rows and "Globex" in rows
    assert "Warehouse" in reading.words(otto.get(PAGE))
    assert not Event.every_team.filter(kind__startswith="webhook.").exists()


def test_a_form_that_can_not_be_used_keeps_what_was_written(otto: Client) -> None:
    answer = otto.post(f"{PAGE}add/", {"name": "Warehouse", "url": "http://127.0.0.1/", "topics": ["members"]})

    check(answer)
    assert answer.status_code == 400
    assert reading.page(answer).xpath("//main//input[@name='name']/@value") == ["Warehouse"]
    assert not Endpoint.every_team.exists()


def test_a_delivery_is_tested_read_and_sent_again(acme: Team, otto: Client, receiver: Receiver) -> None:
    endpoint = added(receiver)
    receiver.fails(500)
    press(otto, endpoint, "test")
    sending.send_due()
    (row,) = Delivery.every_team.filter(endpoint=endpoint)
    path = f"{PAGE}{endpoint.pk}/deliveries/{row.pk}/"

    shown = otto.get(path)
    again = otto.post(f"{path}resend/")
    sending.send_due()

    check(shown)
    assert "webhook.test" in reading.words(shown) and again["Location"] == path
    row.refresh_from_db()
    assert (row.state, receiver.kinds()) == (State.DELIVERED, ["webhook.test", "webhook.test"])


def test_it_is_paused_resumed_changed_rotated_and_removed(acme: Team, otto: Client, receiver: Receiver) -> None:
    endpoint, before = added(receiver), receiver.secrets[0]

    press(otto, endpoint, "pause")
    make.member(acme, "new@acme.test")
    sending.send_due()
    assert receiver.got == []
    press(otto, endpoint, "resume")
    press(otto, endpoint, "change", name="Lake", url=receiver.url(), topics=["members"])
    rotated = press(otto, endpoint, "rotate", grace="24")
    sending.send_due()

    endpoint.refresh_from_db()
    assert (endpoint.name, endpoint.topics, receiver.kinds()) == ("Lake", ["members"], ["member.added"])
    assert endpoint.secret != before and endpoint.secret in rotated.content.decode()
    assert press(otto, endpoint, "remove")["Location"] == PAGE
    assert not Endpoint.every_team.exists()


def test_what_failed_is_put_back_in_line(acme: Team, otto: Client, receiver: Receiver) -> None:
    endpoint = added(receiver)
    make.member(acme, "new@acme.test")
    receiver.fails(500)
    sending.send_due()
    endpoint.deliveries.update(state=State.FAILED, due_at=None)

    answer = press(otto, endpoint, "resend-failed", hours="24")

    assert "sent again" in reading.words(otto.get(answer["Location"]))
    assert endpoint.deliveries.get().state == State.WAITING
    assert press(otto, endpoint, "resend-failed", hours="9").status_code == 400


def test_adding_asks_who_one_is_and_leads_back(otto: Client) -> None:
    session = otto.session
    session[SUDO_AT] = "2020-01-01T00:00:00+00:00"
    session.save()

    answer = otto.post(f"{PAGE}add/", {"name": "x", "url": "https://x.example.com/", "topics": ["members"]})

    assert answer["Location"].startswith("/again/?next=%2Foperator%2Fwebhooks%2Fadd%2F")
    assert not Endpoint.every_team.exists()


@pytest.mark.parametrize("verb", ["change", "rotate"])
def test_whoever_proved_themself_on_the_way_comes_back_to_the_page(
    otto: Client, acme: Team, receiver: Receiver, verb: str
) -> None:
    endpoint = added(receiver)

    assert otto.get(f"{PAGE}{endpoint.pk}/{verb}/")["Location"] == f"{PAGE}{endpoint.pk}/"
    assert otto.get(f"{PAGE}add/").status_code == 200


def test_a_teams_webhook_is_none_of_the_operators(acme: Team, otto: Client, receiver: Receiver) -> None:
    theirs = endpoints.add(acme, make.as_owner(acme), "Theirs", receiver.url(), [])

    answers = [otto.get(f"{PAGE}{theirs.pk}/"), press(otto, theirs, "remove"), press(otto, theirs, "rotate")]
    answers += [otto.get(f"{PAGE}{uuid4()}/"), otto.get(f"{PAGE}{theirs.pk}/deliveries/")]

    assert {answer.status_code for answer in answers} == {404}
    assert "Theirs" not in reading.words(otto.get(PAGE))


def test_an_owner_of_a_team_sees_none_of_it(acme: Team, browser: Client, receiver: Receiver) -> None:
    endpoint = added(receiver)
    make.sign_in(browser, "olga@acme.test")

    assert browser.get(PAGE).status_code == 403
    assert browser.get(f"/settings/developers/webhooks/{endpoint.pk}/").status_code == 404


def test_one_that_was_stopped_says_so(acme: Team, otto: Client, receiver: Receiver) -> None:
    endpoint = added(receiver)
    with time_machine.travel(timezone.now() + timedelta(days=1), tick=False):
        endpoints.stop(endpoint, "It took nothing for three days.")

    assert "It took nothing for three days." in reading.words(otto.get(f"{PAGE}{endpoint.pk}/"))
