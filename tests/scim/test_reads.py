"""Reads that succeed are counted in memory and written once a minute, never at the call."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from portal.teams.models import Team
from scim import reads
from scim.models import Exchange, ReadTotal
from tests import make
from tests.pages import reading
from tests.scim.idp import Idp

LOOK_UP = "/Users?filter=userName%20eq%20%22nobody%22"


def test_a_hundred_reads_write_nothing_at_their_time(idp: Idp, acme: Team) -> None:
    idp.get("/Users")

    with CaptureQueriesContext(connection) as caught:
        for _ in range(100):
            idp.get(LOOK_UP)

    assert [query["sql"] for query in caught if not query["sql"].startswith("SELECT")] == []
    assert not ReadTotal.every_team.exists()
    assert reads.of_a_day(acme) == reads.Reads(look_ups=100, others=1)


def test_they_are_written_as_one_row_an_hour(idp: Idp, acme: Team) -> None:
    idp.get(LOOK_UP)
    reads.flush()
    idp.get(LOOK_UP)
    idp.get("/Schemas")
    reads.flush()

    row = ReadTotal.every_team.get()
    assert (row.look_ups, row.others, row.token_hint) == (2, 1, f"{idp.token[:8]}…{idp.token[-4:]}")
    assert reads.of_a_day(acme) == reads.Reads(2, 1)


def test_what_could_not_be_written_is_counted_on(idp: Idp, acme: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    idp.get(LOOK_UP)

    def away(*_args: Any) -> None:
        raise DatabaseError("away")

    with monkeypatch.context() as broken:
        broken.setattr(reads, "_add", away)
        reads.flush()
    reads.flush()

    assert ReadTotal.every_team.get().look_ups == 1


def test_they_are_a_teams_own_and_forgotten_after_30_days(idp: Idp, acme: Team, globex: Team) -> None:
    idp.get(LOOK_UP)
    reads.flush()
    ReadTotal.every_team.update(hour=timezone.now() - timedelta(days=31))

    assert (reads.of_a_day(acme), reads.of_a_day(globex)) == (reads.Reads(), reads.Reads())
    reads.purge()
    assert not ReadTotal.every_team.exists()


def test_the_log_says_how_many(idp: Idp, acme: Team, browser: Any) -> None:
    idp.get(LOOK_UP)
    words = reading.words(make.sign_in(browser, "olga@acme.test").get("/log/provisioning/"))

    assert "In 24 hours: look-ups 1, others 0." in words
    assert not Exchange.every_team.exists()
