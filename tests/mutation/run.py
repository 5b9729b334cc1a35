"""One module's mutants: each in a process of its own, which fork gives everything that is loaded, and its tests."""

import ast
import contextlib
import gc
import io
import os
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import FunctionType

import coverage
import pytest
from django.core.management.commands import migrate

from tests.mutation import mutants, swap
from tests.mutation.mutants import Mutant
from tests.mutation.targets import TARGETS

ROOT = Path(__file__).resolve().parent.parent.parent
OPTIONS = ["-x", "-q", "-n0", "-p", "no:cacheprovider", "--reuse-db", "--timeout=0", "-p", "no:randomly", "--no-header"]
PATIENCE, SLOW, NO_RUN = 4.0, 100, 101
# How many mutants a test is taken to see that has seen none yet.
SELDOM = 0.05


@dataclass
class Lines:
    """Which tests came by which line of the module, and how long each took."""

    path: str
    counted: coverage.Coverage
    tests: dict[int, list[str]] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    kills: Counter[str] = field(default_factory=Counter)
    functions: list[FunctionType] = field(default_factory=list)

    def soonest(self, mutant: Mutant) -> list[str]:
        """The tests that come by a mutant's statement: what sees much for little time first."""
        by = {test for line in range(mutant.line, mutant.last + 1) for test in self.tests.get(line, [])}
        return sorted(by, key=lambda test: self.seconds[test] / (self.kills[test] + SELDOM))

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """Note under which test's name lines are counted, and how long it takes."""
        # Or only the first test would come by what is made once.
        swap.forget()
        self.counted.switch_context(item.nodeid)
        began = time.monotonic()
        yield
        self.seconds[item.nodeid] = time.monotonic() - began


@dataclass
class Teller:
    """Tells the process that forked this one which test failed."""

    pipe: int

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Tell of a failure; it is the last, for `-x` ends the run."""
        if report.failed:
            os.write(self.pipe, report.nodeid.encode())


@dataclass
class Score:
    """What became of a module's mutants."""

    module: str
    killed: int = 0
    survived: list[str] = field(default_factory=list)
    unseen: list[str] = field(default_factory=list)

    @property
    def total(self) -> int:
        """All of them."""
        return self.killed + len(self.survived) + len(self.unseen)


def first_run(module: str) -> Lines:
    """Run the module's tests once as they are; they must pass."""
    path = str(ROOT / module)
    lines = Lines(path, coverage.Coverage(data_file=None, include=[path]))
    # The database of each run is a copy of one that is migrated.
    migrate.Command.handle = lambda *_args, **_options: None  # type: ignore[method-assign]
    here = [test for test in TARGETS[module] if (ROOT / test).exists()]
    with quiet() as said, lines.counted.collect():
        status = pytest.main([*OPTIONS, *here], plugins=[lines])
    assert status == 0, said.getvalue()
    found = lines.counted.get_data().contexts_by_lineno(path)
    lines.tests = {line: [test for test in tests if test in lines.seconds] for line, tests in found.items()}
    return lines


@contextlib.contextmanager
def quiet() -> Iterator[io.StringIO]:
    """Keep what pytest says to itself."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        yield said


def judge(mutant: Mutant, lines: Lines) -> str:
    """Say whether the tests that come by a mutant's line see it: killed, survived or unseen."""
    tests = lines.soonest(mutant)
    if not tests:
        return "unseen"
    limit = 20 + PATIENCE * sum(lines.seconds[test] for test in tests)
    heard, told = os.pipe()
    pid = os.fork()
    if pid == 0:
        status = NO_RUN
        try:
            os.setpgrp()
            assert swap.put_in(mutant.tree, lines.path, lines.functions)
            swap.forget()
            with quiet():
                status = int(pytest.main([*OPTIONS, *tests], plugins=[Teller(told)]))
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    os.close(told)
    ended = _wait(pid, limit)
    os.set_blocking(heard, False)
    with contextlib.suppress(BlockingIOError), os.fdopen(heard, "rb", buffering=0) as failed:
        lines.kills.update([(failed.read() or b"").decode()])
    # 1 is a test that failed; 4 would be a test that was not found, and no proof of anything.
    assert ended in (0, 1, 2, 3, SLOW) or ended < 0, (ended, mutant.what, tests)
    return "survived" if ended == 0 else "killed"


def _wait(pid: int, limit: float) -> int:
    end = time.monotonic() + limit
    while time.monotonic() < end:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.02)
    os.killpg(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    # One that never ends is seen.
    return SLOW


def score(module: str, *, every: int = 1) -> Score:
    """Judge a module's mutants, or every n-th of them."""
    lines, told = first_run(module), Score(module)
    lines.functions = swap.living(lines.path)
    swap.forget()
    # From here on the collector passes by what is loaded, of which no process has then to copy a page. What is
    # frozen it does not find again, so functions and memories were looked up before.
    gc.freeze()
    whole = ast.parse((ROOT / module).read_text())
    unbroken = Mutant(min(lines.tests), max(lines.tests), "nothing", whole)
    assert judge(unbroken, lines) == "survived", f"fails in a fork where nothing is broken: {lines.kills}"
    chosen = list(mutants.of((ROOT / module).read_text()))[::every]
    for number, mutant in enumerate(chosen, 1):
        result = judge(mutant, lines)
        if number % 20 == 0:
            print(f"{module}: {number} of {len(chosen)}", file=sys.stderr, flush=True)
        where = f"{module}:{mutant.line} {mutant.what}"
        if result == "killed":
            told.killed += 1
        else:
            getattr(told, result).append(where)
            print(f"{result:9}{where}", file=sys.stderr, flush=True)
    return told
