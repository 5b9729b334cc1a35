"""The HTTP-Redirect binding (SAML bindings 3.4): a deflated message in a query, signed over its own bytes. Pure.

The signature is judged over the very letters that came, never over letters encoded again: some identity providers
(AD FS) write %2b where others write %2B. A query that could be read in two ways is refused (CVE-2025-27773).
"""

import base64
import zlib
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote_plus, unquote_plus

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from lxml import etree

from sso.errors import NotGenuine, require
from sso.guard import DS

RSA_SHA256: Final = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
DEFLATE: Final = "urn:oasis:names:tc:SAML:2.0:bindings:URL-Encoding:DEFLATE"
QUERY_LIMIT: Final = 64 * 1024
INFLATED_LIMIT: Final = 100 * 1024

_MORE: Final = "http://www.w3.org/2001/04/xmldsig-more#"
_HASHES: Final[dict[str, hashes.HashAlgorithm]] = {
    "256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512(),
}  # fmt: skip
_SIGNING: Final = {f"{_MORE}{kind}-sha{size}": size for kind in ("rsa", "ecdsa") for size in _HASHES}
_SHA1: Final = {f"{DS}rsa-sha1", f"{_MORE}ecdsa-sha1"}
_MESSAGES: Final = ("SAMLRequest", "SAMLResponse")
_NAMES: Final = (*_MESSAGES, "RelayState", "SigAlg", "Signature", "SAMLEncoding")


@dataclass(frozen=True)
class Received:
    """A message of a query: under which name it came, its XML, and what was signed by what."""

    name: str
    xml: bytes
    relay_state: str
    algorithm: str
    signature: bytes
    signed: bytes


def send(url: str, name: str, message: Any, relay_state: str, key_pem: str | None) -> str:
    """Return the address that carries a message to `url`, signed where there is a key."""
    packed = base64.b64encode(zlib.compress(etree.tostring(message), wbits=-zlib.MAX_WBITS)).decode()
    query = f"{name}={quote_plus(packed)}"
    query += f"&RelayState={quote_plus(relay_state)}" if relay_state else ""
    if key_pem:
        query += f"&SigAlg={quote_plus(RSA_SHA256)}"
        query += f"&Signature={quote_plus(base64.b64encode(_sign(key_pem, query.encode())).decode())}"
    return f"{url}{'&' if '?' in url else '?'}{query}"


def receive(query: str) -> Received:
    """Take a message out of a raw query string, in bounded memory; whether it is genuine is for `verify` to say."""
    require(len(query) <= QUERY_LIMIT, "too_large", found=len(query), expected=QUERY_LIMIT)
    raw = _parameters(query)
    names = [name for name in _MESSAGES if name in raw]
    require(len(names) == 1, "query_ambiguous")
    require(unquote_plus(raw.get("SAMLEncoding", DEFLATE)) == DEFLATE, "not_deflated", found=raw.get("SAMLEncoding"))
    require(raw.get("Signature") and raw.get("SigAlg"), "logout_not_signed")
    signed = "&".join(f"{name}={raw[name]}" for name in (names[0], "RelayState", "SigAlg") if name in raw)
    return Received(
        names[0],
        inflate(_decoded(raw[names[0]])),
        unquote_plus(raw.get("RelayState", "")),
        unquote_plus(raw["SigAlg"]),
        _decoded(raw["Signature"]),
        signed.encode(),
    )


def verify(received: Received, certificates: tuple[str, ...], *, allow_sha1: bool) -> None:
    """Refuse what none of the certificates' keys signed."""
    require(certificates, "no_certificate")
    if received.algorithm in _SHA1:
        require(allow_sha1, "sha1_not_allowed", found=received.algorithm)
        digest: hashes.HashAlgorithm = hashes.SHA1()  # noqa: S303  # a legacy identity provider, by its own switch
    else:
        require(received.algorithm in _SIGNING, "algorithm_not_allowed", found=received.algorithm)
        digest = _HASHES[_SIGNING[received.algorithm]]
    fits = any(_fits(pem, received, digest) for pem in certificates)
    require(fits, "signature_invalid")


def inflate(packed: bytes) -> bytes:
    """Inflate a message up to the limit; a bomb is cut off there and refused."""
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        xml = inflater.decompress(packed, INFLATED_LIMIT)
    except zlib.error:
        raise NotGenuine("not_deflated") from None
    require(not inflater.unconsumed_tail, "too_large", expected=INFLATED_LIMIT)
    require(inflater.eof and not inflater.unused_data, "not_deflated")
    return xml


def private_key(pem: str) -> rsa.RSAPrivateKey:
    """Read a private key of ours; what was made here need not be proven prime again at every request."""
    key = serialization.load_pem_private_key(pem.encode(), None, unsafe_skip_rsa_key_validation=True)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise TypeError("a service provider key is RSA")
    return key


def _parameters(query: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in query.split("&"):
        raw_name, _, value = part.partition("=")
        name = unquote_plus(raw_name)
        if name.lower() not in {each.lower() for each in _NAMES}:
            continue
        # A name in another spelling would be one parameter to one reader and none to another.
        require(raw_name in _NAMES and raw_name not in found, "query_ambiguous", found=name)
        found[raw_name] = value
    return found


def _decoded(value: str) -> bytes:
    try:
        return base64.b64decode("".join(unquote_plus(value).split()), validate=True)
    except ValueError:
        raise NotGenuine("not_base64") from None


def _fits(pem: str, received: Received, digest: hashes.HashAlgorithm) -> bool:
    key = x509.load_pem_x509_certificate(pem.encode()).public_key()
    try:
        if isinstance(key, rsa.RSAPublicKey) and "#rsa-" in received.algorithm:
            key.verify(received.signature, received.signed, padding.PKCS1v15(), digest)
            return True
        if isinstance(key, ec.EllipticCurvePublicKey) and "#ecdsa-" in received.algorithm:
            key.verify(received.signature, received.signed, ec.ECDSA(digest))
            return True
    except InvalidSignature:
        return False
    return False


def _sign(key_pem: str, query: bytes) -> bytes:
    return private_key(key_pem).sign(query, padding.PKCS1v15(), hashes.SHA256())
