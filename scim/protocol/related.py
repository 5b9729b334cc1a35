"""Filters on lists of references (`members`, `groups`): asked of their own rows, never by reading the list."""

from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _
from scim2_models.path import (
    CompareOperator,
    Comparison,
    FilterVisitor,
    LogicalExpr,
    LogicalOperator,
    Not,
    Present,
    ValuePath,
)

from scim.protocol import comparison
from scim.protocol.attribute import Attribute
from scim.protocol.errors import InvalidFilter

EVERYBODY, NOBODY = Q(pk__isnull=False), Q(pk__isnull=True)


class Joins(FilterVisitor[Q]):
    """The logical operators, which are the same for rows and for elements."""

    def visit_not(self, node: Not) -> Q:
        """Negate; no condition built here is ever NULL, so nothing is lost."""
        return ~self.visit(node.expr)

    def visit_logical_expr(self, node: LogicalExpr) -> Q:
        """Join the terms."""
        joiner = Q.AND if node.op == LogicalOperator.and_ else Q.OR
        return Q(*(self.visit(term) for term in node.terms), _connector=joiner)


class OfPair(Joins):
    """Compiles conditions on one reference, inside `holds`."""

    def __init__(self, attribute: Attribute) -> None:
        self.attribute = attribute

    def visit_comparison(self, node: Comparison) -> Q:
        """Compare one sub-attribute with a value."""
        sub = comparison.element_sub(self.attribute, node)
        if node.value is None:
            present = self.visit_present(Present(node.attr_path))
            return present if comparison.null_means_present(node) else ~present
        return _of_pair(self.attribute, sub, node.op, comparison.operand(sub, node.op, node.value))

    def visit_present(self, node: Present) -> Q:
        """Say that it is there: every reference has all of its sub-attributes."""
        _require_filterable(self.attribute, comparison.element_sub(self.attribute, node))
        return EVERYBODY

    def visit_value_path(self, node: ValuePath) -> Q:
        """The grammar has no value path inside another."""
        raise InvalidFilter(_("A value path can't stand inside another."))


def compare(attribute: Attribute, sub: Attribute, op: CompareOperator, operand: Any) -> Q:
    """Compare a list of references; `ne` is true where no reference is equal."""
    if op is CompareOperator.ne:
        return ~holds(attribute, _of_pair(attribute, sub, CompareOperator.eq, operand))
    return holds(attribute, _of_pair(attribute, sub, op, operand))


def holds(attribute: Attribute, where: Q = EVERYBODY) -> Q:
    """Ask whether one reference of the row meets the condition."""
    relation = attribute.relation
    if relation is None:
        raise ValueError(f"{attribute.name} is no list of references")
    return Q(Exists(relation.table._default_manager.filter(where, **{relation.own: OuterRef("pk")})))


def _of_pair(attribute: Attribute, sub: Attribute, op: CompareOperator, operand: Any) -> Q:
    _require_filterable(attribute, sub)
    if sub.constant:
        actual = sub.constant if sub.case_exact else sub.constant.lower()
        return EVERYBODY if comparison.HOLDS[op](actual, operand) else NOBODY
    if op not in comparison.EQUALITY:
        raise InvalidFilter(_("{name} can only be compared with eq or ne.").format(name=attribute.name))
    try:
        found = Q(**{attribute.relation.other: UUID(operand)}) if attribute.relation else NOBODY
    except ValueError:
        found = NOBODY
    return found if op is CompareOperator.eq else ~found


def _require_filterable(attribute: Attribute, sub: Attribute) -> None:
    if not sub.filterable:
        raise InvalidFilter(_("{name}.{sub} can't be used in a filter.").format(name=attribute.name, sub=sub.name))
