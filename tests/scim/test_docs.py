"""docs/scim.md names only tests that exist, and leaves no requirement out."""

import json
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


def test_every_clause_of_the_cases_has_its_row() -> None:
    """A clause that a case names is in the table, so that nobody reads the data to learn what is proved."""
    told = re.findall(r"^\| (RFC \d+) ([^|]+) \|", PAGE, re.M)
    rows = {f"{rfc} {number.strip()}" for rfc, numbers in told for number in re.split(r",| to ", numbers)}
    named = {
        match[0]
        for file in HERE.glob("conformance/*.json")
        for case in json.loads(file.read_text())["cases"]
        if (match := re.match(r"RFC \d+ [\d.]+", case["clause"]))
    }

    assert {clause for clause in named if not any(covers(row, clause) for row in rows)} == set()


def covers(row: str, clause: str) -> bool:
    """Say whether a row is about the clause, or about the section it lies in."""
    return clause == row or clause.startswith(f"{row}.")
