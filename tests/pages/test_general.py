"""General settings: the team's time zone, in which every date is said."""

from datetime import UTC, datetime

import pytest
from django.test import Client
from django.utils import timezone

from portal.teams.models import Team
from portal.teams.time_zone import names, zone
from tests import make
from tests.pages import reading
from tests.teams import journal

PAGE = "/settings/general/"


@pytest.fixture
def adams(acme: Team, browser: Client) -> Client:
    """Adam's browser, signed in."""
    return make.sign_in(browser, "adam@acme.test")


def test_an_admin_sets_the_zone_and_it_is_recorded_once(acme: Team, adams: Client) -> None:
    for _ in range(2):
        make.press(adams, f"{PAGE}time-zone/", acme, time_zone="Europe/Oslo")

    assert make.fresh(acme).time_zone == "Europe/Oslo"
    assert journal.kinds(acme).count("team.time_zone_set") == 1


@pytest.mark.parametrize("name", ["", "Mars/Olympus", "../etc/passwd", "\x00", "localtime"])
def test_a_zone_that_is_none_is_refused_in_words(acme: Team, adams: Client, name: str) -> None:
    answer = make.press(adams, f"{PAGE}time-zone/", acme, time_zone=name)

    assert answer.status_code == 400
    assert "Choose a time zone from the list." in reading.words(answer)


def test_pages_say_their_moments_in_it(acme: Team, adams: Client) -> None:
    make.press(adams, f"{PAGE}time-zone/", acme, time_zone="Asia/Kolkata")

    moments = reading.page(adams.get("/log/audit/")).xpath("//tbody//time/@datetime")

    assert moments and all(moment.endswith("+05:30") for moment in moments)


def test_the_next_request_is_not_in_it(acme: Team, globex: Team, adams: Client) -> None:
    make.press(adams, f"{PAGE}time-zone/", acme, time_zone="Asia/Kolkata")
    adams.get(PAGE)

    theirs = reading.page(make.sign_in(Client(), "greg@globex.test").get("/log/audit/")).xpath(
        "//tbody//time/@datetime"
    )

    assert timezone.get_current_timezone_name() == "UTC"
    assert all(moment.endswith("+00:00") for moment in theirs)


def test_an_auditor_reads_and_has_no_button(acme: Team, browser: Client) -> None:
    make.member(acme, "aud@acme.test", role=make.Role.AUDITOR)

    page = reading.page(make.sign_in(browser, "aud@acme.test").get(PAGE))

    assert page.xpath("//main//select[@disabled]") and not page.xpath("//main//button")


def test_a_zone_that_went_away_is_utc(acme: Team) -> None:
    acme.time_zone = "Europe/Atlantis"

    assert zone(acme).utcoffset(datetime(2026, 7, 1, tzinfo=UTC)).total_seconds() == 0  # type: ignore[union-attr]
    assert "Europe/Atlantis" not in names()
