"""Which attribute of an assertion is the e-mail, which the names: by the names identity providers really use."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

_CLAIMS = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/"
# Ours first (spec rule 17), then JumpCloud, OneLogin, Entra's and AD FS's claim URIs, then LDAP's OIDs; any case.
EMAIL = ("email", "user.email", "mail", "emailaddress", f"{_CLAIMS}emailaddress", "urn:oid:0.9.2342.19200300.100.1.3")
FIRST_NAME = ("firstname", "user.firstname", "first_name", "givenname", f"{_CLAIMS}givenname", "urn:oid:2.5.4.42")
LAST_NAME = ("lastname", "user.lastname", "last_name", "surname", "sn", f"{_CLAIMS}surname", "urn:oid:2.5.4.4")

# RFC 5321 4.5.3.1.3 leaves an address 254 characters; a longer one is none, for cut short it would be another's.
LONGEST_EMAIL, LONGEST_NAME = 254, 255
NAME_ID = "NameID"


@dataclass(frozen=True)
class Person:
    """What an assertion says of a person; empty text where it says nothing."""

    name_id: str
    email: str
    first_name: str
    last_name: str


@dataclass(frozen=True)
class Names:
    """What one identity provider calls the three attributes; empty where the usual names do."""

    email: str = ""
    first_name: str = ""
    last_name: str = ""


USUAL = Names()


@dataclass(frozen=True)
class Found:
    """A value, and the name of the attribute it was read from; "NameID" where that was it."""

    value: str = ""
    source: str = ""


def read(name_id: str, attributes: Mapping[str, Sequence[str]], names: Names = USUAL) -> Person:
    """Read a person; an e-mail in the NameID counts in any NameID format, *persistent* included (JumpCloud at Kisi)."""
    found = find(name_id, attributes, names)
    return Person(name_id, *(found[target].value for target in ("email", "first_name", "last_name")))


def find(name_id: str, attributes: Mapping[str, Sequence[str]], names: Names = USUAL) -> dict[str, Found]:
    """Find e-mail and names, and say where each stood: the connection's own name first, then the usual ones."""
    by_name = {name.lower(): (name, values) for name, values in attributes.items()}
    email = _first(by_name, (names.email, *EMAIL))
    email = email if email.value or not is_email(name_id) else Found(name_id, NAME_ID)
    return {
        "email": email if is_email(email.value) else Found("", email.source),
        "first_name": _first(by_name, (names.first_name, *FIRST_NAME), LONGEST_NAME),
        "last_name": _first(by_name, (names.last_name, *LAST_NAME), LONGEST_NAME),
    }


def is_email(text: str) -> bool:
    """Say whether a text is an e-mail address."""
    try:
        validate_email(text)
    except ValidationError:
        return False
    return len(text) <= LONGEST_EMAIL


def _first(by_name: Mapping[str, tuple[str, Sequence[str]]], names: Sequence[str], limit: int | None = None) -> Found:
    for name in names:
        source, values = by_name.get(name.lower(), ("", ()))
        for value in values:
            if value.strip():
                return Found(value.strip()[:limit], source)
    return Found()
