"""The SCIM workload: what an identity provider asks, one operation after the other; it leaves a team as it was."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import cycle
from random import Random
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from bench.load import Answer, Call, Run, Target, drive

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
PAGE = 100
Rows = dict[str, Run]


@dataclass(frozen=True)
class Size:
    """How much a round asks: people it makes, pages it lists, over how many connections."""

    people: int = 200
    pages: int = 40
    connections: int = 8


def person(name: str, given: str = "Given") -> dict[str, Any]:
    """Return the SCIM document of somebody."""
    return {
        "schemas": [USER], "userName": name, "externalId": f"ext-{name}", "displayName": f"{given} {name}",
        "name": {"givenName": given, "familyName": name}, "active": True,
        "emails": [{"value": name, "type": "work", "primary": True}],
    }  # fmt: skip


def active(says: bool) -> dict[str, Any]:
    """Return the PATCH that Okta sends, and others alike."""
    return {"schemas": [PATCH], "Operations": [{"op": "replace", "path": "active", "value": says}]}


def lookup(name: str) -> str:
    """Return the path of a look-up by userName, as Entra and Okta write it."""
    return "/Users?filter=" + quote(f'userName eq "{name}"') + "&startIndex=1&count=100"


def status(*right: int) -> Callable[[Answer], bool]:
    """Judge by the status alone."""
    return lambda answer: answer.status in right


def found(count: int, answer: Answer) -> bool:
    """Judge a look-up by how many it found."""
    return answer.status == 200 and answer.json()["totalResults"] == count


def full(answer: Answer) -> bool:
    """Judge a page: it is full."""
    return answer.status == 200 and len(answer.json()["Resources"]) == PAGE


def total(target: Target) -> int:
    """Return how many people a target holds."""
    (answer,) = drive(target, [Call(target.build("GET", "/Users?startIndex=1&count=1"), status(200))], 1).answers
    return int(answer.json()["totalResults"]) if answer else 0


# ── Writes ───────────────────────────────────────────────────────────────────────────────────────────────────────────
Made = list[tuple[Target, str, str]]


def create(teams: list[Target], size: Size) -> tuple[Run, Made]:
    """Make people, in these teams by turns; returns them as (team, id, name)."""
    mark = uuid4().hex[:8]
    names = [f"b{mark}-{n}@bench.test" for n in range(size.people)]
    pairs = list(zip(cycle(teams), names, strict=False))
    run = drive(teams[0], [Call(t.build("POST", "/Users", person(n)), status(201)) for t, n in pairs], size.connections)
    answers = zip(pairs, run.answers, strict=True)
    made = [(t, str(a.json()["id"]), n) for (t, n), a in answers if a and a.status == 201]
    return run, made


def change(made: Made, method: str, bodies: Callable[[str], Any], size: Size) -> Run:
    """Make one call about each of these people."""
    right = status(200, 204)
    calls = [Call(team.build(method, f"/Users/{key}", bodies(name)), right) for team, key, name in made]
    return drive(made[0][0], calls, size.connections)


def writes(teams: list[Target], size: Size, between: Callable[[Made], Rows]) -> Rows:
    """Make people, do what is done between, change them in every way, and delete them."""
    run, made = create(teams, size)
    rows = {"create": run, **between(made)}
    rows["PATCH active: false"] = change(made, "PATCH", lambda _name: active(False), size)
    rows["PATCH active: true"] = change(made, "PATCH", lambda _name: active(True), size)
    rows["PUT"] = change(made, "PUT", lambda name: person(name, given="Changed"), size)
    rows["DELETE"] = change(made, "DELETE", lambda _name: None, size)
    return rows


# ── Reads ────────────────────────────────────────────────────────────────────────────────────────────────────────────
def reads(target: Target, size: Size, made: Made) -> Rows:
    """Read these people one by one, look them up, and list the team."""
    hit, miss = partial(found, 1), partial(found, 0)
    names = [name for _team, _key, name in made]
    calls = {
        "get": [Call(target.build("GET", f"/Users/{key}"), status(200)) for _team, key, _name in made],
        "filter hit": [Call(target.build("GET", lookup(name)), hit) for name in names],
        "filter miss": [Call(target.build("GET", lookup(f"no-{name}")), miss) for name in names],
        **{f"list 100, {kind}": pages for kind, pages in _pages(target, size, total(target)).items()},
    }
    return {name: drive(target, some, size.connections) for name, some in calls.items()}


def _pages(target: Target, size: Size, people: int) -> dict[str, list[Call]]:
    """First pages, a crawl from the middle on, and pages anywhere in the later half; another each time."""
    last = max(1, people - PAGE + 1)
    anywhere = Random(uuid4().int)
    crawl = [1 + (people // 2 + n * PAGE) % last for n in range(size.pages)]
    cold = [anywhere.randint(max(1, last // 2), last) for _ in range(size.pages)]
    starts = {"first": [1] * size.pages, "crawl": crawl, "cold": cold}
    return {
        kind: [Call(target.build("GET", f"/Users?startIndex={start}&count={PAGE}"), full) for start in some]
        for kind, some in starts.items()
    }


def round_of(target: Target, size: Size) -> Rows:
    """Do everything once, on one team."""
    return writes([target], size, lambda made: reads(target, size, made))


def spread_round(teams: list[Target], size: Size) -> Rows:
    """Write once more, over many teams by turns."""
    return {f"{name}, {len(teams)} teams": run for name, run in writes(teams, size, lambda _made: {}).items()}
