"""References in what a client sends (a group's members): read as ids, and a PATCH of them as who goes and who comes.

They are never loaded to be changed: an addition is a union, a removal names whom it means (scim.md section 4).
"""

from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from scim2_models.path import CompareOperator, Comparison, FilterNode, LogicalExpr, LogicalOperator, Present

from scim.protocol import comparison, quirks
from scim.protocol.attribute import Attribute
from scim.protocol.errors import InvalidFilter, InvalidValue, ScimError
from scim.protocol.errors import Mutability as NotMutable
from scim.protocol.patch import Operation, Patch

# In one request; a body of 4 MiB holds about as many with their names and addresses.
MAX_REFERENCES = 20_000
Ids = dict[UUID, None]


@dataclass
class Change:
    """What a message does to a list of references; `whole` means that nothing else stays."""

    add: Ids = field(default_factory=dict)
    remove: Ids = field(default_factory=dict)
    whole: bool = False

    def put_in(self, ids: Ids) -> None:
        """Add."""
        self.add |= ids
        self.remove = {each: None for each in self.remove if each not in ids}

    def take_out(self, ids: Ids) -> None:
        """Remove the named ones."""
        self.remove |= ids
        self.add = {each: None for each in self.add if each not in ids}

    def set(self, ids: Ids) -> None:
        """Replace the list."""
        self.add, self.remove, self.whole = dict(ids), {}, True


def listed(attribute: Attribute, body: dict[str, Any]) -> Change:
    """Return what a whole document (POST, PUT) makes of the list; where it says nothing, nothing is left."""
    sent = next((value for key, value in body.items() if key.lower() == attribute.name.lower()), None)
    change = Change()
    change.set(read(attribute, sent, attribute.name))
    return change


def split(patch: Patch) -> tuple[Patch, Change]:
    """Part a PATCH into what changes the row and what it does to the references, read in the order it was sent."""
    rest, change = [], Change()
    for operation in patch.operations:
        if operation.place.attribute.relation is None:
            rest.append(operation)
        else:
            _follow(change, operation)
    return replace(patch, operations=tuple(rest)), change


def _follow(change: Change, operation: Operation) -> None:
    attribute, sub, value = operation.place.attribute, operation.place.sub, operation.value
    if sub is not None and (sub.name != "value" or operation.selection is not None):
        raise NotMutable(_("{name} can't be changed: remove the member and add another.").format(name=operation.place))
    if operation.selection is not None:
        chosen = _selected(attribute, operation.selection)
        if operation.op == "remove":
            change.set({}) if chosen is None else change.take_out(chosen)
        else:
            change.put_in(chosen or {})
        return
    # Null means that nothing was sent: a group is not emptied by it.
    ids = read(attribute, value, str(operation.place))
    if operation.op == "add":
        change.put_in(ids)
    elif operation.op == "remove":
        change.set({}) if value is None else change.take_out(ids)
    elif value is not None:
        change.set(ids)


def read(attribute: Attribute, value: Any, name: str) -> Ids:
    """Return the ids that were sent, each once; what is no id of ours belongs to nobody and is refused."""
    found: Ids = {}
    elements = [] if value in (None, "") else quirks.elements(value)
    if len(elements) > MAX_REFERENCES:
        told = _("{name} holds more than {n} values: send them in parts.")
        raise ScimError(told.format(name=name, n=MAX_REFERENCES), status=413)
    for element in elements:
        if element in (None, ""):
            continue
        sent = quirks.element(attribute, element)
        if not isinstance(sent, dict):
            raise InvalidValue(_("{name} must be a list of objects with a value.").format(name=name))
        found[_id(next((item for key, item in sent.items() if key.lower() == "value"), None), name)] = None
    return found


def _id(sent: Any, name: str) -> UUID:
    try:
        return UUID(sent)
    except (ValueError, TypeError, AttributeError):
        told = _("{name} names {id}, which is the id of nobody here.")
        raise InvalidValue(told.format(name=name, id=str(sent)[:100].encode(errors="replace").decode())) from None


def _selected(attribute: Attribute, node: FilterNode) -> Ids | None:
    """Return whom a value path selects by id; None means everybody."""
    if isinstance(node, LogicalExpr):
        return _joined(node, [_selected(attribute, term) for term in node.terms])
    if isinstance(node, Present):
        return None
    if isinstance(node, Comparison) and node.value is not None:
        sub = comparison.element_sub(attribute, node)
        operand = comparison.operand(sub, node.op, node.value)
        if sub.constant:
            return None if comparison.HOLDS[node.op](sub.constant.lower(), operand) else {}
        if sub.name == "value" and node.op is CompareOperator.eq:
            return _stranger_or(operand)
    raise InvalidFilter(_('Select members by their value, as in members[value eq "2819c223"].'))


def _stranger_or(text: str) -> Ids:
    """Return the id in a text; one that is none selects nobody."""
    try:
        return {UUID(text): None}
    except ValueError:
        return {}


def _joined(node: LogicalExpr, terms: list[Ids | None]) -> Ids | None:
    named = [term for term in terms if term is not None]
    if node.op == LogicalOperator.or_:
        return None if len(named) < len(terms) else {each: None for term in named for each in term}
    if not named:
        return None
    return {each: None for each in named[0] if all(each in term for term in named)}
