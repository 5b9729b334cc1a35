"""`python -m portal.serve [granian's options]`: the production server, with the portal loaded before it has processes.

The processes are forked from one that has loaded everything, so they share that memory, and one that takes another's
place answers at once: a process that loads the portal by itself spends seconds on it, while callers wait.
"""

import gc
import sys

from django.template.loader import get_template
from granian.cli import entrypoint

from portal import wsgi
from portal.settings import BASE_DIR

OPTIONS = ("--interface", "wsgi", "--blocking-threads", "1", "--respawn-failed-workers", "--log-level", "warning")


def main() -> None:
    """Run granian with our options, those given behind them, and the portal."""
    # Half a second here, or 5 to 50 ms more at the first showing of each page in each process.
    templates = BASE_DIR / "templates"
    for file in (*templates.rglob("*.html"), *templates.rglob("*.txt")):
        get_template(str(file.relative_to(templates)))
    # What was loaded stays: no collection of a child's looks through it again, nor copies its pages by doing so.
    gc.collect()
    gc.freeze()
    sys.argv[1:] = [*OPTIONS, *sys.argv[1:], f"{wsgi.__name__}:application"]
    entrypoint()


if __name__ == "__main__":
    main()
