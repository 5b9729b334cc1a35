"""The practice IdP encrypts an assertion for a service provider (XML Encryption), well or as badly as it is told to."""

import base64
import os
from dataclasses import dataclass
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from lxml import etree

SAML = "urn:oasis:names:tc:SAML:2.0:assertion"
DS = "http://www.w3.org/2000/09/xmldsig#"
XENC = "http://www.w3.org/2001/04/xmlenc#"
XENC11 = "http://www.w3.org/2009/xmlenc11#"
OAEP_MGF1P, OAEP, RSA_1_5 = f"{XENC}rsa-oaep-mgf1p", f"{XENC11}rsa-oaep", f"{XENC}rsa-1_5"
_HASHES: dict[str, hashes.HashAlgorithm] = {
    "sha1": hashes.SHA1(),  # what most identity providers wrap keys with
    "sha256": hashes.SHA256(),
}


@dataclass(frozen=True)
class Encryption:
    """For whom, and how: the content's cipher, the key's wrapping, and where the wrapped key stands."""

    certificate_pem: str
    # aes128, aes192 or aes256, with -cbc or -gcm.
    cipher: str = "aes256-gcm"
    wrapping: str = OAEP_MGF1P
    digest: str = "sha1"
    # Beside the EncryptedData and pointed to, as OpenSAML can have it.
    beside: bool = False


def encrypted(element: Any, how: Encryption) -> Any:
    """Return an EncryptedAssertion that holds this assertion."""
    plain = element if isinstance(element, bytes) else etree.tostring(element, with_tail=False)
    key = os.urandom(int(how.cipher[3:6]) // 8)
    prefix = XENC11 if how.cipher.endswith("gcm") else XENC
    wrapped = _key(how, _wrap(how, key))
    pointer = f'<ds:RetrievalMethod Type="{XENC}EncryptedKey" URI="#the-key"/>' if how.beside else wrapped
    return etree.fromstring(
        f'<saml:EncryptedAssertion xmlns:saml="{SAML}" xmlns:xenc="{XENC}" xmlns:xenc11="{XENC11}" xmlns:ds="{DS}">'
        f'<xenc:EncryptedData Type="{XENC}Element"><xenc:EncryptionMethod Algorithm="{prefix}{how.cipher}"/>'
        f"<ds:KeyInfo>{pointer}</ds:KeyInfo>{_cipher_data(_encrypt(how.cipher, key, plain))}</xenc:EncryptedData>"
        f"{wrapped if how.beside else ''}</saml:EncryptedAssertion>"
    )


def _key(how: Encryption, wrapped: bytes) -> str:
    names = {"sha1": f"{DS}sha1", "sha256": f"{XENC}sha256"}
    digest = f'<ds:DigestMethod Algorithm="{names[how.digest]}"/>' if how.wrapping != RSA_1_5 else ""
    mgf = f'<xenc11:MGF Algorithm="{XENC11}mgf1{how.digest}"/>' if how.wrapping == OAEP else ""
    method = f'<xenc:EncryptionMethod Algorithm="{how.wrapping}">{digest}{mgf}</xenc:EncryptionMethod>'
    return f'<xenc:EncryptedKey Id="the-key">{method}{_cipher_data(wrapped)}</xenc:EncryptedKey>'


def _cipher_data(value: bytes) -> str:
    return f"<xenc:CipherData><xenc:CipherValue>{base64.b64encode(value).decode()}</xenc:CipherValue></xenc:CipherData>"


def _wrap(how: Encryption, key: bytes) -> bytes:
    public = x509.load_pem_x509_certificate(how.certificate_pem.encode()).public_key()
    if not isinstance(public, rsa.RSAPublicKey):
        raise ValueError("The service provider's key must be RSA.")
    if how.wrapping == RSA_1_5:
        return public.encrypt(key, padding.PKCS1v15())
    digest = _HASHES[how.digest]
    return public.encrypt(
        key, padding.OAEP(padding.MGF1(digest if how.wrapping == OAEP else _HASHES["sha1"]), digest, None)
    )


def _encrypt(cipher: str, key: bytes, plain: bytes) -> bytes:
    if cipher.endswith("gcm"):
        nonce = os.urandom(12)
        return nonce + AESGCM(key).encrypt(nonce, plain, None)
    start, missing = os.urandom(16), 16 - len(plain) % 16
    padded = plain + os.urandom(missing - 1) + bytes([missing])
    maker = Cipher(algorithms.AES(key), modes.CBC(start)).encryptor()
    return start + maker.update(padded) + maker.finalize()
