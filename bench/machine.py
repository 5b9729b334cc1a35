"""The machine a figure was measured on: its processors, what processes used of them, and the memory they hold."""

import os
import platform
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import psutil

# The clock of another process's CPU time, as clock_getcpuclockid(3) would name it.
_OF_A_PROCESS = 2


@dataclass(frozen=True)
class Process:
    """A process with all it started; the number 0 is nobody."""

    pid: int = 0

    def tree(self) -> list[Any]:
        """Return the process and its children, however deep."""
        if not self.pid:
            return []
        first = psutil.Process(self.pid)
        return [first, *first.children(recursive=True)]

    def cpu(self) -> float:
        """Return the CPU seconds used so far, those of children that ended too.

        A process's own clock counts nanoseconds; what the kernel tells of it elsewhere is counted in hundredths.
        """
        used = 0.0
        for one in self.tree():
            with suppress(psutil.NoSuchProcess, OSError):
                times = one.cpu_times()
                used += time.clock_gettime(~one.pid << 3 | _OF_A_PROCESS) + times.children_user + times.children_system
        return used

    def memory(self) -> float:
        """Return the sum of Pss in MiB: what is shared counts once."""
        total = 0
        for one in self.tree():
            lines = Path(f"/proc/{one.pid}/smaps_rollup").read_text().splitlines()
            total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
        return total / 1024


def described() -> str:
    """Say when and on what: figures of another day or machine compare by their ratios alone."""
    cores, gigabytes = os.cpu_count(), psutil.virtual_memory().total / 2**30
    return f"{date.today():%Y-%m-%d}, {cores} cores shared with the client, {gigabytes:.0f} GB, " + (
        f"Python {platform.python_version()}, load before {os.getloadavg()[0]:.1f}"
    )
