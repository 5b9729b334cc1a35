"""Small breakages of a module's functions, one at a time, on its syntax tree: lines and names stay where they were."""

import ast
import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass

SWAPS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.And: ast.Or, ast.Or: ast.And,
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.BitOr: ast.BitAnd, ast.BitAnd: ast.BitOr,
}  # fmt: skip
# Sentences for people and names of events are judged by other tests; here a rule is to be broken.
SPOKEN = {"_", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy"}
QUERIES = {"filter", "exclude", "get", "update", "first", "Q"}


@dataclass(frozen=True)
class Mutant:
    """One breakage: the lines of the statement it is in, what was done there, and the tree with it."""

    line: int
    last: int
    what: str
    tree: ast.Module


def of(source: str) -> Iterator[Mutant]:
    """Yield every mutant of a source; what stands outside functions, and annotations, are left alone."""
    plain = ast.parse(source)
    for number, (node, span) in enumerate(_inside(plain)):
        for what, change in _changes(node):
            tree = copy.deepcopy(plain)
            change(_inside(tree)[number][0])
            yield Mutant(*span, what, ast.fix_missing_locations(tree))


def _inside(tree: ast.Module) -> list[tuple[ast.AST, tuple[int, int]]]:
    """Every node in the body of a function, in the order of the text, with the lines of its statement."""
    found: list[tuple[ast.AST, tuple[int, int]]] = []

    def visit(node: ast.AST, inside: bool, span: tuple[int, int] = (0, 0)) -> None:
        if isinstance(node, ast.stmt):
            block = _block(node, "body")
            span = (node.lineno, max(node.lineno, block[0].lineno - 1) if block else node.end_lineno or 0)
        if isinstance(node, ast.FunctionDef):
            # Of a function as a whole, its first statement is what every call comes by.
            span = (node.body[0].lineno, node.body[-1].end_lineno or 0)
            found.append((node, span))
            for statement in node.body:
                visit(statement, True, span)
            return
        if inside:
            found.append((node, span))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in SPOKEN:
            return
        for name, value in ast.iter_fields(node):
            if name == "annotation":
                continue
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST):
                    visit(child, inside, span)

    visit(tree, False)
    return found


def _changes(node: ast.AST) -> Iterator[tuple[str, Callable[[ast.AST], None]]]:
    yield from _operators(node)
    yield from _values(node)
    yield from _statements(node)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute | ast.Name):
        called = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id
        for place, keyword in enumerate(node.keywords):
            if called in QUERIES and keyword.arg:
                yield f"{called}() without {keyword.arg}", _without(place)


def _operators(node: ast.AST) -> Iterator[tuple[str, Callable[[ast.AST], None]]]:
    if isinstance(node, ast.Compare):
        for place, operator in enumerate(node.ops):
            if type(operator) in SWAPS:
                yield f"{_name(operator)} swapped", _swapped(place)
    elif isinstance(node, ast.BoolOp | ast.BinOp | ast.AugAssign) and type(node.op) in SWAPS:
        yield f"{_name(node.op)} swapped", _set("op", SWAPS[type(node.op)]())
    elif isinstance(node, ast.If | ast.While | ast.IfExp) and not isinstance(node.test, ast.Compare | ast.BoolOp):
        yield "condition turned round", _turned
    elif isinstance(node, ast.comprehension):
        for place, _test in enumerate(node.ifs):
            yield "condition left out", _left_out(place)


def _values(node: ast.AST) -> Iterator[tuple[str, Callable[[ast.AST], None]]]:
    if isinstance(node, ast.Constant):
        if isinstance(node.value, bool):
            yield f"{node.value} turned round", _set("value", not node.value)
        elif isinstance(node.value, int):
            yield f"{node.value} + 1", _set("value", node.value + 1)
        elif isinstance(node.value, str) and node.value.isidentifier():
            yield f"{node.value!r} altered", _set("value", f"{node.value}x")
    elif isinstance(node, ast.Return) and node.value is not None and not _is_none(node.value):
        yield "returns None", _nothing_returned


def _statements(node: ast.AST) -> Iterator[tuple[str, Callable[[ast.AST], None]]]:
    body: list[ast.stmt] = [
        each for name in ("body", "orelse", "finalbody") for each in _block(node, name) if _droppable(each)
    ]
    for statement in body:
        yield f"line {statement.lineno} left out", _dropped(statement.lineno, statement.col_offset)


def _block(node: ast.AST, name: str) -> list[ast.stmt]:
    found = getattr(node, name, [])
    return found if isinstance(found, list) else []


def _droppable(node: ast.stmt) -> bool:
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Call)
    stored = isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Attribute | ast.Subscript)
    return stored or isinstance(node, ast.Raise | ast.AugAssign | ast.Delete)


def _name(node: ast.AST) -> str:
    return type(node).__name__


def _is_none(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


# ── What is done to a node ───────────────────────────────────────────────────────────────────────────────────────────
def _set(name: str, value: object) -> Callable[[ast.AST], None]:
    return lambda node: setattr(node, name, copy.deepcopy(value))


def _swapped(place: int) -> Callable[[ast.AST], None]:
    def change(node: ast.AST) -> None:
        node.ops[place] = SWAPS[type(node.ops[place])]()  # type: ignore[attr-defined]

    return change


def _turned(node: ast.AST) -> None:
    node.test = ast.UnaryOp(ast.Not(), node.test)  # type: ignore[attr-defined]


# What is taken out stays as code that never runs: a function that lost a variable of the one around it, or `super`,
# would have no place to be put in.
def _left_out(place: int) -> Callable[[ast.AST], None]:
    def change(node: ast.AST) -> None:
        node.ifs[place] = ast.BoolOp(ast.Or(), [ast.Constant(True), node.ifs[place]])  # type: ignore[attr-defined]

    return change


def _nothing_returned(node: ast.AST) -> None:
    node.value = ast.IfExp(ast.Constant(False), node.value, ast.Constant(None))  # type: ignore[attr-defined]


def _without(place: int) -> Callable[[ast.AST], None]:
    return lambda node: node.keywords.pop(place)  # type: ignore[attr-defined]


def _dropped(line: int, column: int) -> Callable[[ast.AST], None]:
    def change(node: ast.AST) -> None:
        for name in ("body", "orelse", "finalbody"):
            block = _block(node, name)
            for place, each in enumerate(block):
                if (each.lineno, each.col_offset) == (line, column):
                    block[place] = ast.copy_location(ast.If(ast.Constant(False), [each], []), each)

    return change
