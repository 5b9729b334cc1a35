"""Partial documents (RFC 7644 section 3.9): what `attributes` and `excludedAttributes` leave of a resource."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from scim.protocol import paths
from scim.protocol.attribute import Resource
from scim.protocol.errors import InvalidValue

# What is named, by name; None stands for the whole attribute.
Tree = dict[str, Any]


@dataclass(frozen=True)
class Projection:
    """What of a resource a client wants; made once a request, applied to each document."""

    wanted: Tree | None = None
    unwanted: Tree | None = None

    def has(self, name: str) -> bool:
        """Say whether anything of a top-level attribute is returned, so that the rest need not be loaded."""
        if self.wanted is not None:
            return name in self.wanted
        return not (self.unwanted and name in self.unwanted and self.unwanted[name] is None)

    def of(self, document: dict[str, Any]) -> dict[str, Any]:
        """Return what is left of a document."""
        left: dict[str, Any] = document
        if self.wanted is not None:
            left = _keep(document, self.wanted)
        elif self.unwanted:
            left = _drop(document, self.unwanted)
        return left


def project(resource: Resource, attributes: Iterable[str] = (), excluded: Iterable[str] = ()) -> Projection | None:
    """Read the two parameters, names or comma-separated lists of names; None means the whole resource."""
    wanted, unwanted = _names(attributes), _names(excluded)
    if wanted and unwanted:
        raise InvalidValue(_("Send attributes or excludedAttributes, not both."))
    always = [a.name for a in resource.names.values() if a.returned == "always"]
    if wanted:
        return Projection(wanted=_tree(resource, wanted) | dict.fromkeys(always))
    if unwanted:
        tree = _tree(resource, unwanted)
        return Projection(unwanted={name: rest for name, rest in tree.items() if name not in always})
    return None


def _names(given: Iterable[str]) -> list[str]:
    return [name.strip() for text in given for name in text.split(",") if name.strip()]


def _tree(resource: Resource, names: list[str]) -> Tree:
    tree: Tree = {}
    for name in names:
        steps = _steps(resource, name)
        if steps:
            _grow(tree, steps)
    return tree


def _steps(resource: Resource, name: str) -> tuple[str, ...]:
    """Return where a name leads; an unknown one leads nowhere and selects nothing."""
    extension = resource.extensions_by_urn.get(name.lower())
    if extension is not None:
        return (extension.urn,)
    place = paths.find(resource, *paths.split(name))
    return place.steps if place else ()


def _grow(tree: Tree, steps: tuple[str, ...]) -> None:
    for step in steps[:-1]:
        below = tree.setdefault(step, {})
        if below is None:
            return
        tree = below
    tree[steps[-1]] = None


def _keep(value: Any, tree: Tree | None) -> Any:
    if tree is None:
        return value
    if isinstance(value, list):
        return [kept for kept in (_keep(item, tree) for item in value) if kept]
    if not isinstance(value, dict):
        return value
    kept = {name: _keep(value[name], rest) for name, rest in tree.items() if name in value}
    return {name: item for name, item in kept.items() if item not in ({}, [])}


def _drop(value: Any, tree: Tree) -> Any:
    if isinstance(value, list):
        return [left for left in (_drop(item, tree) for item in value) if left]
    if not isinstance(value, dict):
        return value
    left = {
        name: _drop(item, tree[name]) if name in tree else item
        for name, item in value.items()
        if tree.get(name, {}) is not None
    }
    return {name: item for name, item in left.items() if item not in ({}, [])}
