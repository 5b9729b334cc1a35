"""The processes of a server at work."""

import psutil

from tests.servers import Portal


def workers(portal: Portal) -> list[psutil.Process]:
    """The server's processes that answer."""
    return [each for each in psutil.Process(portal.process.pid).children() if "resource_tracker" not in _words(each)]


def _words(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.NoSuchProcess:
        return "resource_tracker"
