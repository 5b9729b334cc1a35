"""A JumpCloud on this machine: the practice directory's own API behind a real socket, with what was asked of it."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from portal.demo.directory_api import Directory, Reply, User, UserGroup, made_id

KEY = "jca_practice_0123456789abcdef"


@dataclass
class JumpCloud(Directory):
    """The directory, where it is, and how it behaves."""

    url: str = ""
    # Each path with its query, in the order in which they came.
    asked: list[str] = field(default_factory=list)
    slow: float = 0.0
    # Answers in the place of the directory's own, by how often something was asked.
    instead: Callable[[str], Reply | None] = lambda _path: None
    # At most so many requests were in flight at once.
    at_once: int = 0
    most_at_once: int = 0

    def join(self, group: str, *names: str) -> None:
        """Put people in a group, making each who is new."""
        found = next((each for each in self.groups if each.name == group), None)
        if found is None:
            found = UserGroup(group)
            self.groups.append(found)
        for name in names:
            user = User(name, f"{name}@acme.test", name.title(), "Person", f"{name.title()} Person")
            self.users.setdefault(user.id, user)
            found.users.append(user.id)

    def part(self, group: str, *names: str) -> None:
        """Take people out of a group."""
        found = next(each for each in self.groups if each.name == group)
        gone = {made_id(name) for name in names}
        found.users = [each for each in found.users if each not in gone]

    def user(self, name: str) -> User:
        """Somebody by their username."""
        return self.users[made_id(name)]

    def take(self, target: str, headers: dict[str, str]) -> Reply:
        """Answer one request, and note it."""
        parts = urlsplit(target)
        self.asked.append(target)
        time.sleep(self.slow)
        return self.instead(parts.path) or self.answer(parts.path, dict(parse_qsl(parts.query)), headers)


@contextmanager
def listening() -> Iterator[JumpCloud]:
    """Serve a fresh directory until the end of the block."""
    directory = JumpCloud(KEY)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            directory.at_once += 1
            directory.most_at_once = max(directory.most_at_once, directory.at_once)
            reply = directory.take(self.path, {name.lower(): value for name, value in self.headers.items()})
            directory.at_once -= 1
            body = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        directory.url = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield directory
        finally:
            server.shutdown()
