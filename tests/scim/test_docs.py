"""docs/scim.md names only tests that exist, and leaves no requirement out."""

import re
from pathlib import Path

HERE = Path(__file__).parent
PAGE = (HERE.parent.parent / "docs" / "scim.md").read_text()


def test_every_test_the_page_names_exists() -> None:
    existing = {
        name for file in HERE.glob("test_*.py") for name in re.findall(r"^def (test_\w+)", file.read_text(), re.M)
    }

    assert set(re.findall(r"`(test_\w+)`", PAGE)) <= existing


def test_every_requirement_has_its_row() -> None:
    assert [int(number) for number in re.findall(r"^\| (\d+) \|", PAGE, re.M)] == list(range(1, 32))
