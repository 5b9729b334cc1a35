"""The worker: no kind of work holds up another, a stop is quick, and a death loses nothing."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import OperationalError, connections
from django.utils import timezone

from portal.outbound import crew, heartbeat, rechecks
from portal.outbound.management.commands import worker
from portal.outbound.models import Worker
from portal.teams.models import Letter
from portal.teams.registry import Work, registry
from portal.teams.work import stopping
from tests import servers
from tests.outbound.post_office import post_office

# Lanes have connections of their own.
pytestmark = pytest.mark.django_db(transaction=True)
STOP = timedelta(seconds=20)


class Slow:
    """Work that hangs in somebody's slow server until it is let go."""

    def __init__(self) -> None:
        self.begun, self.ended, self.let_go = 0, 0, threading.Event()

    def __call__(self, _row: object = None) -> None:
        """Hang, for half a minute at most."""
        self.begun += 1
        self.let_go.wait(30)
        self.ended += 1


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Iterator[Slow]:
    """The only work of the day; the worker's loop turns fast, and its signals are put back."""
    work, kept = Slow(), {signum: signal.getsignal(signum) for signum in (signal.SIGTERM, signal.SIGINT)}
    monkeypatch.setattr(rechecks, "recheck_due", work)
    monkeypatch.setattr(registry, "daily", [])
    monkeypatch.setattr(registry, "works", [])
    monkeypatch.setattr(worker, "EVERY_SECONDS", 0.01)
    monkeypatch.setattr(worker, "CLEAR_EVERY_SECONDS", 0.0)
    monkeypatch.setattr(worker, "clear", lambda: None)
    monkeypatch.setattr(crew, "PATIENCE_SECONDS", 0.2)
    yield work
    work.let_go.set()
    for thread in threading.enumerate():
        if thread.daemon and thread.name in ("slow", "quick", "work of the day"):
            thread.join(5)
    stopping.clear()
    for signum, handler in kept.items():
        signal.signal(signum, handler)


def letter(kind: str) -> Letter:
    """Make a due row; which of two works it is for stands in its kind."""
    made = Letter(kind=kind, to="mia@acme.test", due_at=timezone.now())
    made.save(force_insert=True)
    return made


def stop_when(reached: Callable[[], bool]) -> threading.Thread:
    """Ask the worker to stop as soon as this holds, or after twenty seconds."""

    def watch() -> None:
        end = time.monotonic() + STOP.total_seconds()
        while time.monotonic() < end and not reached():
            time.sleep(0.01)
        # What it looked up came by a connection of this thread's own.
        connections.close_all()
        os.kill(os.getpid(), signal.SIGTERM)

    thread = threading.Thread(target=watch)
    thread.start()
    return thread


def test_work_is_done_while_the_days_work_hangs_and_a_stop_does_not_wait_for_it(slow: Slow) -> None:
    done: list[Any] = []
    registry.works.append(Work("quick", "Quick", Letter, lambda row: done.append(row.pk)))
    made = letter("seated")
    watch = stop_when(lambda: bool(done and slow.begun))

    call_command("worker")

    watch.join()
    assert done == [made.pk]
    assert (slow.begun, slow.ended) == (1, 0)


def test_a_kind_that_hangs_holds_up_no_other_and_takes_no_more_threads_than_its_own(slow: Slow) -> None:
    other = threading.Event()
    mine = crew.Crew()
    mine.lanes = [crew.Lane("slow", 2, lambda: True, slow), crew.Lane("quick", 1, lambda: True, other.set)]

    for _ in range(5):
        mine.begin()

    assert other.wait(20)
    assert [len(lane.threads) for lane in mine.lanes] == [2, 1]


def test_a_stop_waits_for_what_is_in_hand_and_takes_nothing_more(slow: Slow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crew, "PATIENCE_SECONDS", 20)
    by_hand = Slow()
    registry.works.append(Work("slow", "Slow", Letter, by_hand))
    letter("seated"), letter("seated")

    def let_go_once_stopped() -> None:
        stopping.wait(30)
        by_hand.let_go.set()

    watch = stop_when(lambda: bool(by_hand.begun))
    letting = threading.Thread(target=let_go_once_stopped)
    letting.start()

    call_command("worker")

    watch.join(), letting.join()
    assert (by_hand.begun, by_hand.ended) == (1, 1)
    assert Letter.objects.filter(due_at__isnull=False).count() == 1


def test_one_round_of_the_days_work_runs_at_a_time(slow: Slow) -> None:
    turns = iter(range(10))
    watch = stop_when(lambda: next(turns, None) is None)

    call_command("worker")

    watch.join()
    assert slow.begun == 1


def test_once_does_the_days_work_and_what_is_due_before_it_ends(slow: Slow) -> None:
    slow.let_go.set()
    registry.works.append(Work("quick", "Quick", Letter, slow))
    letter("seated")

    call_command("worker", once=True)

    assert slow.ended == 2


def test_a_work_that_fails_holds_up_none_of_the_others(slow: Slow, monkeypatch: pytest.MonkeyPatch) -> None:
    slow.let_go.set()
    monkeypatch.setattr(registry, "daily", [lambda: 1 / 0, slow])

    crew.work_of_the_day()

    assert slow.ended == 2


def test_a_worker_waits_for_a_database_that_went_away(slow: Slow, monkeypatch: pytest.MonkeyPatch) -> None:
    turns: list[int] = []

    def away(_self: object) -> None:
        turns.append(1)
        if len(turns) < 3:
            raise OperationalError("the server closed the connection")

    monkeypatch.setattr(worker.Loop, "turn", away)
    watch = stop_when(lambda: len(turns) > 3)

    call_command("worker")

    watch.join()
    assert len(turns) > 3


# ── The heartbeat ────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_worker_is_seen_at_work_until_it_stops(slow: Slow) -> None:
    seen: list[int] = []

    def look() -> bool:
        seen.append(len(heartbeat.at_work()))
        return seen[-1] > 0

    watch = stop_when(look)

    call_command("worker")

    watch.join()
    assert seen[-1] == 1
    assert heartbeat.at_work() == []


def test_a_worker_that_was_killed_counts_no_longer_after_its_silence() -> None:
    heart = heartbeat.Heartbeat()
    heart.beat()
    assert [found.pid for found in heartbeat.at_work()] == [os.getpid()]

    Worker.objects.update(seen_at=timezone.now() - heartbeat.SILENCE)

    assert heartbeat.at_work() == []


# ── Real processes ───────────────────────────────────────────────────────────────────────────────────────────────────
POST = "from portal.teams.letters import post\nfor n in range({0}): post('seated', f'n{{n}}@acme.test', {1})"
WORDS = "team='Acme', slug='acme', by='Olga'"
LEASE_ENDS = (
    "from portal.teams.models import Letter\nfrom django.utils import timezone\n"
    "Letter.objects.filter(leased_until__isnull=False).update(leased_until=timezone.now(), due_at=timezone.now())"
)


def eventually(holds: Callable[[], bool]) -> bool:
    """Wait until it holds, for twenty seconds at most."""
    end = time.monotonic() + 20
    while not (held := holds()) and time.monotonic() < end:
        time.sleep(0.05)
    return held


def test_a_killed_worker_loses_no_mail_and_two_at_once_send_none_twice(database_url: str) -> None:
    servers.python(database_url, POST.format(12, WORDS))
    with post_office() as office:
        office.open.clear()
        with servers.worker(database_url, EMAIL_URL=office.url) as first:
            assert office.begun.wait(20)
            os.killpg(first.pid, signal.SIGKILL)
            first.wait(5)
        office.open.set()
        servers.python(database_url, LEASE_ENDS)
        before = len(office.taken)

        with servers.worker(database_url, EMAIL_URL=office.url), servers.worker(database_url, EMAIL_URL=office.url):
            assert eventually(lambda: len(set(office.taken)) == 12)
        sent_since = office.taken[before:]

    assert len(sent_since) == len(set(sent_since)) == 12


def test_a_worker_that_is_told_to_stop_sends_the_letter_in_hand_and_no_other(database_url: str) -> None:
    servers.python(database_url, POST.format(3, WORDS))
    with post_office() as office:
        office.open.clear()
        with servers.worker(database_url, EMAIL_URL=office.url) as process:
            assert office.begun.wait(20)
            process.terminate()
            # It is told before the letter is through, however busy the machine is.
            time.sleep(1)
            office.open.set()
            assert process.wait(10) == 0

    assert len(office.taken) == 1
