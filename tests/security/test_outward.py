"""Only the guarded way out opens a connection: nothing else of ours can be made to call somebody's address."""

import pytest

from tests import blueprint
from tests.blueprint import Source

CALLERS = {
    "socket", "http.client", "urllib.request", "urllib3", "requests", "httpx", "aiohttp", "ftplib", "smtplib", "dns",
    "asyncio", "xmlrpc.client", "telnetlib", "onelogin.saml2.idp_metadata_parser",
}  # fmt: skip
# The way out itself, the name of this machine, a domain's DNS record; the practice IdP talks to this machine alone.
OPEN = ("portal/outbound/http.py", "portal/outbound/heartbeat.py", "portal/outbound/records.py", "portal/demo/")


def callers(source: Source) -> list[str]:
    """Name what a file imports that could open a connection."""
    if source.path.startswith(OPEN):
        return []
    return sorted({
        module for module, taken in source.imports()
        for each in CALLERS
        if module == each or module.startswith(f"{each}.") or each in {f"{module}.{name}" for name in taken}
    })  # fmt: skip


def test_only_the_guarded_way_out_opens_a_connection() -> None:
    found = {source.path: callers(source) for source in blueprint.read()}

    assert len(found) > 300
    assert {path: modules for path, modules in found.items() if modules} == {}


@pytest.mark.parametrize(
    "line", ["import socket", "from urllib.request import urlopen", "from urllib import request", "import requests"]
)
def test_a_file_that_calls_out_is_seen(line: str) -> None:
    assert callers(Source("sso/login.py", line)) != []
