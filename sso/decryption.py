"""Opens an encrypted assertion (XML Encryption) with a connection's own keys. Pure.

Done here and not by a library that dereferences, guesses and falls back: one EncryptedData, one EncryptedKey, a short
list of algorithms, no second way. The plain text is as untrusted as any message, and goes through the guard anew.
Whatever fails in the cryptography fails alike: neither the page nor the log tells a wrong key from a wrong padding.
"""

import base64
import re
import secrets
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding as asymmetric
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from lxml import etree

from sso import guard, redirect
from sso.errors import NotGenuine, require
from sso.guard import DS, SAML

XENC: Final = "http://www.w3.org/2001/04/xmlenc#"
XENC11: Final = "http://www.w3.org/2009/xmlenc11#"
CBC: Final = {f"{XENC}aes{bits}-cbc": bits // 8 for bits in (128, 192, 256)}
GCM: Final = {f"{XENC11}aes{bits}-gcm": bits // 8 for bits in (128, 192, 256)}
OAEP_MGF1P: Final = f"{XENC}rsa-oaep-mgf1p"
OAEP: Final = f"{XENC11}rsa-oaep"
RSA_1_5: Final = f"{XENC}rsa-1_5"
ELEMENT: Final = f"{XENC}Element"
ENCRYPTED_KEY: Final = f"{XENC}EncryptedKey"

_NS: Final = {"xenc": XENC, "xenc11": XENC11, "ds": DS, "saml": SAML}
_BLOCK: Final = 16
_SHA: Final[dict[str, hashes.HashAlgorithm]] = {
    f"{DS}sha1": hashes.SHA1(),  # noqa: S303  # within OAEP, where no collision helps anybody
    f"{XENC}sha256": hashes.SHA256(),
    "http://www.w3.org/2001/04/xmldsig-more#sha384": hashes.SHA384(),
    f"{XENC}sha512": hashes.SHA512(),
}
_MGF: Final[dict[str, hashes.HashAlgorithm]] = {
    f"{XENC11}mgf1sha1": hashes.SHA1(),  # noqa: S303
    f"{XENC11}mgf1sha256": hashes.SHA256(),
    f"{XENC11}mgf1sha384": hashes.SHA384(),
    f"{XENC11}mgf1sha512": hashes.SHA512(),
}
_DECLARATION: Final = re.compile(rb"\A(\xef\xbb\xbf)?\s*<\?xml[^>]*\?>")


def opened(response: etree._Element, keys: tuple[str, ...]) -> bytes:
    """Return the response with its EncryptedAssertion replaced by the plain text that one of our keys opens."""
    require(keys, "no_decryption_key")
    holder = response.find("saml:EncryptedAssertion", _NS)
    data = _only(holder, "xenc:EncryptedData")
    require(data.get("Type", ELEMENT) == ELEMENT, "encryption_malformed", found=data.get("Type"), expected=ELEMENT)
    algorithm = _algorithm(data)
    require(algorithm in CBC or algorithm in GCM, "encryption_not_allowed", found=algorithm)
    unwrap = _oaep(_the_key(holder, data))
    cipher, wrapped = _cipher(data), _cipher(_the_key(holder, data))
    plain = _plain(algorithm, cipher, wrapped, unwrap, keys)
    return _replaced(response, holder, _DECLARATION.sub(b"", plain, count=1))


def _only(parent: Any, path: str) -> Any:
    found = parent.findall(path, _NS) if parent is not None else []
    require(len(found) == 1, "encryption_malformed", found=f"{len(found)} {path}", expected=1)
    return found[0]


def _algorithm(element: Any) -> str:
    return str(_only(element, "xenc:EncryptionMethod").get("Algorithm", ""))


def _the_key(holder: Any, data: Any) -> Any:
    """Find the one EncryptedKey: within the data's KeyInfo, or beside the data and pointed to from there (OpenSAML)."""
    inside, beside = data.findall("ds:KeyInfo/xenc:EncryptedKey", _NS), holder.findall("xenc:EncryptedKey", _NS)
    found = inside + beside
    require(len(found) == 1, "encryption_malformed", found=f"{len(found)} EncryptedKey", expected=1)
    pointers = data.findall("ds:KeyInfo/ds:RetrievalMethod", _NS)
    expected = {(f"#{each.get('Id')}", ENCRYPTED_KEY) for each in beside}
    fine = all((each.get("URI"), each.get("Type")) in expected for each in pointers) and len(pointers) <= 1
    require(fine, "encryption_malformed", found="RetrievalMethod")
    return found[0]


def _oaep(key: Any) -> asymmetric.OAEP:
    """Return how the key was wrapped. PKCS#1 v1.5 is refused: it gives way to Bleichenbacher's attack."""
    method = _only(key, "xenc:EncryptionMethod")
    algorithm = method.get("Algorithm", "")
    require(algorithm in {OAEP_MGF1P, OAEP}, "encryption_not_allowed", found=algorithm, expected=OAEP)
    digest = [each.get("Algorithm") for each in method.findall("ds:DigestMethod", _NS)] or [f"{DS}sha1"]
    mgf = [each.get("Algorithm") for each in method.findall("xenc11:MGF", _NS)] or [f"{XENC11}mgf1sha1"]
    known = len(digest) == len(mgf) == 1 and digest[0] in _SHA and mgf[0] in _MGF
    require(known, "encryption_not_allowed", found=", ".join(map(str, digest + mgf)))
    plain = method.find("xenc:OAEPparams", _NS) is None and (algorithm == OAEP or mgf[0] == f"{XENC11}mgf1sha1")
    require(plain, "encryption_malformed", found="OAEPparams or MGF")
    return asymmetric.OAEP(asymmetric.MGF1(_MGF[mgf[0]]), _SHA[digest[0]], None)


def _cipher(element: Any) -> bytes:
    value = _only(_only(element, "xenc:CipherData"), "xenc:CipherValue")
    try:
        return base64.b64decode("".join((value.text or "").split()), validate=True)
    except ValueError:
        raise NotGenuine("encryption_malformed", found="CipherValue") from None


def _plain(algorithm: str, cipher: bytes, wrapped: bytes, unwrap: asymmetric.OAEP, keys: tuple[str, ...]) -> bytes:
    for pem in keys:
        try:
            return _decrypt(algorithm, redirect.private_key(pem).decrypt(wrapped, unwrap), cipher)
        except (ValueError, InvalidTag):
            continue
    raise NotGenuine("decryption_failed")


def _decrypt(algorithm: str, key: bytes, cipher: bytes) -> bytes:
    """Decrypt the content; ValueError or InvalidTag where key, tag or padding does not fit."""
    if len(key) != (CBC | GCM)[algorithm]:
        raise ValueError
    if algorithm in GCM:
        return AESGCM(key).decrypt(cipher[:12], cipher[12:], None)
    opener = Cipher(algorithms.AES(key), modes.CBC(cipher[:_BLOCK])).decryptor()
    padded = opener.update(cipher[_BLOCK:]) + opener.finalize()
    # XML Encryption 5.2.1: only the last octet of the padding has a meaning (ISO 10126), unlike PKCS#7.
    if not padded or not 1 <= padded[-1] <= _BLOCK:
        raise ValueError
    return padded[: -padded[-1]]


def _replaced(response: etree._Element, holder: Any, plain: bytes) -> bytes:
    """Put the plain text where the EncryptedAssertion stood, letter by letter: a signature over it must still fit."""
    mark, count, before = secrets.token_hex(16), len(response), holder.getprevious()
    if before is None:
        response.text = mark
    else:
        before.tail = mark
    response.remove(holder)
    xml = etree.tostring(response).replace(mark.encode(), plain, 1)
    guard.scan(xml)
    inside = guard.parse(xml)
    fine = len(inside) == count and inside.find("saml:Assertion", _NS) is not None
    require(fine, "encryption_malformed", found="plain text", expected="Assertion")
    return xml
