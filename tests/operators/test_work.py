"""Background work as an operator sees it: nobody at work, what waits, and what was given up and tried again."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import time_machine
from django.test import Client
from django.utils import timezone

from portal.doctor import surroundings
from portal.outbound import work
from portal.outbound.heartbeat import Heartbeat
from portal.outbound.webhooks import endpoints, lines
from portal.teams.letters import post
from portal.teams.models import Letter, Team
from tests import make
from tests.pages import reading

WORK = "/operator/work/"


def test_without_a_worker_the_page_says_so_and_how_to_start_one(otto: Client) -> None:
    assert "No worker was seen for two minutes." in reading.words(otto.get(WORK))
    assert "No worker" in reading.words(otto.get("/operator/"))


def test_what_was_given_up_is_shown_and_tried_again(otto: Client) -> None:
    Heartbeat().beat()
    post("team_closed", "olga@acme.test", team="Acme")
    Letter.objects.filter(kind="team_closed").update(dead_at=timezone.now(), due_at=None, attempts=8, trouble="refused")
    row = Letter.objects.get(kind="team_closed")

    shown = reading.words(otto.get(WORK))
    pressed = otto.post(f"{WORK}mail/{row.pk}/revive/")

    assert "Mail" in shown and "refused" in shown and "8 tries" in shown
    assert pressed.status_code == 302
    row.refresh_from_db()
    assert (row.dead_at, row.attempts, row.due_at is not None) == (None, 0, True)


def test_webhooks_that_wait_are_counted_where_all_work_is(acme: Team, otto: Client, settings: Any) -> None:
    settings.METRICS_TOKEN = "t"
    endpoints.add(acme, make.as_owner(acme), "Billing", "https://hooks.example.com/", [])
    make.member(acme, "new@acme.test")
    lines.follow()

    with time_machine.travel(timezone.now() + timedelta(minutes=11), tick=False):
        (depth,) = [each for each in work.depths() if each.name == "webhook"]
        numbers = Client().get("/metrics", headers={"authorization": "Bearer t"}).content.decode()
        told = [each.words for each in surroundings.worker() if "Webhooks" in each.words]

    assert (depth.due, depth.in_hand, depth.dead) == (1, 0, 0)
    assert 'seatgate_work{state="due",work="webhook"} 1.0' in numbers
    assert len(told) == 1 and "1 wait" in told[0]
    assert "Webhooks" in reading.words(otto.get(WORK))


def test_what_is_not_there_is_not_revived(otto: Client) -> None:
    assert otto.post(f"{WORK}mail/{uuid4()}/revive/").status_code == 404
    assert otto.post(f"{WORK}nothing/{uuid4()}/revive/").status_code == 404
