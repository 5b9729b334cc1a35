"""One module's mutants: each in a process of its own, which fork gives a test run that is warm, and its tests."""

import ast
import contextlib
import gc
import io
import os
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import FunctionType

import coverage
import pytest
from django.conf import settings
from django.core.management.commands import migrate
from django.db import connections

from tests.mutation import mutants, swap
from tests.mutation.mutants import Mutant
from tests.mutation.targets import TARGETS

ROOT = Path(__file__).resolve().parent.parent.parent
OPTIONS = ["-q", "-n0", "-p", "no:cacheprovider", "--reuse-db", "--timeout=0", "-p", "no:randomly", "--no-header"]
PATIENCE = 4.0
SURVIVED, KILLED, SLOW, NO_RUN = 0, 1, 100, 101
# How many mutants a test is taken to see that has seen none yet.
SELDOM = 0.05


@dataclass
class Score:
    """What became of a module's mutants."""

    module: str
    killed: int = 0
    survived: list[str] = field(default_factory=list)
    unseen: list[str] = field(default_factory=list)


@dataclass(eq=False)
class Bench:
    """A plugin of pytest that runs the module's tests once as they are, and then judges its mutants with them."""

    module: str
    every: int
    score: Score
    # The tests that came by a line, and how long each took and how many mutants it has seen.
    came_by: dict[int, list[pytest.Item]] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    kills: Counter[str] = field(default_factory=Counter)
    functions: list[FunctionType] = field(default_factory=list)
    failure: str = ""

    @property
    def path(self) -> str:
        """The module's file."""
        return str(ROOT / self.module)

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Run every test under coverage, then judge."""
        self._run_all(session)
        assert not self.failure, self.failure
        # What is frozen is not found again: what is looked up comes before.
        self.functions = swap.living(self.path)
        swap.forget()
        connections.close_all()
        gc.collect()
        # The collector passes by what is loaded from here on, and copies none of its pages into a process.
        gc.freeze()
        source = (ROOT / self.module).read_text()
        unbroken = Mutant(min(self.came_by), max(self.came_by), "nothing", ast.parse(source))
        assert self._judge(unbroken) == "survived", f"fails in a fork where nothing is broken: {self.kills}"
        chosen = list(mutants.of(source))[:: self.every]
        for number, mutant in enumerate(chosen, 1):
            self._count(self._judge(mutant), f"{self.module}:{mutant.line} {mutant.what}")
            if number % 20 == 0:
                _say(f"{self.module}: {number} of {len(chosen)}")
        return True

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep why a test failed, for the run where nothing is broken."""
        if report.failed:
            self.failure = f"{report.nodeid}\n{report.longreprtext}"

    def _run_all(self, session: pytest.Session) -> None:
        counted = coverage.Coverage(data_file=None, include=[self.path])
        with counted.collect():
            for item in session.items:
                # Or only the first test would come by what is made once.
                swap.forget()
                counted.switch_context(item.nodeid)
                began = time.monotonic()
                _run(item, session)
                self.seconds[item.nodeid] = time.monotonic() - began
        items = {item.nodeid: item for item in session.items}
        found = counted.get_data().contexts_by_lineno(self.path)
        self.came_by = {line: [items[test] for test in tests if test in items] for line, tests in found.items()}

    def _count(self, result: str, where: str) -> None:
        if result == "killed":
            self.score.killed += 1
        else:
            getattr(self.score, result).append(where)
            _say(f"{result:9}{where}")

    def _soonest(self, mutant: Mutant) -> list[pytest.Item]:
        """The tests that come by a mutant's statement: what sees much for little time first."""
        by = {item for line in range(mutant.line, mutant.last + 1) for item in self.came_by.get(line, [])}
        return sorted(by, key=lambda item: self.seconds[item.nodeid] / (self.kills[item.nodeid] + SELDOM))

    def _judge(self, mutant: Mutant) -> str:
        """Say whether the tests that come by a mutant's statement see it: killed, survived or unseen."""
        tests = self._soonest(mutant)
        if not tests:
            return "unseen"
        heard, told = os.pipe()
        pid = os.fork()
        if pid == 0:
            try:
                os.setpgrp()
                with tempfile.TemporaryDirectory() as folder:
                    _take_a_database(Path(folder))
                    assert swap.put_in(mutant.tree, self.path, self.functions)
                    swap.forget()
                    failed = _first_that_fails(tests)
                os.write(told, failed.encode())
                os._exit(KILLED if failed else SURVIVED)
            except BaseException:
                _say(traceback.format_exc())
                os._exit(NO_RUN)
        os.close(told)
        ended = _wait(pid, 20 + PATIENCE * sum(self.seconds[item.nodeid] for item in tests))
        os.set_blocking(heard, False)
        with contextlib.suppress(BlockingIOError), os.fdopen(heard, "rb", buffering=0) as failed:
            self.kills.update([(failed.read() or b"").decode()])
        # One that could not be run is no proof of anything.
        assert ended in (SURVIVED, KILLED, SLOW) or ended < 0, (ended, mutant.what)
        return "survived" if ended == SURVIVED else "killed"


def _run(item: pytest.Item, session: pytest.Session) -> None:
    # As if the session itself came next: everything is taken down but what the whole run shares.
    item.config.hook.pytest_runtest_protocol(item=item, nextitem=session)


def _first_that_fails(tests: list[pytest.Item]) -> str:
    for item in tests:
        before = item.session.testsfailed
        _run(item, item.session)
        if item.session.testsfailed > before:
            return item.nodeid
    return ""


def _take_a_database(folder: Path) -> None:
    """Let this process write to a copy of the migrated database."""
    name = str(shutil.copy(os.environ["SEATGATE_TEST_TEMPLATE"], folder / "test.sqlite3"))
    settings.DATABASES["default"]["NAME"] = connections["default"].settings_dict["NAME"] = name


def _wait(pid: int, limit: float) -> int:
    end = time.monotonic() + limit
    while time.monotonic() < end:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.01)
    os.killpg(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    # One that never ends is seen.
    return SLOW


def _say(line: str) -> None:
    print(line, file=sys.__stderr__, flush=True)


@contextlib.contextmanager
def _quiet() -> Iterator[io.StringIO]:
    """Keep what pytest says to itself."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        yield said


def score(module: str, *, every: int = 1) -> Score:
    """Judge a module's mutants, or every n-th of them."""
    # The database of each run is a copy of one that is migrated.
    migrate.Command.handle = lambda *_args, **_options: None  # type: ignore[method-assign]
    bench = Bench(module, every, Score(module))
    with _quiet() as said:
        status = pytest.main([*OPTIONS, *TARGETS[module]], plugins=[bench])
    assert status == 0, said.getvalue()
    return bench.score
