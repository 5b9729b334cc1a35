"""The columns a file of people may have: what each is called in other people's files, and what may stand in it."""

import unicodedata
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.take_away import FORMULA
from portal.teams.actor import Role
from portal.teams.errors import Invalid
from portal.teams.folding import fold
from portal.teams.verdicts import NAMES, Person

# Where a directory would keep these, so that whoever comes by SCIM later finds them (RFC 7643, section 4.3).
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


@dataclass(frozen=True)
class Column:
    """One column: its name, its words, what else it is called, and where among the attributes it is kept."""

    name: str
    label: str | Promise
    synonyms: tuple[str, ...] = ()
    place: tuple[str, ...] = ()


COLUMNS = (
    Column(
        "email",
        gettext_lazy("E-mail"),
        (
            "mail",
            "emailaddress",
            "mailaddress",
            "address",
            "workemail",
            "primaryemail",
            "emails",
            "adresse",
            "courriel",
        ),
    ),
    Column(
        "user_name", gettext_lazy("User name"), ("username", "login", "loginname", "upn", "userprincipalname", "userid")
    ),
    Column("given_name", gettext_lazy("Given name"), ("givenname", "firstname", "first", "forename", "vorname")),
    Column("family_name", gettext_lazy("Family name"), ("familyname", "lastname", "last", "surname", "sn", "nachname")),
    Column("display_name", gettext_lazy("Display name"), ("displayname", "name", "fullname", "commonname")),
    Column("role", gettext_lazy("Role"), ("teamrole", "userrole", "permission", "rolle")),
    Column("title", gettext_lazy("Title"), ("jobtitle", "position"), ("title",)),
    Column("department", gettext_lazy("Department"), ("dept", "abteilung"), (ENTERPRISE, "department")),
    Column("division", gettext_lazy("Division"), (), (ENTERPRISE, "division")),
    Column("organization", gettext_lazy("Organisation"), ("organisation", "company"), (ENTERPRISE, "organization")),
    Column("cost_center", gettext_lazy("Cost centre"), ("costcenter", "costcentre"), (ENTERPRISE, "costCenter")),
    Column(
        "employee_number",
        gettext_lazy("Employee number"),
        ("employeenumber", "employeeid", "personnelnumber"),
        (ENTERPRISE, "employeeNumber"),
    ),
)
LABELS = {column.name: column.label for column in COLUMNS}
_BY_HEADER = {name: column for column in COLUMNS for name in (column.name.replace("_", ""), *column.synonyms)}

ROLES = {
    "member": Role.MEMBER,
    "user": Role.MEMBER,
    "auditor": Role.AUDITOR,
    "readonly": Role.AUDITOR,
    "admin": Role.ADMIN,
    "administrator": Role.ADMIN,
    "owner": Role.OWNER,
}
MOST_CHARACTERS = 255


def _bare(text: str) -> str:
    return "".join(char for char in fold(text) if char.isalnum())


def called(header: str) -> Column | None:
    """Return the column that a header names: E-Mail, e_mail and email are one."""
    return _BY_HEADER.get(_bare(header))


def person(cells: dict[str, str]) -> Person:
    """Make of a row's cells what it says of a person; Invalid names the cell that can't be used, and why."""
    said = {name: checked for name, text in cells.items() if (checked := _checked(name, text))}
    if not said.get("email"):
        raise Invalid(_("There is no e-mail address."))
    attributes: dict[str, Any] = {}
    for column in COLUMNS:
        if column.place and column.name in said:
            *above, last = column.place
            inner = attributes
            for name in above:
                inner = inner.setdefault(name, {})
            inner[last] = said[column.name]
    names = {name: said[name] for name in NAMES if name in said}
    return Person(_address(said["email"]), names, attributes, _role(said.get("role", "")))


def _checked(name: str, text: str) -> str:
    value = " ".join(text.split())
    label = LABELS[name]
    if any(unicodedata.category(char) in ("Cc", "Cs") for char in value):
        raise Invalid(_("{column} holds a character that can't be shown.").format(column=label))
    if len(value) > MOST_CHARACTERS:
        raise Invalid(_("{column} has more than {n} characters.").format(column=label, n=MOST_CHARACTERS))
    if len(value) > 1 and value.startswith(FORMULA):
        told = _("{column} begins with {sign}: a spreadsheet would take it for a formula.")
        raise Invalid(told.format(column=label, sign=value[0]))
    return value


def _address(text: str) -> str:
    try:
        validate_email(text)
    except ValidationError:
        raise Invalid(_("{text} is no e-mail address.").format(text=text)) from None
    return text


def _role(text: str) -> Role | None:
    if not text:
        return None
    role = ROLES.get(_bare(text))
    if role is None:
        raise Invalid(_("{text} is no role. Use member, auditor or admin.").format(text=text))
    return role
