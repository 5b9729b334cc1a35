"""JumpCloud's custom SCIM connector: usernames that are no e-mail, a test user at every test, PUT of the whole user."""

from django.utils.translation import gettext_lazy as _

from portal.demo.dialects.call import GROUP, USER, Call, Dialect, Document, Members, equals, patch
from portal.demo.state import Person


class JumpCloud(Dialect):
    """JumpCloud"""

    key = "jumpcloud"
    label = "JumpCloud"
    about = _(
        "Sends the username, which is no e-mail address, and neither displayName nor externalId. "
        "Its test makes a user and needs a free seat."
    )
    # No page says which User-Agent JumpCloud sends.
    agent = "Seatgate practice IdP (JumpCloud)"
    url_field, token_field = "Base URL", "Token Key"
    # JumpCloud's own page size is not published; short pages show how an import goes on.
    page_size = 5
    makes_test_user = True
    detach_words = _("Takes every member out; the group itself stays.")

    def user_name(self, person: Person) -> str:
        return person.account

    def probes(self, serves_groups: bool, stranger: str) -> list[Call]:
        return [Call("GET", "/Users")]

    def look_ups(self, person: Person) -> list[Call]:
        return [Call("GET", f"/Users?filter={equals('userName', person.account)}")]

    def document(self, person: Person) -> Document:
        return {
            "schemas": [USER],
            "userName": person.account,
            "emails": [{"value": person.email, "type": "work", "primary": True}],
            "name": {"givenName": person.given_name, "familyName": person.family_name},
            "active": person.active,
        }

    def update(self, person: Person, found: Document) -> Call:
        return Call("PUT", f"/Users/{found['id']}", self.document(person))

    def activation(self, scim_id: str, active: bool) -> Call:
        return patch(f"/Users/{scim_id}", {"op": "replace", "path": "active", "value": active})

    def group_create(self, name: str, members: Members) -> Call:
        document = {"schemas": [GROUP], "displayName": name, "members": [{"value": each} for each in members]}
        return Call("POST", "/Groups", document)

    def group_change(self, scim_id: str, name: str, add: Members, remove: list[str]) -> Call | None:
        changes = {"add": list(add), "remove": remove}
        operations = [
            {"op": op, "path": "members", "value": [{"value": each} for each in members]}
            for op, members in changes.items()
            if members
        ]
        return patch(f"/Groups/{scim_id}", *operations) if operations else None

    def group_detach(self, scim_id: str, name: str) -> Call:
        return patch(f"/Groups/{scim_id}", {"op": "replace", "path": "members", "value": []})
