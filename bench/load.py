"""SCIM requests from several connections at once, timed one by one."""

import http.client
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit


@dataclass
class Target:
    """A SCIM server: its base URL and a token."""

    base_url: str
    token: str

    def connect(self) -> http.client.HTTPConnection:
        """Open one connection that is kept."""
        return http.client.HTTPConnection(urlsplit(self.base_url).netloc, timeout=60)

    def call(
        self, line: http.client.HTTPConnection, method: str, path: str, body: dict[str, Any] | None = None
    ) -> tuple[int, bytes]:
        """Make one call; returns status and body."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/scim+json"}
        data = json.dumps(body) if body is not None else None
        line.request(method, urlsplit(self.base_url).path + path, data, headers)
        answer = line.getresponse()
        return answer.status, answer.read()


# What is called next: method, path, body, and the status that is right.
Call = tuple[str, str, dict[str, Any] | None, int]


@dataclass
class Figures:
    """What one operation cost."""

    seconds: list[float] = field(default_factory=list)
    errors: int = 0
    wall: float = 0.0
    server_cpu: float = 0.0

    def quantile(self, share: float) -> float:
        """Return a latency in milliseconds."""
        ordered = sorted(self.seconds)
        return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]

    def row(self) -> tuple[str, ...]:
        """Return requests a second, p50, p99, server CPU per request, and errors."""
        n = len(self.seconds)
        cpu = 1000 * self.server_cpu / n
        return (f"{n / self.wall:.0f}", f"{self.quantile(0.5):.1f}", f"{self.quantile(0.99):.1f}", f"{cpu:.2f}",
                f"{self.errors}/{n}")  # fmt: skip


def drive(target: Target, calls: list[Call], connections: int, server_cpu: Callable[[], float]) -> Figures:
    """Make the calls over so many connections; `server_cpu` tells the seconds the server has used so far."""
    figures, waiting, lock = Figures(), iter(calls), threading.Lock()

    def work() -> None:
        line = target.connect()
        while True:
            with lock:
                call = next(waiting, None)
            if call is None:
                return
            method, path, body, right = call
            began = time.perf_counter()
            status, _answer = target.call(line, method, path, body)
            took = time.perf_counter() - began
            with lock:
                figures.seconds.append(took)
                figures.errors += status != right

    before, began = server_cpu(), time.perf_counter()
    threads = [threading.Thread(target=work) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    figures.wall, figures.server_cpu = time.perf_counter() - began, server_cpu() - before
    return figures
