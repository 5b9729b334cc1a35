"""docs/security.md claims nothing that no test proves; with `--long` each control is taken away to see it missed."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.security import claims
from tests.security.claims import Breakage, Claims, Row
from tests.servers import ROOT

CLAIMED = claims.read()
PARTS = ("portal", "sso", "scim", "templates", "tests", "docs", "requirements", "deploy", "tools", "bench")
# What makes a breakage no proof: the tests did not run at all.
FAILED = 1


def test_every_test_control_and_text_that_is_claimed_is_there() -> None:
    assert list(claims.missing(CLAIMED)) == []


def test_every_claim_has_a_test_or_says_why_not() -> None:
    assert claims.unproved(CLAIMED) == []


def test_every_invariant_and_every_threat_has_its_row() -> None:
    expected = {"I": 22, "S": 10, "T": 8, "P": 18}

    for letter, count in expected.items():
        assert {f"{letter}{number}" for number in range(1, count + 1)} <= set(CLAIMED.rows)


def test_the_page_is_what_the_declarations_say() -> None:
    page = claims.PAGE.read_text()

    assert page == claims.written(page, CLAIMED), "Run: python -m tests.security.write_table"


@pytest.mark.parametrize(
    "row",
    [
        Row("I1", "x", [], ["teams/test_seats.py::no_such_test"]),
        Row("I1", "x", [], ["teams/no_such_file.py"]),
        Row("I1", "x", [], ["make.py"]),
        Row("I1", "x", ["portal/no_such_file.py"]),
        Row("I1", "x", ["portal/teams/seats.py:no_such_function"]),
    ],
)
def test_what_is_not_there_is_seen(row: Row) -> None:
    assert len(list(claims.missing(Claims({"I1": row}, [])))) == 1


def test_a_text_that_went_away_and_a_row_without_proof_are_seen() -> None:
    gone = Breakage(["I1"], "portal/teams/seats.py", "no such text", "", ["teams/test_seats.py"])

    assert len(list(claims.missing(Claims({}, [gone])))) == 1
    assert claims.unproved(Claims({"I1": Row("I1", "x", [])}, [])) == ["I1"]


def test_a_figure_is_the_number_the_test_runs_with() -> None:
    assert claims.figure("{tests.security.claims:SECTIONS} parts") == "5 parts"


def copy_of_the_house(folder: Path) -> Path:
    """Copy what the tests need into a folder."""
    for name in PARTS:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ROOT.iterdir():
        if file.is_file() and file.name != ".env":
            shutil.copy(file, folder / file.name)
    return folder


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project, which may be broken."""
    return copy_of_the_house(tmp_path_factory.mktemp("house"))


@pytest.mark.long
@pytest.mark.timeout(300)
@pytest.mark.parametrize("breakage", CLAIMED.breakages, ids=[each.name for each in CLAIMED.breakages])
def test_a_control_that_is_taken_away_is_missed(breakage: Breakage, house: Path) -> None:
    file = house / breakage.file
    whole = file.read_text()
    file.write_text(whole.replace(breakage.was, breakage.becomes))
    try:
        for test in breakage.tests:
            done = subprocess.run(
                [sys.executable, "-m", "pytest", "-q", "-x", "-n0", "-p", "no:cacheprovider", claims.node_id(test)],
                cwd=house, env={**os.environ, "SEATGATE_LONG": "1"}, capture_output=True, text=True, check=False,
            )  # fmt: skip

            assert done.returncode == FAILED, f"{test} did not miss it:\n{done.stdout[-2000:]}"
            assert " error" not in done.stdout.splitlines()[-1], done.stdout[-2000:]
    finally:
        file.write_text(whole)
