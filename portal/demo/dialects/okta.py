"""Okta: reads a user and puts the whole object back, deactivates by a PATCH without a path, never deletes anybody."""

from django.utils.translation import gettext_lazy as _

from portal.demo.dialects.call import GROUP, USER, Call, Dialect, Document, Members, equals, mark, patch
from portal.demo.state import Person


class Okta(Dialect):
    """Okta"""

    key = "okta"
    label = "Okta"
    about = _(
        "Sends the e-mail address as userName, a password and empty groups; updates by GET and PUT of the whole "
        "object, deactivates by PATCH without a path."
    )
    agent = "Okta SCIM Client 1.0.0"
    media = "application/scim+json; charset=utf-8"
    url_field, token_field = "SCIM connector base URL", "Authorization (HTTP Header)"
    page_size = 100
    no_delete = _("Okta never deletes users; it deactivates them.")
    reads_first = True
    detach_words = _("Deletes the group at the application.")

    def probes(self, serves_groups: bool, stranger: str) -> list[Call]:
        groups = [Call("GET", "/Groups?startIndex=1&count=100")] if serves_groups else []
        return [Call("GET", "/Users?startIndex=1&count=2"), *groups]

    def look_ups(self, person: Person) -> list[Call]:
        return [Call("GET", f"/Users?filter={equals('userName', person.user_name)}&startIndex=1&count=100")]

    def document(self, person: Person) -> Document:
        return {
            "schemas": [USER],
            "userName": person.user_name,
            "name": {"givenName": person.given_name, "familyName": person.family_name},
            "emails": [{"primary": True, "value": person.email, "type": "work"}],
            "displayName": person.label,
            "locale": "en-US",
            "externalId": f"00u{mark(person, 'okta', 17)}",
            "groups": [],
            "password": mark(person, "password", 10),
            "active": person.active,
        }

    def update(self, person: Person, found: Document) -> Call:
        # The groups are the application's own, and go back as they were read.
        ours = {**self.document(person), "groups": found.get("groups", [])}
        return Call("PUT", f"/Users/{found['id']}", {**found, **ours})

    def activation(self, scim_id: str, active: bool) -> Call:
        return patch(f"/Users/{scim_id}", {"op": "replace", "value": {"active": active}})

    def delete(self, scim_id: str) -> list[Call]:
        return []

    def group_look_up(self, name: str) -> Call | None:
        return None

    def group_create(self, name: str, members: Members) -> Call:
        return Call("POST", "/Groups", {"schemas": [GROUP], "displayName": name, "members": []})

    def group_change(self, scim_id: str, name: str, add: Members, remove: list[str]) -> Call | None:
        # Okta sends the name, and the id inside the value, with every change of members.
        operations: list[Document] = [{"op": "replace", "value": {"id": scim_id, "displayName": name}}]
        operations += [{"op": "remove", "path": f'members[value eq "{each}"]'} for each in remove]
        if add:
            operations.append(
                {"op": "add", "path": "members", "value": [{"value": each, "display": add[each]} for each in add]}
            )
        return patch(f"/Groups/{scim_id}", *operations)
