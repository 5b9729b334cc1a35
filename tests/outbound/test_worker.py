"""The worker: mail goes out whatever the day's work does, and a stop is quick."""

import os
import signal
import threading
import time
from collections.abc import Iterator

import pytest
from django.core.management import call_command

from portal.outbound import mail, rechecks
from portal.outbound.management.commands import worker
from portal.teams.registry import registry

# The loop looks at its connection each time round, whoever opened it.
pytestmark = pytest.mark.django_db


class Slow:
    """A day's work that hangs in somebody's slow server until it is let go."""

    def __init__(self) -> None:
        self.begun, self.ended, self.let_go = 0, 0, threading.Event()

    def __call__(self) -> None:
        """Hang, for five seconds at most."""
        self.begun += 1
        self.let_go.wait(5)
        self.ended += 1


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Iterator[Slow]:
    """The only work of the day; the worker's loop turns fast, and its signals are put back."""
    work, kept = Slow(), {signum: signal.getsignal(signum) for signum in (signal.SIGTERM, signal.SIGINT)}
    monkeypatch.setattr(rechecks, "recheck_due", work)
    monkeypatch.setattr(registry, "daily", [])
    monkeypatch.setattr(worker, "EVERY_SECONDS", 0.01)
    monkeypatch.setattr(worker, "CLEAR_EVERY_SECONDS", 0.0)
    monkeypatch.setattr(worker, "clear", lambda: None)
    yield work
    work.let_go.set()
    for signum, handler in kept.items():
        signal.signal(signum, handler)


def stop_after(monkeypatch: pytest.MonkeyPatch, times: int) -> list[float]:
    """Note each look for mail; the last of so many asks the worker to stop."""
    looks: list[float] = []

    def look() -> int:
        looks.append(time.monotonic())
        if len(looks) == times:
            os.kill(os.getpid(), signal.SIGTERM)
        return 0

    monkeypatch.setattr(mail, "send_due", look)
    return looks


def test_mail_goes_out_while_the_days_work_hangs_and_a_stop_does_not_wait_for_it(
    slow: Slow, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = stop_after(monkeypatch, 5)

    call_command("worker")

    assert (len(looks), slow.ended) == (5, 0)


def test_one_round_of_the_days_work_runs_at_a_time(slow: Slow, monkeypatch: pytest.MonkeyPatch) -> None:
    stop_after(monkeypatch, 5)

    call_command("worker")

    assert slow.begun == 1


def test_once_does_the_days_work_before_it_ends(slow: Slow, monkeypatch: pytest.MonkeyPatch) -> None:
    slow.let_go.set()
    looks = stop_after(monkeypatch, 99)

    call_command("worker", once=True)

    assert (slow.ended, len(looks)) == (1, 1)


def test_a_work_that_fails_holds_up_none_of_the_others(slow: Slow, monkeypatch: pytest.MonkeyPatch) -> None:
    slow.let_go.set()
    monkeypatch.setattr(registry, "daily", [lambda: 1 / 0, slow])

    worker.work_of_the_day()

    assert slow.ended == 2
