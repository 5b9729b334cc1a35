"""A real receiver on this machine: HTTPS, verifies each message by the library, and fails when it is told to."""

import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from standardwebhooks import Webhook, WebhookVerificationError

from tests.outbound.tls import make_certificate

HOST = "hooks.example.com"
# What to answer: a status, and headers.
Answer = tuple[int, dict[str, str]]


@dataclass
class Got:
    """One message as it came in."""

    path: str
    id: str
    # How many of the receiver's secrets found their signature.
    verified: int
    message: dict[str, Any]
    headers: dict[str, str]

    @property
    def number(self) -> int:
        """The event's number in its team."""
        return int(self.message["data"]["number"])


@dataclass
class Receiver:
    """What came in, and what to answer next."""

    host: str = HOST
    port: int = 0
    pem: Path | None = None
    secrets: list[str] = field(default_factory=list)
    got: list[Got] = field(default_factory=list)
    # Answers to come, by path; an empty list is 204 for ever.
    answers: dict[str, list[Answer]] = field(default_factory=dict)
    slow: dict[str, float] = field(default_factory=dict)
    echo: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    def url(self, path: str = "/in") -> str:
        """Where to send to."""
        return f"http{'s' if self.pem else ''}://{self.host}:{self.port}{path}"

    def fails(self, *statuses: int, path: str = "/in", **headers: str) -> None:
        """Answer these statuses next."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers[path] = [(status, named) for status in statuses]

    def kinds(self) -> list[str]:
        """The types of what came in."""
        return [got.message["type"] for got in self.got]

    def verifies(self, body: bytes, headers: dict[str, str]) -> int:
        """Count the secrets by which a message verifies."""
        count = 0
        for secret in self.secrets:
            try:
                Webhook(secret).verify(body, headers)
                count += 1
            except WebhookVerificationError:
                continue
        return count

    def take(self, path: str, body: bytes, headers: dict[str, str]) -> Answer:
        """Note a message and say what to answer."""
        got = Got(path, headers["webhook-id"], self.verifies(body, headers), json.loads(body), headers)
        with self.lock:
            self.got.append(got)
            todo = self.answers.get(path, [])
            answer = todo.pop(0) if todo else (204, {})
        time.sleep(self.slow.get(path, 0.0))
        return answer


def _handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, said = receiver.take(self.path, body, headers)
            text = headers["webhook-signature"].encode() + b"\x00" + body if receiver.echo else b""
            self.send_response(status)
            for name, value in {**said, "Content-Length": str(len(text))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    return Handler


class Quiet(ThreadingHTTPServer):
    """Says nothing of callers that hang up."""

    daemon_threads = True

    def handle_error(self, *_: Any) -> None:
        """Let them go."""


@contextmanager
def listening(folder: Path | None, host: str = HOST) -> Iterator[Receiver]:
    """Start a receiver with a certificate of its own, or without a folder for one, a plain one for the demo."""
    receiver = Receiver(host, pem=make_certificate(folder, host) if folder else None)
    server = Quiet(("127.0.0.1", 0), _handler(receiver))
    if receiver.pem:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(receiver.pem)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    receiver.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()


def until(true: Callable[[], bool], seconds: float = 20.0) -> None:
    """Wait until something is so."""
    give_up = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < give_up, "it did not come to pass"
        time.sleep(0.02)
