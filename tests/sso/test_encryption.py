"""Encrypted assertions: opened by our own keys alone, guarded again once they are open, no way around any check."""

import base64
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from lxml import etree

from portal.demo.encrypting import OAEP, RSA_1_5, Encryption, encrypted
from sso import decryption, saml
from sso.errors import SENTENCES, NotGenuine
from tests.sso import attacks as a
from tests.sso.attacks import Attack, Change, adds, doubles, drops, says, sets

XENC = "http://www.w3.org/2001/04/xmlenc#"
HOLDER = "saml:EncryptedAssertion"
DATA = HOLDER + "/xenc:EncryptedData"
METHOD = DATA + "/xenc:EncryptionMethod"
KEY = DATA + "/ds:KeyInfo/xenc:EncryptedKey"
KEY_METHOD = KEY + "/xenc:EncryptionMethod"
CIPHER = DATA + "/xenc:CipherData/xenc:CipherValue"
WRAPPED = KEY + "/xenc:CipherData/xenc:CipherValue"


@cache
def pair(name: str) -> tuple[str, str]:
    """A key pair of ours: the private key and its certificate."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    called = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder().subject_name(called).issuer_name(called).public_key(key.public_key())
    made = made.serial_number(1).not_valid_before(now).not_valid_after(now + timedelta(days=1))
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    certificate = made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    return private.decode(), certificate.decode()


def trust(**changes: Any) -> saml.Trust:
    """Acme's trust, with one key of ours."""
    return a.trust(**{"sp_keys": (pair("current")[0],), **changes})


def sealed(**said: Any) -> str:
    """A good response whose assertion is encrypted for us."""
    how = said.pop("how", {})
    return a.respond(encrypt_for=replace(Encryption(pair("current")[1]), **how), **said)


def with_plain(change: Callable[[bytes], bytes]) -> Callable[[], str]:
    """A response whose plain text is changed after it was signed and before it is encrypted."""

    def swap(response: Any) -> None:
        assertion = response.find(a.ASSERTION, a.NS)
        plain = change(etree.tostring(assertion, with_tail=False))
        response.replace(assertion, encrypted(plain, Encryption(pair("current")[1])))

    return lambda: a.respond(tamper=swap)


def after(*changes: Change, **said: Any) -> Callable[[], str]:
    """An encrypted response, changed on the way."""
    return lambda: sealed(tamper=lambda response: [change(response) for change in changes], **said)


def flips(path: str, place: int) -> Change:
    """Flip one bit of an encrypted value."""

    def flip(response: Any) -> None:
        found = response.find(path, a.NS)
        raw = bytearray(base64.b64decode(found.text))
        raw[place] ^= 1
        found.text = base64.b64encode(bytes(raw)).decode()

    return flip


def cuts(path: str, length: int) -> Change:
    """Cut an encrypted value short."""

    def cut(response: Any) -> None:
        found = response.find(path, a.NS)
        found.text = base64.b64encode(base64.b64decode(found.text)[:length]).decode()

    return cut


def original_beside(response: Any) -> None:
    """Put an unsigned assertion about somebody else beside the encrypted one."""
    response.find(HOLDER, a.NS).addnext(a.fragment('<saml:Assertion ID="evil" Version="2.0"/>'))


def twice(plain: bytes) -> bytes:
    """Encrypt what is encrypted already."""
    return etree.tostring(encrypted(plain, Encryption(pair("current")[1])))


CBC = {"cipher": "aes256-cbc"}
TRIPLE_DES = XENC + "tripledes-cbc"
SIGNED_INSIDE_OUT = (("signature_expected", "response"),)
# fmt: off
# ruff: noqa: E501  # one attack, one line
ATTACKS = [
    # No key, or not ours.
    Attack("no key of ours", "no_decryption_key", sealed, (("sp_keys", ()),)),
    Attack("another key of ours", "decryption_failed", sealed, (("sp_keys", (pair("other")[0],)),)),
    Attack("in the clear where it must not be", "assertion_not_encrypted", a.respond, (("require_encrypted", True),)),
    # Algorithms.
    Attack("RSA 1.5 (Bleichenbacher)", "encryption_not_allowed", lambda: sealed(how={"wrapping": RSA_1_5})),
    Attack("3DES", "encryption_not_allowed", after(sets(METHOD, Algorithm=TRIPLE_DES))),
    Attack("no algorithm", "encryption_not_allowed", after(sets(METHOD, Algorithm=""))),
    Attack("AES-ECB by a made-up name", "encryption_not_allowed", after(sets(METHOD, Algorithm=XENC + "aes256-ecb"))),
    Attack("key wrapped by a shared key", "encryption_not_allowed",
           after(sets(KEY_METHOD, Algorithm=XENC + "kw-aes256"))),
    Attack("OAEP with MD5", "encryption_not_allowed", after(sets(KEY_METHOD + "/ds:DigestMethod", Algorithm="md5"))),
    Attack("OAEP with two digests", "encryption_not_allowed", after(doubles(KEY_METHOD + "/ds:DigestMethod"))),
    Attack("OAEP with an odd mask", "encryption_not_allowed",
           after(sets(KEY_METHOD + "/{http://www.w3.org/2009/xmlenc11#}MGF", Algorithm="x"), how={"wrapping": OAEP})),
    Attack("OAEP parameters", "encryption_malformed", after(adds(KEY_METHOD, "<xenc:OAEPparams>AA==</xenc:OAEPparams>"))),
    Attack("cipher renamed to another length", "decryption_failed",
           after(sets(METHOD, Algorithm="http://www.w3.org/2009/xmlenc11#aes128-gcm"))),
    Attack("GCM renamed to CBC", "decryption_failed", after(sets(METHOD, Algorithm=XENC + "aes256-cbc"), cuts(CIPHER, 61))),
    # Structure.
    Attack("no EncryptedData", "encryption_malformed", after(drops(DATA))),
    Attack("two EncryptedData", "encryption_malformed", after(adds(HOLDER, "<xenc:EncryptedData/>"))),
    Attack("no EncryptedKey", "encryption_malformed", after(drops(KEY))),
    Attack("two EncryptedKeys", "encryption_malformed", after(doubles(KEY), lambda r: r.findall(KEY, a.NS)[1].set("Id", "k2"))),
    Attack("two EncryptedKeys of one Id", "duplicate_id", after(doubles(KEY))),
    Attack("two methods", "encryption_malformed", after(doubles(METHOD))),
    Attack("no cipher", "encryption_malformed", after(drops(CIPHER))),
    Attack("two ciphers", "encryption_malformed", after(doubles(CIPHER))),
    Attack("cipher that is no base64", "encryption_malformed", after(says(CIPHER, "%%%"))),
    Attack("cipher by reference", "forbidden_element", after(adds(DATA + "/xenc:CipherData", "<xenc:CipherReference/>"))),
    Attack("content instead of an element", "encryption_malformed", after(sets(DATA, Type=XENC + "Content"))),
    Attack("key pointed to elsewhere", "encryption_malformed",
           after(sets(DATA + "/ds:KeyInfo/ds:RetrievalMethod", URI="http://evil.example/key"), how={"beside": True})),
    Attack("key pointed to as something else", "encryption_malformed",
           after(sets(DATA + "/ds:KeyInfo/ds:RetrievalMethod", Type="http://www.w3.org/2000/09/xmldsig#X509Data"),
                 how={"beside": True})),
    Attack("key pointed to with a transform", "forbidden_element",
           after(adds(DATA + "/ds:KeyInfo/ds:RetrievalMethod", "<ds:XPath/>"), how={"beside": True})),
    # Bits.
    Attack("bit of the cipher flipped (GCM)", "decryption_failed", after(flips(CIPHER, 40))),
    Attack("bit of the tag flipped (GCM)", "decryption_failed", after(flips(CIPHER, -1))),
    Attack("bit of the wrapped key flipped", "decryption_failed", after(flips(WRAPPED, 10))),
    Attack("padding broken (CBC)", "decryption_failed", after(cuts(CIPHER, 33), how=CBC)),
    Attack("half a block (CBC)", "decryption_failed", after(cuts(CIPHER, 72), how=CBC)),
    Attack("only the IV (CBC)", "decryption_failed", after(cuts(CIPHER, 16), how=CBC)),
    Attack("nothing at all", "decryption_failed", after(says(CIPHER, ""))),
    Attack("wrapped key emptied", "decryption_failed", after(says(WRAPPED, ""))),
    # What is inside, judged as any other message.
    Attack("not signed inside", "signature_missing", lambda: sealed(sign="none")),
    Attack("not signed inside, either would do", "signature_missing", lambda: sealed(sign="none"), a.ANYWHERE),
    Attack("signed outside where inside is asked", "signature_missing", lambda: sealed(sign="response")),
    Attack("signed inside where outside is asked", "signature_missing", sealed, SIGNED_INSIDE_OUT),
    Attack("signed by another inside", "signature_invalid",
           lambda: a.respond(a.rogue(), encrypt_for=pair("current")[1])),
    Attack("signed by another outside", "signature_invalid",
           lambda: a.respond(a.rogue(), sign="response", encrypt_for=pair("current")[1]), SIGNED_INSIDE_OUT),
    Attack("good inside, broken outside", "signature_invalid", after(a.root_sets(Consent="x"), sign="both")),
    Attack("cipher swapped under the signature", "signature_invalid", after(flips(CIPHER, 40), sign="response"),
           SIGNED_INSIDE_OUT),
    Attack("altered inside", "signature_invalid", with_plain(lambda plain: plain.replace(b"mia@", b"eva@"))),
    Attack("expired inside", "confirmation_expired", lambda: sealed(lifetime=timedelta(minutes=-1))),
    Attack("for another inside", "wrong_audience", lambda: sealed(audience="https://other.example")),
    Attack("comment inside", "comment", with_plain(lambda plain: plain.replace(b"mia@", b"mia@<!-- x -->"))),
    Attack("PI inside", "processing_instruction", with_plain(lambda plain: plain.replace(b"mia@", b"mia@<?x y?>"))),
    Attack("DTD inside", "doctype", with_plain(lambda plain: b"<!DOCTYPE r>" + plain)),
    Attack("entity bomb inside", "doctype", with_plain(lambda plain: a.BOMB + plain)),
    Attack("NUL inside", "nul_byte", with_plain(lambda plain: plain.replace(b"mia@", b"mia\0@"))),
    Attack("Latin-1 inside", "not_utf8", with_plain(lambda plain: plain.replace(b"mia@", b"mi\xe4@"))),
    Attack("no XML inside", "encryption_malformed", with_plain(lambda plain: b"hello")),
    Attack("cut short inside", "not_xml", with_plain(lambda plain: plain[:-9])),
    Attack("very many elements inside", "too_many_elements", with_plain(lambda plain: b"<a/>" * 5_001)),
    Attack("very deep inside", "too_deep", with_plain(lambda plain: b"<a>" * 40 + b"</a>" * 40)),
    Attack("two assertions inside", "encryption_malformed", with_plain(lambda plain: plain * 2)),
    Attack("status smuggled inside", "encryption_malformed", with_plain(lambda plain: b"<samlp:Status/>" + plain)),
    Attack("way out of the response", "not_xml", with_plain(lambda plain: plain + b"</samlp:Response><samlp:Response>")),
    Attack("encrypted twice", "encryption_malformed", with_plain(twice)),
    Attack("encrypted inside the assertion", "assertion_misplaced",
           with_plain(lambda plain: plain.replace(b"</saml:Assertion>", b"<saml:EncryptedAssertion/></saml:Assertion>"))),
    Attack("XSLT inside", "transform_not_allowed",
           with_plain(lambda plain: plain.replace(b"<ds:Transforms>", b"<ds:Transforms>" + a.XSLT.encode()))),
    Attack("assertion beside the encrypted one", "several_assertions", after(original_beside)),
    Attack("two encrypted assertions", "several_assertions", after(doubles(HOLDER))),
    Attack("encrypted assertion in the status", "assertion_misplaced", after(adds("samlp:Status", a.ENCRYPTED))),
    Attack("encrypted NameID inside", "encrypted_name_id",
           lambda: sealed(mutate=a.swaps(a.NAME_ID, a.ENCRYPTED_ID))),
]
# fmt: on


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_an_attack_on_encryption_is_refused_for_its_own_reason(attack: Attack) -> None:
    message = attack.make()

    with pytest.raises(NotGenuine) as refusal:
        saml.read(trust(**dict(attack.by)), message, a.NOW)

    assert refusal.value.code == attack.code
    assert refusal.value.detail.startswith(str(SENTENCES[attack.code]))


def test_every_reason_decryption_gives_has_an_attack() -> None:
    source = Path(decryption.__file__).read_text()

    assert {code for code in SENTENCES if f'"{code}"' in source} <= {each.code for each in ATTACKS}


@pytest.mark.parametrize("cipher", ["aes128-cbc", "aes192-cbc", "aes256-cbc", "aes128-gcm", "aes192-gcm", "aes256-gcm"])
@pytest.mark.parametrize(
    "wrapping", [{}, {"digest": "sha256"}, {"wrapping": OAEP}, {"wrapping": OAEP, "digest": "sha256"}, {"beside": True}]
)
def test_an_assertion_encrypted_by_an_allowed_algorithm_is_read(cipher: str, wrapping: dict[str, Any]) -> None:
    said = saml.read(trust(require_encrypted=True), sealed(how={"cipher": cipher, **wrapping}), a.NOW)

    assert (said.name_id, said.attributes["email"]) == (a.MIA, (a.MIA,))


@pytest.mark.parametrize(
    ("sign", "expected"),
    [("assertion", "assertion"), ("both", "assertion"), ("response", "response"), ("both", "response"),
     ("assertion", "either"), ("response", "either"), ("both", "either")],
)  # fmt: skip
def test_it_is_believed_whether_signed_before_or_after_encryption(sign: Any, expected: str) -> None:
    said = saml.read(trust(signature_expected=expected), sealed(sign=sign), a.NOW)

    assert said.name_id == a.MIA
    assert bytes.fromhex(said.certificate_fingerprint) == a.idp().certificate.fingerprint(hashes.SHA256())


@pytest.mark.parametrize("keys", [("other", "current"), ("other", "third", "current")])
def test_any_of_our_keys_opens_it(keys: tuple[str, ...]) -> None:
    said = saml.read(trust(sp_keys=tuple(pair(name)[0] for name in keys)), sealed(), a.NOW)

    assert said.name_id == a.MIA


def test_a_response_without_prefixes_is_read_too() -> None:
    xml = base64.b64decode(sealed()).replace(b"samlp:", b"").replace(b"xmlns:samlp=", b"xmlns=")

    assert saml.read(trust(), base64.b64encode(xml).decode(), a.NOW).name_id == a.MIA


def test_an_xml_declaration_inside_does_no_harm() -> None:
    message = with_plain(lambda plain: b'<?xml version="1.0" encoding="UTF-8"?>\n' + plain)()

    assert saml.read(trust(), message, a.NOW).name_id == a.MIA


def test_our_private_keys_are_never_shown_by_the_trust() -> None:
    assert "PRIVATE KEY" not in repr(trust())
