"""What the directory keeps of a person beside their name and address, as the profile card tells it."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

# What people call the attributes that directories send most; any other keeps the name it came under.
LABELS: Mapping[str, str | Promise] = {
    "title": gettext_lazy("Title"),
    "nickName": gettext_lazy("Nickname"),
    "userType": gettext_lazy("Kind of employee"),
    "preferredLanguage": gettext_lazy("Language"),
    "locale": gettext_lazy("Locale"),
    "timezone": gettext_lazy("Time zone"),
    "profileUrl": gettext_lazy("Page"),
    "phoneNumbers": gettext_lazy("Phone"),
    "addresses": gettext_lazy("Address"),
    "emails": gettext_lazy("Other e-mail"),
    "employeeNumber": gettext_lazy("Employee number"),
    "costCenter": gettext_lazy("Cost center"),
    "organization": gettext_lazy("Organisation"),
    "division": gettext_lazy("Division"),
    "department": gettext_lazy("Department"),
    "manager": gettext_lazy("Manager"),
}
# More than a card can show; the rest is at the identity provider.
MOST, LONGEST = 40, 200
# What a value is called inside its row, in the order in which it tells most.
VALUES = ("formatted", "display", "displayName", "value")
# An address without a text of its own, in the order in which it is read (RFC 7643 4.1.2).
PARTS = ("streetAddress", "locality", "region", "postalCode", "country")


def told(attributes: Mapping[str, Any]) -> list[tuple[str, str]]:
    """List label and value of what was sent, extensions laid open, nothing empty."""
    return list(_pairs(attributes))[:MOST]


def _pairs(attributes: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in attributes.items():
        if name.lower().startswith("urn:") and isinstance(value, Mapping):
            yield from _pairs(value)
        elif text := _text(value):
            yield str(LABELS.get(name, name)), text[:LONGEST]


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(filter(None, map(_text, value)))
    if isinstance(value, Mapping):
        main = next((str(value[name]) for name in VALUES if value.get(name)), "")
        kind = f" ({value['type']})" if main and value.get("type") else ""
        # PostgreSQL keeps no order of names.
        names = sorted(value, key=lambda name: PARTS.index(name) if name in PARTS else len(PARTS))
        return main + kind if main else ", ".join(str(value[name]) for name in names if value[name])
    return "" if value is None else str(value)
