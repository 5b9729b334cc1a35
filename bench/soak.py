"""`python -m bench.soak [--minutes N] [--write]`: mixed load on the production server, its worker and PostgreSQL.

Members sign in by SAML and read pages, an identity provider pushes, a product asks and seats people, and the worker
mails. Printed: what failed, the slowest hundredth, and the memory of server and worker as it went. It ends with 1 where
something failed, the slowest hundredth took longer than it may, or memory grew; `--write` puts the figures into
docs/performance.md.
"""

import argparse
import json
import os
import random
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from bench.calls import Target, lookup, person, retitle
from bench.machine import Process
from bench.table import write
from portal.demo.idp import PracticeIdp, read_request
from tests import servers
from tests.outbound.post_office import post_office
from tests.sso.test_processes import Browser

PAGES = ("/", "/members/", "/groups/", "/log/audit/", "/log/provisioning/", "/log/sign-ins/", "/settings/profile/",
         "/settings/security/authentication/sso/", "/members/?q=user1")  # fmt: skip
PEOPLE, PAUSE, SAMPLES = 200, 0.15, 10
# What is promised: milliseconds of the slowest hundredth of all calls, and how much memory may grow, in percent.
SLOWEST_MS, MOST_GROWTH = 300, 10
HEADING = "Ten minutes of everything at once"
ABOUT = """`python -m bench.soak --write` signs members in by SAML who read pages, pushes people by SCIM, asks and seats
people by the API and lets the worker mail, on PostgreSQL, with two server processes. It ends with 1 where a call goes
wrong, the slowest hundredth is too slow, memory grows, or an invariant does not hold at the end.

"""
IDP = PracticeIdp.make("https://idp.bench.test/metadata", "https://idp.bench.test/sso")
Step = Callable[[int], None]


@dataclass
class Book:
    """What was measured: seconds and wrong answers by kind of call, and the memory by the minute."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    wrong: Counter[str] = field(default_factory=Counter)
    memory: list[float] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def call(self, kind: str, right: set[int], ask: Callable[[], int]) -> None:
        """Make one call and write down how it went."""
        began = time.perf_counter()
        try:
            status = ask()
        except OSError as error:
            status = -1
            said = repr(error)
        else:
            said = str(status)
        took = time.perf_counter() - began
        with self.lock:
            self.seconds[kind].append(took)
            if status not in right:
                self.wrong[f"{kind}: {said}"] += 1


def quantile(seconds: list[float], share: float) -> float:
    """Return a latency in milliseconds."""
    ordered = sorted(seconds)
    return 1000.0 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def memory(*processes: int) -> float:
    """Return the MiB that these processes and all they started hold; what they share counts once."""
    return sum(Process(pid).memory() for pid in processes)


# ── Who loads ────────────────────────────────────────────────────────────────────────────────────────────────────────
def enter(portal: servers.Portal, book: Book, email: str) -> Browser:
    """Sign a browser in by SAML, there and back."""
    browser = Browser(portal)
    asked = read_request(dict(parse_qsl(urlsplit(browser.send("GET", "/sso/bench/login")[1]).query)))
    audience, acs = f"{portal.url}/sso/bench/metadata", f"{portal.url}/sso/bench/acs"
    message = IDP.respond(
        acs_url=acs, audience=audience, name_id=email, in_response_to=asked.id, attributes={"email": email}
    )
    where: list[str] = []

    def post() -> int:
        status, leads = browser.send("POST", "/sso/bench/acs", SAMLResponse=message)
        where.append(leads)
        return status

    book.call("SSO: ACS", {303}, post)
    book.call("SSO: finish", {302}, lambda: browser.send("GET", where[0])[0])
    return browser


def reader(portal: servers.Portal, book: Book) -> Step:
    """Sign somebody in who may see everything, read pages, and now and then sign in anew."""
    state: dict[str, Browser] = {}

    def step(number: int) -> None:
        if number % 25 == 0:
            state["browser"] = enter(portal, book, "o@bench.test")
        path = random.choice(PAGES)
        book.call("portal page", {200}, lambda: state["browser"].send("GET", path)[0])

    return step


def member(portal: servers.Portal, book: Book) -> Step:
    """Sign members in, each of whom looks at their own page."""

    def step(number: int) -> None:
        browser = enter(portal, book, f"user{number % PEOPLE}@bench.test")
        book.call("portal page", {200}, lambda: browser.send("GET", "/")[0])

    return step


def directory(target: Target, book: Book, name: str) -> Step:
    """Look people up, change them, turn them off and on; make somebody and delete them."""
    line = target.connect()

    def say(kind: str, right: int, method: str, path: str, body: object = None) -> bytes:
        kept: list[bytes] = []

        def ask() -> int:
            status, answer = target.call(line, method, path, body)  # type: ignore[arg-type]
            kept.append(answer)
            return status

        book.call(f"SCIM {kind}", {right}, ask)
        return kept[0] if kept else b"{}"

    def step(number: int) -> None:
        somebody = json.loads(say("look-up", 200, "GET", lookup(f"user{number % PEOPLE}")))["Resources"][0]["id"]
        say("PATCH", 200, "PATCH", f"/Users/{somebody}", retitle(number))
        say("list", 200, "GET", "/Users?count=50")
        user = person(number) | {"userName": f"{name}{number}", "emails": [{"value": f"{name}{number}@bench.test"}]}
        made = json.loads(say("POST", 201, "POST", "/Users", user))["id"]
        off = {"Operations": [{"op": "replace", "path": "active", "value": False}]}
        say("PATCH", 200, "PATCH", f"/Users/{made}", off)
        say("DELETE", 204, "DELETE", f"/Users/{made}")

    return step


def product(portal: servers.Portal, book: Book, key: str) -> Step:
    """Ask who holds a seat, follow the events, give a seat and take it."""
    target = Target(f"{portal.url}/api/v1", key)
    line = target.connect()

    def say(kind: str, right: int, method: str, path: str, body: object = None) -> bytes:
        kept: list[bytes] = []

        def ask() -> int:
            line.request(
                method, f"/api/v1{path}", json.dumps(body) if body is not None else None,
                {"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
            )  # fmt: skip
            answer = line.getresponse()
            kept.append(answer.read())
            return answer.status

        book.call(f"API {kind}", {right}, ask)
        return kept[0] if kept else b"{}"

    def step(number: int) -> None:
        say("read", 200, "GET", "/members")
        say("read", 200, "GET", "/events")
        email = {"email": f"api{number % 40}@other.test"}
        made = json.loads(say("assign", 201, "POST", "/members", email))["id"]
        say("unassign", 200, "POST", f"/members/{made}/unassign")

    return step


# ── The run ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def teams(portal: servers.Portal) -> tuple[Target, str]:
    """Make a team that its directory keeps, and one that the product seats people in; returns token and key."""
    portal.manage("create_team", "bench", "--name", "Bench", "--seats", "2000", "--owner", "o@bench.test",
                  "--plan", "enterprise", "--entitle", "sso", "scim")  # fmt: skip
    portal.manage("create_team", "other", "--name", "Other", "--seats", "50", "--owner", "o@other.test")
    with tempfile.NamedTemporaryFile(suffix=".xml") as file:
        Path(file.name).write_bytes(IDP.metadata())
        portal.manage("configure_sso", "bench", "--metadata", file.name)
    made = portal.manage("enable_scim", "bench")
    key = portal.manage("create_api_key", "--team", "other", "--name", "Product")["key"]
    target = Target(made["base_url"], made["token"])
    line = target.connect()
    for number in range(PEOPLE):
        if target.call(line, "POST", "/Users", person(number))[0] != 201:
            raise SystemExit("the team could not be filled")
    return target, key


def soak(portal: servers.Portal, worker: int, minutes: float) -> Book:
    """Load everything for so long, measuring memory at ten moments after the first tenth."""
    target, key = teams(portal)
    book, end = Book(), threading.Event()
    steps = [reader(portal, book), reader(portal, book), member(portal, book), directory(target, book, "a"),
             directory(target, book, "b"), product(portal, book, key)]  # fmt: skip

    def run(step: Step) -> None:
        number = 0
        while not end.is_set():
            try:
                step(number)
            except (KeyError, IndexError, ValueError, AssertionError) as error:
                with book.lock:
                    book.wrong[f"unexpected answer: {error!r}"] += 1
            number += 1
            end.wait(PAUSE)

    threads = [threading.Thread(target=run, args=[step]) for step in steps]
    for thread in threads:
        thread.start()
    for sample in range(SAMPLES + 1):
        end.wait(minutes * 60 / (SAMPLES + 1))
        if sample:
            book.memory.append(memory(portal.process.pid, worker))
        else:
            book.memory = [memory(portal.process.pid, worker)]
    end.set()
    for thread in threads:
        thread.join()
    return book


def growth(book: Book) -> float:
    """How much more memory is held at the end than after the first tenth, in percent."""
    return 100 * (book.memory[-1] / book.memory[0] - 1)


def all_of(book: Book) -> list[float]:
    """The seconds of every call."""
    return [each for kind in book.seconds.values() for each in kind]


def missed(book: Book, differences: int) -> list[str]:
    """Say in words what is not as it is promised."""
    wrong, slowest = sum(book.wrong.values()), quantile(all_of(book), 0.99)
    found = {
        f"{wrong} calls went wrong": wrong > 0,
        f"the slowest hundredth took {slowest:.0f} ms, and {SLOWEST_MS} are promised": slowest > SLOWEST_MS,
        f"memory grew by {growth(book):.1f} %, and {MOST_GROWTH} are promised": growth(book) > MOST_GROWTH,
        f"check_invariants found {differences} differences": differences > 0,
    }
    return [words for words, holds in found.items() if holds]


def report(book: Book, minutes: float, load: str) -> str:
    """Write the figures as they stand in docs/performance.md."""
    every, (first, *_, last) = all_of(book), book.memory
    lines = "".join(
        f"| {kind} | {len(seconds):,} | {quantile(seconds, 0.5):.1f} | {quantile(seconds, 0.99):.1f} |\n"
        for kind, seconds in [("all", every), *sorted(book.seconds.items())]
    )
    return (
        f"{date.today()}, {minutes:g} minutes, {os.cpu_count()} cores shared with the client, load average {load}: "
        f"{sum(book.wrong.values())} errors; memory of server and worker {first:.0f} MiB after the first tenth, "
        f"{last:.0f} at the end ({growth(book):+.1f} %).\n\n"
        f"| call | number | p50 ms | p99 ms |\n| --- | --- | --- | --- |\n{lines}"
    )


def main() -> None:
    """Start everything, load it, print, and compare the rows at the end."""
    parser = argparse.ArgumentParser(prog="python -m bench.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--write", action="store_true", help="put the figures into docs/performance.md")
    asked = parser.parse_args()
    with ExitStack() as stack:
        url = stack.enter_context(stack.enter_context(servers.postgres()).fresh())
        env = {"EMAIL_URL": stack.enter_context(post_office()).url, "SCIM_RATE_LIMIT": "0", "ACS_RATE_LIMIT": "0"}
        portal = stack.enter_context(servers.portal_server(url, **env))
        worker = stack.enter_context(servers.worker(url, **(env | {"BASE_URL": portal.url})))
        before = os.getloadavg()
        book = soak(portal, worker.pid, asked.minutes)
        told = report(book, asked.minutes, f"{before[0]:.1f} before, {os.getloadavg()[0]:.1f} after")
        differences = portal.manage("check_invariants")["differences"]
        first = portal.logged().partition("Traceback")[2]
    print(told)
    for what, times in book.wrong.most_common(20):
        print(f"wrong {times:5} x {what}")
    if first:
        print(f"The first traceback of the server's log:{first[:6000]}")
    if asked.write:
        write(HEADING, ABOUT + told)
    if complaints := missed(book, differences):
        raise SystemExit("; ".join(complaints))


if __name__ == "__main__":
    main()
