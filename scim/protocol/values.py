"""One value of a document: checked against its declaration and returned under canonical names, as it was sent."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from scim.protocol import quirks
from scim.protocol.attribute import Attribute, Type
from scim.protocol.errors import InvalidValue

# A PATCH may search the list a thousand times.
MAX_ELEMENTS = 200
# An element that holds nothing but these says nothing.
LABELS = {"type", "primary"}


def read(attribute: Attribute, value: Any, name: str) -> Any:
    """Return the value as it is to be kept, or None where nothing was sent (RFC 7643 section 2.5)."""
    if value is None or value == "":
        return None
    if attribute.multi:
        return _list(attribute, value, name)
    if attribute.type is Type.COMPLEX:
        return read_complex(attribute, value, name)
    if attribute.type is Type.BOOLEAN:
        return _truth(value, name)
    return _text(attribute, value, name)


def read_complex(attribute: Attribute, value: Any, name: str) -> dict[str, Any] | None:
    """Return a complex value under canonical names, or None where it holds nothing."""
    return read_members(attribute.subs, quirks.element(attribute, value), name, ".")


def read_members(names: Mapping[str, Attribute], value: Any, name: str, joint: str) -> dict[str, Any] | None:
    """Return the known members of an object under canonical names; unknown and read-only ones are passed over."""
    if not isinstance(value, dict):
        raise InvalidValue(_("{name} must be an object.").format(name=name))
    found = {}
    for key, item in value.items():
        attribute = names.get(key.lower())
        if attribute is not None and attribute.kept:
            kept = read(attribute, item, f"{name}{joint}{attribute.name}")
            if kept is not None:
                found[attribute.name] = kept
    return found or None


def storable(text: str) -> bool:
    """Say whether both databases can store the text: no NUL, no lone surrogate."""
    if "\0" in text:
        return False
    try:
        return text.isascii() or bool(text.encode())
    except UnicodeEncodeError:
        return False


def keep_one_primary(elements: list[dict[str, Any]], keep: int | None = None) -> None:
    """Leave at most one element primary: the one told, else the first; the others become false.

    RFC 7643 section 2.4 allows one. A request is not refused for it: IdPs' attribute maps send two, and never mend it.
    """
    for place, element in enumerate(elements):
        if element.get("primary") is True:
            if keep is None:
                keep = place
            elif place != keep:
                element["primary"] = False


def _list(attribute: Attribute, value: Any, name: str) -> list[dict[str, Any]] | None:
    sent = quirks.elements(value)
    check_count(len(sent), name)
    read_elements = (read_complex(attribute, element, name) for element in sent if element not in (None, ""))
    elements = [element for element in read_elements if element and not element.keys() <= LABELS]
    keep_one_primary(elements)
    return elements or None


def check_count(count: int, name: str) -> None:
    """Refuse more elements than anybody has: each is searched for on every merge."""
    if count > MAX_ELEMENTS:
        raise InvalidValue(_("{name} holds more than {n} values.").format(name=name, n=MAX_ELEMENTS))


def _truth(value: Any, name: str) -> bool:
    said = quirks.truth(value)
    if not isinstance(said, bool):
        raise InvalidValue(_("{name} must be true or false.").format(name=name))
    return said


def _text(attribute: Attribute, value: Any, name: str) -> str:
    if not isinstance(value, str):
        raise InvalidValue(_("{name} must be text.").format(name=name))
    if len(value) > attribute.length:
        raise InvalidValue(_("{name} is longer than {n} characters.").format(name=name, n=attribute.length))
    if not storable(value):
        raise InvalidValue(_("{name} holds a character that can't be stored.").format(name=name))
    return value
