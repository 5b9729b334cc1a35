"""What the door of SCIM itself refuses a call with, and the stable names of that in the provisioning log."""

import math

from django.utils.translation import gettext as _

from scim.protocol.errors import ScimError


class Unauthorized(ScimError):
    """No token, or none that we know."""

    status = 401
    headers = {"WWW-Authenticate": 'Bearer realm="SCIM"'}

    def __init__(self) -> None:
        super().__init__(_("Send a valid bearer token."))


class NotServed(ScimError):
    """A verb that this endpoint does not have."""

    status = 405

    def __init__(self, method: str, served: list[str]) -> None:
        super().__init__(_("{method} is not served here.").format(method=method[:20]))
        self.headers = {"Allow": ", ".join(served).upper()}


class TooManyCalls(ScimError):
    """More calls than the limit; clients honour Retry-After (Entra, Okta)."""

    status = 429

    def __init__(self, wait: float) -> None:
        super().__init__(_("Too many requests. Retry a little later."))
        self.headers = {"Retry-After": str(max(1, math.ceil(wait)))}


class Away(ScimError):
    """The database does not answer, or a lock is taken for too long."""

    status = 503
    headers = {"Retry-After": "2"}

    def __init__(self) -> None:
        super().__init__(_("The service is busy. Retry in a moment."))


class SwitchedOff(ScimError):
    """The token is known, and SCIM was turned off."""

    status = 403


# The stable names of our own refusals; those of the acts have theirs, those of RFC 7644 their scimType.
CODES: dict[type[ScimError], str] = {SwitchedOff: "switched_off", TooManyCalls: "too_many_calls", Away: "away"}
