"""Words the components make: initials, moments, counts."""

from datetime import timedelta

import pytest
from django.utils import translation
from django.utils.timezone import override

from portal.templatetags import look
from tests.look.drawing import NOON, part


@pytest.mark.parametrize(
    ("name", "letters"),
    [("Ada Okafor", "AO"), ("ada", "A"), ("mia.lund@northwind.test", "ML"), ("Ana María de la Cruz", "AC"), ("", "?")],
)
def test_initials_stand_for_a_person(name: str, letters: str) -> None:
    assert look.initials(name) == letters


@pytest.mark.parametrize(
    ("distance", "words"),
    [
        (timedelta(seconds=40), "just now"),
        (timedelta(minutes=2), "2 min ago"),
        (timedelta(minutes=59, seconds=59), "59 min ago"),
        (timedelta(hours=1), "1 h ago"),
        (timedelta(days=1), "1 day ago"),
        (timedelta(days=30), "30 days ago"),
        (timedelta(days=31), "24 Oct 2026"),
        (-timedelta(days=12), "in 12 days"),
    ],
)
def test_a_moment_is_said_relative_to_now(distance: timedelta, words: str) -> None:
    assert look.ago(NOON - distance, NOON) == words


def test_a_moment_shows_its_iso_form_in_the_teams_time_zone() -> None:
    with override("Europe/Berlin"):
        drawn = part('<c-when :at="at" />', at=NOON)

    assert drawn.xpath("//time/@title") == ["2026-11-24T13:00:00+01:00"]


def test_a_large_figure_is_written_as_the_language_does() -> None:
    assert (look.grouped(999), look.grouped("/ 10000"), look.grouped(1234567)) == ("999", "/ 10,000", "1,234,567")
    with translation.override("de"):
        assert look.grouped(10_000) == "10.000"


def test_a_moment_that_never_was_has_a_word() -> None:
    assert part('<c-when :at="at" />', at=None).text_content().strip() == "Never"


def test_several_counts_numbers_and_lists() -> None:
    assert [look.several(n) for n in (None, 0, 1, 2, ["a"], ["a", "b"])] == [False, False, False, True, False, True]


def test_messages_become_alerts_of_their_kind() -> None:
    assert [look.message_kind(level) for level in ("success", "warning", "error")] == ["ok", "warn", "bad"]
