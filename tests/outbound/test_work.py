"""Background work: a due row is done once, tried again, given up in sight of the operator, and lost by no death."""

import itertools
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from portal.outbound import work
from portal.teams.errors import Missing
from portal.teams.models import Letter
from portal.teams.registry import Work, registry
from portal.teams.work import Hopeless, LeaseLost, WorkRow, wake

pytestmark = pytest.mark.django_db
Run = Callable[[Any], datetime | None]
MINUTE = timedelta(minutes=1)


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> Callable[[Run], Work]:
    """Make the only kind of work; its rows are letters, as good as any."""

    def make(run: Run) -> Work:
        kind = Work("sample", "Sample", Letter, run, lease=MINUTE, back_off=(MINUTE, 2 * MINUTE))
        monkeypatch.setattr(registry, "works", [kind])
        return kind

    return make


def row(**fields: Any) -> Letter:
    """Make a row that is due."""
    made = Letter(kind="seated", to="mia@acme.test", **{"due_at": timezone.now()} | fields)
    made.save(force_insert=True)
    return made


def again(made: Letter) -> Letter:
    """Make a row due now, as if its time had come."""
    Letter.objects.filter(pk=made.pk).update(due_at=timezone.now(), leased_until=None)
    return made


def fails(_row: WorkRow) -> None:
    """Fail as a bug would."""
    raise ZeroDivisionError("no way")


def test_a_row_is_done_once_and_then_has_nothing_to_do(given: Any) -> None:
    done: list[Any] = []
    given(lambda taken: done.append(taken.pk))
    made = row()

    assert [work.run_due(), work.run_due()] == [1, 0]

    made.refresh_from_db()
    assert done == [made.pk]
    assert (made.due_at, made.leased_until, made.attempts) == (None, None, 0)


def test_a_row_comes_again_when_its_work_says_so(given: Any) -> None:
    at = timezone.now() + timedelta(hours=1)
    given(lambda _: at)
    made = row()

    work.run_due()

    made.refresh_from_db()
    assert made.due_at == at


def test_work_in_batches_goes_on_until_nothing_is_left(given: Any) -> None:
    left = [3, 2, 1]
    given(lambda _: timezone.now() if left.pop() < 3 else None)
    row()

    assert work.run_due() == 3


def test_what_is_not_due_waits(given: Any) -> None:
    given(fails)
    row(due_at=timezone.now() + MINUTE)
    row(due_at=None)

    assert work.run_next(work.named("sample")) is None


def test_a_row_in_hand_is_left_to_whoever_has_it_until_the_lease_ends(given: Any) -> None:
    given(lambda _: None)
    made = row(leased_until=timezone.now() + MINUTE)
    assert work.run_due() == 0

    Letter.objects.filter(pk=made.pk).update(leased_until=timezone.now() - MINUTE)

    assert work.run_due() == 1


def test_while_it_is_done_a_row_is_due_only_when_its_lease_ends(given: Any) -> None:
    seen: list[Letter] = []
    given(lambda taken: seen.append(Letter.objects.get(pk=taken.pk)))
    row()

    work.run_due()

    assert seen[0].due_at == seen[0].leased_until
    assert seen[0].leased_until > timezone.now()


def test_a_failure_is_tried_again_later_and_later_and_then_given_up(given: Any) -> None:
    given(fails)
    made = row()
    waits = []

    for _ in range(3):
        work.run_due()
        made.refresh_from_db()
        waits.append(made.due_at and round((made.due_at - timezone.now()) / MINUTE))
        again(made) if made.due_at else None

    assert waits == [1, 2, None]
    assert (made.attempts, made.trouble) == (3, "ZeroDivisionError: no way")
    assert [(kind.name, found.pk) for kind, found in work.dead()] == [("sample", made.pk)]


def test_a_refusal_is_told_in_its_own_words(given: Any) -> None:
    def refused(_row: WorkRow) -> None:
        raise Missing

    given(refused)
    made = row()

    work.run_due()

    made.refresh_from_db()
    assert made.trouble == str(Missing())
    assert made.due_at is not None


def test_what_is_hopeless_is_not_tried_again(given: Any) -> None:
    def hopeless(_row: WorkRow) -> None:
        raise Hopeless("The file is gone.")

    given(hopeless)
    made = row()

    work.run_due()

    made.refresh_from_db()
    assert (made.trouble, made.due_at) == ("The file is gone.", None)
    assert made.dead_at is not None


def test_one_row_that_fails_holds_up_no_other(given: Any) -> None:
    bad = row()
    given(lambda taken: fails(taken) if taken.pk == bad.pk else None)
    row()

    assert work.run_due() == 1


def test_a_success_begins_the_count_of_attempts_anew(given: Any) -> None:
    given(lambda _: None)
    made = row(attempts=2, trouble="ZeroDivisionError: no way")

    work.run_due()

    made.refresh_from_db()
    assert (made.attempts, made.trouble) == (0, "")


def test_a_row_that_kills_each_worker_is_given_up_untouched(given: Any) -> None:
    given(fails)
    made = row(attempts=3)

    work.run_due()

    made.refresh_from_db()
    assert made.dead_at is not None
    assert made.trouble == "The worker ended each time before this was done."


def test_an_operator_revives_a_dead_row(given: Any) -> None:
    given(lambda _: None)
    made = row(due_at=None, dead_at=timezone.now(), attempts=3)
    assert wake(Letter.objects.all()) == 0

    assert work.revive("sample", made.pk)

    assert work.run_due() == 1
    assert work.dead() == []
    assert not work.revive("sample", made.pk)


def test_who_wakes_a_row_that_is_in_hand_has_it_done_once_more(given: Any) -> None:
    calls: list[int] = []

    def run(taken: Letter) -> None:
        calls.append(1)
        if len(calls) == 1:
            wake(Letter.objects.filter(pk=taken.pk))

    given(run)
    row()

    work.run_due()

    assert len(calls) == 2


def test_long_work_keeps_its_row_in_hand(given: Any) -> None:
    ends: list[datetime] = []

    def run(taken: Letter) -> None:
        taken.hold(timedelta(hours=1))
        ends.append(Letter.objects.get(pk=taken.pk).leased_until)

    given(run)
    made = row()

    work.run_due()

    made.refresh_from_db()
    assert ends[0] - timezone.now() > timedelta(minutes=59)
    assert (made.due_at, made.leased_until) == (None, None)


def test_who_lost_the_lease_learns_it_and_changes_nothing(given: Any) -> None:
    other = timezone.now() + timedelta(hours=2)
    lost: list[bool] = []

    def run(taken: Letter) -> None:
        Letter.objects.filter(pk=taken.pk).update(leased_until=other, due_at=other)
        try:
            taken.hold(MINUTE)
        except LeaseLost:
            lost.append(True)

    given(run)
    made = row()

    work.run_due()

    made.refresh_from_db()
    assert lost == [True]
    assert (made.leased_until, made.due_at) == (other, other)


def test_depths_count_what_waits_without_a_query_for_each_row(given: Any) -> None:
    kind = given(lambda _: None)
    oldest = timezone.now() - timedelta(hours=1)
    for at in (oldest, timezone.now(), timezone.now() + MINUTE):
        row(due_at=at)
    row(due_at=None, dead_at=timezone.now())
    row(due_at=timezone.now() + MINUTE, leased_until=timezone.now() + MINUTE)

    with CaptureQueriesContext(connection) as queries:
        [depth] = itertools.islice(work.depths(), 1)

    assert (depth.name, depth.due, depth.in_hand, depth.dead, depth.oldest) == (kind.name, 2, 1, 1, oldest)
    assert work.late(depth)
    assert len(queries) == 4


def test_an_unknown_kind_of_work_is_told() -> None:
    with pytest.raises(LookupError, match="nonsense"):
        work.named("nonsense")


def test_every_kind_of_work_has_a_name_of_its_own() -> None:
    names = [kind.name for kind in registry.works]

    assert len(names) == len(set(names))
    assert names[0] == "mail"
