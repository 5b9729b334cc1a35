"""The identity provider's certificates, one by one: add the next before the switch, remove the old one after it."""

from uuid import UUID

from django.utils.translation import gettext as _

from portal.teams.acts import Act, act
from portal.teams.errors import Invalid, Missing, NotReady
from sso import connection as connections
from sso import metadata
from sso.errors import BadMetadata


@act
def add(act: Act, text: str) -> int:
    """Add what was pasted to the certificates that may sign; any of them verifies. Returns how many are new."""
    try:
        pasted = metadata.read_certificates(text)
    except BadMetadata as error:
        raise Invalid(str(error)) from None
    rows = connections.certificates(connections.of(act.team))
    known = {row.fingerprint for row in rows}
    fresh = [pem for pem in pasted if metadata.describe_certificate(pem).fingerprint not in known]
    if not fresh:
        raise Invalid(_("This certificate is here already."))
    if len(rows) + len(fresh) > metadata.MOST_CERTIFICATES:
        raise Invalid(_("These are too many certificates. Remove the ones that are no longer used."))
    connections.configure(act.team, act.by, pems=[*(row.pem for row in rows), *fresh])
    return len(fresh)


@act
def remove(act: Act, certificate_id: UUID) -> None:
    """Remove one certificate; the last one stays while single sign-on is on, or nobody could sign in."""
    rows = connections.certificates(connections.of(act.team))
    kept = [row.pem for row in rows if row.pk != certificate_id]
    if len(kept) == len(rows):
        raise Missing
    if act.team.sso_on and not kept:
        raise NotReady(_("This is the only certificate. Add the next one first, or nobody can sign in."))
    connections.configure(act.team, act.by, pems=kept)
