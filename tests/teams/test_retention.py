"""What is kept for a time only: the journal loses a beginning and says so, and nothing that is still needed goes."""

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from portal.outbound.webhooks.models import Endpoint, Lane
from portal.teams import founding, invariants, retention, seats, triggers
from portal.teams.actor import SYSTEM
from portal.teams.errors import Conflict
from portal.teams.letters import post
from portal.teams.models import Event, Letter, Team
from portal.teams.registry import registry
from tests import make

pytestmark = pytest.mark.django_db
LONG_AGO = timezone.now() - timedelta(days=500)


def aged(team: Team, through: int) -> None:
    """Make a journal's first events old."""
    with triggers.opened():
        Event.every_team.filter(team=team, number__lte=through).update(at=LONG_AGO)


def numbers(team: Team) -> list[int]:
    """List the numbers of a journal's events."""
    return list(Event.every_team.filter(team=team).order_by("number").values_list("number", flat=True))


def test_the_journal_loses_its_old_beginning_and_says_so(acme: Team, globex: Team) -> None:
    before, others = numbers(acme), numbers(globex)
    aged(acme, 2)

    assert retention.purge()["events"] == 2

    acme.refresh_from_db()
    assert numbers(acme) == [*before[2:], before[-1] + 1]
    assert (acme.purged_through, numbers(globex)) == (2, others)
    assert Event.every_team.filter(team=acme).order_by("number").last().kind == "journal.purged"
    assert [*invariants.check(acme), *invariants.check_house()] == []


def test_a_journal_that_is_old_to_its_end_goes_to_its_end(acme: Team) -> None:
    last = numbers(acme)[-1]
    aged(acme, last)

    retention.purge()

    acme.refresh_from_db()
    assert numbers(acme) == [last + 1]
    assert list(invariants.check(acme)) == []


def test_a_hole_behind_the_checkpoint_is_still_found(acme: Team) -> None:
    aged(acme, 2)
    retention.purge()
    with triggers.opened():
        Event.every_team.filter(team=acme, number=numbers(acme)[0]).delete()

    acme.refresh_from_db()
    assert [finding.invariant for finding in invariants.check(acme)] == ["gap_free"]


def test_only_a_beginning_goes_even_where_a_later_event_is_old(acme: Team) -> None:
    with triggers.opened():
        Event.every_team.filter(team=acme, number=3).update(at=LONG_AGO)

    assert retention.purge()["events"] == 0


def test_what_a_webhook_has_not_read_stays(acme: Team) -> None:
    aged(acme, numbers(acme)[-1])
    endpoint = Endpoint.every_team.create(team=acme, name="Product", url="https://p.test/", made_by="Olga")
    Lane.every_team.create(endpoint=endpoint, team=acme, number=1)

    assert retention.purge()["events"] == 1
    assert numbers(acme)[0] == 2


def test_long_journals_go_in_short_acts(acme: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "BATCH", 1)
    aged(acme, 3)

    assert retention.purge()["events"] == 3
    acme.refresh_from_db()
    assert list(invariants.check(acme)) == []


def test_a_purge_that_comes_late_moves_no_checkpoint_back(acme: Team) -> None:
    """Two workers clear at once: the one that looked first may act last."""
    aged(acme, 4)
    retention._purge_through(acme, SYSTEM, 4)
    before = make.fresh(acme).last_event

    assert retention._purge_through(acme, SYSTEM, 2) == 0
    assert (make.fresh(acme).purged_through, make.fresh(acme).last_event) == (4, before)


def test_a_dry_run_counts_and_deletes_nothing(acme: Team) -> None:
    before, out = numbers(acme), StringIO()
    aged(acme, 2)

    call_command("purge", dry_run=True, stdout=out)

    assert "events: 2" in out.getvalue()
    assert {"sign-in log: 0", "provisioning log: 0", "webhook deliveries: 0"} <= set(out.getvalue().splitlines())
    assert numbers(acme) == before


def test_the_journal_is_shut_again_after_a_purge(acme: Team) -> None:
    aged(acme, 2)
    retention.purge()

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Event.every_team.filter(team=acme).delete()


def test_a_closed_team_is_forgotten_but_for_its_slug(acme: Team) -> None:
    founding.close(acme, make.BY_OPERATOR)
    assert retention.purge()["closed teams"] == 0
    Team.every_team.filter(pk=acme.pk).update(closed_at=LONG_AGO)

    assert [retention.purge()["closed teams"] for _ in range(2)] == [1, 0]

    acme.refresh_from_db()
    assert (acme.name, numbers(acme), list(invariants.check(acme))) == ("", [], [])
    with pytest.raises(Conflict, match="never reused"):
        founding.create(make.BY_OPERATOR, "acme", "Acme", bought=1, owner="olga@acme.test")


def test_mail_that_was_sent_or_given_up_goes_and_what_waits_stays() -> None:
    for fields in ({"sent_at": LONG_AGO}, {"dead_at": LONG_AGO}, {"sent_at": timezone.now()}, {}):
        post("seated", "mia@acme.test", team="Acme")
        Letter.objects.filter(sent_at=None, dead_at=None).update(**fields, made_at=LONG_AGO) if fields else None

    assert retention.purge()["letters"] == 2
    assert Letter.objects.count() == 2


def test_a_day_on_which_nothing_is_old_costs_the_same_for_any_number_of_events(acme: Team) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            retention.JOURNAL.purge(timezone.now() - timedelta(days=400))
        return len(captured)

    before = queries()
    for bought in range(11, 20):
        seats.resize(acme, make.BY_OPERATOR, bought)

    assert queries() == before == 1


def test_every_retention_has_days_of_its_own(settings: Any) -> None:
    assert {kept.name: kept.days() for kept in registry.retentions} == {
        "events": 400, "closed teams": 90, "letters": 30, "sign-in log": 30, "provisioning log": 30,
        "webhook deliveries": 30, "directory import runs": 30,
    }  # fmt: skip
