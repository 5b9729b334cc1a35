"""A first import as identity providers do it: look somebody up, then create them, one after the other."""

from statistics import median
from uuid import uuid4

from bench import places, table
from bench.load import Call, Run, Target, drive
from bench.scim import beside
from bench.work import found, lookup, person, status


def pairs(target: Target, count: int) -> Run:
    """Look so many people up who are not there, and create each."""
    mark, calls = uuid4().hex[:8], []
    for number in range(count):
        name = f"i{mark}-{number}@bench.test"
        calls.append(Call(target.build("GET", lookup(name)), lambda answer: found(0, answer)))
        calls.append(Call(target.build("POST", "/Users", person(name)), status(201)))
    return drive(target, calls, 1)


def measure(people: int, rounds: int, *, alone: bool = False) -> str:
    """Import so many people into each, in turning order, a part of them each round; returns the table."""
    part = people // rounds
    with beside(people + 100, 1000, alone=alone) as targets:
        runs: dict[str, list[Run]] = {name: [] for name in targets}
        for number in range(rounds):
            for name in list(targets)[:: 1 if number % 2 == 0 else -1]:
                runs[name].append(pairs(targets[name], part))
            places.say(f"{part * (number + 1)} of {people} imported")
    head = ["", "people/s (min..max)", "CPU + db ms a person", "POST p50 first round", "last round", "last ÷ first"]
    lines = [_line(name, runs) for name in runs]
    return table.markdown([*head, "people/s: ours ÷ this", "errors"], lines)


def _line(name: str, runs: dict[str, list[Run]]) -> list[str]:
    mine = runs[name]
    rates = [run.rate / 2 for run in mine]
    posts = [1000 * median(run.seconds[1::2]) for run in mine]
    beside_ours = [ours.rate / run.rate for ours, run in zip(runs[table.OURS], mine, strict=True)]
    cost = f"{2 * median(run.cpu for run in mine):.2f} + {2 * median(run.database for run in mine):.2f}"
    return [
        name, f"{median(rates):.0f} ({min(rates):.0f}..{max(rates):.0f})", cost, f"{posts[0]:.2f} ms",
        f"{posts[-1]:.2f} ms", f"{posts[-1] / posts[0]:.2f}", f"{median(beside_ours):.2f}",
        str(sum(run.errors for run in mine)),
    ]  # fmt: skip
