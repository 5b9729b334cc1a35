"""Our own key pairs, one connection at a time: made, published, made current, retired, removed.

A key moves next → current → retired. The current one signs; current and next stand in our metadata; all of them
decrypt, so that an identity provider may go on encrypting for the old one until its admin has uploaded the new one.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.teams import policy
from portal.teams.actor import Role
from portal.teams.acts import Act, Kind, act
from portal.teams.compiled import Select
from portal.teams.errors import Conflict, Missing, NotReady
from portal.teams.models import Team
from sso import metadata
from sso.models import KeyState, SpKey, SsoConnection

MADE = Kind("sso.key_made", gettext_lazy("{actor} made a service provider key, {fingerprint}"))
CHANGED = Kind("sso.key_current_set", gettext_lazy("{actor} made a service provider key current, {fingerprint}"))
REMOVED = Kind("sso.key_removed", gettext_lazy("{actor} removed a service provider key, {fingerprint}"))

BITS, YEARS = 2048, 3
_ORDER = {KeyState.CURRENT: 0, KeyState.NEXT: 1, KeyState.RETIRED: 2}


def every(connection: SsoConnection) -> list[SpKey]:
    """Return the connection's keys: current, next, then the retired ones, newest first."""
    if connection._state.adding:
        return []
    return sorted(_EVERY(connection.pk), key=lambda row: _ORDER[KeyState(row.state)])


_EVERY = Select(lambda connection: SpKey.every_team.filter(connection=connection).order_by("-made_at"), UUID)


def private(connection: SsoConnection) -> tuple[str, ...]:
    """Return the private keys as PEM, the one that signs first."""
    rows = every(connection)
    # Without a current key none signs, and a next or retired one must not step in.
    return tuple(row.private_key for row in rows) if rows and rows[0].state == KeyState.CURRENT else ()


def published(connection: SsoConnection) -> tuple[str, ...]:
    """Return the certificates that our metadata holds: the current one, then the next."""
    return tuple(row.certificate for row in every(connection) if row.state != KeyState.RETIRED)


def certificate(team: Team, key_id: UUID) -> SpKey:
    """Return one of the team's keys, to be downloaded; Missing where it has no such key."""
    return _one(team, key_id)


@act
def make(act: Act) -> SpKey:
    """Make the first key, or the next one; what the identity provider uses now stays as it is."""
    connection = _changeable(act)
    states = {row.state for row in every(connection)}
    if KeyState.NEXT in states:
        raise Conflict(_("There is a next certificate already. Make it current, or remove it."))
    return _make(act, connection, KeyState.NEXT if KeyState.CURRENT in states else KeyState.CURRENT)


def make_if_needed(act: Act, connection: SsoConnection) -> None:
    """Make a key where what was just configured can't work without one; part of the act that configures."""
    needed = connection.sign_requests or connection.require_encrypted or connection.idp_slo_url
    if needed and not every(connection):
        _make(act, connection, KeyState.CURRENT)


@act
def make_current(act: Act, key_id: UUID) -> None:
    """Sign with the next key from now on; the former one is retired and still decrypts."""
    connection, row = _changeable(act), _one(act.team, key_id)
    if row.state != KeyState.NEXT:
        raise Conflict(_("Only the next certificate can be made current."))
    rows = SpKey.every_team.filter(connection=connection)
    rows.filter(state=KeyState.CURRENT).update(state=KeyState.RETIRED)
    rows.filter(pk=row.pk).update(state=KeyState.CURRENT)
    act.record(CHANGED, fingerprint=row.fingerprint)


@act
def remove(act: Act, key_id: UUID) -> None:
    """Delete a next or a retired key; what is encrypted for it can no longer be read."""
    _changeable(act)
    row = _one(act.team, key_id)
    if row.state == KeyState.CURRENT:
        raise NotReady(_("The current certificate is in use. Make the next one current first."))
    SpKey.every_team.filter(pk=row.pk).delete()
    act.record(REMOVED, fingerprint=row.fingerprint)


def _changeable(act: Act) -> SsoConnection:
    """Return the connection where this person may change its keys: live ones are an owner's."""
    policy.require_feature(act.team, "sso")
    policy.require(act.by, Role.OWNER if act.team.sso_on else Role.ADMIN)
    found: SsoConnection | None = SsoConnection.every_team.filter(team=act.team).first()
    if found is None:
        raise NotReady(_("Give the identity provider's values first."))
    return found


def _one(team: Team, key_id: UUID) -> SpKey:
    found: SpKey | None = SpKey.every_team.filter(connection__team=team, pk=key_id).first()
    if found is None:
        raise Missing
    return found


def _make(act: Act, connection: SsoConnection, state: KeyState) -> SpKey:
    key = rsa.generate_private_key(public_exponent=65537, key_size=BITS)
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    signed = _self_signed(act, key)
    info = metadata.describe_certificate(signed)
    row = SpKey(
        connection=connection, state=state, private_key=pem.decode(), certificate=signed, made_at=act.at,
        fingerprint=info.fingerprint, not_before=info.not_before, not_after=info.not_after,
    )  # fmt: skip
    row.save(force_insert=True)
    act.record(MADE, fingerprint=row.fingerprint)
    return row


def _self_signed(act: Act, key: Any) -> str:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Seatgate {act.team.slug}"[:64])])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        # An identity provider whose clock is a little behind must not find it too young.
        .not_valid_before(act.at - timedelta(hours=1))
        .not_valid_after(act.at + timedelta(days=365 * YEARS))
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM).decode()
