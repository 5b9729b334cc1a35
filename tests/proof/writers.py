"""Identity providers that never give up: they repeat each call until it is acknowledged, and know what must be so."""

import http.client
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests import servers
from tests.scim.idp import BASE, person
from tests.scim.wire import Line
from tests.servers import Portal

# What a call meets while a server is gone: no connection, half an answer, or none.
GONE = (OSError, http.client.HTTPException, ValueError, AssertionError)
PAUSE, GIVE_UP = 0.05, 90.0
OFF = {"Operations": [{"op": "replace", "path": "active", "value": False}]}
TELL = """
import json
from collections import Counter
from portal.teams.models import Event, Member
events = Event.every_team.filter(kind__in=["member.added", "member.unassigned", "member.removed"])
said = Counter(map(tuple, events.values_list("subject_id", "kind")))
print(json.dumps({
    "people": {row.user_name: [str(row.pk), row.active] for row in Member.every_team.filter(origin="scim")},
    "twice": [list(each) for each, times in said.items() if times > 1],
    "added": events.filter(kind="member.added", door="scim").count(),
    "removed": events.filter(kind="member.removed").count(),
}))
"""


@dataclass
class Writer:
    """One connection after the other: people are made, some turned off, some deleted, in this order and each once."""

    line: Line
    name: str
    # What was acknowledged: by userName, whether they are active; None where they were deleted.
    known: dict[str, bool | None] = field(default_factory=dict)
    refused: list[int] = field(default_factory=list)
    acknowledged_at: list[float] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Write until told to stop, and finish what is in hand."""
        number = 0
        while not self.stop.is_set():
            number += 1
            self.one(f"{self.name}-{number}", number)

    def one(self, user_name: str, number: int) -> None:
        """Make somebody; every second one is turned off, every fourth deleted."""
        # An answer that was lost may have been a 201: the repeated call meets its own person, as 409.
        self.until("POST", f"{BASE}/Users", person(user_name), {201, 409})
        self.known[user_name] = True
        if number % 2:
            return
        found = self.until("GET", f"{BASE}/Users?filter=userName%20eq%20%22{user_name}%22", None, {200})
        path = f"{BASE}/Users/{found['Resources'][0]['id']}"
        self.until("PATCH", path, OFF, {200})
        self.known[user_name] = False
        if number % 4 == 0:
            self.until("DELETE", path, None, {204, 404})
            self.known[user_name] = None

    def until(self, method: str, path: str, body: Any, right: set[int]) -> Any:
        """Repeat a call until it is acknowledged; any answer that is neither right nor 503 is the server's fault."""
        end = time.monotonic() + GIVE_UP
        while time.monotonic() < end:
            try:
                status, answer = self.line.send(method, path, body)
            except GONE:
                time.sleep(PAUSE)
                continue
            if status in right:
                self.acknowledged_at.append(time.monotonic())
                return answer
            self.refused.append(status)
            assert status == 503, (method, path, status, answer)
            time.sleep(PAUSE)
        raise AssertionError(f"{method} {path} was not acknowledged in {GIVE_UP} seconds")


@contextmanager
def writing(line: Line, number: int = 4) -> Iterator[list[Writer]]:
    """Let several write at once; at the end they finish what they have in hand."""
    writers = [Writer(line, f"w{n}") for n in range(number)]
    failed: list[BaseException] = []

    def run(writer: Writer) -> None:
        try:
            writer.run()
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=run, args=[writer]) for writer in writers]
    for thread in threads:
        thread.start()
    try:
        yield writers
    finally:
        for writer in writers:
            writer.stop.set()
        for thread in threads:
            thread.join()
    assert not failed, failed


def acknowledged(writers: list[Writer]) -> int:
    """Count what was acknowledged so far."""
    return sum(len(writer.acknowledged_at) for writer in writers)


def until_more(writers: list[Writer], more: int = 20) -> float:
    """Wait until so many more calls were acknowledged; returns the seconds until the first of them."""
    began, target = time.monotonic(), acknowledged(writers) + more
    while acknowledged(writers) < target:
        assert time.monotonic() - began < GIVE_UP, "nothing is acknowledged any more"
        time.sleep(0.01)
    return min(at for writer in writers for at in writer.acknowledged_at if at > began) - began


def compare(portal: Portal, writers: list[Writer]) -> int:
    """Compare the database with what was acknowledged: nothing lost, nothing half made, nothing twice."""
    told = json.loads(servers.python(portal.database_url, TELL).strip().splitlines()[-1])
    known = {name: state for writer in writers for name, state in writer.known.items()}
    stays = {name: state for name, state in known.items() if state is not None}
    assert {name: active for name, (_id, active) in told["people"].items()} == stays
    assert told["twice"] == []
    assert (told["added"], told["removed"]) == (len(known), len(known) - len(stays))
    assert portal.manage("check_invariants")["differences"] == 0
    return len(known)
