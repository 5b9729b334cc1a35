"""`python -m portal.serve [granian's options]`: the production server, with the portal loaded before it has processes.

The processes are forked from one that has loaded everything, so they share that memory, and one that takes another's
place answers at once: a process that loads the portal by itself spends seconds on it, while callers wait.
"""

import gc
import sys

from granian.cli import entrypoint

from portal import wsgi

OPTIONS = ("--interface", "wsgi", "--blocking-threads", "1", "--respawn-failed-workers", "--log-level", "warning")


def main() -> None:
    """Run granian with our options, those given behind them, and the portal."""
    # What was loaded stays: no collection of a child's looks through it again, nor copies its pages by doing so.
    gc.collect()
    gc.freeze()
    sys.argv[1:] = [*OPTIONS, *sys.argv[1:], f"{wsgi.__name__}:application"]
    entrypoint()


if __name__ == "__main__":
    main()
