"""Reads the source as the house's plan sees it: modules, what they import, and where a rule of the plan is broken."""

import ast
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("portal", "sso", "scim")
FILE_LINES, FUNCTION_LINES, VIEW_LINES = 300, 45, 20
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Source:
    """One file of the project: its path from the root, and its text."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """The parsed text."""
        return ast.parse(self.text)

    @property
    def module(self) -> str:
        """The module's dotted name."""
        return self.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    @cached_property
    def functions(self) -> list[Function]:
        """Every function and method, however deep."""
        return [node for node in ast.walk(self.tree) if isinstance(node, Function)]

    def imports(self, node: ast.AST | None = None) -> Iterator[tuple[str, tuple[str, ...]]]:
        """List what is imported: the module, and the names taken from it."""
        for found in ast.walk(node or self.tree):
            if isinstance(found, ast.Import):
                yield from ((alias.name, ()) for alias in found.names)
            elif isinstance(found, ast.ImportFrom):
                above = self.module.split(".")[: -found.level] if found.level else []
                yield ".".join([*above, *filter(None, [found.module])]), tuple(alias.name for alias in found.names)

    def calls(self) -> Iterator[tuple[ast.Call, str]]:
        """List every call with the dotted name of what is called."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call):
                yield node, dotted(node.func)


def read() -> list[Source]:
    """Read every Python file of the project but migrations."""
    files = sorted(file for package in PACKAGES for file in (ROOT / package).rglob("*.py"))
    return [
        Source(file.relative_to(ROOT).as_posix(), file.read_text()) for file in files if "migrations" not in file.parts
    ]


def dotted(node: ast.AST) -> str:
    """Name what an expression calls: `Member.every_team.filter().update` for a chain of calls."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    if isinstance(node, ast.Call):
        return f"{dotted(node.func)}()"
    return node.id if isinstance(node, ast.Name) else "?"


def inside(path: str, places: Iterable[str]) -> bool:
    """Say whether a path is one of these files, or lies in one of these folders (which end in /)."""
    return any(path == place or (place.endswith("/") and path.startswith(place)) for place in places)


def below(module: str, package: str) -> bool:
    """Say whether a module is this package or lies in it."""
    return module == package or module.startswith(f"{package}.")


# ── Arrows ───────────────────────────────────────────────────────────────────────────────────────────────────────────
# The first place that fits a module says which packages of the project it may import, and which of those not.
ARROWS: list[tuple[str, tuple[str, ...], tuple[str, ...]]] = [
    ("portal.teams", ("portal.teams",), ()),
    ("portal.outbound", ("portal.teams", "portal.outbound"), ()),
    ("portal.door", ("portal.teams",), ()),
    (
        "portal.api",
        ("portal.teams", "portal.door", "portal.api", "portal.throttle", "portal.body", "portal.gate", "portal.proxy"),
        (),
    ),
    ("portal.pages", ("portal",), ("portal.demo", "portal.operators", "portal.urls")),
    ("portal.operators", ("portal",), ("portal.demo", "portal.urls")),
    ("portal.directories", ("portal",), ("portal.demo", "portal.operators", "portal.urls")),
    ("portal.imports", ("portal",), ("portal.demo", "portal.operators", "portal.urls")),
    ("portal", ("portal",), ()),
    ("sso", ("sso", "portal"), ("portal.pages", "portal.demo", "portal.urls")),
    ("scim", ("scim", "portal"), ("portal.pages", "portal.demo", "portal.urls")),
]


def arrows(source: Source) -> Iterator[str]:
    """Arrows point down only."""
    _, allowed, forbidden = next(arrow for arrow in ARROWS if below(source.module, arrow[0]))
    for module, names in source.imports():
        if module.split(".")[0] not in PACKAGES:
            continue
        for target in {module, *(f"{module}.{name}" for name in names)}:
            ours = any(below(target, package) for package in allowed) or target == "portal"
            if not ours or any(below(target, package) for package in forbidden):
                yield f"imports {target}"


def circle(sources: list[Source]) -> list[str]:
    """Return a circle of modules that import each other, or nothing."""
    known = {source.module for source in sources}
    graph = {
        source.module: {
            target
            for module, names in source.imports()
            for target in ({f"{module}.{name}" for name in names} & known or {module} & known)
        }
        for source in sources
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def imports_inside_functions(source: Source) -> Iterator[str]:
    """No import inside a function; `ready` of an app is the one moment at which models can first be imported."""
    for function in source.functions:
        if function.name == "ready" and source.path.endswith("apps.py"):
            continue
        for module, _names in source.imports(function):
            yield f"{function.name} imports {module}"


# ── Tenancy and writers ──────────────────────────────────────────────────────────────────────────────────────────────
UNSCOPED = (
    "portal/outbound/webhooks/",  # an endpoint of the operator has no team
    "portal/operators/finding.py",  # operators look for a team among all
    "portal/operators/overview.py",
    "portal/operators/requests.py",
    "portal/teams/",  # the ground floor, where the acts scope by the locked team
    "portal/api/contributions.py",
    "portal/api/keys.py",
    "portal/backup/engines.py",  # these three look at the whole house for its operator
    "portal/doctor/surroundings.py",
    "portal/metrics.py",
    "portal/demo/management/commands/seed_demo.py",
    "portal/directories/",  # its runs and ties hang on an import of the team; the doctor looks at all
    "portal/imports/contributions.py",
    "portal/imports/models.py",
    "sso/again.py",
    "sso/attempts.py",
    "sso/connection.py",
    "sso/contributions.py",
    "sso/drafts.py",
    "sso/expiry.py",
    "sso/identity.py",
    "sso/keys.py",
    "sso/logging_out.py",
    "sso/login.py",
    "sso/panel/",
    "sso/person.py",
    "sso/proposals.py",
    "scim/contributions.py",
    "scim/exchange.py",
    "scim/belonging.py",
    "scim/listening.py",
    "scim/lookup.py",
    "scim/notices.py",
    "scim/panel/",
    "scim/person.py",
    "scim/reads.py",
    "scim/tokens.py",
    "scim/views/groups.py",
    "scim/views/users.py",
)
WRITERS = (
    "portal/teams/roster.py",
    "portal/teams/batches.py",  # many at once, by the rules of roster
    "portal/teams/owners.py",
    "portal/teams/founding.py",
    "portal/teams/access.py",  # entry_after and last_sign_in
    "portal/teams/groups.py",  # the version of those who join or leave
)
WRITES = ("create", "update", "delete", "save", "bulk_create", "bulk_update", "get_or_create", "update_or_create")
MEMBERS = re.compile(r"(Member\.every_team|(\w+\.)*(members|member|owner))\b")


def unscoped(source: Source) -> Iterator[str]:
    """`every_team` stands in a short list of files."""
    if not inside(source.path, UNSCOPED):
        lines = {node.lineno for node in ast.walk(source.tree) if getattr(node, "attr", "") == "every_team"}
        yield from (f"line {line} reads every team" for line in sorted(lines))


def writers(source: Source) -> Iterator[str]:
    """Few files write a Member."""
    if inside(source.path, WRITERS):
        return
    for call, name in source.calls():
        on, _, verb = name.rpartition(".")
        if name == "Member" or (verb in WRITES and MEMBERS.match(on)):
            yield f"line {call.lineno} writes a member"


# ── Sizes, words and names ───────────────────────────────────────────────────────────────────────────────────────────
# A view that is longer, with its reason.
LONG_VIEWS: dict[str, str] = {}
PAGES = (
    "portal/pages/", "portal/imports/pages.py", "portal/directories/pages/", "portal/operators/",
    "sso/views.py", "sso/slo.py", "sso/panel/",
    "scim/panel/",
)  # fmt: skip
LAYERS = ("services", "utils", "helpers", "managers", "common", "misc")
SAML = ("sso/saml.py",)
SPEAKERS = ("portal/demo/",)
KIND = re.compile(r"[a-z]+(_[a-z]+)*\.([a-z]+_)*([a-z]+ed|set|held|made)(_(on|off|out))?$")


def long_files(source: Source) -> Iterator[str]:
    """Files have at most 300 lines."""
    count = len(source.text.splitlines())
    if count > FILE_LINES:
        yield f"has {count} lines"


def long_functions(source: Source) -> Iterator[str]:
    """Functions have at most 45 lines."""
    for function in source.functions:
        count = (function.end_lineno or 0) - function.lineno + 1
        if count > FUNCTION_LINES:
            yield f"{function.name} has {count} lines"


def long_views(source: Source) -> Iterator[str]:
    """Views have at most 20 lines of body."""
    for function in source.functions:
        body = function.body[1:] if ast.get_docstring(function) and len(function.body) > 1 else function.body
        count = (body[-1].end_lineno or 0) - body[0].lineno + 1
        if is_view(source, function) and count > VIEW_LINES and function.name not in LONG_VIEWS:
            yield f"{function.name} has a body of {count} lines"


def is_view(source: Source, function: Function) -> bool:
    """A view is what `team_page` opens, or a public function of a page that takes the request first."""
    decorated = any(
        "team_page" in dotted(decorator) or "operator_page" in dotted(decorator)
        for decorator in function.decorator_list
    )
    first = function.args.posonlyargs + function.args.args
    takes_request = bool(first) and first[0].arg == "request" and not function.name.startswith("_")
    return decorated or (takes_request and inside(source.path, PAGES))


def promises(source: Source) -> Iterator[str]:
    """Nothing is left for later."""
    for number, line in enumerate(source.text.splitlines(), 1):
        if re.search(r"\b(TODO|FIXME|XXX|HACK)\b", line):
            yield f"line {number} leaves something for later"


def layers(source: Source) -> Iterator[str]:
    """A file is a subject, never a layer."""
    if Path(source.path).stem in LAYERS:
        yield "is named after a layer"


def saml_library(source: Source) -> Iterator[str]:
    """python3-saml stands behind one file."""
    if not inside(source.path, SAML):
        yield from (f"imports {module}" for module, _ in source.imports() if below(module, "onelogin"))


def prints(source: Source) -> Iterator[str]:
    """Only commands and the demo talk on stdout."""
    if not inside(source.path, SPEAKERS) and "/management/" not in source.path:
        yield from (f"line {call.lineno} prints" for call, name in source.calls() if name == "print")


def kinds(source: Source) -> Iterator[str]:
    """Every kind of event is a noun and what happened to it."""
    for call, name in source.calls():
        if name.rpartition(".")[2] == "Kind" and len(call.args) == 2:
            given = call.args[0].value if isinstance(call.args[0], ast.Constant) else ""
            if not KIND.match(str(given)):
                yield f"line {call.lineno}: {given!r} is not noun.past"


Rule = Callable[[Source], Iterator[str]]
RULES: list[Rule] = [
    arrows, imports_inside_functions, unscoped, writers, long_files, long_functions, long_views, promises, layers,
    saml_library, prints, kinds,
]  # fmt: skip
