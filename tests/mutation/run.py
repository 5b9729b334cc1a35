"""One module's mutants: each in a process of its own, which fork gives everything that is loaded, and its tests."""

import ast
import contextlib
import io
import os
import signal
import sys
import time
import traceback
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.mutation import mutants, swap
from tests.mutation.mutants import Mutant
from tests.mutation.targets import TARGETS

ROOT = Path(__file__).resolve().parent.parent.parent
OPTIONS = ["-x", "-q", "-n0", "-p", "no:cacheprovider", "--reuse-db", "--timeout=0", "-p", "no:randomly", "--no-header"]
PATIENCE, SLOW, NO_RUN = 4.0, 100, 101


@dataclass
class Lines:
    """Which tests came by which line of the module, and how long each took."""

    path: str
    tests: dict[int, list[str]] = field(default_factory=lambda: defaultdict(list))
    seconds: dict[str, float] = field(default_factory=dict)

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """Note the lines of one test."""
        seen: set[int] = set()

        def trace(frame: object, event: str, arg: object) -> object:
            if frame.f_code.co_filename != self.path:  # type: ignore[attr-defined]
                return None
            seen.add(frame.f_lineno)  # type: ignore[attr-defined]
            return trace

        # Or only the first test would come by what is made once.
        swap.forget()
        began = time.monotonic()
        sys.settrace(trace)  # type: ignore[arg-type]
        yield
        sys.settrace(None)
        self.seconds[item.nodeid] = time.monotonic() - began
        for line in seen:
            self.tests[line].append(item.nodeid)


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
    lines = Lines(str(ROOT / module))
    here = [test for test in TARGETS[module] if (ROOT / test).exists()]
    with quiet() as said:
        status = pytest.main([*OPTIONS, *here], plugins=[lines])
    assert status == 0, said.getvalue()
    return lines


@contextlib.contextmanager
def quiet() -> Iterator[io.StringIO]:
    """Keep what pytest says to itself."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        yield said


def judge(module: str, mutant: Mutant, lines: Lines) -> str:
    """Say whether the tests that come by a mutant's line see it: killed, survived or unseen."""
    by = {test for line in range(mutant.line, mutant.last + 1) for test in lines.tests.get(line, [])}
    tests = sorted(by, key=lines.seconds.__getitem__)
    if not tests:
        return "unseen"
    limit = 20 + PATIENCE * sum(lines.seconds[test] for test in tests)
    pid = os.fork()
    if pid == 0:
        status = NO_RUN
        try:
            os.setpgrp()
            assert swap.put_in(mutant.tree, lines.path)
            swap.forget()
            with quiet():
                status = int(pytest.main([*OPTIONS, *tests]))
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    ended = _wait(pid, limit)
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
    whole = ast.parse((ROOT / module).read_text())
    unbroken = Mutant(min(lines.tests), max(lines.tests), "nothing", whole)
    assert judge(module, unbroken, lines) == "survived", "the tests fail in a fork where nothing is broken"
    for mutant in list(mutants.of((ROOT / module).read_text()))[::every]:
        result = judge(module, mutant, lines)
        where = f"{module}:{mutant.line} {mutant.what}"
        if result == "killed":
            told.killed += 1
        else:
            getattr(told, result).append(where)
            print(f"{result:9}{where}", file=sys.stderr, flush=True)
    return told
