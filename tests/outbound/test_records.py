"""DNS as it is asked: a real server on this machine answers (R15)."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.utils import timezone

from portal.outbound import rechecks, records
from portal.teams import domains, proofs
from portal.teams.models import Domain, Team
from tests import make
from tests.pages import dns
from tests.teams import journal

NAME, VALUE = "_seatgate-challenge.acme.test", "seatgate-verification=abc"


@pytest.fixture
def zone(settings: Any) -> Iterator[dns.Zone]:
    """A DNS server that Seatgate asks."""
    with dns.serve() as zone:
        settings.DNS_RESOLVERS = [zone.address]
        yield zone


@pytest.fixture
def proven(acme: Team, zone: dns.Zone) -> Domain:
    """Acme's domain, verified by its record."""
    row = domains.claim(acme, make.as_owner(acme), "acme.test")
    dns.hold(zone, row)
    proofs.note(row, records.holds(row.record, row.record_value))
    return domains.verify(acme, make.as_owner(acme), row.pk)


@pytest.mark.parametrize(
    "texts",
    [[VALUE], ["other", VALUE], [f" {VALUE} "], [f'"{VALUE[:10]}" "{VALUE[10:]}"'], [f'"\\"{VALUE}\\""']],
    ids=["alone", "among others", "spaces", "in two pieces", "typed with quotes"],
)
def test_the_record_is_found(zone: dns.Zone, texts: list[str]) -> None:
    zone.texts[NAME] = texts

    assert records.holds(NAME, VALUE) is True


@pytest.mark.parametrize("texts", [[], ["other"], [f"{VALUE}x"], [f"x{VALUE}"], [VALUE.upper()]])
def test_another_record_is_none(zone: dns.Zone, texts: list[str]) -> None:
    zone.texts[NAME] = texts

    assert records.holds(NAME, VALUE) is False


def test_a_name_that_does_not_exist_has_no_record(zone: dns.Zone) -> None:
    assert records.holds(NAME, VALUE) is False


def test_a_server_that_fails_tells_nothing(zone: dns.Zone) -> None:
    zone.down = True

    assert records.holds(NAME, VALUE) is None


def test_a_server_that_is_not_there_tells_nothing_within_seconds(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records, "SECONDS", 0.3)
    settings.DNS_RESOLVERS = ["127.0.0.1:9"]

    assert records.holds(NAME, VALUE) is None


@pytest.mark.parametrize(
    ("text", "server"),
    [
        ("10.0.0.2", ("10.0.0.2", 53)),
        ("10.0.0.2:5353", ("10.0.0.2", 5353)),
        ("::1", ("::1", 53)),
        ("[::1]:5353", ("::1", 5353)),
        ("[::1]", ("::1", 53)),
    ],
)
def test_servers_are_named_with_or_without_a_port(text: str, server: tuple[str, int]) -> None:
    assert records._server(text) == server


# ── Day by day ───────────────────────────────────────────────────────────────────────────────────────────────────────
def worker_in(days: float) -> None:
    """Let the worker do what is due, some days from now."""
    with time_machine.travel(timezone.now() + timedelta(days=days), tick=False):
        call_command("worker", once=True)


def test_the_worker_looks_once_a_day(proven: Domain, zone: dns.Zone) -> None:
    zone.asked.clear()

    for days in (1, 1.02, 1.5, 2.1):
        worker_in(days)

    assert zone.asked == [proven.record] * 2


def test_a_record_taken_away_lapses_after_a_week_of_looking(proven: Domain, zone: dns.Zone, acme: Team) -> None:
    zone.texts.clear()

    for day in range(1, 10):
        worker_in(day)

    assert not Domain.every_team.filter(verified_at__isnull=False).exists()
    assert journal.kinds(acme)[-2:] == ["domain.proof_missed", "domain.lapsed"]
    assert not domains.line(acme).covers("mia@acme.test")


def test_servers_that_are_down_are_not_asked_for_every_domain(proven: Domain, zone: dns.Zone, acme: Team) -> None:
    for n in range(5):
        Domain.every_team.create(team=acme, name=f"d{n}.test", verified_at=timezone.now())
    zone.down = True

    with time_machine.travel(timezone.now() + timedelta(days=1)):
        assert rechecks.recheck_due() == rechecks.ENOUGH


def test_daily_work_that_fails_holds_up_nothing_else(
    proven: Domain, zone: dns.Zone, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(records, "holds", lambda *_: 1 / 0)

    worker_in(1)

    assert "recheck_due failed and is tried again in an hour" in caplog.text
