"""Where we may go: which URLs and which addresses of the internet, judged before any socket is opened.

Somebody else's URL must never make us call ourselves, our neighbours or the cloud's metadata service (SSRF). What the
operator names in OUTBOUND_ALLOW is open all the same: host names, and addresses or networks of an intranet.
"""

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urlsplit

import idna
from django.conf import settings
from django.utils.translation import gettext as _

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
LONGEST_URL: Final = 2048

# Addresses of IPv6 that carry one of IPv4: a translator leads there, so the inner one is judged.
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
_COMPATIBLE: Final = ipaddress.IPv6Network("::/96")
# Public by their number, and still not the world's: Azure's and Oracle's host services, 6to4's former relays, Teredo.
_NEVER: Final = tuple(
    ipaddress.ip_network(each)
    for each in ("168.63.129.16/32", "192.0.0.0/24", "192.88.99.0/24", "64:ff9b:1::/48", "2001::/23")
)
_NUMBER: Final = re.compile(r"(0x[0-9a-f]*|[0-9]+)", re.IGNORECASE)
_NAME: Final = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*", re.I)


class NotAllowed(ValueError):
    """A URL or an address we do not go to; the sentence says why."""


@dataclass(frozen=True)
class Place:
    """A URL taken apart: what to resolve, what to connect to, what to ask for."""

    secure: bool
    host: str
    port: int
    target: str

    @property
    def named(self) -> str:
        """Return the value of the Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.secure else 80) else f"{host}:{self.port}"


def read(url: str) -> Place:
    """Take a URL apart; NotAllowed for what we could not mean."""
    if len(url) > LONGEST_URL or not url.isprintable() or re.search(r"[\s\\]", url):
        raise NotAllowed(_("This is no address we can read. Copy it again, from https:// to the end."))
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise NotAllowed(_("This is no address we can read. Copy it again, from https:// to the end.")) from None
    if parts.scheme not in {"https", "http"} or not host:
        raise NotAllowed(_("The address must start with https://."))
    if parts.username is not None or parts.password is not None:
        raise NotAllowed(_("The address holds a user name. Give it without one."))
    secure = parts.scheme == "https"
    if port == 0:
        raise NotAllowed(_("This is no address we can read. Copy it again, from https:// to the end."))
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
    query = f"?{quote(parts.query, safe='/%:@!$&()*+,;=~-._?[]')}" if parts.query else ""
    return Place(secure, _host(host), port or (443 if secure else 80), path + query)


def _host(host: str) -> str:
    try:
        return ipaddress.ip_address(host.partition("%")[0] if ":" in host else host).compressed
    except ValueError:
        pass
    # 2130706433, 0x7f.1 and 0177.0.0.1 are read as addresses by some, as names by others: nobody means them well.
    if _NUMBER.fullmatch(host.rstrip(".").rpartition(".")[2]):
        raise NotAllowed(_("The address is written as a number. Give the name of the host."))
    try:
        # IDNA 2008: Python's own codec makes straße.de and strasse.de one, which are two hosts.
        name = host.rstrip(".") if host.isascii() else idna.encode(host.rstrip("."), uts46=True).decode()
    except idna.IDNAError:
        name = ""
    if not _NAME.fullmatch(name) or len(name) > 253:
        raise NotAllowed(_("The host in this address has no name we can look up."))
    return name.lower()


def require_open(place: Place, addresses: Iterable[str]) -> list[Address]:
    """Return the addresses a host's name leads to, if every one of them may be gone to; else NotAllowed."""
    found = [ipaddress.ip_address(each) for each in dict.fromkeys(addresses)]
    if not found:
        raise NotAllowed(_("The host {host} was not found. Check the address.").format(host=place.host))
    local = settings.DEMO and all(_inner(each).is_loopback for each in found)
    if not place.secure and not local:
        raise NotAllowed(_("The address must start with https://."))
    if local or _host_allowed(place.host) or all(_public(each) or _network_allowed(each) for each in found):
        return found
    # Not which address it was: an answer that tells ours apart from others maps our network.
    words = _("The host {host} leads to an address inside a private network, where we do not go.")
    raise NotAllowed(words.format(host=place.host) + " " + _("An operator can allow it (OUTBOUND_ALLOW)."))


def _public(address: Address) -> bool:
    inner = _inner(address)
    if any(each in network for each in (address, inner) for network in _NEVER if network.version == each.version):
        return False
    site_local = isinstance(inner, ipaddress.IPv6Address) and inner.is_site_local
    return inner.is_global and not (inner.is_multicast or inner.is_reserved or inner.is_unspecified or site_local)


def _inner(address: Address) -> Address:
    if isinstance(address, ipaddress.IPv4Address):
        return address
    carried = address.ipv4_mapped or address.sixtofour
    if carried is None and (address in _NAT64 or address in _COMPATIBLE):
        carried = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    # ::1 and :: are what they are, not 0.0.0.1.
    return address if carried is None or address.is_loopback or address.is_unspecified else carried


def _host_allowed(host: str) -> bool:
    return host in {each.lower() for each in settings.OUTBOUND_ALLOW}


def _network_allowed(address: Address) -> bool:
    for each in settings.OUTBOUND_ALLOW:
        try:
            network = ipaddress.ip_network(each, strict=False)
        except ValueError:
            continue  # A host name, which is asked elsewhere.
        if address.version == network.version and address in network:
            return True
    return False
