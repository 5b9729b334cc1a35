"""Filters (RFC 7644 section 3.4.2.2) to Django's Q, through the attribute table; scim2-models has the grammar."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Expression, F, Q, Value
from django.db.models.functions import Right, StrIndex
from django.db.models.lookups import Exact, GreaterThan, GreaterThanOrEqual, LessThan, LessThanOrEqual
from django.utils.translation import gettext as _
from scim2_models import ScimFilter
from scim2_models.exceptions import InvalidFilterException
from scim2_models.path import (
    AttrPath,
    CompareOperator,
    Comparison,
    FilterNode,
    Present,
    ValuePath,
)

from portal import gate
from portal.teams.folding import fold_deep
from scim.protocol import comparison, paths, related
from scim.protocol.attribute import Attribute, Resource, Type
from scim.protocol.document import sole_element
from scim.protocol.errors import InvalidFilter
from scim.protocol.json_sql import AnyElement, CodePoints, ElementText, JsonText

MAX_BYTES, MAX_TERMS, MAX_NESTING = 8_192, 100, 20
MILLISECOND = timedelta(milliseconds=1)
ORDER = {
    CompareOperator.gt: GreaterThan,
    CompareOperator.ge: GreaterThanOrEqual,
    CompareOperator.lt: LessThan,
    CompareOperator.le: LessThanOrEqual,
}
EVERYBODY, NOBODY = related.EVERYBODY, related.NOBODY


def compile(resource: Resource, text: str) -> Q:
    """Turn a filter into a Q over the resource's rows; what can't be read or compared is 400 invalidFilter."""
    return _OfRow(resource).visit(_tree(text))


def compile_each(resources: Sequence[Resource], text: str) -> list[Q]:
    """Turn a filter into a Q for each resource: an attribute that only others have has no value (section 3.4.2.1)."""
    if len(resources) == 1:
        return [compile(resources[0], text)]
    tree = _tree(text)
    readers = [_OfSeveral(resource) for resource in resources]
    conditions = [reader.visit(tree) for reader in readers]
    for error in set.intersection(*(set(reader.unknown) for reader in readers)):
        raise readers[0].unknown[error]
    return conditions


def _tree(text: str) -> FilterNode:
    if len(text.encode(errors="replace")) > MAX_BYTES:
        raise InvalidFilter(_("The filter is longer than {n} bytes.").format(n=MAX_BYTES))
    if gate.deeper_than(text, MAX_NESTING):
        raise InvalidFilter(_("The filter nests deeper than {n} levels.").format(n=MAX_NESTING))
    try:
        tree = ScimFilter(text).ast
    except InvalidFilterException as error:
        raise InvalidFilter(_("The filter can't be read: {why}.").format(why=error.detail)) from None
    if comparison.count_terms(tree) > MAX_TERMS:
        raise InvalidFilter(_("The filter has more than {n} comparisons.").format(n=MAX_TERMS))
    return tree


def sort_key(resource: Resource, text: str) -> Expression | F | None:
    """Return what to order by for a `sortBy` (section 3.4.2.3), or None where the attribute has no order here."""
    place = paths.find(resource, *paths.split(text))
    if place is None or not (place.attribute.filterable and place.target.filterable) or place.target.constant:
        return None
    if place.target.column and not place.target.key:
        return F(place.target.column)
    if place.attribute.multi:
        # RFC: the primary value orders; only where a column keeps it is that cheap enough.
        return CodePoints(F(place.attribute.key)) if place.attribute.key and _names_value(place) else None
    return None if place.target.type is Type.COMPLEX else CodePoints(_text(resource, place))


def _names_value(place: paths.Place) -> bool:
    return place.sub is None or place.sub.name == "value"


class _OfRow(related.Joins):
    """Compiles conditions on a row."""

    def __init__(self, resource: Resource) -> None:
        self.resource = resource

    def visit_comparison(self, node: Comparison) -> Q:
        """Compare one attribute with a value."""
        place = self._comparable(self._find(node.attr_path))
        if node.value is None:
            present = self._present(place)
            return present if comparison.null_means_present(node) else ~present
        operand = comparison.operand(place.target, node.op, node.value)
        if place.attribute.relation:
            return related.compare(place.attribute, place.target, node.op, operand)
        if place.attribute.multi:
            return self._of_list(place, node.op, operand)
        return _of_value(self.resource, place, node.op, operand)

    def visit_present(self, node: Present) -> Q:
        """Ask whether an attribute has a value."""
        return self._present(self._find(node.attr_path))

    def visit_value_path(self, node: ValuePath) -> Q:
        """Ask whether one element meets the whole inner filter."""
        place = self._find(node.attr_path)
        if not place.attribute.multi:
            raise InvalidFilter(_("{name} has no list of values to select from.").format(name=place))
        if place.attribute.relation:
            return related.holds(place.attribute, related.OfPair(place.attribute).visit(node.val_filter))
        return Q(self._any(place, _OfElement(place.attribute).visit(node.val_filter)))

    def _find(self, path: AttrPath) -> paths.Place:
        place = paths.find(self.resource, path.uri, path.attr, path.sub_attr)
        if place is None and path.uri is None and path.sub_attr is None:
            alias = next((a for a in self.resource.aliases if a.name == path.attr.lower()), None)
            place = paths.Place(alias) if alias else None
        if place is None:
            raise _Unknown(_("{name} is no attribute of {type}.").format(name=path, type=self.resource.name), path)
        if not (place.attribute.filterable and place.target.filterable):
            raise InvalidFilter(_("{name} can't be used in a filter.").format(name=place))
        return place

    def _comparable(self, place: paths.Place) -> paths.Place:
        """Let `emails eq` mean `emails.value eq`, as section 3.4.2.2 does."""
        if place.target.type is not Type.COMPLEX:
            return place
        if "value" not in place.attribute.subs:
            raise InvalidFilter(_("Compare a sub-attribute of {name}, not the whole.").format(name=place))
        return paths.Place(place.attribute, place.attribute.subs["value"], place.extension)

    def _present(self, place: paths.Place) -> Q:
        target = place.target
        if place.attribute.relation:
            return related.holds(place.attribute)
        if place.attribute.multi:
            where = _present_text(ElementText(place.sub.name, _is_truth(place.sub))) if place.sub else EVERYBODY
            return Q(self._any(place, where))
        if target.type is Type.COMPLEX:
            subs = (paths.Place(place.attribute, sub, place.extension) for sub in target.sub if sub.filterable)
            return Q(*(self._present(sub) for sub in subs), _connector=Q.OR)
        if target.constant or (target.column and not target.key):
            return EVERYBODY
        return _present_text(_text(self.resource, place))

    def _of_list(self, place: paths.Place, op: CompareOperator, operand: Any) -> Q:
        sub = place.target
        # `ne` is true where no element is equal; "some element differs" would find nearly everybody.
        if op is CompareOperator.ne:
            return ~self._of_list(place, CompareOperator.eq, operand)
        return Q(self._any(place, _of_element(sub, op, operand)))

    def _any(self, place: paths.Place, where: Q) -> AnyElement:
        attribute = place.attribute
        stand_in = (attribute.key, json.dumps(fold_deep(sole_element("")))) if attribute.key else None
        steps = paths.Place(attribute, None, place.extension).steps
        return AnyElement(self.resource.store_folded, steps, where, stand_in)


class _Unknown(InvalidFilter):
    """The resource has no such attribute."""

    def __init__(self, detail: str, path: AttrPath) -> None:
        super().__init__(detail)
        self.path = str(path).lower()


class _OfSeveral(_OfRow):
    """Compiles conditions on a row of one of several resources, and notes which attributes this one lacks."""

    def __init__(self, resource: Resource) -> None:
        super().__init__(resource)
        self.unknown: dict[str, _Unknown] = {}

    def visit(self, node: FilterNode) -> Q:
        """Compile; an attribute that is lacking differs from everything and equals nothing but null."""
        try:
            return super().visit(node)
        except _Unknown as error:
            self.unknown[error.path] = error
            differs = isinstance(node, Comparison) and (node.op is CompareOperator.ne) is (node.value is not None)
            return EVERYBODY if differs else NOBODY


class _OfElement(related.Joins):
    """Compiles conditions on one element of a list, inside `AnyElement`."""

    def __init__(self, attribute: Attribute) -> None:
        self.attribute = attribute

    def visit_comparison(self, node: Comparison) -> Q:
        """Compare one sub-attribute with a value."""
        sub = comparison.element_sub(self.attribute, node)
        if node.value is None:
            present = _present_text(ElementText(sub.name, _is_truth(sub)))
            return present if comparison.null_means_present(node) else ~present
        return _of_element(sub, node.op, comparison.operand(sub, node.op, node.value))

    def visit_present(self, node: Present) -> Q:
        """Ask whether a sub-attribute has a value."""
        sub = comparison.element_sub(self.attribute, node)
        return _present_text(ElementText(sub.name, _is_truth(sub)))

    def visit_value_path(self, node: ValuePath) -> Q:
        """The grammar has no value path inside another."""
        raise InvalidFilter(_("A value path can't stand inside another."))


def _is_truth(attribute: Attribute) -> bool:
    return attribute.type is Type.BOOLEAN


def _text(resource: Resource, place: paths.Place) -> Expression | F:
    """Return a single text: its folded column, or what lies in the JSON."""
    target = place.target
    if target.key:
        return F(target.key)
    return JsonText(resource.store if target.case_exact else resource.store_folded, place.steps, _is_truth(target))


def _of_value(resource: Resource, place: paths.Place, op: CompareOperator, operand: Any) -> Q:
    target = place.target
    if target.constant:
        return EVERYBODY if comparison.HOLDS[op](target.constant, operand) else NOBODY
    if target.column and not target.key:
        if target.type is Type.DATE_TIME:
            return _of_moment(target.column, op, operand)
        if target.type is Type.BOOLEAN:
            return Q(**{target.column: operand is (op is CompareOperator.eq)})
        return _of_id(target, op, operand)
    return _of_text(_text(resource, place), op, operand)


def _of_element(sub: Attribute, op: CompareOperator, operand: Any) -> Q:
    if isinstance(operand, bool):
        operand = "true" if operand else "false"
    return _of_text(ElementText(sub.name, _is_truth(sub)), op, operand)


def _of_text(text: Expression | F, op: CompareOperator, operand: str) -> Q:
    """Compare a folded text, "" being an absent one; functions instead of LIKE, whose wildcards would need escapes."""
    if op is CompareOperator.eq:
        return Q(Exact(text, Value(operand))) if operand else NOBODY
    if op is CompareOperator.ne:
        return ~Q(Exact(text, Value(operand))) if operand else EVERYBODY
    if op in ORDER:
        return Q(ORDER[op](CodePoints(text), Value(operand))) & _present_text(text)
    if not operand:
        return _present_text(text)
    if op is CompareOperator.ew:
        return Q(Exact(Right(text, len(operand)), Value(operand)))
    at = StrIndex(text, Value(operand))
    return Q(Exact(at, 1)) if op is CompareOperator.sw else Q(GreaterThan(at, 0))


def _present_text(text: Expression | F) -> Q:
    return ~Q(Exact(text, Value("")))


def _of_moment(column: str, op: CompareOperator, at: datetime) -> Q:
    """Compare with the milliseconds that documents show: the row's own are finer, and `eq` would never hold."""
    start = at.replace(microsecond=at.microsecond // 1000 * 1000)
    before = Q(**{f"{column}__lt": start})
    try:
        after = Q(**{f"{column}__gte": start + MILLISECOND})
    except OverflowError:
        after = NOBODY
    return {
        CompareOperator.eq: ~before & ~after,
        CompareOperator.ne: before | after,
        CompareOperator.gt: after,
        CompareOperator.ge: ~before,
        CompareOperator.lt: before,
        CompareOperator.le: ~after,
    }[op]


def _of_id(target: Attribute, op: CompareOperator, operand: str) -> Q:
    """Find by identifier; a text that is no id of ours belongs to nobody."""
    if op not in comparison.EQUALITY:
        raise InvalidFilter(_("{name} can only be compared with eq or ne.").format(name=target.name))
    try:
        found = Q(**{target.column: UUID(operand)}) if str(UUID(operand)) == operand else NOBODY
    except ValueError:
        found = NOBODY
    return found if op is CompareOperator.eq else ~found
