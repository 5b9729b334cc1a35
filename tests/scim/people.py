"""People as SCIM sends them, and as rows."""

from datetime import UTC, datetime
from typing import Any

from portal.teams.models import Member, Team
from portal.teams.tenancy import new_id
from scim.mapping import ENTERPRISE_URN, USER
from scim.protocol import changes, document, patch

BASE = "https://seats.test/scim/v2"
AT = datetime(2026, 3, 1, 9, 30, 0, 123456, tzinfo=UTC)


def mia(**more: Any) -> dict[str, Any]:
    """Mia Lund's document with more or other members."""
    return {
        "schemas": [USER.urn, ENTERPRISE_URN],
        "userName": "mia",
        "externalId": "00uMia",
        "name": {"givenName": "Mia", "familyName": "Lund", "formatted": "Mia Lund"},
        "emails": [{"value": "mia@acme.test", "type": "work", "primary": True}],
        "active": True,
        **more,
    }


def row(body: dict[str, Any], team: Team | None = None) -> Member:
    """An unsaved row that holds a document."""
    columns = document.read(USER, body).columns
    return Member(id=new_id(), team=team, entry_after=AT, created_at=AT, updated_at=AT, origin="scim", **columns)


def shown(body: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The document that a row made of a document renders."""
    return document.render(USER, row(body), base_url=BASE, **more)


def patched(body: dict[str, Any], *operations: dict[str, Any]) -> dict[str, Any]:
    """The document of a person after a PATCH."""
    member = row(body)
    fields = changes.apply(patch.read(USER, {"Operations": list(operations)}), document.stored(USER, member))
    for name, value in fields.columns.items():
        setattr(member, name, value)
    return document.render(USER, member, base_url=BASE)
