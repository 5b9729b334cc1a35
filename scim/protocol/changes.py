"""A patch applied to a document (RFC 7644 sections 3.5.2.1 to 3.5.2.3): all of it, or none."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from scim2_models.path import CompareOperator, Comparison, FilterNode, LogicalExpr, LogicalOperator

from portal.teams.folding import fold
from scim.protocol import comparison, document, quirks, values
from scim.protocol.attribute import Attribute, Type
from scim.protocol.errors import NoTarget
from scim.protocol.patch import Operation, Patch

Element = dict[str, Any]


def apply(patch: Patch, current: Mapping[str, Any]) -> document.Fields:
    """Return what the row is to hold after the patch; `current` is `document.stored`, and stays as it is."""
    wanted = _copied(current)
    for operation in patch.operations:
        extension = operation.place.extension
        container = wanted.setdefault(extension, {}) if extension else wanted
        if operation.place.attribute.multi:
            _change_list(container, operation)
        else:
            _change_single(container, operation)
    for name, value in current.items():
        # A boolean has no empty state to be removed to: it stays as it is.
        if isinstance(value, bool):
            wanted.setdefault(name, value)
    return document.read(patch.resource, wanted)


def _copied(value: Any) -> Any:
    """Copy what JSON holds, all the way down; `copy.deepcopy` does so at ten times the cost."""
    if isinstance(value, Mapping):
        return {name: _copied(item) for name, item in value.items()}
    return [_copied(item) for item in value] if isinstance(value, list) else value


def _change_single(container: Element, operation: Operation) -> None:
    attribute, sub = operation.place.attribute, operation.place.sub
    if sub is not None:
        _change_member(container.setdefault(attribute.name, {}), sub, operation)
    elif operation.op == "remove" or attribute.type is not Type.COMPLEX or operation.value in (None, ""):
        _change_member(container, attribute, operation)
    elif isinstance(operation.value, str):
        # Entra names the manager by the plain id: another person, so nothing of the former one stays.
        container[attribute.name] = values.read_complex(attribute, operation.value, str(operation.place))
    else:
        _merge_members(attribute, container.setdefault(attribute.name, {}), operation.value)


def _change_member(container: Element, attribute: Attribute, operation: Operation) -> None:
    """Set or remove one value; an empty one removes when it replaces, and adds nothing when it is added."""
    kept = None
    if operation.op != "remove":
        kept = values.read(attribute, operation.value, str(operation.place))
    if kept is not None:
        container[attribute.name] = kept
    elif operation.op != "add":
        container.pop(attribute.name, None)


def _merge_members(attribute: Attribute, element: Element, value: Any) -> None:
    """Take over the sub-attributes that were sent; the others stay (section 3.5.2.3)."""
    sent = values.read_complex(attribute, value, attribute.name) or {}
    for key, item in value.items() if isinstance(value, dict) else ():
        sub = attribute.subs.get(key.lower())
        if sub is not None and sub.kept and item in (None, ""):
            element.pop(sub.name, None)
    element.update(sent)


def _change_list(container: Element, operation: Operation) -> None:
    place = operation.place
    elements: list[Element] = container.setdefault(place.attribute.name, [])
    if operation.selection is not None or place.sub is not None:
        container[place.attribute.name] = _change_elements(elements, operation)
        return
    sent: list[Element] = values.read(place.attribute, operation.value, str(place)) or []
    if operation.op == "add":
        _add(elements, sent)
        values.check_count(len(elements), str(place))
    elif operation.op == "remove" and quirks.removes_listed_only(place.attribute, operation.value):
        container[place.attribute.name] = _without(elements, sent)
    else:
        container[place.attribute.name] = sent if operation.op == "replace" else []


def _change_elements(elements: list[Element], operation: Operation) -> list[Element]:
    """Change the selected elements, or one made for the purpose."""
    attribute, sub, selection = operation.place.attribute, operation.place.sub, operation.selection
    chosen = [e for e in elements if selection is None or comparison.Selection(attribute, e).visit(selection)]
    if operation.op == "remove" and sub is None:
        return [element for element in elements if not any(element is one for one in chosen)]
    if not chosen and operation.op in quirks.CREATE_MISSING_ELEMENT and operation.value not in (None, ""):
        chosen = [_made_for(attribute, selection)]
        elements = elements + chosen
    for element in chosen:
        if sub is not None:
            _change_member(element, sub, operation)
        else:
            value = quirks.elements(operation.value)
            _merge_members(attribute, element, quirks.element(attribute, value[0] if value else None))
    _prefer(elements, chosen)
    return elements


def _made_for(attribute: Attribute, selection: FilterNode | None) -> Element:
    """Return a new element that the selection would find; only equalities joined by `and` tell what it looks like."""
    element: Element = {}
    terms = [selection] if selection else []
    while terms:
        term = terms.pop()
        if isinstance(term, LogicalExpr) and term.op == LogicalOperator.and_:
            terms += term.terms
        elif isinstance(term, Comparison) and term.op is CompareOperator.eq and term.value is not None:
            sub = comparison.element_sub(attribute, term)
            element[sub.name] = quirks.truth(term.value) if sub.type is Type.BOOLEAN else term.value
        else:
            raise NoTarget(_("No value of {name} matches the path.").format(name=attribute.name))
    return element


def _prefer(elements: list[Element], changed: list[Element]) -> None:
    """Let a newly preferred element be the only one (RFC 7644 section 3.5.2)."""
    for place, element in enumerate(elements):
        if element.get("primary") is True and any(element is one for one in changed):
            values.keep_one_primary(elements, keep=place)
            return


def _identity(element: Element) -> tuple[Any, str]:
    """Return what makes two elements the same: value and type, or everything where there is no value (addresses)."""
    if "value" in element:
        return fold(element["value"]), fold(element.get("type", ""))
    return frozenset(element.items()), ""


def _add(elements: list[Element], sent: list[Element]) -> None:
    """Merge lists without duplicates (section 3.5.2.1); one sent without a type meets any of its value."""
    known: dict[Any, Element] = {}
    for element in reversed(elements):
        value, kind = _identity(element)
        known[value] = known[value, kind] = element
    changed = []
    for element in sent:
        value, kind = _identity(element)
        same = known.get((value, kind)) or known.get((value, "")) or (None if kind else known.get(value))
        if same is None:
            elements.append(element)
            same = known[value] = known[value, kind] = element
        same.update(element)
        changed.append(same)
    _prefer(elements, changed)


def _without(elements: list[Element], sent: list[Element]) -> list[Element]:
    """Return the elements that are not listed; one listed without a type means every one of its value."""
    listed = {_identity(element) for element in sent}
    untyped = {value for value, kind in listed if not kind}
    return [e for e in elements if _identity(e) not in listed and _identity(e)[0] not in untyped]
