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


@dataclass(frozen=True)
class Person:
    """What an assertion says of a person; empty text where it says nothing."""

    name_id: str
    email: str
    first_name: str
    last_name: str


def read(name_id: str, attributes: Mapping[str, Sequence[str]]) -> Person:
    """Read a person; an e-mail in the NameID counts in any NameID format, *persistent* included (JumpCloud at Kisi)."""
    by_name = {name.lower(): values for name, values in attributes.items()}
    email = _first(by_name, EMAIL) or name_id
    first_name, last_name = _first(by_name, FIRST_NAME), _first(by_name, LAST_NAME)
    return Person(name_id, email if is_email(email) else "", first_name[:LONGEST_NAME], last_name[:LONGEST_NAME])


def is_email(text: str) -> bool:
    """Say whether a text is an e-mail address."""
    try:
        validate_email(text)
    except ValidationError:
        return False
    return len(text) <= LONGEST_EMAIL


def _first(by_name: Mapping[str, Sequence[str]], names: Sequence[str]) -> str:
    for name in names:
        for value in by_name.get(name, ()):
            if value.strip():
                return value.strip()
    return ""
