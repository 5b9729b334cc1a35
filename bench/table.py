"""Rounds as tables: medians, ratios within one round with their range, and errors; Markdown, as docs keep it."""

from collections.abc import Callable, Sequence
from statistics import median

from bench.load import Run
from bench.places import ROOT
from bench.work import Rows

Rounds = dict[str, list[Rows]]
OURS, LIMIT, PEER = "ours", "limit", "django-scim2"
DOCS = ROOT / "docs" / "performance.md"


def markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def middle(rounds: list[Rows], name: str, what: Callable[[Run], float]) -> float:
    """Return the median over the rounds."""
    return median(what(rows[name]) for rows in rounds)


def plain(name: str) -> str:
    """Return what others are measured by where ours is spread over many teams: they have one."""
    return name.partition(",")[0] if name.endswith(" teams") else name


def ratio(rounds: Rounds, name: str, other: str, what: Callable[[Run], float], *, swap: bool = False) -> str:
    """Return ours against another within each round: the median, and the least and the most."""
    pairs = zip(rounds[OURS], rounds[other], strict=True)
    values = [what(mine[name]) / what(theirs[plain(name)]) for mine, theirs in pairs if what(theirs[plain(name)])]
    values = [1 / value for value in values if value] if swap else values
    if not values:
        return "-"
    return f"{median(values):.2f} ({min(values):.2f}..{max(values):.2f})"


def cell(rounds: list[Rows], name: str) -> str:
    """Return calls a second, and in brackets CPU of server and database, and p50 and p99."""
    values = [middle(rounds, name, what) for what in (_rate, _cpu, _database, _p50, _p99)]
    return "{:.0f} ({:.2f} + {:.2f}; {:.1f} / {:.1f})".format(*values)


def comparison(rounds: Rounds) -> str:
    """Return the table of one run: what each carried, and how ours stands to the others."""
    others = [name for name in (PEER, LIMIT) if name in rounds]
    head = ["operation", *(f"{name}: req/s (CPU + db ms; p50 / p99)" for name in rounds)]
    head += [f"req/s ÷ {name}" for name in others] + [f"CPU of {name} ÷ ours" for name in others]
    head += [f"p99 ÷ {name}" for name in others if name == LIMIT] + ["errors"]
    lines = []
    for name in rounds[OURS][0]:
        line = [name, cell(rounds[OURS], name)]
        line += [cell(rounds[other], name) if name in rounds[other][0] else "″" for other in list(rounds)[1:]]
        line += [ratio(rounds, name, other, _rate) for other in others]
        line += [ratio(rounds, name, other, _cpu, swap=True) for other in others]
        line += [ratio(rounds, name, other, _p99) for other in others if other == LIMIT]
        lines.append([*line, str(errors(rounds, name))])
    return markdown(head, lines)


def growth(rounds: Rounds, sizes: list[str]) -> str:
    """Return how much dearer each operation is at each size than at the first."""
    first, *rest = sizes
    head = ["operation", *(f"{size}: p50 ms (CPU + db)" for size in sizes), *(f"p50 × {size}" for size in rest)]
    head += [*(f"CPU + db × {size}" for size in rest), "errors"]
    lines = []
    for name in rounds[first][0]:
        cells = [
            f"{middle(rounds[size], name, _p50):.2f} ({middle(rounds[size], name, _cpu):.2f} + "
            f"{middle(rounds[size], name, _database):.2f})"
            for size in sizes
        ]
        factors = [_factor(rounds, first, size, name, what) for what in (_p50, _both) for size in rest]
        lines.append([name, *cells, *factors, str(errors(rounds, name))])
    return markdown(head, lines)


def _factor(rounds: Rounds, first: str, size: str, name: str, what: Callable[[Run], float]) -> str:
    pairs = zip(rounds[first], rounds[size], strict=True)
    values = [what(large[name]) / what(small[name]) for small, large in pairs if what(small[name])]
    return f"{median(values):.2f}" if values else "-"


def errors(rounds: Rounds, name: str) -> int:
    """Count wrong answers of an operation over every target and round."""
    return sum(rows[name].errors for each in rounds.values() for rows in each if name in rows)


def first_errors(rounds: Rounds) -> list[str]:
    """Return the first wrong answer of each operation that has one."""
    found: dict[str, str] = {}
    for target, each in rounds.items():
        for rows in each:
            for name, run in rows.items():
                if run.errors:
                    found.setdefault(f"{target}, {name}", run.first_error)
    return [f"{where}: {what}" for where, what in found.items()]


def _rate(run: Run) -> float:
    return run.rate


def _cpu(run: Run) -> float:
    return run.cpu


def _database(run: Run) -> float:
    return run.database


def _both(run: Run) -> float:
    return run.cpu + run.database


def _p50(run: Run) -> float:
    return run.quantile(0.5)


def _p99(run: Run) -> float:
    return run.quantile(0.99)


def write(heading: str, table: str) -> None:
    """Put a part's table under its heading, where an older one stands or at the end."""
    before, _, after = DOCS.read_text().partition(f"## {heading}\n")
    _, mark, rest = after.partition("\n## ")
    DOCS.write_text(f"{before.rstrip()}\n\n## {heading}\n\n{table}\n{mark}{rest}")
