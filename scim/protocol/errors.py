"""The errors of RFC 7644 section 3.12: a status, a scimType where Table 9 has one, and a sentence for the admin."""

from typing import Any

URN = "urn:ietf:params:scim:api:messages:2.0:Error"


class ScimError(Exception):
    """A no to a SCIM client; `detail` names nothing internal."""

    status = 400
    scim_type: str | None = None

    def __init__(self, detail: str, status: int | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        if status is not None:
            self.status = status

    def body(self) -> dict[str, Any]:
        """Return the Error message; `status` is a string, as section 3.12 wants it."""
        body: dict[str, Any] = {"schemas": [URN], "status": str(self.status), "detail": self.detail}
        if self.scim_type is not None:
            body["scimType"] = self.scim_type
        return body


class InvalidFilter(ScimError):
    """The filter can't be read, or compares what can't be compared."""

    scim_type = "invalidFilter"


class TooMany(ScimError):
    """The filter yields more than the server is willing to return."""

    scim_type = "tooMany"


class Uniqueness(ScimError):
    """Another resource of the team has this value; Entra links the two when it reads this scimType."""

    status, scim_type = 409, "uniqueness"


class Mutability(ScimError):
    """The attribute can't be changed, or can't be removed."""

    scim_type = "mutability"


class InvalidSyntax(ScimError):
    """The message is not of the shape its schema gives."""

    scim_type = "invalidSyntax"


class InvalidPath(ScimError):
    """The path of a PATCH operation can't be read, or names no attribute."""

    scim_type = "invalidPath"


class NoTarget(ScimError):
    """The path of a PATCH operation selects nothing to work on."""

    scim_type = "noTarget"


class InvalidValue(ScimError):
    """A value is missing, of the wrong type, or too long."""

    scim_type = "invalidValue"


class InvalidCursor(ScimError):
    """The cursor is none of ours, or belongs to another list (RFC 9865 section 2.2)."""

    scim_type = "invalidCursor"


class ExpiredCursor(ScimError):
    """The client waited longer than cursorTimeout."""

    scim_type = "expiredCursor"


class InvalidCount(ScimError):
    """The count of a page by cursor is no number."""

    scim_type = "invalidCount"


class InvalidVersion(ScimError):
    """The protocol version in the URL is not served here."""

    scim_type = "invalidVers"


class Sensitive(ScimError):
    """The request would put personal data into a URL."""

    status, scim_type = 403, "sensitive"
