"""The comparisons of RFC 7644 section 3.4.2.2, for filters and for the value paths of PATCH alike."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from operator import contains, eq, ge, gt, le, lt, ne
from typing import Any

from django.utils.translation import gettext as _
from scim2_models.path import (
    CompareOperator,
    Comparison,
    FilterNode,
    FilterVisitor,
    LogicalExpr,
    LogicalOperator,
    Not,
    Present,
    ValuePath,
)

from portal.teams.folding import fold
from scim.protocol import quirks, values
from scim.protocol.attribute import Attribute, Type
from scim.protocol.errors import InvalidFilter

EQUALITY = {CompareOperator.eq, CompareOperator.ne}
SUBSTRING = {CompareOperator.co, CompareOperator.sw, CompareOperator.ew}
# Types that have no parts, and those that have no order either.
WHOLE = {Type.BOOLEAN, Type.DATE_TIME}
UNORDERED = {Type.BOOLEAN, Type.BINARY}
_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?", re.IGNORECASE | re.ASCII)

HOLDS: dict[CompareOperator, Callable[[Any, Any], bool]] = {
    CompareOperator.eq: eq,
    CompareOperator.ne: ne,
    CompareOperator.co: contains,
    CompareOperator.sw: lambda left, right: str(left).startswith(right),
    CompareOperator.ew: lambda left, right: str(left).endswith(right),
    CompareOperator.gt: gt,
    CompareOperator.ge: ge,
    CompareOperator.lt: lt,
    CompareOperator.le: le,
}


def operand(attribute: Attribute, op: CompareOperator, value: Any) -> Any:
    """Return the value a filter compares with as the attribute is compared: folded, a truth or a moment."""
    name = attribute.name
    if (attribute.type in UNORDERED and op not in EQUALITY) or (attribute.type in WHOLE and op in SUBSTRING):
        raise InvalidFilter(_("{name} can't be compared with {op}.").format(name=name, op=op.value))
    if attribute.type is Type.BOOLEAN:
        value = quirks.truth(value)
        if not isinstance(value, bool):
            raise InvalidFilter(_("Compare {name} with true or false.").format(name=name))
        return value
    if not isinstance(value, str) or not values.storable(value):
        raise InvalidFilter(_("Compare {name} with a text in double quotes.").format(name=name))
    if attribute.type is Type.DATE_TIME:
        return moment(name, value)
    return value if attribute.case_exact else fold(value)


def moment(name: str, text: str) -> datetime:
    """Read an xsd:dateTime; without an offset it is UTC."""
    try:
        if _DATE_TIME.fullmatch(text):
            at = datetime.fromisoformat(text.upper())
            return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        pass
    raise InvalidFilter(_("Compare {name} with a date and time such as 2026-01-31T09:30:00Z.").format(name=name))


class Selection(FilterVisitor[bool]):
    """Says whether one element of a multi-valued attribute meets the filter of a value path."""

    def __init__(self, attribute: Attribute, element: dict[str, Any]) -> None:
        self.attribute, self.element = attribute, element

    def visit_comparison(self, node: Comparison) -> bool:
        """Compare one sub-attribute; an absent one differs from everything."""
        sub = element_sub(self.attribute, node)
        actual = self.element.get(sub.name)
        if node.value is None:
            return null_means_present(node) is (actual is not None)
        expected = operand(sub, node.op, node.value)
        if actual is None:
            return node.op is CompareOperator.ne
        if isinstance(actual, str) and not sub.case_exact:
            actual = fold(actual)
        return HOLDS[node.op](actual, expected)

    def visit_present(self, node: Present) -> bool:
        """Say whether the sub-attribute is there."""
        return element_sub(self.attribute, node).name in self.element

    def visit_not(self, node: Not) -> bool:
        """Negate."""
        return not self.visit(node.expr)

    def visit_logical_expr(self, node: LogicalExpr) -> bool:
        """Join; every term is visited, so that a bad one is refused wherever it stands."""
        results = [self.visit(term) for term in node.terms]
        return all(results) if node.op == LogicalOperator.and_ else any(results)

    def visit_value_path(self, node: ValuePath) -> bool:
        """The grammar has no value path inside another."""
        raise InvalidFilter(_("A value path can't stand inside another."))


def element_sub(attribute: Attribute, node: Comparison | Present) -> Attribute:
    """Find the sub-attribute that a term inside a value path names."""
    path = node.attr_path
    sub = None if path.uri or path.sub_attr else attribute.subs.get(path.attr.lower())
    if sub is None:
        raise InvalidFilter(_("{name} has no sub-attribute {sub}.").format(name=attribute.name, sub=path))
    return sub


def null_means_present(node: Comparison) -> bool:
    """Read a comparison with null: `ne null` asks for what is present, `eq null` for what is not."""
    if node.op not in EQUALITY:
        raise InvalidFilter(_("null can only be compared with eq or ne."))
    return node.op is CompareOperator.ne


def count_terms(node: FilterNode) -> int:
    """Count the comparisons of a filter."""
    if isinstance(node, Not):
        return count_terms(node.expr)
    if isinstance(node, LogicalExpr):
        return sum(count_terms(term) for term in node.terms)
    return count_terms(node.val_filter) if isinstance(node, ValuePath) else 1
