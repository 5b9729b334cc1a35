"""HTTP load from one process: calls over several connections that are kept, each timed, judged after the clock stopped.

One event loop and no library: what the client costs, the server on the same cores does not get.
"""

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import orjson

from bench.machine import Process

# Whatever takes longer has failed.
PATIENCE = 60.0
BODILESS = (204, 304)


@dataclass(frozen=True)
class Answer:
    """What came back: status, head and body as they came."""

    status: int
    head: bytes
    body: bytes

    def json(self) -> Any:
        """Return the body read as JSON."""
        return orjson.loads(self.body)

    def headers(self, name: str) -> list[str]:
        """Return a header's values."""
        wanted = name.lower().encode() + b":"
        lines = self.head.split(b"\r\n")[1:]
        return [line[len(wanted) :].strip().decode() for line in lines if line.lower().startswith(wanted)]


@dataclass(frozen=True)
class Call:
    """One call: the bytes to send, and what a right answer is."""

    data: bytes
    right: Callable[[Answer], bool]


class _Wire(asyncio.Protocol):
    """One TCP connection; one answer at a time is waited for."""

    def __init__(self) -> None:
        self.transport: Any = None
        self.received = bytearray()
        self.waiting: asyncio.Future[Answer] | None = None
        self.is_open = True

    def connection_made(self, transport: Any) -> None:
        """Keep the way to write."""
        self.transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """An answer that was waited for will not come."""
        self.is_open = False
        if self.waiting and not self.waiting.done():
            self.waiting.set_exception(exc or ConnectionError("closed before the answer was complete"))

    def data_received(self, data: bytes) -> None:
        """Hand an answer over once it is whole."""
        self.received += data
        end = self.received.find(b"\r\n\r\n")
        if end < 0 or self.waiting is None or self.waiting.done():
            return
        head = bytes(self.received[:end])
        answer = Answer(int(head[9:12]), head, b"")
        body = _body(answer, bytes(self.received[end + 4 :]))
        if body is None:
            return
        self.received.clear()
        if "close" in answer.headers("Connection"):
            self.is_open = False
            self.transport.close()
        self.waiting.set_result(Answer(answer.status, head, body))


def _body(answer: Answer, came: bytes) -> bytes | None:
    """Return the body once it is whole; by its length, or in pieces (RFC 9112 section 7.1)."""
    if answer.status in BODILESS:
        return b""
    if "chunked" not in answer.headers("Transfer-Encoding"):
        length = int((answer.headers("Content-Length") or ["0"])[0])
        return came if len(came) >= length else None
    if not came.endswith(b"0\r\n\r\n"):
        return None
    body = b""
    while came:
        size, _end, came = came.partition(b"\r\n")
        body, came = body + came[: int(size, 16)], came[int(size, 16) + 2 :]
    return body


class _Line:
    """A connection that is opened again where the server closed it; that then counts in the call's time."""

    def __init__(self, host: str, port: int) -> None:
        self.host, self.port = host, port
        self.wire: _Wire | None = None

    async def ask(self, data: bytes) -> Answer:
        """Send one call and wait for its answer."""
        loop = asyncio.get_running_loop()
        if self.wire is None or not self.wire.is_open:
            _transport, self.wire = await loop.create_connection(_Wire, self.host, self.port)
        self.wire.waiting = loop.create_future()
        self.wire.transport.write(data)
        return await self.wire.waiting

    def close(self) -> None:
        """End it."""
        if self.wire is not None:
            self.wire.transport.close()


@dataclass(frozen=True)
class Target:
    """An application under load: its base URL, a bearer token, and the processes whose CPU it costs."""

    base_url: str
    token: str = ""
    server: Process = field(default_factory=Process)
    database: Process = field(default_factory=Process)

    def build(self, method: str, path: str, body: Any = None, *, form: bytes = b"", cookie: str = "") -> bytes:
        """Return a call as the bytes that go over the wire."""
        parts = urlsplit(self.base_url)
        kind, data = ("application/x-www-form-urlencoded", form) if form else ("application/scim+json", b"")
        data = data or (orjson.dumps(body) if body is not None else b"")
        lines = [f"{method} {parts.path}{path} HTTP/1.1", f"Host: {parts.netloc}", "Accept: application/scim+json"]
        lines += [f"Authorization: Bearer {self.token}"] if self.token else []
        lines += [f"Cookie: {cookie}"] if cookie else []
        lines += [f"Content-Type: {kind}", f"Content-Length: {len(data)}"] if data else []
        return "\r\n".join([*lines, "", ""]).encode() + data


@dataclass
class Run:
    """What some calls cost, and what was answered, in the order of the calls."""

    seconds: list[float] = field(default_factory=list)
    answers: list[Answer | None] = field(default_factory=list)
    errors: int = 0
    first_error: str = ""
    wall: float = 0.0
    server_cpu: float = 0.0
    database_cpu: float = 0.0

    def quantile(self, share: float) -> float:
        """Return a latency in milliseconds."""
        ordered = sorted(self.seconds)
        return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]

    @property
    def rate(self) -> float:
        """Calls a second."""
        return len(self.seconds) / self.wall

    @property
    def cpu(self) -> float:
        """The server's CPU milliseconds a call."""
        return 1000 * self.server_cpu / len(self.seconds)

    @property
    def database(self) -> float:
        """The database's CPU milliseconds a call."""
        return 1000 * self.database_cpu / len(self.seconds)


def drive(target: Target, calls: Iterable[Call], connections: int = 8) -> Run:
    """Make the calls over so many connections; a wrong answer is an error, and so is none."""
    made = list(calls)
    run = Run(seconds=[0.0] * len(made), answers=[None] * len(made))
    servers = target.server, target.database
    before, began = [one.cpu() for one in servers], time.perf_counter()
    asyncio.run(_drive(target, made, run, connections))
    run.wall = time.perf_counter() - began
    run.server_cpu, run.database_cpu = (one.cpu() - then for one, then in zip(servers, before, strict=True))
    for call, answer in zip(made, run.answers, strict=True):
        if answer is None or not call.right(answer):
            run.errors += 1
            run.first_error = run.first_error or (f"{answer.status} {answer.body[:300]!r}" if answer else "no answer")
    return run


async def _drive(target: Target, calls: list[Call], run: Run, connections: int) -> None:
    waiting = iter(enumerate(calls))
    await asyncio.gather(*(_work(target, waiting, run) for _ in range(connections)))


async def _work(target: Target, waiting: Iterator[tuple[int, Call]], run: Run) -> None:
    parts = urlsplit(target.base_url)
    line = _Line("127.0.0.1", parts.port or 80)
    for place, call in waiting:
        began = time.perf_counter()
        try:
            run.answers[place] = await asyncio.wait_for(line.ask(call.data), PATIENCE)
        except (OSError, TimeoutError) as error:
            run.first_error = run.first_error or repr(error)
            line.wire = None
        run.seconds[place] = time.perf_counter() - began
    line.close()
