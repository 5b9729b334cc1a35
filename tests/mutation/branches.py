"""`python -m tests.mutation.branches [MODULE…]`: which branches of the modules their own tests come by."""

import io
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.mutation.targets import TARGETS

ROOT = Path(__file__).resolve().parent.parent.parent
RUN = """
import sys
import coverage
measured = coverage.Coverage(branch=True, include=[sys.argv[1]], data_file=None)
measured.start()
import pytest
status = pytest.main(["-q", "-n0", "-p", "no:cacheprovider", *sys.argv[3:]])
measured.stop()
with open(sys.argv[2], "w") as told:
    share = measured.report(file=told, show_missing=True, precision=1)
sys.exit(int(status))
"""


def measure(module: str) -> str:
    """Run a module's tests under coverage, and return its line of the report."""
    with tempfile.NamedTemporaryFile("r", suffix=".txt") as told:
        done = subprocess.run(
            [sys.executable, "-c", RUN, module, told.name, *TARGETS[module]],
            cwd=ROOT, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise SystemExit(f"the tests of {module} fail:\n{done.stdout[-2000:]}")
        lines = io.StringIO(told.read()).readlines()
    return next(line.strip() for line in lines if line.startswith(module))


def main() -> None:
    """Print a line for each module: statements, missed, branches, half-taken ones, share, where."""
    for module in sys.argv[1:] or TARGETS:
        print(measure(module), flush=True)


if __name__ == "__main__":
    main()
