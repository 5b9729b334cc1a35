"""The directories that people can be imported from: a further one is its file in `portal/outbound` and a line here."""

from collections.abc import Callable

from portal.outbound import jumpcloud
from portal.outbound.directory import Access, Directory, Provider

PROVIDERS: dict[str, Provider] = {each.name: each for each in (jumpcloud.PROVIDER,)}


def opened(provider: str, access: Access, pause: Callable[[int], None]) -> Directory:
    """Open a directory with its key."""
    return PROVIDERS[provider].open(access, pause)
