"""What docs/security.md claims: rows, the tests that prove each, and what was broken on purpose to see them fail.

The declarations lie in `claims/*.toml`. A `row` is a promise or a threat; a `proof` adds tests and figures to rows that
another file declares; a `breakage` takes a control away, whereupon the tests it names must fail.
"""

import ast
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from tests.servers import ROOT

FOLDER = Path(__file__).parent / "claims"
PAGE = ROOT / "docs" / "security.md"
SECTIONS = {"I": "invariants", "S": "threats: single sign-on", "T": "threats: provisioning and tokens",
            "P": "threats: portal", "F": "faults, load and tools"}  # fmt: skip
HEAD = "| | {} | control | proved by | figures |\n|---|---|---|---|---|\n"


@dataclass
class Row:
    """A promise or a threat: what it says, the code that keeps it, the tests that prove it, and their figures."""

    id: str
    says: str
    control: list[str]
    tests: list[str] = field(default_factory=list)
    figures: list[str] = field(default_factory=list)
    # The row holds for another reason than a test of ours, which it says.
    because: str = ""


@dataclass
class Breakage:
    """A control taken away: the text that goes, what comes instead, and the tests that must fail then."""

    of: list[str]
    file: str
    was: str
    becomes: str
    tests: list[str]

    @property
    def name(self) -> str:
        """What a report calls it."""
        return f"{'+'.join(self.of)} {self.file}: {self.was.strip().splitlines()[0].strip()[:60]}"


@dataclass
class Claims:
    """Everything that is claimed."""

    rows: dict[str, Row]
    breakages: list[Breakage]


def read(folder: Path = FOLDER) -> Claims:
    """Read every file of declarations and bring them together; a row is declared once."""
    found = [tomllib.loads(file.read_text()) for file in sorted(folder.glob("*.toml"))]
    rows: dict[str, Row] = {}
    for said in (each for file in found for each in file.get("row", [])):
        if said["id"] in rows:
            raise ValueError(f"{said['id']} is declared twice.")
        rows[said["id"]] = Row(**said)
    for proof in (each for file in found for each in file.get("proof", [])):
        for name in proof["of"]:
            rows[name].tests += proof["tests"]
            rows[name].figures += proof.get("figures", [])
    return Claims(rows, [Breakage(**each) for file in found for each in file.get("breakage", [])])


@cache
def functions_of(path: str) -> set[str]:
    """The names a file defines, whether functions, classes or constants; empty where there is no such file."""
    file = ROOT / path
    if not file.is_file():
        return set()
    if file.suffix != ".py":
        return {path}
    defined = list(ast.walk(ast.parse(file.read_text())))
    names = {node.name for node in defined if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    return names | {each.id for node in defined if isinstance(node, ast.Assign) for each in node.targets
                    if isinstance(each, ast.Name)}  # fmt: skip


def node_id(test: str) -> str:
    """What pytest calls a test, or a file of tests, that a row names."""
    file, _, name = test.partition("::")
    return f"tests/{file}::test_{name}" if name else f"tests/{file}"


def missing(claims: Claims) -> Iterator[str]:
    """Name the tests, controls and texts that are claimed and are not there."""
    for who, named in [*((row.id, row.tests) for row in claims.rows.values()),
                       *((each.name, each.tests) for each in claims.breakages)]:  # fmt: skip
        for test in named:
            file, _, name = node_id(test).partition("::")
            if not any(each.startswith("test_") for each in functions_of(file)) or (
                name and name not in functions_of(file)
            ):
                yield f"{who}: {test}"
    for row in claims.rows.values():
        for control in row.control:
            file, _, name = control.partition(":")
            if not functions_of(file) or (name and name not in functions_of(file)):
                yield f"{row.id}: {control}"
    for each in claims.breakages:
        if (ROOT / each.file).read_text().count(each.was) != 1:
            yield f"{each.name}: its text does not stand there exactly once"


def unproved(claims: Claims) -> list[str]:
    """Name the rows without a test that give no reason either."""
    return [row.id for row in claims.rows.values() if not row.tests and not row.because]


def figure(text: str) -> str:
    """Put in each number that is named as {module:NAME}, so that a figure is the one the test runs with."""

    def number(match: re.Match[str]) -> str:
        value: Any = getattr(import_module(match[1]), match[2])
        return f"{value if isinstance(value, int | float) else len(value):,}"

    return re.sub(r"{([\w.]+):(\w+)}", number, text)


def table(claims: Claims) -> str:
    """Write the tables, a section for each first letter."""
    broken = [name for each in claims.breakages for name in each.of]
    parts = []
    for letter, title in SECTIONS.items():
        rows = sorted((row for row in claims.rows.values() if row.id[0] == letter), key=lambda row: int(row.id[1:]))
        if rows:
            lines = "".join(_line(row, broken.count(row.id)) for row in rows)
            word = "promise" if letter in "IF" else "attack"
            parts.append(f"### {title.capitalize()}\n\n{HEAD.format(word)}{lines}")
    return "\n".join(parts)


def _line(row: Row, broken: int) -> str:
    files: dict[str, list[str]] = {}
    for test in row.tests:
        file, _, name = test.partition("::")
        files.setdefault(file, []).extend([name] * bool(name))
    proofs = ". ".join(f"`{file}`: {', '.join(names) or 'all of it'}" for file, names in files.items())
    figures = [figure(each) for each in row.figures] + [f"broken {broken} ways, each seen"] * bool(broken)
    control = ", ".join(f"`{each}`" for each in row.control)
    return f"| {row.id} | {row.says} | {control} | {proofs or row.because} | {'; '.join(figures) or '–'} |\n"


BEGIN, END = "<!-- claims: begin -->", "<!-- claims: end -->"


def written(page: str, claims: Claims) -> str:
    """Return the page with its tables as they should be."""
    before, _, rest = page.partition(BEGIN)
    return f"{before}{BEGIN}\n{table(claims)}{END}{rest.partition(END)[2]}"
