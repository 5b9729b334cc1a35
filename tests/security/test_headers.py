"""What every answer of a production installation carries, whoever asks, and what its cookies are like."""

import json
import re
import subprocess
import sys
from typing import Any

import pytest

from tests import servers
from tests.test_settings import GOOD

MACHINES = ("/scim/", "/api/", "/healthz", "/readyz", "/metrics")
Answer = dict[str, Any]
# Carry no authority: what the reader prefers, and a sentence to be shown once, which is signed.
HOST = "seats.example.com"
HARMLESS_COOKIES = {"theme", "messages"}
YEAR = 365 * 24 * 3600


@pytest.fixture(scope="module")
def answers(sqlite_files: servers.SqliteFiles) -> list[Answer]:
    """Every address asked, under production settings, in a process of its own."""
    with sqlite_files.fresh() as url:
        env = servers.environment(url, **GOOD, LOG_LEVEL="CRITICAL")
        done = subprocess.run(
            [sys.executable, "-m", "tests.security.walk"],
            cwd=servers.ROOT, env=env, capture_output=True, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found: list[Answer] = json.loads(done.stdout)
    return found


def without(answers: list[Answer], name: str, pattern: str) -> list[str]:
    """Name the answers whose header does not say what it must."""
    return [
        f"{each['who']} {each['verb']} {each['path']} {each['status']}"
        for each in answers if not re.search(pattern, each["headers"].get(name, ""))
    ]  # fmt: skip


def test_every_address_was_asked_by_every_verb(answers: list[Answer]) -> None:
    assert len(answers) > 800
    assert {each["verb"] for each in answers} == {"GET", "HEAD", "POST", "OPTIONS", "TRACE"}
    assert [each["path"] for each in answers if each["status"] >= 500] == []


@pytest.mark.parametrize(
    ("name", "pattern"),
    [
        ("x-content-type-options", "^nosniff$"),
        ("referrer-policy", "^same-origin$"),
        ("cross-origin-opener-policy", "^same-origin$"),
        ("content-security-policy", "default-src 'none'"),
        ("content-security-policy", "object-src 'none'"),
        ("content-security-policy", "base-uri 'none'"),
        ("content-security-policy", "frame-ancestors 'none'"),
        ("x-request-id", "^[0-9a-f]{32}$"),
    ],
)
def test_every_answer_carries(answers: list[Answer], name: str, pattern: str) -> None:
    assert without(answers, name, pattern) == []


def test_no_policy_allows_what_is_written_into_a_page(answers: list[Answer]) -> None:
    policies = {each["headers"]["content-security-policy"] for each in answers}

    assert not re.search(
        r"unsafe|\*|https?:|data:(?!$|;)", " ".join(p.replace("img-src 'self' data:", "") for p in policies)
    )


def test_every_answer_by_https_asks_for_https_for_a_year_and_more(answers: list[Answer]) -> None:
    secure = [each for each in answers if each["who"] != "plain http"]

    assert without(secure, "strict-transport-security", "includeSubDomains") == []
    assert min(int(each["headers"]["strict-transport-security"][8:].partition(";")[0]) for each in secure) >= YEAR


def test_whoever_comes_without_https_is_led_there_and_nowhere_else(answers: list[Answer]) -> None:
    plain = [each for each in answers if each["who"] == "plain http" and not each["path"].startswith(MACHINES)]

    assert {each["status"] for each in plain} == {301}
    assert [each["headers"]["location"] for each in plain] == [f"https://{HOST}{each['path']}" for each in plain]


def test_another_host_is_refused_and_never_repeated(answers: list[Answer]) -> None:
    foreign = [each for each in answers if each["who"] == "another host" and each["path"] != "/healthz"]

    assert {each["status"] for each in foreign} == {400}
    assert not any("evil" in json.dumps([each["headers"], each["cookies"]]) for each in foreign)


def test_no_answer_but_a_file_is_kept_by_a_cache_nor_framed(answers: list[Answer]) -> None:
    pages = [
        each for each in answers
        if "/static/" not in each["path"] and each["who"] not in ("plain http", "another host")
    ]  # fmt: skip

    assert without(pages, "cache-control", "no-store") == []
    assert without(pages, "x-frame-options", "^DENY$") == []


def test_no_answer_but_the_public_document_is_for_the_scripts_of_other_sites(answers: list[Answer]) -> None:
    private = [each for each in answers if each["path"] != "/api/v1/openapi.json"]

    assert [
        each["path"] for each in private if any(name.startswith("access-control") for name in each["headers"])
    ] == []


def test_no_answer_says_what_it_was_made_by(answers: list[Answer]) -> None:
    assert {name for each in answers for name in each["headers"]} & {"server", "x-powered-by"} == set()


def test_what_is_shown_says_its_characters(answers: list[Answer]) -> None:
    shown = [each for each in answers if each["headers"].get("content-type", "").startswith("text/")]

    assert without(shown, "content-type", "charset=") == []


def test_a_verb_that_is_not_served_is_405(answers: list[Answer]) -> None:
    odd = [each for each in answers if each["verb"] in ("TRACE", "OPTIONS")]

    assert {each["status"] for each in odd} <= {401, 404, 405, 429}


def test_head_is_answered_like_get(answers: list[Answer]) -> None:
    asked = {(each["who"], each["path"], each["verb"]): each["status"] for each in answers}
    heads = {(who, path): status for (who, path, verb), status in asked.items() if verb == "HEAD"}

    assert len(heads) > 400
    # Whoever knows no token may ask only so often.
    assert {place: (status, asked[*place, "GET"]) for place, status in heads.items()
            if status != asked[*place, "GET"] and 429 not in (status, asked[*place, "GET"])} == {}  # fmt: skip


def test_a_cookie_is_bound_to_this_host_and_out_of_reach_of_scripts(answers: list[Answer]) -> None:
    cookies = [cookie for each in answers for cookie in each["cookies"] if "Max-Age=0" not in cookie]
    names = {cookie.partition("=")[0] for cookie in cookies}

    assert {"__Host-seatgate", "__Host-seatgate_csrf"} <= names
    assert all(name.startswith("__Host-") for name in names - HARMLESS_COOKIES)
    for cookie in cookies:
        parts = set(cookie.split("; ")[1:])
        assert {"HttpOnly", "Secure", "SameSite=Lax", "Path=/"} <= parts and not any("Domain" in each for each in parts)


def test_no_answer_leads_to_another_site(answers: list[Answer]) -> None:
    led = {each["headers"]["location"] for each in answers if "location" in each["headers"]}

    assert len(led) > 3
    assert [to for to in led if not to.startswith((f"https://{HOST}/", "/")) or to.startswith("//")] == []
