"""Limits shared by several processes through a real Redis, and what holds where it is away."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import redis

from portal import shared
from portal.throttle import Throttle
from sso.views import throttle as sign_ins
from tests import servers
from tests.scim.idp import BASE, person
from tests.scim.wire import team

PROGRAM = shutil.which("redis-server")
pytestmark = pytest.mark.skipif(
    PROGRAM is None and os.environ.get("CI") != "true", reason="no redis-server here: apt-get install redis-server"
)


@contextmanager
def running(port: int) -> Iterator[str]:
    """A Redis of one's own that keeps nothing."""
    assert PROGRAM, "CI needs redis-server: .ci/run installs it"
    process = subprocess.Popen(
        [PROGRAM, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    url = f"redis://127.0.0.1:{port}/0"
    try:
        give_up = time.monotonic() + 10
        while time.monotonic() < give_up:
            with suppress(redis.RedisError):
                redis.Redis.from_url(url).ping()
                break
            time.sleep(0.05)
        yield url
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def together(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """This process's limits in a Redis."""
    with running(servers.free_port()) as url:
        backend = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": url}
        settings.CACHES = {"default": backend}
        monkeypatch.setattr(shared, "_down_until", 0.0)
        yield url


def passed(throttle: Throttle, calls: int, key: str = "acme") -> int:
    """How many of so many calls pass."""
    return sum(throttle.wait(key) == 0 for _ in range(calls))


def test_two_processes_count_as_one(together: str) -> None:
    one, other = Throttle(rate=0.01, burst=10, name="x"), Throttle(rate=0.01, burst=10, name="x")

    assert (passed(one, 7), passed(other, 7)) == (7, 3)


def test_sign_ins_of_one_address_are_counted_together(together: str) -> None:
    name = sign_ins.name
    one, other = Throttle(rate=0.01, burst=10, name=name), Throttle(rate=0.01, burst=10, name=name)

    assert passed(one, 7, "192.0.2.1") + passed(other, 7, "192.0.2.1") == 10


def test_names_and_keys_are_limited_apart(together: str) -> None:
    one, other = Throttle(rate=0.01, burst=3, name="x"), Throttle(rate=0.01, burst=3, name="y")

    assert [passed(one, 5), passed(one, 5, "globex"), passed(other, 5)] == [3, 3, 3]


def test_a_bucket_fills_again_and_says_how_long_it_takes(together: str) -> None:
    throttle = Throttle(rate=20, burst=2, name="x")
    passed(throttle, 2)

    wait = throttle.wait("acme")
    time.sleep(0.2)

    assert 0 < wait <= 0.05
    assert throttle.wait("acme") == 0


def test_calls_at_the_same_moment_are_never_counted_as_one(together: str) -> None:
    throttle = Throttle(rate=0.01, burst=20, name="x")

    with ThreadPoolExecutor(16) as pool:
        waits = list(pool.map(throttle.wait, ["acme"] * 100))

    assert sum(wait == 0 for wait in waits) == 20


def test_a_bucket_is_forgotten_when_it_is_full_again(together: str) -> None:
    Throttle(rate=10, burst=5, name="x").wait("acme")

    assert 0 < redis.Redis.from_url(together).pttl(f"{shared.PREFIX}x:acme") <= 1500


def test_where_redis_is_away_each_process_counts_for_itself(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    backend = {"BACKEND": "django.core.cache.backends.redis.RedisCache"}
    backend["LOCATION"] = f"redis://127.0.0.1:{servers.free_port()}/0"
    settings.CACHES = {"default": backend}
    monkeypatch.setattr(shared, "_down_until", 0.0)

    begun = time.monotonic()
    counted = passed(Throttle(rate=0.01, burst=3, name="x"), 50)

    assert counted == 3
    assert time.monotonic() - begun < 3


def test_two_server_processes_let_one_limit_pass_and_outlive_their_redis(
    sqlite_files: servers.SqliteFiles, tmp_path: Path
) -> None:
    """Requirement 28: a burst of 20 at 5 a second, over two processes."""
    port = servers.free_port()
    with sqlite_files.fresh() as url, running(port) as cache:
        env = {"CACHE_URL": cache, "SCIM_RATE_LIMIT": "5"}
        with servers.portal_server(url, processes=2, **env) as portal:
            idp = team(portal, tmp_path, 5)
            begun = time.monotonic()
            with ThreadPoolExecutor(8) as pool:
                statuses = list(pool.map(lambda _n: idp.send("GET", f"{BASE}/Schemas")[0], range(80)))
            took = time.monotonic() - begun
            redis.Redis.from_url(cache).shutdown(nosave=True)
            after = [idp.send("GET", f"{BASE}/Schemas")[0] for _ in range(10)]

    assert set(statuses) == {200, 429}
    assert 20 <= statuses.count(200) <= 20 + 5 * took + 1
    assert set(after) <= {200, 429}


def test_an_initial_cycle_passes_two_processes_at_the_usual_limit(
    sqlite_files: servers.SqliteFiles, tmp_path: Path
) -> None:
    """Requirement 28: 40 creates, 8 in parallel, each after a look-up; then a burst of 100 reads."""
    with (
        sqlite_files.fresh() as url,
        running(servers.free_port()) as cache,
        servers.portal_server(url, processes=2, CACHE_URL=cache) as portal,
        ThreadPoolExecutor(8) as pool,
    ):
        idp = team(portal, tmp_path, 60)
        looked = list(pool.map(lambda n: idp.send("GET", f"{BASE}/Users?count={n}")[0], range(40)))
        made = list(pool.map(lambda n: idp.send("POST", f"{BASE}/Users", person(f"p{n}"))[0], range(40)))
        burst = list(pool.map(lambda _n: idp.send("GET", f"{BASE}/Schemas")[0], range(100)))

    assert (set(looked), set(made), set(burst)) == ({200}, {201}, {200})
