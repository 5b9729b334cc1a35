"""Background work as an operator sees it: nobody at work, what waits, and what was given up and tried again."""

from uuid import uuid4

from django.test import Client
from django.utils import timezone

from portal.outbound.heartbeat import Heartbeat
from portal.teams.letters import post
from portal.teams.models import Letter
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


def test_what_is_not_there_is_not_revived(otto: Client) -> None:
    assert otto.post(f"{WORK}mail/{uuid4()}/revive/").status_code == 404
    assert otto.post(f"{WORK}nothing/{uuid4()}/revive/").status_code == 404
