"""The catalogue of event kinds in docs/webhooks.md: read from the source, written by `python -m` this module."""

import ast
import json
import re
from collections.abc import Iterable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from portal.teams.acts import KINDS, Kind
from tests import blueprint
from tests.blueprint import Source, dotted

PAGE = Path(__file__).resolve().parents[3] / "docs" / "webhooks.md"
BEGIN, END = "<!-- catalogue: begin -->", "<!-- catalogue: end -->"
HEAD = "| type | what happened | an example's `details` |\n|---|---|---|\n"
# What an act spreads from a variable, which no source names beside it.
SPREAD = {"after": {"plan": "enterprise", "entitled_sso": True, "entitled_scim": True}}
# An example of what a detail says, and of what it says of one kind alone.
SAYS: dict[str, Any] = {
    "active": True, "added": 1, "address": "192.0.2.7", "after": "admin", "before": "member", "break_glass": True,
    "certificates_after": ["AB:CD:…"], "certificates_before": ["12:34:…"], "changed": ["name"],
    "changes": {"given_name": ["Mia", "Maria"]}, "code": "no_seats_left", "count": 3, "days": 7, "ended": 2,
    "ends_at": "2026-12-03T09:00:00+00:00", "entered_by": "code", "fingerprint": "AB:CD:…", "granted": 5,
    "grace_hours": 24,
    "hint": "sgs_4f9c…k2Qz", "host": "hooks.example.com", "hours": 168, "left": 9, "linked": True, "members": 12,
    "more": 5,
    "name": "Laptop",
    "name_id": "mia@example.com", "named": ["AB:CD:…"], "note": "Five start in May", "on": True, "over": 2,
    "people": 12,
    "plan": "enterprise", "provider": "Okta",
    "reason": "Their phone was lost", "refused_now": 2, "removed": ["12:34:…"], "rescue_code": True, "role": "member",
    "scim": True, "scopes": ["sso", "scim"], "shortened": 4, "sign_in_email": "mia@example.com", "skipped": False,
    "sso": True, "state": "on", "strict": True, "topics": ["members"], "url": "https://idp.example.com/metadata",
    "user_name": "mia@example.com", "vouched": True, "whom": "privileged people",
}  # fmt: skip
SAYS_OF: dict[str, dict[str, Any]] = {
    "act.refused": {"reason": "No unassigned seats left in team Acme: 25 of 25 seats are in use. …", "people": 1},
    "member.sign_in_email_changed": {"before": "mia@example.com", "after": "maria@example.com"},
    "seats.resized": {"before": 20, "after": 25},
    "passkey.renamed": {"before": "Laptop", "name": "Work laptop"},
    "import.finished": {"added": 12, "changed": 3},
    "second_factor.wanted_set": {"before": "", "after": "privileged"},
    "journal.purged": {"through": 120_000, "days": 400},
    "session.duration_set": {"before": 24, "after": 12},
    "sso.confirmation_set": {"after": "a fresh sign-in"},
    "sso.idp_initiated_changed": {"after": "converted"},
    "subject.relinked": {"before": "mia@old.example.com"},
    "webhook.stopped": {"reason": "It said that it wants no more (410)."},
}


def all_kinds() -> dict[str, Kind]:
    """Load whatever declares a kind, and return all of them."""
    for source in blueprint.read():
        if "Kind(" in source.text and not source.module.startswith("portal.demo"):
            import_module(source.module)
    return {name: kind for name, kind in KINDS.items() if not name.startswith("test.")}


def examples(kinds: dict[str, Kind]) -> dict[str, dict[str, Any]]:
    """Give each kind of event the details that its sentence names, or the source records with it, and what they say."""
    sources = blueprint.read()
    declared = {source.module: dict(_declared(source)) for source in sources}
    found = {name: _said(name, _named(kind.sentence)) for name, kind in kinds.items()}
    for source in sources:
        names = _names(source, declared)
        for function in source.functions:
            for call in _records(function):
                for kind in _kinds(call.args[0], function, names):
                    found[kind] |= _said(kind, _details(call))
    return dict(sorted(found.items()))


def _named(sentence: Any) -> list[tuple[str, Any]]:
    names = re.findall(r"{(\w+)}", str(sentence))
    return [(name, SAYS.get(name, "…")) for name in names if name not in ("actor", "subject")]


def _said(kind: str, details: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    return {name: SAYS_OF.get(kind, {}).get(name, say) for name, say in details}


def _declared(source: Source) -> Iterator[tuple[str, str]]:
    for node in source.tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and dotted(node.value.func) == "Kind":
            first = node.value.args[0]
            if isinstance(first, ast.Constant):
                yield dotted(node.targets[0]), str(first.value)


def _names(source: Source, declared: dict[str, dict[str, str]]) -> dict[str, str]:
    """How this file calls the kinds: its own by name, another file's by `file.NAME` or by name."""
    names = dict(declared[source.module])
    for module, taken in source.imports():
        for name in taken:
            names |= {name: declared[module][name]} if name in declared.get(module, {}) else {}
            names |= {f"{name}.{each}": kind for each, kind in declared.get(f"{module}.{name}", {}).items()}
    return names


def _records(function: ast.AST) -> Iterator[ast.Call]:
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and dotted(node.func).endswith(".record") and node.args:
            yield node


def _kinds(given: ast.AST, function: ast.AST, names: dict[str, str]) -> Iterable[str]:
    """The kinds that an expression may stand for; a variable stands for whatever the function assigns to it."""
    called = [dotted(node) for node in ast.walk(given) if isinstance(node, ast.Name | ast.Attribute)]
    assigned = [
        node.value
        for node in ast.walk(function)
        if isinstance(node, ast.Assign) and dotted(node.targets[0]) in called and dotted(node.targets[0]) not in names
    ]
    inside = [dotted(node) for value in assigned for node in ast.walk(value) if isinstance(node, ast.Name)]
    return {names[name] for name in (*called, *inside) if name in names}


def _details(call: ast.Call) -> Iterator[tuple[str, Any]]:
    for word in call.keywords:
        if word.arg is not None:
            yield from [(word.arg, SAYS.get(word.arg, "…"))] * (word.arg != "refused")
        elif isinstance(word.value, ast.Call) and isinstance(word.value.args[0], ast.Constant):
            # Groups name the first of those who moved, and count them.
            moved = str(word.value.args[0].value)
            yield from {moved: ["Mia Lund"], f"{moved}_count": 1}.items()
        else:
            yield from SPREAD.get(dotted(word.value), {}).items()


def table(kinds: dict[str, Kind]) -> str:
    """Write the catalogue; `kinds` gives each kind its sentence."""
    lines = []
    for name, told in examples(kinds).items():
        example = f"`{json.dumps(told, ensure_ascii=False)}`" if told else "–"
        lines.append(f"| `{name}` | {kinds[name].sentence} | {example} |\n")
    return HEAD + "".join(lines)


def written(text: str, kinds: dict[str, Kind]) -> str:
    """Return the page with its catalogue as it should be."""
    before, _, rest = text.partition(BEGIN)
    after = rest.partition(END)[2]
    return f"{before}{BEGIN}\n{table(kinds)}{END}{after}"
