"""The SCIM server beside the limit and django-scim2: every round asks each of them the same, in turning order."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bench import places, table
from bench.load import Target
from bench.machine import Process
from bench.work import Rows, Size, round_of, spread_round
from tests import servers

TEAMS, LIMIT_PEOPLE = 50, 100_000
WARM = Size(people=20, pages=4)


def alternate(asked: dict[str, Callable[[Size], Rows]], size: Size, rounds: int) -> table.Rounds:
    """Ask each once a round, in turning order, after one small round that is not counted."""
    results: table.Rounds = {name: [] for name in asked}
    for ask in asked.values():
        ask(WARM)
    for number in range(rounds):
        for name in list(asked)[:: 1 if number % 2 == 0 else -1]:
            results[name].append(asked[name](size))
        places.say(f"round {number + 1} of {rounds}")
    return results


@contextmanager
def beside(spare: int, people: int, *, alone: bool = False) -> Iterator[dict[str, Target]]:
    """Serve a team of ours with so many free seats, and unless alone the limit and the peer."""
    with ExitStack() as stack:
        server = stack.enter_context(places.postgres())
        ours = stack.enter_context(places.ours(stack.enter_context(server.fresh()), places.database_of(server)))
        targets = {table.OURS: ours.team("bench", people, spare)}
        if not alone:
            targets[table.LIMIT] = stack.enter_context(places.limit(server, LIMIT_PEOPLE))
            targets[table.PEER] = stack.enter_context(places.peer(server, people))
        yield targets


def measure(size: Size, rounds: int, people: int, *, alone: bool = False) -> str:
    """Measure ours, the limit and the peer in one run; returns the table and the memory."""
    with ExitStack() as stack:
        server = stack.enter_context(places.postgres())
        ours = stack.enter_context(places.ours(stack.enter_context(server.fresh()), places.database_of(server)))
        team = ours.team("bench", people, size.people + 20)
        many = ours.teams("many", TEAMS, 20, size.people // TEAMS + 20)
        asked: dict[str, Callable[[Size], Rows]] = {table.OURS: lambda s: round_of(team, s) | spread_round(many, s)}
        targets: dict[str, Target] = {table.OURS: team}
        if not alone:
            targets[table.LIMIT] = stack.enter_context(places.limit(server, LIMIT_PEOPLE))
            targets[table.PEER] = stack.enter_context(places.peer(server, people))
            asked |= {name: _asking(targets[name]) for name in (table.LIMIT, table.PEER)}
        results = alternate(asked, size, rounds)
        memory = ", ".join(f"{name} {target.server.memory():.0f} MiB" for name, target in targets.items())
    lines = [table.comparison(results), f"Memory, sum of Pss of two server processes and their parent: {memory}."]
    return "\n\n".join([*lines, *table.first_errors(results)])


def on_sqlite(size: Size, people: int) -> str:
    """Measure ours on SQLite, which has one writer at a time; returns the table."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = stack.enter_context(servers.SqliteFiles(folder).fresh())
        team = stack.enter_context(places.ours(url, Process())).team("bench", people, size.people + 20)
        results = alternate({table.OURS: lambda s: round_of(team, s)}, size, 2)
    return "\n\n".join([table.comparison(results), *table.first_errors(results)])


def _asking(target: Target) -> Callable[[Size], Rows]:
    return lambda size: round_of(target, size)
