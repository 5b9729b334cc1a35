"""What an identity provider's metadata would change, shown before anything is; and the daily look at its URL (R27).

New certificates are added by themselves, and one that vanished works on for thirty days, so that a certificate that is
changed over there stops nobody. An entity id or a sign-on URL never changes by itself.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.outbound import http
from portal.teams import policy
from portal.teams.actor import Actor, Door, Role
from portal.teams.acts import Act, Kind, act
from portal.teams.errors import Invalid
from portal.teams.letters import owners, post_all
from sso import connection as connections
from sso import metadata, providers
from sso.errors import BadMetadata
from sso.metadata import CertificateInfo, IdpMetadata
from sso.models import IdpCertificate, SsoConnection

REFRESHED = Kind(
    "sso.certificates_refreshed", gettext_lazy("The identity provider’s metadata changed its certificates")
)
NAMED = Kind(
    "sso.certificates_named", gettext_lazy("The identity provider’s metadata names other certificates than before")
)
CHOSEN = Kind("sso.provider_set", gettext_lazy("{actor} chose {provider} as the identity provider"))
EVERY: Final = timedelta(hours=23)
KEEP_GONE: Final = timedelta(days=30)
MOST_OFFERED: Final = 20
log = logging.getLogger("seatgate.sso")
ACCEPT: Final = "application/samlmetadata+xml, application/xml, text/xml"


@dataclass(frozen=True)
class Shown:
    """One certificate of a proposal: whether it is new, kept, or would go."""

    info: CertificateInfo
    state: str


@dataclass(frozen=True)
class Proposal:
    """What one identity provider's metadata says, beside what the connection has."""

    found: IdpMetadata
    issuer_before: str
    url_before: str
    certificates: tuple[Shown, ...]

    @property
    def pems(self) -> str:
        """The certificates as they are sent back when the proposal is taken."""
        return "".join(self.found.certificates)

    @property
    def changes(self) -> bool:
        """Say whether taking it would change anything."""
        same = (self.issuer_before, self.url_before) == (self.found.entity_id, self.found.sso_url)
        return not same or any(each.state != "kept" for each in self.certificates)


def read(connection: SsoConnection, text: bytes | str) -> list[Proposal]:
    """Return what metadata proposes: one proposal, or several to choose from; BadMetadata with a sentence."""
    try:
        found = [metadata.read(text)]
    except BadMetadata as refusal:
        if not refusal.choices:
            raise
        found = list(filter(None, (_one(text, name) for name in refusal.choices[:MOST_OFFERED])))
        if not found:
            raise
    now = timezone.now()
    for each in found:
        if each.valid_until is not None and each.valid_until < now:
            raise BadMetadata(metadata.ran_out(each.valid_until))
        if each.entity_id == connection.sp_entity_id and each.sso_url == connections.url(connection.team, "acs"):
            raise BadMetadata(_("This is our own metadata. Paste the identity provider's metadata instead."))
    return [_beside(connection, each) for each in found]


def _one(text: bytes | str, name: str) -> IdpMetadata | None:
    try:
        return metadata.read(text, name)
    except BadMetadata:
        return None


def _beside(connection: SsoConnection, found: IdpMetadata) -> Proposal:
    ours = {row.fingerprint: row for row in connections.certificates(connection)}
    infos = [metadata.describe_certificate(pem) for pem in found.certificates]
    shown = [Shown(info, "kept" if info.fingerprint in ours else "new") for info in infos]
    named = {info.fingerprint for info in infos}
    gone = [
        Shown(metadata.describe_certificate(row.pem), "gone") for row in ours.values() if row.fingerprint not in named
    ]
    return Proposal(found, connection.idp_entity_id, connection.idp_sso_url, (*shown, *gone))


def fetch(url: str) -> bytes:
    """Read the metadata that stands at a URL; BadMetadata with a sentence."""
    try:
        return http.fetch(url, accept=ACCEPT)
    except http.Unreached as refusal:
        raise BadMetadata(str(refusal)) from refusal


@act
def choose(act: Act, provider: str) -> None:
    """Remember whose words the wizard uses; a fresh connection also asks for the NameID as that provider sends it."""
    policy.require_feature(act.team, "sso")
    policy.require(act.by, Role.ADMIN)
    if provider not in providers.PROVIDERS:
        raise Invalid(_("Choose one of the identity providers."))
    connection = connections.of(act.team)
    if connection.provider == provider:
        return
    if connection._state.adding:
        chosen = providers.of(provider)
        connection.name_id_format, connection.signature_expected = chosen.name_id_format, chosen.signature_expected
    connection.provider = provider
    connection.save()
    # An event keeps its words: a name in one language, and none that means somebody else to each reader.
    act.record(CHOSEN, provider="SAML 2.0" if provider == "other" else providers.of(provider).name)


# ── Each day ─────────────────────────────────────────────────────────────────────────────────────────────────────────
def refresh_due() -> None:
    """Read the metadata of every connection that has a URL and was not looked at for a day."""
    waiting = SsoConnection.every_team.exclude(metadata_url="").filter(team__closed_at=None)
    for connection in waiting.select_related("team"):
        if connection.metadata_checked_at is None or timezone.now() - connection.metadata_checked_at > EVERY:
            try:
                refresh(connection)
            except Exception:
                log.exception("the metadata of team %s could not be looked at", connection.team_id)
                _looked(connection, _("We could not look at it, and it is our fault. We try again tomorrow."))


def refresh(connection: SsoConnection) -> str:
    """Read a connection's metadata now and keep up with its certificates; returns what was wrong, in words."""
    system = Actor(Door.SYSTEM, settings.PRODUCT_NAME or "Seatgate", role=Role.OWNER)
    try:
        found = _of_this(connection, fetch(connection.metadata_url))
        problem = keep_up(connection.team, system, found, connection.metadata_url)
    except BadMetadata as refusal:
        problem = str(refusal)
    _looked(connection, problem)
    return problem


def _looked(connection: SsoConnection, problem: str) -> None:
    """Write down what came of a look, unless the address is another one by now."""
    same = SsoConnection.every_team.filter(pk=connection.pk, metadata_url=connection.metadata_url)
    same.update(metadata_checked_at=timezone.now(), metadata_problem=problem)


def _of_this(connection: SsoConnection, text: bytes) -> IdpMetadata:
    proposals = [each.found for each in read(connection, text)]
    same = [each for each in proposals if each.entity_id == connection.idp_entity_id]
    if same:
        return same[0]
    words = _("The metadata now names another issuer ({name}). We changed nothing: look at it and take it by hand.")
    raise BadMetadata(words.format(name=proposals[0].entity_id))


@act
def keep_up(act: Act, found: IdpMetadata, url: str) -> str:
    """Add the certificates that are new and let go of those that vanished a month ago; returns what is left to do."""
    connection = connections.of(act.team)
    # What was read from an address that was given up meanwhile must not bring a removed certificate back.
    if connection._state.adding or connection.idp_entity_id != found.entity_id or connection.metadata_url != url:
        return ""
    infos = {metadata.describe_certificate(pem).fingerprint: pem for pem in found.certificates}
    rows = {row.fingerprint: row for row in connections.certificates(connection)}
    added = [pem for fingerprint, pem in infos.items() if fingerprint not in rows]
    for pem in added:
        connections.keep_certificate(connection, pem, from_metadata=True)
    moved = [row.fingerprint for fingerprint, row in rows.items() if _mark(row, fingerprint in infos, act.at)]
    if moved:
        # Without an event nothing of an act stays, and a month that is not written down never ends.
        act.record(NAMED, named=sorted(infos), changed=moved)
    removed = [row for row in rows.values() if row.gone_at is not None and act.at - row.gone_at > KEEP_GONE]
    for row in removed:
        row.delete()
    if added or removed:
        connection.trust_version += 1
        connection.save()
        act.record(REFRESHED, added=len(added), removed=[row.fingerprint for row in removed])
        if act.team.sso_on:
            post_all("sso_certificates", owners(act.team), team=act.team.name, by=act.by.label)
    if connection.idp_sso_url != found.sso_url:
        return _("The sign-on URL in the metadata changed to {url}. Look at it and take it by hand.").format(
            url=found.sso_url
        )
    return ""


def _mark(row: IdpCertificate, is_named: bool, now: datetime) -> bool:
    """Note that the metadata names a certificate, or when it ceased to; says whether that is news.

    One that was only added by hand was never there, so it can't have vanished.
    """
    before = row.from_metadata, row.gone_at
    row.from_metadata = row.from_metadata or is_named
    row.gone_at = (row.gone_at or now) if row.from_metadata and not is_named else None
    if before == (row.from_metadata, row.gone_at):
        return False
    row.save()
    return True
