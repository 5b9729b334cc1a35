"""The pictures of docs/screens show the main pages of the tour, and weigh what a repository may carry."""

from tests.browser import tour
from tools import screens


def test_each_main_page_is_there_in_both_widths_and_themes_and_no_other() -> None:
    wanted = {
        f"{name}-{width}-{theme}.webp" for name in screens.KEPT for width in screens.SIZES for theme in screens.THEMES
    }

    kept = {file.name for file in screens.PAGES.glob("*")}

    assert (wanted - kept, kept - wanted) == (set(), set()), "./dev screens --only NAMES takes what is missing"


def test_each_is_a_stop_of_the_tour() -> None:
    assert set(screens.KEPT) - {stop.name for stop in tour.TOUR} == set()


def test_the_index_names_each_picture() -> None:
    assert (screens.DOCS / "README.md").read_text() == screens.index()


def test_the_pictures_are_not_too_heavy() -> None:
    assert screens.too_heavy() == ""
