"""Two web servers as on two machines, a worker, one PostgreSQL and one Redis: what must hold over all of them does."""

import os
import re
import shutil
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

import pytest

from tests import servers
from tests.outbound.post_office import PostOffice, post_office
from tests.scim.idp import BASE, person
from tests.scim.test_throttle_redis import running
from tests.scim.wire import Line
from tests.scim.wire import team as scim_team
from tests.servers import Portal, portal_server
from tests.sso.test_processes import Browser, response
from tests.sso.test_processes import team as sso_team

pytestmark = [
    pytest.mark.pg,
    pytest.mark.timeout(300),
    pytest.mark.skipif(
        shutil.which("redis-server") is None and os.environ.get("CI") != "true",
        reason="no redis-server here: apt-get install redis-server",
    ),
]
TOGETHER = 12


@dataclass
class Machines:
    """Two servers behind one address, and the mail that their worker sends."""

    one: Portal
    two: Portal
    env: dict[str, str]
    office: PostOffice

    def turns(self) -> Iterator[Portal]:
        """Give one and the other in turn, as a load balancer does."""
        return cycle([self.one, self.two])


@pytest.fixture(scope="module")
def machines(postgres_server: servers.Postgres) -> Iterator[Machines]:
    """Start everything once."""
    with ExitStack() as stack:
        url = stack.enter_context(postgres_server.fresh())
        office = stack.enter_context(post_office())
        env = {"CACHE_URL": stack.enter_context(running(servers.free_port())), "EMAIL_URL": office.url}
        one = stack.enter_context(portal_server(url, processes=1, **env))
        env["BASE_URL"] = one.url
        two = stack.enter_context(portal_server(url, processes=1, **env))
        stack.enter_context(servers.worker(url, **env))
        yield Machines(one, two, env, office)


@pytest.fixture(scope="module")
def acme(machines: Machines, tmp_path_factory: pytest.TempPathFactory) -> Machines:
    """Team Acme signs in by code and by the practice identity provider."""
    sso_team(machines.one, tmp_path_factory.mktemp("idp"))
    return machines


def at(browser: Browser, portal: Portal) -> Browser:
    """The same browser, led to another machine."""
    return Browser(portal, dict(browser.cookies))


def fill_in(browser: Browser, path: str, **form: str) -> tuple[int, str]:
    """Open a page and send its form."""
    browser.send("GET", path)
    return browser.send("POST", path, csrfmiddlewaretoken=browser.cookies["seatgate_csrf"], **form)


def mailed_code(office: PostOffice) -> str:
    """Wait for the worker's mail, and read the code in it."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        for text in office.texts:
            if found := re.search(r"^\s+([A-Z0-9]{4}-[A-Z0-9]{4})$", text, re.M):
                return found[1]
        time.sleep(0.1)
    raise AssertionError(f"no code was mailed: {office.texts}")


def test_a_code_asked_for_on_one_machine_opens_one_session_and_that_holds_on_both(acme: Machines) -> None:
    browser = Browser(acme.one)
    fill_in(browser, "/sign-in/", who="olga@acme.test", by_code="1")
    code = mailed_code(acme.office)
    tabs = [at(browser, machine) for machine, _ in zip(acme.turns(), range(TOGETHER), strict=False)]

    with ThreadPoolExecutor(TOGETHER) as pool:
        list(pool.map(lambda tab: fill_in(tab, "/sign-in/code/", code=code), tabs))

    # Who has proved an address enters their only team on the way.
    inside = [tab for tab in tabs if tab.send("GET", "/teams/") and tab.is_in()]
    assert len(inside) == 1
    assert at(inside[0], acme.one).is_in()
    assert at(inside[0], acme.two).is_in()
    at(inside[0], acme.two).send("POST", "/sign-out/", csrfmiddlewaretoken=inside[0].cookies["seatgate_csrf"])
    assert not at(inside[0], acme.one).is_in()


def test_an_assertion_sent_to_both_machines_at_once_is_good_once(acme: Machines) -> None:
    message = response(acme.one, "tile@acme.test", None)
    tabs = [Browser(machine) for machine, _ in zip(acme.turns(), range(TOGETHER), strict=False)]

    with ThreadPoolExecutor(TOGETHER) as pool:
        answers = list(pool.map(lambda tab: tab.send("POST", "/sso/acme/acs", SAMLResponse=message)[0], tabs))

    assert sorted(answers) == [303] + [403] * (TOGETHER - 1)


def test_a_token_that_is_revoked_opens_neither_machine_any_longer(machines: Machines, tmp_path: Path) -> None:
    lines = both(machines, scim_team(machines.one, tmp_path, 5))
    assert [line.send("GET", f"{BASE}/Users")[0] for line in lines] == [200, 200]

    machines.two.manage("disable_scim", lines[0].slug)

    assert [line.send("GET", f"{BASE}/Users")[0] for line in lines] == [403, 403]


def test_guessing_tokens_is_counted_over_both_machines(machines: Machines) -> None:
    began = time.monotonic()
    wrong = [Line(machine, "sgs_wrong", "none") for machine, _ in zip(machines.turns(), range(50), strict=False)]

    answers = [line.send("GET", f"{BASE}/Users")[0] for line in wrong]

    took = time.monotonic() - began
    assert set(answers) == {401, 429}
    assert 20 <= answers.count(401) <= 20 + took + 1


def test_on_seven_free_seats_both_machines_together_seat_seven(machines: Machines, tmp_path: Path) -> None:
    lines = both(machines, scim_team(machines.one, tmp_path, 8))

    with ThreadPoolExecutor(8) as pool:
        made = pool.map(lambda n: lines[n % 2].send("POST", f"{BASE}/Users", person(f"p{n}"))[0], range(24))

    assert sorted(made) == [201] * 7 + [403] * 17
    assert machines.one.manage("check_invariants")["differences"] == 0


def everybody(line: Line) -> Iterator[str]:
    """Every userName of the team, page by page: a fast machine makes more people in two seconds than one page holds."""
    start, total = 1, 1
    while start <= total:
        page = line.send("GET", f"{BASE}/Users?startIndex={start}&count=100")[1]
        total, start = page["totalResults"], start + len(page["Resources"])
        yield from (found["userName"] for found in page["Resources"])


def test_a_machine_that_dies_takes_nothing_with_it_that_was_acknowledged(machines: Machines, tmp_path: Path) -> None:
    team = scim_team(machines.one, tmp_path, 100_000)
    with portal_server(machines.one.database_url, processes=1, **machines.env) as third:
        dying, stop, acknowledged = Line(third, team.token, team.slug), threading.Event(), []

        def write(n: int) -> None:
            while not stop.is_set():
                name = f"w{n}-{len(acknowledged)}-{time.monotonic_ns()}"
                try:
                    status, _ = dying.send("POST", f"{BASE}/Users", person(name))
                except (OSError, AssertionError, ValueError):
                    return
                if status == 201:
                    acknowledged.append(person(name)["userName"])

        with ThreadPoolExecutor(4) as pool:
            for n in range(4):
                pool.submit(write, n)
            time.sleep(2)
            os.killpg(third.process.pid, signal.SIGKILL)
            stop.wait(1)
            stop.set()

    survivor = Line(machines.two, team.token, team.slug)
    assert acknowledged
    assert set(acknowledged) <= set(everybody(survivor))
    assert survivor.send("POST", f"{BASE}/Users", person("after"))[0] == 201
    assert machines.two.manage("check_invariants")["differences"] == 0


def both(machines: Machines, line: Line) -> list[Line]:
    """The same identity provider, led to one machine and to the other."""
    return [Line(machine, line.token, line.slug) for machine in (machines.one, machines.two)]
