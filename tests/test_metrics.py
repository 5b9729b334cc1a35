"""Numbers for Prometheus: behind a token, counted over all server processes, and bounded whatever callers send."""

import re
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from portal import metrics
from portal.outbound.heartbeat import Heartbeat
from portal.teams.models import Team
from tests import servers
from tests.servers import portal_server

TOKEN = "a-token-for-metrics-only"


def numbers(text: str) -> dict[str, float]:
    """Read Prometheus's text: each series and its value."""
    lines = [line.rpartition(" ") for line in text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in lines}


@pytest.mark.django_db
def test_there_is_no_page_of_numbers_without_a_token(settings: Any) -> None:
    settings.METRICS_TOKEN = ""

    assert Client().get("/metrics").status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("sent", ["", "Bearer wrong", f"Basic {TOKEN}", "Bearer é"])
def test_only_the_token_opens_the_numbers(sent: str, settings: Any) -> None:
    settings.METRICS_TOKEN = TOKEN

    answer = Client().get("/metrics", HTTP_AUTHORIZATION=sent)

    assert (answer.status_code, "seatgate" in answer.content.decode()) == (401, False)


@pytest.mark.django_db
def test_the_numbers_tell_seats_work_and_workers(acme: Team, globex: Team, settings: Any) -> None:
    settings.METRICS_TOKEN = TOKEN
    Heartbeat().beat()

    with CaptureQueriesContext(connection) as queries:
        answer = Client().get("/metrics", HTTP_AUTHORIZATION=f"Bearer {TOKEN}")

    found = numbers(answer.content.decode())
    assert found['seatgate_seats{state="bought"}'] == acme.seats.count() + globex.seats.count()
    assert found['seatgate_seats{state="taken"}'] == found["seatgate_members_active"]
    assert (found["seatgate_teams"], found["seatgate_workers"], found["seatgate_database_up"]) == (2, 1, 1)
    assert found['seatgate_work{state="dead",work="mail"}'] == 0
    assert len(queries) < 40


@pytest.mark.django_db
def test_requests_are_counted_by_view_and_status_and_nothing_of_the_callers_making() -> None:
    Client().get("/nowhere/at/all")
    Client().generic("BREW", "/healthz")

    text = metrics.page().decode()

    assert re.search(r'seatgate_requests_total\{method="GET",status="404",view="none"\}', text)
    assert re.search(r'seatgate_requests_total\{method="other",status="\d+",view="healthz"\}', text)
    assert "nowhere" not in text
    assert "BREW" not in text


@pytest.mark.django_db
def test_a_database_that_is_away_is_a_number_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_self: object) -> None:
        raise OperationalError

    monkeypatch.setattr(metrics.Standing, "_house", away)

    assert numbers(metrics.page().decode())["seatgate_database_up"] == 0


def test_whichever_process_is_asked_answers_for_all(sqlite_files: servers.SqliteFiles, tmp_path: Path) -> None:
    env = {"METRICS_TOKEN": TOKEN, "METRICS_DIR": str(tmp_path / "numbers")}
    with sqlite_files.fresh() as url, portal_server(url, processes=2, **env) as portal:
        for _ in range(20):
            urllib.request.urlopen(f"{portal.url}/readyz", timeout=10).close()
        ask = urllib.request.Request(f"{portal.url}/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
        seen = [numbers(urllib.request.urlopen(ask, timeout=10).read().decode()) for _ in range(4)]

    ready = 'seatgate_requests_total{method="GET",status="200",view="readyz"}'
    assert [each[ready] for each in seen] == [20] * 4
