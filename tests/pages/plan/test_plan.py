"""Plan and seats: what was bought, what is left, and what changed it."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from portal.pages import charts
from portal.teams import ledger, refused, seats
from portal.teams.errors import NoSeatsLeft
from portal.teams.models import Team
from tests import make
from tests.pages import reading

PLAN = "/settings/plan/"


def table(answer: Any) -> list[list[str]]:
    """Read the ledger's rows."""
    return [
        [" ".join(cell.text_content().split()) for cell in row.xpath("./th | ./td")]
        for row in reading.page(answer).xpath("//*[@id='ledger']//tbody/tr")
    ]


def test_the_page_says_plan_numbers_and_who_changed_them(acme: Team, browser: Client) -> None:
    refused.record(acme, make.as_owner(acme), NoSeatsLeft("Acme", 3), "late@acme.test")
    make.sign_in(browser, "olga@acme.test")

    answer = browser.get(PLAN)

    assert "Team Acme is on the Enterprise plan." in reading.words(answer)
    assert "Bought seats 10" in reading.words(answer)
    assert "Waiting for a seat 1" in reading.words(answer)
    day = f"{timezone.now():%-d %b %Y}"
    assert table(answer) == [
        ["olga@acme.test", "Dashboard", day, "+2", "–", "–", "3 of 10"],
        ["Operator", "Operator's command", day, "+1", "–", "+10", "3 of 10"],
    ]


def test_what_is_not_in_the_plan_is_told(acme: Team, browser: Client) -> None:
    Team.every_team.filter(pk=acme.pk).update(plan="business")
    make.sign_in(browser, "olga@acme.test")

    assert reading.words(browser.get(PLAN)).count("Not in your plan. Ask your account executive.") == 2


def test_the_ledger_is_filtered_by_door_and_keeps_its_totals(acme: Team, browser: Client) -> None:
    make.sign_in(browser, "olga@acme.test")

    assert [row[0] for row in table(browser.get(PLAN, {"door": "command"}))] == ["Operator"]
    assert table(browser.get(PLAN, {"door": "command"}))[0][-1] == "3 of 10"
    assert "Nothing came through this door." in reading.words(browser.get(PLAN, {"door": "csv"}))
    assert browser.get(PLAN, {"door": "\x00", "days": "²", "page": "x"}).status_code == 200


@pytest.mark.parametrize("asked", ["days=000030999999", "days=²", "door=%00", "door=nothing", "page=x"])
def test_what_nobody_can_ask_is_no_error(acme: Team, browser: Client, asked: str) -> None:
    make.sign_in(browser, "olga@acme.test")

    assert browser.get(f"{PLAN}?{asked}").status_code == 200
    assert browser.get(f"/?{asked}").status_code == 200


def test_the_ledger_is_taken_away_as_csv(acme: Team, browser: Client) -> None:
    make.sign_in(browser, "olga@acme.test")

    answer = browser.get(f"{PLAN}ledger.csv", {"door": "command"})

    lines = b"".join(answer.streaming_content).decode().splitlines()  # type: ignore[attr-defined]
    assert lines[0] == "day,through,who,seated,freed,bought,assigned_at_the_end,bought_at_the_end"
    assert lines[1:] == [f"{timezone.now():%Y-%m-%d},Operator's command,Operator,1,0,10,3,10"]


def test_more_days_take_no_more_queries(acme: Team, browser: Client) -> None:
    make.sign_in(browser, "olga@acme.test")
    with CaptureQueriesContext(connection) as few:
        browser.get(PLAN)
    for days in range(1, 120):
        with time_machine.travel(timezone.now() - timedelta(days=days), tick=False):
            seats.resize(acme, make.BY_OPERATOR, 10 + days % 2)

    with CaptureQueriesContext(connection) as many:
        answer = browser.get(PLAN)

    assert len(table(answer)) == 50
    assert len(many) == len(few) <= 20


@pytest.fixture
def grown(acme: Team) -> Team:
    """Acme, which bought two seats and filled one on its third day; today is its fifth."""
    with time_machine.travel(timezone.now() - timedelta(days=4), tick=False):
        Team.every_team.filter(pk=acme.pk).update(created_at=timezone.now())
        acme.seat_days.update(day=ledger.day_of(timezone.now()))
    with time_machine.travel(timezone.now() - timedelta(days=2), tick=False):
        seats.resize(acme, make.BY_OPERATOR, 12)
        make.member(acme, "late@acme.test")
    return make.fresh(acme)


def test_the_chart_joins_days_with_the_same_numbers(grown: Team) -> None:
    chart = charts.seats(grown, "90", seats.tally(grown))

    assert [(run.assigned, run.bought, run.x, run.width) for run in chart.runs] == [(3, 10, 0, 20), (4, 12, 20, 30)]
    assert (chart.days, chart.top, chart.middle, chart.width, len(chart.labels)) == (90, 14, 7, 50, 4)
    assert chart.summary.startswith("From 3 of 10 seats on")


@pytest.mark.parametrize("asked", ["", "7", "x", "²", "-30", "9" * 5000])
def test_a_span_that_is_not_offered_shows_thirty_days(grown: Team, asked: str) -> None:
    assert charts.seats(grown, asked, seats.tally(grown)).days == 30


@pytest.mark.parametrize(
    ("highest", "top"), [(0, 2), (1, 2), (3, 4), (10, 12), (25, 28), (250, 280), (99_999, 106_000)]
)
def test_the_chart_reaches_somewhat_above_the_highest_number(highest: int, top: int) -> None:
    assert charts._top(highest) == top


def test_the_chart_is_a_table_too(grown: Team, browser: Client) -> None:
    make.sign_in(browser, "olga@acme.test")

    rows = reading.page(browser.get(PLAN)).xpath("//*[@id='seat-history']//tbody/tr")

    assert [row.xpath("string(./td[1])") for row in rows] == ["4", "3"]
