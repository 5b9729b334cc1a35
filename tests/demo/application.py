"""An application for the practice IdP to talk to: writes down what it is sent and answers by rule."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = tuple[int, str, str]
Rule = Callable[[str, str], Answer]

SCIM = "application/scim+json"
USER = {
    "id": "u1",
    "userName": "otto@northwind.test",
    "displayName": "Otto Brandt",
    "name": {"givenName": "Otto", "familyName": "Brandt"},
    "emails": [{"type": "work", "value": "otto@northwind.test", "primary": True}],
    "active": True,
    "meta": {"resourceType": "User"},
}


@dataclass
class Application:
    """Where it is, what it was sent, and the rule it answers by."""

    url: str
    answer: Rule
    sent: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    def take(self) -> list[dict[str, Any]]:
        """Return what came since the last time."""
        came, self.sent = self.sent, []
        return came


def obliging(method: str, path: str) -> Answer:
    """Answer as a server does that has nobody yet, and takes everything."""
    kind, one = ("g1", "/Groups/") if "/Groups" in path else ("u1", "/Users/")
    if path == "/ResourceTypes":
        return scim(200, {"Resources": [{"name": "User"}, {"name": "Group"}]})
    if path.startswith("/Users?startIndex=1&"):
        return scim(200, {"totalResults": 3, "Resources": [USER, {**USER, "id": "u2", "active": False}]})
    if path.startswith("/Users?startIndex="):
        return scim(200, {"totalResults": 3, "Resources": [{**USER, "id": "u3"}]})
    if method == "GET":
        return scim(200, USER if one in path else {"totalResults": 0, "Resources": []})
    if method == "DELETE":
        return 204, SCIM, ""
    return scim(201 if method == "POST" else 200, {"id": kind})


def scim(status: int, document: dict[str, Any]) -> Answer:
    """Write an answer as SCIM does."""
    return status, SCIM, json.dumps(document)


@contextmanager
def serving(answer: Rule = obliging) -> Iterator[Application]:
    """Serve on a free port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(length)
            said = {"send": [self.command, self.path]}
            application.sent.append(said | ({"body": json.loads(body)} if body else {}))
            application.headers.append(dict(self.headers))
            status, media, text = application.answer(self.command, self.path)
            self.send_response(status)
            self.send_header("Location" if status == 302 else "Content-Type", media)
            self.send_header("Content-Length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        do_POST = do_PUT = do_PATCH = do_DELETE = do_GET

        def log_message(self, format: str, *args: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    application = Application(f"http://127.0.0.1:{server.server_port}", answer)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield application
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
