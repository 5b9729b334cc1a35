"""What identity providers send that RFC 7643 and 7644 do not have: one place per leniency, marked with who needs it.

Names, operators and op words of any case (Entra sends `Replace`) need nothing here: every look-up folds them.
Unknown attributes and unknown schema URNs (Entra's 2006/11/ResourceManagement/ADSCIM), null (Entra's `"$ref": null`)
and empty strings (OneLogin's missing macros) mean "nothing was sent" wherever a value is read (`values`). The read-only
`id`, `meta` and `groups` inside a PUT body or a pathless PATCH value (Okta) are passed over there too.
"""

from typing import Any

from scim.protocol.attribute import Attribute

TRUTH = {"true": True, "false": False}


def truth(value: Any) -> Any:
    """Entra without aadOptscim062020 sends booleans as the strings "True" and "False", in filters too."""
    return TRUTH.get(value.lower(), value) if isinstance(value, str) else value


def elements(value: Any) -> list[Any]:
    """OneLogin sends `emails` as one object, single-role IdPs one string: each is a list of one."""
    return value if isinstance(value, list) else [value]


def element(attribute: Attribute, value: Any) -> Any:
    """Entra sends `manager` as the plain id, and roles as plain strings: both mean the `value` sub-attribute."""
    return {"value": value} if isinstance(value, str) and "value" in attribute.subs else value


# Entra replaces `emails[type eq "work"].value` before there is one; RFC 7644 section 3.5.2.3 would say noTarget.
CREATE_MISSING_ELEMENT = ("add", "replace")


def removes_listed_only(attribute: Attribute, value: Any) -> bool:
    """Entra removes elements by `path=members, value=[{"value": id}]`; to drop them all would empty the group."""
    return attribute.multi and bool(value)
