"""One at a time: a page that asks somebody else's server holds a web process while it waits, and never more than one.

Two servers that answer nothing would else hold both processes of a small machine, and with them everybody's sign-in.
The worker has threads of its own and takes no turn.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.cache import cache
from django.utils.translation import gettext as _

from portal.outbound.http import Unreached

# Longer than any one call may take (`http.SECONDS`), for the turn of a process that died.
LONGEST_SECONDS = 15
KEY = "outbound:turn"


class Busy(Unreached):
    """Another page waits for a server just now."""


@contextmanager
def taken() -> Iterator[None]:
    """Hold the installation's one turn; Busy where another page has it."""
    if not cache.add(KEY, "", LONGEST_SECONDS):
        raise Busy(_("Somebody else’s address is being read just now. Press the button again in a few seconds."))
    try:
        yield
    finally:
        cache.delete(KEY)
