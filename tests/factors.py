"""A person's second factors as they hold them: an app that counts, and an authenticator that signs."""

import json
import os
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from django.test import Client
from django.utils import timezone
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData

from portal.teams.models import Team
from tests import make
from tests.pages import reading

SECURITY = "/settings/profile/security/"


# ── An app ───────────────────────────────────────────────────────────────────────────────────────────────────────────
def code(secret: str, steps: int = 0) -> str:
    """What an authenticator app shows now, or some steps of thirty seconds from now."""
    plain = secret.replace(" ", "")
    return format_hotp_value(hotp_value(plain, int(timezone.now().timestamp()) // 30 + steps))


@dataclass
class App:
    """An authenticator app that was set up in the portal."""

    secret: str
    recovery: list[str]

    def code(self, steps: int = 0) -> str:
        """What it shows."""
        return code(self.secret, steps)


def set_up_app(client: Client, team: Team) -> App:
    """Set an app up on the page, as its person would; its present code is used with that."""
    shown = reading.page(make.press(client, f"{SECURITY}app/begin/", team))
    secret = str(shown.xpath("//main//textarea")[0].text_content())
    done = make.press(client, f"{SECURITY}app/confirm/", team, code=code(secret))
    texts = reading.page(done).xpath("//main//textarea") if done.status_code == 200 else []
    return App(secret, str(texts[0].text_content()).split() if texts else [])


# ── An authenticator ─────────────────────────────────────────────────────────────────────────────────────────────────
@dataclass
class Key:
    """A passkey on a device: it answers what a page asks, as a browser would."""

    private: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    id: bytes = field(default_factory=lambda: os.urandom(16))
    handle: str = ""
    # User present and verified.
    flags: int = 0x05

    def make(self, asked: dict[str, Any], origin: str = "") -> str:
        """Answer a page that asks for a new passkey."""
        options = asked["publicKey"]
        self.handle = options["user"]["id"]
        public = ES256.from_cryptography_key(self.private.public_key())
        held = AttestedCredentialData.create(b"\0" * 16, self.id, public)
        data = AuthenticatorData.create(_rp(options["rp"]["id"]), self.flags | 0x40, 0, held)
        said = {
            "clientDataJSON": websafe_encode(_client("webauthn.create", options["challenge"], origin)),
            "attestationObject": websafe_encode(AttestationObject.create("none", data, {})),
        }
        return self._answer(said)

    def prove(self, asked: dict[str, Any], origin: str = "") -> str:
        """Answer a page that asks for a passkey."""
        options = asked["publicKey"]
        client = _client("webauthn.get", options["challenge"], origin)
        data = AuthenticatorData.create(_rp(options["rpId"]), self.flags, 0)
        signature = self.private.sign(data + sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        said = {
            "clientDataJSON": websafe_encode(client),
            "authenticatorData": websafe_encode(data),
            "signature": websafe_encode(signature),
            "userHandle": self.handle,
        }
        return self._answer(said)

    def _answer(self, said: dict[str, str]) -> str:
        key = websafe_encode(self.id)
        answer = {"id": key, "rawId": key, "type": "public-key", "response": said, "clientExtensionResults": {}}
        return json.dumps(answer)


def _rp(name: str) -> bytes:
    return sha256(name.encode()).digest()


def _client(kind: str, challenge: str, origin: str) -> bytes:
    ours = urlsplit(settings.BASE_URL)
    said = {"type": kind, "challenge": challenge, "origin": origin or f"{ours.scheme}://{ours.netloc}"}
    return json.dumps(said).encode()


def asked_of(answer: Any) -> dict[str, Any]:
    """What a page asks the browser's authenticator."""
    asked: dict[str, Any] = json.loads(reading.page(answer).xpath("//form/@data-passkey")[0])
    return asked


def set_up_passkey(client: Client, team: Team, name: str = "Laptop") -> Key:
    """Add a passkey on the page."""
    key = Key()
    asked = asked_of(make.press(client, f"{SECURITY}passkeys/begin/", team))
    make.press(client, f"{SECURITY}passkeys/add/", team, name=name, answer=key.make(asked))
    return key


def sign_in_by(client: Client, key: Key) -> Any:
    """Sign in by passkey alone."""
    asked = asked_of(client.post("/sign-in/passkey/", {"next": "/"}))
    return client.post("/sign-in/passkey/prove/", {"answer": key.prove(asked)})
