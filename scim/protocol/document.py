"""SCIM documents and rows: `read` turns a body into what a row is to hold, `render` a row into a document."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext as _

from scim.protocol import values
from scim.protocol.attribute import Attribute, Resource, Type
from scim.protocol.errors import InvalidValue
from scim.protocol.projection import Projection

NOTHING: Mapping[str, Any] = {}


@dataclass(frozen=True)
class Fields:
    """What a row is to hold, by column, the JSON column included; the same for POST, PUT and PATCH.

    Every text column is there, "" where the document says nothing. A boolean is there only if it was said, so that a
    PUT without `active` keeps the person as they are.
    """

    columns: dict[str, Any]

    def said(self) -> dict[str, Any]:
        """Return only what the document says: for a POST, which may adopt somebody whose names it does not know."""
        return {name: value for name, value in self.columns.items() if value not in ("", {})}

    def changes(self, row: Any) -> dict[str, Any]:
        """Return the columns in which the row differs; empty means that there is nothing to do."""
        return {name: value for name, value in self.columns.items() if getattr(row, name) != value}


def read(resource: Resource, body: Mapping[str, Any]) -> Fields:
    """Check a document and sort it into columns and JSON; nothing a client may send but a bad value is refused."""
    document = canonical(resource, body)
    for attribute in resource.attributes:
        if attribute.required and not str(document.get(attribute.name, "")).strip():
            raise InvalidValue(_("{name} is required and can't be empty.").format(name=attribute.name))
    return _sort(resource, document)


def canonical(resource: Resource, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the known, writable members of a document under canonical names, each checked."""
    document: dict[str, Any] = {}
    for key, value in body.items():
        lowered = key.lower()
        attribute = resource.names.get(lowered)
        if attribute is not None:
            name, kept = attribute.name, values.read(attribute, value, attribute.name) if attribute.kept else None
        elif lowered in resource.extensions_by_urn and value is not None:
            schema = resource.extensions_by_urn[lowered]
            name, kept = schema.urn, values.read_members(schema.names, value, schema.urn, ":")
        else:
            continue
        if kept is not None:
            document[name] = kept
    return document


def stored(resource: Resource, row: Any) -> dict[str, Any]:
    """Return the writable part of a row's document; values inside are the row's own, so copy before changing them."""
    document = dict(getattr(row, resource.store)) if resource.store else {}
    for name, column in resource.plain:
        value = getattr(row, column)
        if value != "":
            document[name] = value
    for name, subs in resource.mixed:
        complex_value = {sub: value for sub, column in subs if (value := getattr(row, column))}
        if name in document:
            complex_value |= document[name]
        if complex_value:
            document[name] = complex_value
    for name, column in resource.listed:
        if name not in document and (value := getattr(row, column)):
            document[name] = sole_element(value)
    return document


def render(
    resource: Resource,
    row: Any,
    *,
    base_url: str,
    projection: Projection | None = None,
    extra: Mapping[str, Any] = NOTHING,
) -> dict[str, Any]:
    """Return a row's document; `extra` holds what is computed elsewhere (a person's groups, a group's members)."""
    stamps = resource.stamps
    row_id = str(getattr(row, stamps["id"]))
    created, changed = getattr(row, stamps["created"]), getattr(row, stamps["lastModified"])
    document = {
        "schemas": [resource.urn],
        "id": row_id,
        **stored(resource, row),
        **extra,
        "meta": {
            "resourceType": resource.name,
            "created": (since := timestamp(created)),
            "lastModified": since if changed == created else timestamp(changed),
            "location": f"{base_url}{resource.endpoint}/{row_id}",
            "version": etag(resource, row),
        },
    }
    if projection is not None:
        document = projection.of(document)
    document["schemas"] = [resource.urn, *(e.urn for e in resource.extensions if e.urn in document)]
    return document


def etag(resource: Resource, row: Any) -> str:
    """Return a row's weak entity tag (RFC 7644 section 3.14)."""
    return f'W/"{getattr(row, resource.stamps["version"])}"'


def timestamp(at: datetime) -> str:
    """Return a moment as RFC 3339 in UTC, cut to milliseconds."""
    return (at if at.tzinfo is UTC else at.astimezone(UTC)).isoformat(timespec="milliseconds")[:-6] + "Z"


def sole_element(value: str) -> list[dict[str, Any]]:
    """Return the list that a main value stands for where no list is stored (people added by hand or by SSO)."""
    return [{"value": value, "type": "work", "primary": True}]


def main_value(elements: list[dict[str, Any]]) -> str:
    """Return the value of the primary element, else the work one, else the first (spec rule 13)."""
    valued = [element for element in elements if "value" in element]
    primary = [element for element in valued if element.get("primary") is True]
    work = [element for element in valued if str(element.get("type", "")).lower() == "work"]
    return str((primary or work or valued)[0]["value"]) if valued else ""


def _sort(resource: Resource, document: dict[str, Any]) -> Fields:
    columns: dict[str, Any] = {}
    rest = dict(document)
    for attribute in resource.names.values():
        if not attribute.kept:
            continue
        if attribute.multi and attribute.column:
            _sort_list(attribute, columns, rest)
        elif attribute.column:
            _sort_value(attribute, columns, rest)
        elif attribute.has_columns:
            inner = dict(rest.pop(attribute.name, NOTHING))
            for sub in attribute.sub:
                if sub.column:
                    _sort_value(sub, columns, inner)
            if inner:
                rest[attribute.name] = inner
    return Fields({**columns, resource.store: rest} if resource.store else columns)


def _sort_value(attribute: Attribute, columns: dict[str, Any], source: dict[str, Any]) -> None:
    value = source.pop(attribute.name, None)
    if value is not None:
        columns[attribute.column] = value
    elif attribute.type is not Type.BOOLEAN:
        columns[attribute.column] = ""


def _sort_list(attribute: Attribute, columns: dict[str, Any], rest: dict[str, Any]) -> None:
    elements = rest.get(attribute.name, [])
    value = main_value(elements)
    columns[attribute.column] = value
    # A list that says no more than the column is kept in the column alone, so that the two can't part when the
    # address is changed in the portal.
    if elements == sole_element(value):
        rest.pop(attribute.name)
