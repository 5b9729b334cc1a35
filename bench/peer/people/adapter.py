"""What django-scim2 leaves to its user of a person: the address, and what a PATCH of `active` does."""

from typing import Any

from django_scim.adapters import SCIMUser
from people.filters import NAMES


class Adapter(SCIMUser):
    """A person as SCIM."""

    ATTR_MAP = NAMES

    def from_dict(self, d: dict[str, Any]) -> None:
        """Take a document."""
        super().from_dict(d)
        self.obj.company_id = self.request.company_id

    def parse_emails(self, value: Any) -> None:
        """Take the first address."""
        if value:
            self.obj.email = value[0]["value"]

    def handle_replace(self, path: Any, value: Any, operation: Any) -> None:
        """Take `active`; nothing else is measured."""
        if path.first_path == ("active", None, None):
            self.obj.is_active = value
            self.obj.save()
