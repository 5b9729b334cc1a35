"""A mail server on loopback that takes letters as RFC 5321 says, and holds them up when told to."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy


class PostOffice(socketserver.ThreadingTCPServer):
    """What it took in: recipients in `taken`, words in `texts`; while `open` is not set nobody gets an answer."""

    daemon_threads = True

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.texts: list[str] = []
        self.begun, self.open = threading.Event(), threading.Event()
        self.open.set()
        super().__init__(("127.0.0.1", 0), _Talk)

    @property
    def url(self) -> str:
        """The EMAIL_URL that leads here."""
        return f"smtp://127.0.0.1:{self.server_address[1]}"


class _Talk(socketserver.StreamRequestHandler):
    server: PostOffice

    def handle(self) -> None:
        self.say(b"220 ready")
        while line := self.rfile.readline():
            verb = line[:4].upper()
            if verb == b"DATA":
                self.take()
            elif verb == b"QUIT":
                self.say(b"221 bye")
                return
            else:
                self.say(b"250 ok")

    def take(self) -> None:
        self.say(b"354 go on")
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line)
        self.server.begun.set()
        if self.server.open.wait(30) and line:
            letter = message_from_bytes(b"".join(lines), policy=policy.default)
            text = letter.get_body(("plain",))
            self.server.texts.append(text.get_content().replace("\r\n", "\n") if text else "")
            self.server.taken.append(str(letter["To"]))
            self.say(b"250 taken")

    def say(self, line: bytes) -> None:
        self.wfile.write(line + b"\r\n")


@contextmanager
def post_office() -> Iterator[PostOffice]:
    """Open a mail server for a while."""
    with PostOffice() as office:
        thread = threading.Thread(target=office.serve_forever, daemon=True)
        thread.start()
        try:
            yield office
        finally:
            office.open.set()
            office.shutdown()
            thread.join()
