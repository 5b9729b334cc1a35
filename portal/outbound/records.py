"""DNS: what TXT records a name has, asked of the configured servers or the machine's own (R15)."""

import dns.exception
import dns.resolver
from django.conf import settings

SECONDS = 5.0


def holds(name: str, value: str) -> bool | None:
    """Say whether a TXT record of this name holds the value; None where no server could tell."""
    try:
        answer = _resolver().resolve(name, "TXT", search=False)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return False
    except (dns.exception.DNSException, OSError):
        return None
    # A record longer than 255 bytes comes in pieces; some panels keep the quotes that were typed.
    texts = (b"".join(record.strings).decode("utf-8", "replace") for record in answer)
    return any(text.strip().strip('"').strip() == value for text in texts)


def _resolver() -> dns.resolver.Resolver:
    resolver = dns.resolver.Resolver(configure=not settings.DNS_RESOLVERS)
    if settings.DNS_RESOLVERS:
        servers = [_server(each) for each in settings.DNS_RESOLVERS]
        resolver.nameservers = [dns.nameserver.Do53Nameserver(*server) for server in servers]
    resolver.lifetime = SECONDS
    return resolver


def _server(text: str) -> tuple[str, int]:
    """Read 10.0.0.2, 10.0.0.2:5353, ::1 or [::1]:5353."""
    if text.startswith("["):
        host, _, port = text[1:].partition("]")
        return host, int(port.lstrip(":") or 53)
    host, colon, port = text.partition(":")
    return (text, 53) if ":" in port or not colon else (host, int(port))
