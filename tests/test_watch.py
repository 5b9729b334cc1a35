"""Every request has an id, its log lines carry it, and no line holds a secret, an address or a link."""

import json
import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client

from portal import logs
from portal.teams import trace
from portal.teams.models import Team
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture, settings: Any) -> Iterator[Any]:
    """What the log holds, as the JSON objects that it writes."""
    settings.LOG_REQUESTS = True
    caplog.handler.setFormatter(logs.JsonLine())
    caplog.set_level(logging.INFO)
    yield lambda: [json.loads(line) for line in caplog.text.splitlines()]
    trace.begin("")


def line(message: str, **extra: Any) -> dict[str, Any]:
    """Write one line as JSON and read it."""
    record = logging.makeLogRecord({"msg": message, "levelname": "INFO", "name": "seatgate", **extra})
    read: dict[str, Any] = json.loads(logs.JsonLine().format(record))
    return read


def test_an_answer_names_its_request() -> None:
    first, second = Client().get("/healthz"), Client().get("/sign-in/")

    assert re.fullmatch(r"[0-9a-f]{32}", first["X-Request-ID"])
    assert first["X-Request-ID"] != second["X-Request-ID"]


@pytest.mark.parametrize(
    ("proxies", "given", "kept"),
    [
        (["127.0.0.1"], "from-the-proxy-1", True),
        (["127.0.0.1"], "evil\nline", False),
        ([], "from-a-stranger-1", False),
    ],
)
def test_only_a_proxys_id_is_taken_over(proxies: list[str], given: str, kept: bool, settings: Any) -> None:
    settings.TRUSTED_PROXIES = proxies

    answer = Client(headers={"X-Request-ID": given}).get("/healthz")

    assert (answer["X-Request-ID"] == given) is kept


def test_a_line_tells_route_status_team_and_door_but_not_who(acme: Team, lines: Any) -> None:
    browser = make.sign_in(Client(), "olga@acme.test")

    answer = browser.get("/members/?q=mia@acme.test")

    told = [found for found in lines() if found["logger"] == "seatgate.request"][-1]
    assert told["request_id"] == answer["X-Request-ID"]
    assert (told["message"], told["status"], told["team"]) == ("GET /members/", 200, "acme")
    assert told["door"]
    assert "mia" not in json.dumps(told)


def test_the_lines_of_one_request_say_nothing_of_the_next(acme: Team, lines: Any) -> None:
    make.sign_in(Client(), "olga@acme.test").get("/members/")

    Client().get("/healthz")

    assert "team" not in [found for found in lines() if found["logger"] == "seatgate.request"][-1]


@pytest.mark.parametrize(
    "text",
    [
        "mail to olga.o'neil+x@acme.test failed",
        "Internal Server Error: /sign-in/link/s3cr3tt0ken/",
        "Internal Server Error: /setup/open/s3cr3tt0ken/",
        "Authorization: Bearer s3cr3tt0ken",
        "token sgs_s3cr3tt0kens3cr3tt0ken",
        "secret whsec_s3cr3tt0ken",
        "key jca_s3cr3tt0ken",
        "postgres://seatgate:s3cr3tt0ken@db.acme.test:5432/seatgate",
    ],
)
def test_secrets_and_addresses_are_scrubbed(text: str) -> None:
    error = ValueError(text)

    told = json.dumps(line(text, exc_info=(ValueError, error, None)))

    assert "s3cr3tt0ken" not in told
    assert "olga" not in told


def test_a_json_line_is_one_line_and_takes_only_plain_extras() -> None:
    told = line("two\nlines", status=200, request=object())

    assert (told["message"], told["status"]) == ("two\nlines", 200)
    assert "request" not in told


def test_a_plain_line_carries_the_id() -> None:
    trace.begin("abc")
    try:
        text = logs.Line().format(logging.makeLogRecord({"msg": "hello", "levelname": "INFO", "name": "seatgate"}))
    finally:
        trace.begin("")

    assert text.endswith("INFO seatgate hello request_id=abc")


# ── What nothing else answered for ───────────────────────────────────────────────────────────────────────────────────
def raising(error: Exception) -> Any:
    """Stand in for something below that fails."""

    def fail(*_args: Any, **_kwargs: Any) -> None:
        raise error

    return fail


def test_a_database_that_is_busy_is_503_with_the_reference_of_the_log(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.teams.access.reach", raising(OperationalError("lock timeout")))

    answer = Client(raise_request_exception=False).get("/")

    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert answer["X-Request-ID"] in answer.content.decode()
    assert "lock timeout" not in answer.content.decode()


def refusals(team: Team, client: Client) -> dict[str, Any]:
    """Each page that says no to somebody in a team, by what was wrong."""
    forged = Client(enforce_csrf_checks=True)
    forged.cookies = client.cookies
    return {
        "no such page": client.get("/no-such-page/"),
        "not allowed": client.get("/members/"),
        "another team": client.post("/settings/profile/sign-ins/end-others/", {"team": "another"}),
        "a form too old": forged.post("/settings/profile/sign-ins/end-others/", {"team": str(team.pk)}),
    }


def test_every_page_that_says_no_shows_the_number_that_the_log_has(acme: Team, browser: Client, lines: Any) -> None:
    make.sign_in(browser, "mia@acme.test")

    answers = refusals(acme, browser)

    assert {what: answer.status_code for what, answer in answers.items()} == {
        "no such page": 404, "not allowed": 403, "another team": 409, "a form too old": 403,
    }  # fmt: skip
    logged = {each["request_id"]: each["status"] for each in lines() if "status" in each}
    for answer in answers.values():
        shown = re.findall('<code id="reference"[^>]*>([^<]+)</code>', answer.content.decode())
        assert [logged[each] for each in shown] == [answer.status_code]


def test_a_fault_of_ours_is_500_with_the_reference_of_the_log(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.teams.access.reach", raising(ZeroDivisionError("inner text")))

    answer = Client(raise_request_exception=False).get("/")

    assert answer.status_code == 500
    assert answer["X-Request-ID"] in answer.content.decode()
    assert "inner text" not in answer.content.decode()


def test_the_api_answers_with_a_problem_document(monkeypatch: pytest.MonkeyPatch, rf: Any) -> None:
    from portal.pages import errors

    try:
        raise OperationalError("away")
    except OperationalError:
        answer = errors.failed(rf.get("/api/v1/members"))

    assert (answer.status_code, answer["Content-Type"], answer["Retry-After"]) == (
        503, "application/problem+json", "5",
    )  # fmt: skip
