"""What the panel says once the connection was changed."""

from django.contrib import messages
from django.utils.translation import gettext as _

from portal.door import TeamRequest
from sso import connection as connections


def done(request: TeamRequest, words: str, url_before: str) -> None:
    """Say that it is done, and where the metadata address is no longer read because of it."""
    messages.success(request, words)
    if url_before and not connections.of(request.team).metadata_url:
        messages.warning(request, _("The metadata address is no longer read, for it would bring the certificate back."))
