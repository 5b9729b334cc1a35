"""Attribute notation (RFC 7644 section 3.10): a name of any case, dotted or under a URN, finds its attribute."""

from dataclasses import dataclass

from scim.protocol.attribute import Attribute, Resource


@dataclass(frozen=True)
class Place:
    """Where a path leads: an attribute of the core schema or of an extension, and perhaps one of its sub-attributes."""

    attribute: Attribute
    sub: Attribute | None = None
    extension: str = ""

    @property
    def target(self) -> Attribute:
        """The attribute that is meant, sub-attribute included."""
        return self.sub or self.attribute

    @property
    def steps(self) -> tuple[str, ...]:
        """The names that lead to the value in a document."""
        steps = (self.extension, self.attribute.name, self.sub.name if self.sub else "")
        return tuple(step for step in steps if step)

    def __str__(self) -> str:
        dotted = f"{self.attribute.name}.{self.sub.name}" if self.sub else self.attribute.name
        return f"{self.extension}:{dotted}" if self.extension else dotted


def find(resource: Resource, uri: str | None, name: str, sub_name: str | None) -> Place | None:
    """Find the place a parsed path names, or None where the resource has no such attribute."""
    extension = ""
    if uri is None or uri.lower() == resource.urn.lower():
        attribute = resource.names.get(name.lower())
    else:
        schema = resource.extensions_by_urn.get(uri.lower())
        if schema is None:
            return None
        extension, attribute = schema.urn, schema.names.get(name.lower())
    if attribute is None:
        return None
    if sub_name is None:
        return Place(attribute, None, extension)
    sub = attribute.subs.get(sub_name.lower())
    return Place(attribute, sub, extension) if sub else None


def split(text: str) -> tuple[str | None, str, str | None]:
    """Split attribute notation into URN, name and sub-attribute; the URN ends at the last colon."""
    uri, colon, dotted = text.strip().rpartition(":")
    name, dot, sub = dotted.partition(".")
    return (uri if colon else None, name, sub if dot else None)
