"""PATCH (RFC 7644 section 3.5.2): a PatchOp message read into operations, each bound to an attribute of the table."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from scim2_models import Path
from scim2_models.exceptions import SCIMException
from scim2_models.path import AttrPath, Comparison, FilterNode, ValuePath

from scim.protocol import comparison, paths
from scim.protocol.attribute import Mutability, Resource
from scim.protocol.errors import InvalidPath, InvalidSyntax, InvalidValue, NoTarget, ScimError
from scim.protocol.errors import Mutability as NotMutable

OPS = ("add", "replace", "remove")
# Operations, and members of values without a path, in one message.
MAX_OPERATIONS = 1_000
# Characters of one path, and of all paths that select elements: the grammar takes microseconds for each. A thousand
# `members[value eq "…"]` are half of it.
MAX_PATH, MAX_SELECTIONS = 1_024, 131_072


@dataclass(frozen=True)
class Operation:
    """One change: what is done, where, to which elements of a list (None: all), with what."""

    op: str
    place: paths.Place
    selection: FilterNode | None = None
    value: Any = None


@dataclass(frozen=True)
class Patch:
    """A PatchOp message that can be applied to any row of its resource."""

    resource: Resource
    operations: tuple[Operation, ...]

    def names(self, attribute: str) -> bool:
        """Say whether some operation sets this attribute, changed by that or not."""
        return any(one.place.attribute.name == attribute and one.op != "remove" for one in self.operations)


def read(resource: Resource, body: dict[str, Any]) -> Patch:
    """Read a PatchOp message; names are taken in any case and `schemas` may be missing (JumpCloud, Entra)."""
    sent = {key.lower(): value for key, value in body.items()}.get("operations")
    if not isinstance(sent, list) or not sent:
        raise InvalidSyntax(_("Operations must be a list with at least one operation."))
    reader = _Reader(resource)
    return Patch(resource, tuple(one for number, item in enumerate(sent, 1) for one in reader.operations(item, number)))


class _Reader:
    """Reads the operations of one message, and counts what reading them costs."""

    def __init__(self, resource: Resource) -> None:
        self.resource = resource
        self.count = self.selection_length = 0

    def operations(self, sent: Any, number: int) -> Iterator[Operation]:
        """Yield what one operation does, attribute by attribute."""
        self._spend()
        if not isinstance(sent, dict):
            raise InvalidSyntax(_("Operation {n} must be an object.").format(n=number))
        members = {key.lower(): value for key, value in sent.items()}
        op, path, value = members.get("op"), members.get("path"), members.get("value")
        op = op.lower() if isinstance(op, str) else op
        if op not in OPS:
            raise InvalidSyntax(_("The op of operation {n} must be add, replace or remove.").format(n=number))
        if op != "remove" and "value" not in members:
            raise InvalidValue(_("Operation {n} needs a value.").format(n=number))
        if path is not None and not isinstance(path, str):
            raise InvalidPath(_("The path of operation {n} must be text.").format(n=number))
        text = (path or "").strip()
        if not text and op == "remove":
            raise NoTarget(_("Operation {n} needs a path: name what to remove.").format(n=number))
        extension = self.resource.extensions_by_urn.get(text.lower())
        if extension is not None:
            everything = dict.fromkeys(extension.names) if op == "remove" else value
            return self._members(op, everything, f"{extension.urn}:")
        return self._at_path(op, text, value) if text else self._members(op, value, "")

    def _members(self, op: str, value: Any, prefix: str) -> Iterator[Operation]:
        """Read a whole or partial resource, whose names may be dotted or under a URN (Entra's aadOptscim062020)."""
        if value is None:
            return
        if not isinstance(value, dict):
            raise InvalidValue(_("A value without the path of an attribute must be an object."))
        for key, item in value.items():
            self._spend()
            extension = self.resource.extensions_by_urn.get(key.lower())
            if extension is not None and not prefix:
                yield from self._members(op, item, f"{extension.urn}:")
                continue
            # Unknown attributes are passed over, and so is what a client may not write: Okta repeats the id here.
            try:
                place, selection = self._target(prefix + key)
            except (InvalidPath, NotMutable):
                continue
            if place is not None:
                yield Operation(op, place, selection, item)

    def _at_path(self, op: str, text: str, value: Any) -> Iterator[Operation]:
        place, selection = self._target(text)
        if place is None:
            return
        if op == "remove" and place.target.required:
            raise NotMutable(_("{name} is required and can't be removed.").format(name=place))
        yield Operation(op, place, selection, value)

    def _target(self, text: str) -> tuple[paths.Place | None, FilterNode | None]:
        """Find what a path names; None for what is accepted and dropped (a password, another vendor's extension)."""
        uri, name, sub, selection = self._parse(text)
        place = paths.find(self.resource, uri, name, sub)
        if place is None:
            if _is_dropped(self.resource, uri, name, sub):
                return None, None
            message = _("{path} names no attribute of {type}.")
            raise InvalidPath(message.format(path=text[:100], type=self.resource.name))
        kinds = {place.attribute.mutability, place.target.mutability}
        if Mutability.READ_ONLY in kinds:
            raise NotMutable(_("{name} is read-only.").format(name=place))
        if Mutability.WRITE_ONLY in kinds:
            return None, None
        if selection is not None:
            if not place.attribute.multi:
                raise InvalidPath(_("{name} has no list of values to select from.").format(name=place))
            # Tried once on nothing, so that a bad term is refused even where the list is empty.
            comparison.Selection(place.attribute, {}).visit(selection)
        return place, selection

    def _parse(self, text: str) -> tuple[str | None, str, str | None, FilterNode | None]:
        if "[" not in text and " " not in text:
            return *paths.split(text), None
        if len(text) > MAX_PATH:
            raise InvalidPath(_("The path is longer than {n} characters.").format(n=MAX_PATH))
        self.selection_length += len(text)
        if self.selection_length > MAX_SELECTIONS:
            raise ScimError(_("The paths of this PATCH are too long together: send it in parts."), status=413)
        return _parse(text)

    def _spend(self) -> None:
        self.count += 1
        if self.count > MAX_OPERATIONS:
            raise ScimError(_("Send at most {n} operations in one PATCH.").format(n=MAX_OPERATIONS), status=413)


def _parse(text: str) -> tuple[str | None, str, str | None, FilterNode | None]:
    try:
        node = Path(text).ast
    except SCIMException as error:
        raise InvalidPath(_("The path can't be read: {why}.").format(why=error.detail)) from None
    if isinstance(node, ValuePath):
        return node.attr_path.uri, node.attr_path.attr, node.sub_attr, node.val_filter
    if isinstance(node, Comparison) and node.attr_path.sub_attr:
        # Erratum 7122: `emails.type eq "work"` is another spelling of `emails[type eq "work"]`.
        inner = Comparison(AttrPath(node.attr_path.sub_attr), node.op, node.value)
        return node.attr_path.uri, node.attr_path.attr, None, inner
    raise InvalidPath(_("The path {path} selects nothing.").format(path=text[:100]))


def _is_dropped(resource: Resource, uri: str | None, name: str, sub: str | None) -> bool:
    """Say whether an unknown path is quietly dropped.

    An extension we don't have is no reason to fail the rest of the request, nor is an unknown sub-attribute of a list
    (Entra's maps for roles, phoneNumbers and addresses).
    """
    if uri is not None and uri.lower() not in {resource.urn.lower(), *resource.extensions_by_urn}:
        return uri.lower().startswith("urn:")
    whole = paths.find(resource, uri, name, None) if sub else None
    return whole is not None and whole.attribute.multi
