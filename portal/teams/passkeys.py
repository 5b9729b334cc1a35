"""Passkeys (WebAuthn): asked for, registered, proved. A passkey counts as both factors: it verifies its person."""

import struct
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from allauth.mfa.webauthn.internal.auth import WebAuthn
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from fido2.server import Fido2Server
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import (
    AttestedCredentialData,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
    RegistrationResponse,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from portal.teams import challenges, factors
from portal.teams.acts import Kind
from portal.teams.errors import Invalid, Missing
from portal.teams.factors import TYPES
from portal.teams.models import Challenge, User
from portal.teams.second_factor import Change, changing, drop_dangling_codes, first_codes

ADDED = Change(
    Kind("passkey.added", gettext_lazy("{actor} added the passkey “{name}” to their sign-in")),
    gettext_lazy("A passkey was added to your sign-in."),
)
RENAMED = Change(
    Kind("passkey.renamed", gettext_lazy("{actor} renamed the passkey “{before}” to “{name}”")),
    gettext_lazy("A passkey of your sign-in was renamed."),
)
REMOVED = Change(
    Kind("passkey.removed", gettext_lazy("{actor} removed the passkey “{name}” from their sign-in")),
    gettext_lazy("A passkey was removed from your sign-in."),
)
MOST, LONGEST_NAME = 20, 60
# What the library raises on an answer that is no answer: it reads JSON and CBOR that somebody else wrote.
UNREADABLE = (ValueError, TypeError, KeyError, AttributeError, IndexError, AssertionError, RecursionError,
              NotImplementedError, struct.error)  # fmt: skip


def _server() -> Fido2Server:
    ours = _origin(settings.BASE_URL)
    entity = PublicKeyCredentialRpEntity(id=str(ours[1]), name="Seatgate")
    return Fido2Server(entity, verify_origin=lambda origin: _origin(origin) == ours)


def _origin(url: str) -> tuple[str, str | None, int]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or (443 if parts.scheme == "https" else 80)


def _credentials(user: User) -> list[AttestedCredentialData]:
    found = factors.rows(user.pk).filter(type=TYPES.WEBAUTHN)
    read = (WebAuthn(row).authenticator_data.credential_data for row in found)
    return [credential for credential in read if credential is not None]


# ── A new one ────────────────────────────────────────────────────────────────────────────────────────────────────────
def begin_new(challenge: Challenge) -> dict[str, Any]:
    """What the browser needs to make a passkey for this User: one that it finds by itself and that verifies them."""
    user = challenge.user
    if user is None:
        raise Missing
    entity = PublicKeyCredentialUserEntity(id=user.pk.bytes, name=user.email, display_name=user.email)
    options, state = _server().register_begin(
        entity, _credentials(user), ResidentKeyRequirement.REQUIRED, UserVerificationRequirement.REQUIRED,
        challenge=_remembered(challenge),
    )  # fmt: skip
    return _kept(challenge, options, state)


def add(challenge: Challenge, name: str, answer: Any) -> list[str]:
    """Register the passkey a browser made; returns new recovery codes, where there were none."""
    user = challenge.user
    if user is None or not challenges.tried(challenge):
        raise Missing
    try:
        given = RegistrationResponse.from_dict(answer)
        made = _server().register_complete(challenge.state["webauthn"], given)
        known = made.credential_data in _credentials(user)
    except UNREADABLE:
        raise Invalid(_("The browser’s answer does not fit. Nothing was added; try again.")) from None
    if known or factors.rows(user.pk).filter(type=TYPES.WEBAUTHN).count() >= MOST:
        raise Invalid(_("You have this passkey already, or twenty of them. Remove one first."))
    name = name.strip()[:LONGEST_NAME] or _("Passkey")
    with changing(user, ADDED, name=name):
        if not challenges.claim(challenge):
            raise Missing
        WebAuthn.add(user, name, _plain(given))
        return first_codes(user)


def _plain(given: RegistrationResponse) -> dict[str, Any]:
    """What is kept of a registration, in allauth's form: nothing of the answer that nobody reads."""
    inside = given.response
    said = {
        "clientDataJSON": websafe_encode(inside.client_data),
        "attestationObject": websafe_encode(inside.attestation_object),
    }
    key = websafe_encode(given.raw_id)
    return {"id": key, "rawId": key, "type": "public-key", "response": said, "clientExtensionResults": {}}


# ── Proving ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def begin(challenge: Challenge) -> dict[str, Any]:
    """What the browser needs to prove a passkey: one of this User's, or any where nobody is known yet."""
    credentials = _credentials(challenge.user) if challenge.user is not None else None
    options, state = _server().authenticate_begin(
        credentials, UserVerificationRequirement.REQUIRED, challenge=_remembered(challenge)
    )
    return _kept(challenge, options, state)


def prove(challenge: Challenge, answer: Any) -> User | None:
    """Return whose passkey answered; of eight answers sent at once, one. None for everything that does not fit."""
    if not challenges.tried(challenge):
        return None
    try:
        user = challenge.user or User.objects.get(pk=UUID(bytes=websafe_decode(answer["response"]["userHandle"])))
        used = _server().authenticate_complete(challenge.state["webauthn"], _credentials(user), answer)
    except (*UNREADABLE, User.DoesNotExist):
        return None
    if not challenges.claim(challenge):
        return None
    for row in factors.rows(user.pk).filter(type=TYPES.WEBAUTHN):
        if WebAuthn(row).authenticator_data.credential_data.credential_id == used.credential_id:
            row.record_usage()
    return user


# ── The ones there are ───────────────────────────────────────────────────────────────────────────────────────────────
def rename(user: User, passkey_id: int, name: str) -> None:
    """Give a passkey another name."""
    row, name = _one(user, passkey_id), name.strip()[:LONGEST_NAME]
    if not name:
        raise Invalid(_("Give the passkey a name."))
    if name != row.data["name"]:
        with changing(user, RENAMED, before=row.data["name"], name=name):
            row.data["name"] = name
            row.save(update_fields=["data"])


def remove(user: User, passkey_id: int) -> None:
    """Take a passkey away, and the recovery codes where no factor is left."""
    row = _one(user, passkey_id)
    with changing(user, REMOVED, name=row.data["name"]):
        row.delete()
        drop_dangling_codes(user.pk)


def _one(user: User, passkey_id: int) -> Any:
    row = factors.rows(user.pk).filter(type=TYPES.WEBAUTHN, pk=passkey_id).first()
    if row is None:
        raise Missing
    return row


def _remembered(challenge: Challenge) -> bytes | None:
    """The bytes that were sent before, where the same challenge is drawn again."""
    state = challenge.state.get("webauthn")
    return websafe_decode(state["challenge"]) if state else None


def _kept(challenge: Challenge, options: Any, state: Any) -> dict[str, Any]:
    if "webauthn" not in challenge.state:
        challenge.state["webauthn"] = dict(state)
        challenge.save(update_fields=["state"])
    return dict(options)
