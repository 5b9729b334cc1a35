"""The guarded way out, against a real TLS server on this machine and a resolver that leads to it."""

import ssl
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from portal.outbound import http
from tests.outbound.tls import NAME, Server, make_certificate

GOOD = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
Start = Callable[..., str]


@pytest.fixture
def pem(tmp_path: Path) -> Path:
    return make_certificate(tmp_path)


@pytest.fixture
def servers() -> Iterator[list[Server]]:
    started: list[Server] = []
    yield started
    for server in started:
        if server.listening.fileno() != -1:
            server.close()


@pytest.fixture
def start(pem: Path, servers: list[Server], settings: Any, monkeypatch: pytest.MonkeyPatch) -> Start:
    """Start a server; the name leads to it, its certificate is trusted, and the operator lets the name be called."""

    def start(answer: Any = GOOD) -> str:
        servers.append(Server(pem, answer))
        settings.OUTBOUND_ALLOW = [NAME]
        monkeypatch.setattr(http, "look_up", lambda host, port: ["127.0.0.1"])
        monkeypatch.setattr(http, "trust", lambda: ssl.create_default_context(cafile=str(pem)))
        return f"https://{NAME}:{servers[-1].port}/metadata?x=1"

    return start


def refused(url: str, **more: Any) -> str:
    with pytest.raises(http.Unreached) as error:
        http.send("GET", url, **more)
    return f"{type(error.value).__name__}: {error.value}"


def test_the_judged_address_is_called_under_its_name(start: Start, servers: list[Server]) -> None:
    body = http.fetch(start())

    assert body == b"hello"
    assert servers[0].names == [NAME]
    assert f"\r\nHost: {NAME}:{servers[0].port}\r\n".encode() in servers[0].asked[0]
    assert servers[0].asked[0].startswith(b"GET /metadata?x=1 HTTP/1.1\r\n")


def test_the_name_is_looked_up_once(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    url, asked = start(), list[str]()
    monkeypatch.setattr(http, "look_up", lambda host, port: asked.append(host) or ["127.0.0.1"])

    http.fetch(url)

    assert asked == [NAME]


def test_a_name_that_leads_home_is_not_called(start: Start, servers: list[Server], settings: Any) -> None:
    url = start()
    settings.OUTBOUND_ALLOW = []

    assert refused(url).startswith(f"Refused: The host {NAME} leads to an address inside a private network")
    assert servers[0].asked == [] and servers[0].names == []


def test_a_proxy_of_the_environment_is_not_used(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("https_proxy", "HTTPS_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")

    assert http.fetch(start()) == b"hello"


def test_a_redirect_is_not_followed(start: Start, servers: list[Server]) -> None:
    url = start(b"HTTP/1.1 302 Found\r\nLocation: https://elsewhere.example/m\r\nContent-Length: 0\r\n\r\n")

    with pytest.raises(http.Broken, match=r"leads on to another one .https://elsewhere.example/m"):
        http.fetch(url)

    assert len(servers[0].asked) == 1


def test_another_status_is_told(start: Start) -> None:
    with pytest.raises(http.Broken, match="answered 404 instead of 200"):
        http.fetch(start(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"))


def test_a_body_over_the_limit_is_not_taken(start: Start) -> None:
    endless = b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * (http.LARGEST + 10)

    assert refused(start(endless)) == f"TooLarge: {NAME} sent more than we take."


def drip(line: Any) -> None:
    for _ in range(200):
        line.sendall(b"H")
        time.sleep(0.05)


def silent(line: Any) -> None:
    time.sleep(10)


@pytest.mark.parametrize("answer", [drip, silent])
def test_a_slow_server_holds_nobody(start: Start, answer: Any) -> None:
    began = time.monotonic()

    assert refused(start(answer), seconds=0.7) == f"TooSlow: {NAME} did not answer in time."
    assert time.monotonic() - began < 5


def test_a_slow_resolver_holds_nobody(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    url = start()
    monkeypatch.setattr(http, "look_up", lambda host, port: time.sleep(10) or ["127.0.0.1"])

    assert refused(url, seconds=0.3).startswith("TooSlow")


def test_a_certificate_nobody_vouches_for_is_refused(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    url = start()
    monkeypatch.setattr(http, "trust", ssl.create_default_context)

    assert refused(url).startswith(f"Broken: The certificate of {NAME} is not trusted: self-signed certificate")


def test_a_certificate_for_another_name_is_refused(start: Start, settings: Any) -> None:
    url = start().replace(NAME, "other.example.com")
    settings.OUTBOUND_ALLOW = ["other.example.com"]

    assert "is not trusted: Hostname mismatch" in refused(url)


@pytest.mark.parametrize("answer", [b"", b"hello\r\n\r\n", b"HTTP/1.1 xyz\r\n\r\n", b"\x00" * 70_000])
def test_what_is_no_answer_is_told(start: Start, answer: bytes) -> None:
    assert refused(start(answer)).startswith("Broken: ")


def test_nobody_listening_is_told(start: Start, servers: list[Server]) -> None:
    url = start()
    servers[0].close()

    assert refused(url) == f"Broken: {NAME} did not let us connect."


def test_an_unknown_host_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere(host: str, port: int) -> list[str]:
        raise OSError

    monkeypatch.setattr(http, "look_up", nowhere)

    assert refused("https://nowhere.example/") == "NotFound: The host nowhere.example was not found. Check the address."


def test_a_body_is_sent_with_its_length_and_headers(start: Start, servers: list[Server]) -> None:
    answer = http.send("POST", start(), b'{"a":1}', {"Content-Type": "application/json"})

    assert (answer.status, answer.body, answer.headers["content-length"]) == (200, b"hello", "5")
    assert b"Content-Length: 7\r\n" in servers[0].asked[0] and servers[0].asked[0].endswith(b'{"a":1}')


def test_the_system_finds_this_machine() -> None:
    assert {"127.0.0.1", "::1"} & set(http.look_up("localhost", 443))
