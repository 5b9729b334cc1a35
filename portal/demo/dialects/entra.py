"""Microsoft Entra ID: matches by userName and externalId, updates what differs, deletes softly first.

Entra ID speaks two ways. By default booleans are strings and operations are written Add, Replace, Remove; with
`aadOptscim062020` in the tenant URL it follows the RFC, and replaces without a path, with dotted and URN keys.
"""

from typing import Any

from django.utils.translation import gettext_lazy as _

from portal.demo.dialects.call import GROUP, USER, Call, Dialect, Document, Members, equals, mark, patch
from portal.demo.state import Person

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
AD_GROUP = "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"
DEPARTMENT = "Practice"


class Entra(Dialect):
    """Entra ID as it speaks by default."""

    key = "entra"
    label = "Entra ID"
    about = _("Sends Add, Replace and Remove, and true and false as strings; updates only what differs.")
    # No page says which User-Agent Entra ID sends.
    agent = "Seatgate practice IdP (Entra ID)"
    media = "application/scim+json; charset=utf-8"
    url_field, token_field = "Tenant URL", "Secret Token"
    no_import = _("Entra ID imports nobody from a SCIM application.")
    reads_first = True
    detach_words = _("Deletes the group at the application.")

    def probes(self, serves_groups: bool, stranger: str) -> list[Call]:
        group = f"/Groups?excludedAttributes=members&filter={equals('displayName', stranger)}"
        users = Call("GET", f"/Users?filter={equals('userName', stranger)}")
        return [users, Call("GET", group)] if serves_groups else [users]

    def look_ups(self, person: Person) -> list[Call]:
        names = {"userName": person.user_name, "externalId": person.account}
        return [Call("GET", f"/Users?filter={equals(name, value)}") for name, value in names.items()]

    def document(self, person: Person) -> Document:
        name = {"formatted": person.label, "familyName": person.family_name, "givenName": person.given_name}
        return {
            "schemas": [USER, ENTERPRISE],
            "externalId": person.account,
            "userName": person.user_name,
            "active": person.active,
            "displayName": person.label,
            "emails": [{"primary": True, "type": "work", "value": person.email}],
            "meta": {"resourceType": "User"},
            "name": name,
            "roles": [],
            ENTERPRISE: {"employeeNumber": mark(person, "entra", 6), "department": DEPARTMENT},
        }

    def update(self, person: Person, found: Document) -> Call:
        # `active` is sent again in every cycle, whether or not it differs.
        operations = self.replacements(differences(person, found))
        return patch(f"/Users/{found['id']}", *operations, self.switch(person.active))

    def replacements(self, values: Document) -> list[Document]:
        """Write what differs as operations."""
        return [{"op": "Replace", "path": path, "value": value} for path, value in values.items()]

    def switch(self, active: bool) -> Document:
        """Write `active` as an operation."""
        return {"op": "Replace", "path": "active", "value": str(active)}

    def activation(self, scim_id: str, active: bool) -> Call:
        return patch(f"/Users/{scim_id}", self.switch(active))

    def delete(self, scim_id: str) -> list[Call]:
        return [self.activation(scim_id, False), *super().delete(scim_id)]

    def group_look_up(self, name: str) -> Call | None:
        return Call("GET", f"/Groups?excludedAttributes=members&filter={equals('displayName', name)}")

    def group_create(self, name: str, members: Members) -> Call:
        document = {"schemas": [GROUP, AD_GROUP], "externalId": f"practice-{name}", "displayName": name}
        return Call("POST", "/Groups", {**document, "meta": {"resourceType": "Group"}})

    def member_checks(self, scim_id: str, add: Members) -> list[Call]:
        filters = [f"{equals('id', scim_id)}%20and%20{equals('members', each)}" for each in add]
        return [Call("GET", f"/Groups?excludedAttributes=members&filter={each}") for each in filters]

    def group_change(self, scim_id: str, name: str, add: Members, remove: list[str]) -> Call | None:
        operations = self.membership(add, remove)
        return patch(f"/Groups/{scim_id}", *operations) if operations else None

    def membership(self, add: Members, remove: list[str]) -> list[Document]:
        """Write a change of members as operations."""
        operations: list[Document] = []
        if add:
            value = [{"$ref": None, "value": each} for each in add]
            operations.append({"op": "Add", "path": "members", "value": value})
        return operations + [{"op": "Remove", "path": "members", "value": [{"value": each}]} for each in remove]


class EntraByTheRfc(Entra):
    """Entra ID with aadOptscim062020 in its tenant URL."""

    key = "entra-rfc"
    label = "Entra ID, aadOptscim062020"
    about = _("Sends lower-case operations and real booleans; replaces without a path, with dotted and URN keys.")
    agent = "Seatgate practice IdP (Entra ID, aadOptscim062020)"

    def replacements(self, values: Document) -> list[Document]:
        # An element of a list has no dotted key; it keeps its path.
        keys = {path: value for path, value in values.items() if "[" not in path}
        elements = [{"op": "replace", "path": path, "value": values[path]} for path in values if "[" in path]
        return ([{"op": "replace", "value": keys}] if keys else []) + elements

    def switch(self, active: bool) -> Document:
        return {"op": "replace", "path": "active", "value": active}

    def membership(self, add: Members, remove: list[str]) -> list[Document]:
        value = [{"value": each} for each in add]
        added: list[Document] = [{"op": "add", "path": "members", "value": value}] if add else []
        return added + [{"op": "remove", "path": f'members[value eq "{each}"]'} for each in remove]


def differences(person: Person, found: Document) -> Document:
    """Return what the application has otherwise than the directory, by path."""
    wanted = {
        "userName": person.user_name,
        "externalId": person.account,
        "displayName": person.label,
        "name.givenName": person.given_name,
        "name.familyName": person.family_name,
        'emails[type eq "work"].value': person.email,
        f"{ENTERPRISE}:department": DEPARTMENT,
    }
    has = _by_path(found)
    return {path: value for path, value in wanted.items() if has.get(path) != value}


def _by_path(found: Document) -> Document:
    values = {path: found.get(path) for path in ("userName", "externalId", "displayName")}
    for prefix, part in (("name.", found.get("name")), (f"{ENTERPRISE}:", found.get(ENTERPRISE))):
        if isinstance(part, dict):
            values |= {f"{prefix}{name}": value for name, value in part.items()}
    emails: Any = found.get("emails")
    for each in emails if isinstance(emails, list) else []:
        if isinstance(each, dict) and each.get("type") == "work":
            values['emails[type eq "work"].value'] = each.get("value")
    return values
