"""The guarded way out: one request to one address that was judged, within seconds, of bounded size, no redirects.

    Unreached
    ├── Refused       the URL or its address is none we go to (`address`)
    ├── NotFound      no such host
    ├── Broken        no connection, no trust in its certificate, or an answer nobody can read
    ├── TooSlow       not done within the time
    └── TooLarge      more than the limit was sent

The name is resolved once, every address it leads to is judged, and the connection goes to such an address, with the
name in TLS (SNI, certificate) and in Host: between judging and connecting nothing is looked up again (DNS rebinding).
Proxies of the environment are not used: they would resolve the name for themselves.
"""

import http.client
import queue
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final

from django.utils.translation import gettext as _

from portal.outbound import address
from portal.outbound.address import Place

SECONDS: Final = 10.0
LARGEST: Final = 1024 * 1024
AGENT: Final = "Seatgate"


class Unreached(Exception):
    """No answer that could be used; the sentence says why."""


class Refused(Unreached):
    """The URL or its address is none we go to."""


class NotFound(Unreached):
    """No such host."""


class Broken(Unreached):
    """No connection, no trust in its certificate, or an answer nobody can read."""


class TooSlow(Unreached):
    """Not done within the time."""


class TooLarge(Unreached):
    """More than the limit was sent."""


@dataclass(frozen=True)
class Answer:
    """What came back: any status, redirects included, which are not followed."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def look_up(host: str, port: int) -> list[str]:
    """Return every address of a host, as the operating system finds them."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(each[4][0]).partition("%")[0] for each in found]


def trust() -> ssl.SSLContext:
    """Return what TLS is judged by: the system's authorities and the name."""
    return ssl.create_default_context()


def judge(url: str, seconds: float = SECONDS) -> None:
    """Look up whether we would go to a URL, without going there; Unreached with a sentence where not."""
    _judged(url, time.monotonic() + seconds)


def _judged(url: str, until: float) -> tuple[Place, list[str]]:
    try:
        place = address.read(url)
        return place, [str(each) for each in address.require_open(place, _resolved(place, until))]
    except address.NotAllowed as refusal:
        raise Refused(str(refusal)) from None


def send(
    method: str, url: str, body: bytes = b"", headers: Mapping[str, str] | None = None, *,
    seconds: float = SECONDS, limit: int = LARGEST, whole: bool = True,
) -> Answer:  # fmt: skip
    """Send one request and return its answer, whatever its status; Unreached where there is none.

    Where not the `whole` of it is wanted, a longer answer is cut at the limit instead of refused.
    """
    until = time.monotonic() + seconds
    place, addresses = _judged(url, until)
    said = {"User-Agent": AGENT, "Accept-Encoding": "identity", **(headers or {}), "Connection": "close"}
    with _Line(place, until) as line:
        line.open(addresses)
        answer = line.ask(method, body, said, limit)
    if whole and len(answer.body) > limit:
        raise TooLarge(_("{host} sent more than we take.").format(host=place.host))
    return replace(answer, body=answer.body[:limit])


def fetch(url: str, *, accept: str = "*/*") -> bytes:
    """Return what stands at a URL; Unreached with a sentence for anything but 200 and a body of bounded size."""
    answer = send("GET", url, headers={"Accept": accept})
    if 300 <= answer.status < 400:
        words = _("The address leads on to another one ({where}). Give that one.")
        raise Broken(words.format(where=answer.headers.get("location", "?")[:200]))
    if answer.status != 200:
        raise Broken(_("The address answered {status} instead of 200.").format(status=answer.status))
    return answer.body


def _resolved(place: Place, until: float) -> list[str]:
    # A thread of its own, because the operating system's look-up takes as long as it likes.
    found: queue.SimpleQueue[list[str] | OSError | UnicodeError] = queue.SimpleQueue()

    def work() -> None:
        try:
            found.put(look_up(place.host, place.port))
        except (OSError, UnicodeError) as error:
            found.put(error)

    threading.Thread(target=work, daemon=True).start()
    try:
        answer = found.get(timeout=max(0.0, until - time.monotonic()))
    except queue.Empty:
        raise TooSlow(_too_slow(place)) from None
    if isinstance(answer, list):
        return answer
    raise NotFound(_("The host {host} was not found. Check the address.").format(host=place.host)) from answer


def _too_slow(place: Place) -> str:
    return _("{host} did not answer in time.").format(host=place.host)


class _Line:
    """A connection that ends by itself when the time is up: a server that drips a byte a second holds nobody."""

    def __init__(self, place: Place, until: float) -> None:
        self.place, self.until = place, until
        self.socket: socket.socket | None = None
        self.late = False
        self.clock = threading.Timer(max(0.0, until - time.monotonic()), self._cut)
        self.clock.daemon = True

    def __enter__(self) -> "_Line":
        self.clock.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.clock.cancel()
        if self.socket is not None:
            self.socket.close()

    def _cut(self) -> None:
        self.late = True
        if self.socket is not None:
            with suppress(OSError):
                self.socket.shutdown(socket.SHUT_RDWR)

    def open(self, addresses: list[str]) -> None:
        """Connect to the first address that answers."""
        for number, each in enumerate(addresses, 1):
            left = self.until - time.monotonic()
            try:
                # Whoever has several addresses may have a dead one: it takes its share of the time, not all.
                self.socket = socket.create_connection(
                    (each, self.place.port), timeout=max(0.1, left / (len(addresses) - number + 1))
                )
                break
            except OSError as error:
                if self.late or number == len(addresses):
                    raise self._broken(error) from error
        if self.place.secure and self.socket is not None:
            self._secure(self.socket)

    def _secure(self, plain: socket.socket) -> None:
        plain.settimeout(max(0.1, self.until - time.monotonic()))
        try:
            wrapped = trust().wrap_socket(plain, server_hostname=self.place.host, do_handshake_on_connect=False)
            self.socket = wrapped
            wrapped.do_handshake()
        except (OSError, ValueError) as error:
            raise self._broken(error) from error

    def ask(self, method: str, body: bytes, headers: Mapping[str, str], limit: int) -> Answer:
        """Send the request and read the answer, one byte over the limit at most."""
        connection = http.client.HTTPConnection(self.place.host, self.place.port)
        connection.sock = self.socket
        if self.socket is not None:
            self.socket.settimeout(max(0.1, self.until - time.monotonic()))
        try:
            connection.putrequest(method, self.place.target, skip_host=True, skip_accept_encoding=True)
            length = {"Content-Length": str(len(body))} if body or method not in {"GET", "HEAD"} else {}
            for name, value in {"Host": self.place.named, **headers, **length}.items():
                connection.putheader(name, value)
            connection.endheaders(body or None)
            with connection.getresponse() as answer:
                read = answer.read(limit + 1)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise self._broken(error) from error
        finally:
            connection.close()
        if self.late:
            raise TooSlow(_too_slow(self.place))
        return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, read)

    def _broken(self, error: Exception) -> Unreached:
        host = self.place.host
        if self.late or isinstance(error, TimeoutError):
            return TooSlow(_too_slow(self.place))
        if isinstance(error, ssl.SSLCertVerificationError):
            words = _("The certificate of {host} is not trusted: {why}.")
            return Broken(words.format(host=host, why=error.verify_message or error.reason))
        if isinstance(error, ssl.SSLError):
            return Broken(_("{host} does not speak TLS as we do.").format(host=host))
        if isinstance(error, http.client.HTTPException | ValueError):
            return Broken(_("{host} answered something we cannot read.").format(host=host))
        return Broken(_("{host} did not let us connect.").format(host=host))
