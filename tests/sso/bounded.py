"""Reads hostile messages in a process of its own, so that each pays for itself: `python -m tests.sso.bounded FILE`.

FILE holds pickled jobs. Memory is capped at what the process has after one good message, and 50 MiB more: whoever asks
for more gets a MemoryError, and with it another reason than the expected one.
"""

import pickle
import resource
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import django

MIB = 1024 * 1024
MORE = 50 * MIB


def main(jobs: Path) -> None:
    """Read every job's message and print the reasons that differ, the slowest one and its CPU seconds."""
    django.setup()
    from sso import logout, saml  # models want a Django that is set up
    from sso.errors import NotGenuine

    readers = {"response": saml.read, "logout": logout.from_query}
    good, hostile = pickle.loads(jobs.read_bytes())  # our own test wrote it
    for reader, trust, message, at, _code in good:
        readers[reader](trust, message, at)
    now = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (now + MORE, now + MORE))
    slowest, wrong = (0.0, ""), []
    for reader, trust, message, at, code in hostile:
        begun = time.process_time()
        found = refusal(readers[reader], NotGenuine, trust, message, at)
        slowest = max(slowest, (time.process_time() - begun, code))
        wrong += [] if found == code else [f"{code}: {found}"]
    print(f"{slowest[0]:.3f} {slowest[1]}")
    print("\n".join(wrong))


def refusal(read: Any, refused: type[Exception], trust: Any, message: str, at: datetime) -> str:
    """The code a message is refused with."""
    try:
        read(trust, message, at)
    except refused as reason:
        return str(getattr(reason, "code", ""))
    except Exception as error:
        return type(error).__name__
    return "believed"


if __name__ == "__main__":
    main(Path(sys.argv[1]))
