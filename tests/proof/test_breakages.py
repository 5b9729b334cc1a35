"""Every race is lost where its lock or its deciding statement is gone: the race tests can fail."""

from pathlib import Path

import pytest

from tests import servers
from tests.proof import breakages
from tests.proof.breakages import BREAKAGES, ROOT, Breakage

NAMES = [each.name for each in BREAKAGES]
FAILED = 1


@pytest.mark.parametrize("breakage", BREAKAGES, ids=NAMES)
def test_what_a_breakage_takes_away_is_there(breakage: Breakage) -> None:
    for file, was, _becomes in breakage.changes:
        assert (ROOT / file).read_text().count(was) == 1
    for test in breakage.tests:
        file, _, name = test.partition("::")
        assert f"def {name.partition('[')[0]}(" in (ROOT / file).read_text()


@pytest.mark.long
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("breakage", BREAKAGES, ids=NAMES)
def test_a_race_is_lost_without_what_decides_it(
    breakage: Breakage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    for name in (servers.SOCKET, "DATABASE_URL", "SEATGATE_LONG", "PYTEST_ADDOPTS"):
        monkeypatch.delenv(name, raising=False)
    breakages.copy_tree(tmp_path)
    breakages.break_it(tmp_path, breakage)

    # A race may be won by luck: once in three runs it must be lost.
    for _ in range(3):
        status, said = breakages.run(tmp_path, breakage.tests)
        assert status in (0, FAILED), said
        if status == FAILED:
            return

    raise AssertionError(f"{breakage.name} was taken away, and nothing was lost")
