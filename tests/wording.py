"""Reads the source for words that people are shown and that did not go through gettext."""

import ast
import re
from collections.abc import Iterator

from tests.blueprint import Source, inside

# What a machine or its operator reads in the language of its contract; product and field names of others.
ENGLISH = (
    "portal/api/",  # OpenAPI and problem documents; its refusals are those of the rules
    "portal/backup/", "portal/doctor/", "portal/settings.py", "portal/teams/sealed.py",  # on a command line
    "portal/metrics.py", "portal/pages/health.py", "portal/shared.py",  # numbers and log lines
    "sso/guard.py", "sso/decryption.py",  # XML names; their sentences stand in sso/errors.py
    "scim/mapping.py", "scim/protocol/schemas.py",  # RFC 7643's descriptions
    "sso/providers.py", "scim/panel/providers.py", "scim/agents.py", "portal/demo/dialects/",  # what others call it
    "portal/demo/",  # the practice IdP's people and protocol; its pages are templates
)  # fmt: skip
SENTENCE = re.compile(r"[A-Z][\w’']*[ ,].*[a-z]{2}", re.DOTALL)
# Statements, headers and types.
CODE = re.compile(r"[A-Z]{2,} |Bearer realm|\w+ \| \w+$")
# What these are given is shown as it is.
SHOWN = {"label", "help_text", "empty_label", "verbose_name", "title", "words"}
SAMPLE = "Rear admiral"


def past_gettext(source: Source) -> Iterator[str]:
    """Whatever people are shown goes through gettext."""
    if inside(source.path, ENGLISH) or "/management/" in source.path:
        return
    passed = {id(each) for node in _passed(source, set(_names(source))) for each in ast.walk(node)}
    for node in ast.walk(source.tree):
        if id(node) not in passed and _said(node):
            yield f"line {getattr(node, 'lineno', 0)}: {_text(node)!r}"


def _names(source: Source) -> Iterator[str]:
    """What the functions of gettext are called in this file."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation":
            yield from (alias.asname or alias.name for alias in node.names)


def _passed(source: Source, wrappers: set[str]) -> Iterator[ast.AST]:
    """What has gone through gettext, and what is said to nobody: docstrings."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in wrappers:
            yield from node.args
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield node


def _said(node: ast.AST) -> bool:
    """Say whether a piece of source is words for people."""
    if isinstance(node, ast.keyword) and node.arg in SHOWN:
        return bool(re.search("[A-Za-z]", _text(node.value)))
    text = _text(node)
    return bool(SENTENCE.match(text)) and not CODE.match(text) and text != SAMPLE


def _text(node: ast.AST) -> str:
    """A literal's own text, of an f-string with {} for what is put in."""
    if isinstance(node, ast.keyword):
        return _text(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(each) if isinstance(each, ast.Constant) else "{}" for each in node.values)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
