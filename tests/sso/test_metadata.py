"""What people paste, and what we hand out."""

import base64
import zlib
from datetime import UTC
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from lxml import etree
from onelogin import saml2

from portal.demo.idp import EMAIL, MD, PracticeIdp, read_request
from sso import metadata, our_metadata
from sso.errors import BadMetadata
from tests.sso.attacks import ACS, BOMB, IDP, SP, SSO, idp, rogue

NS = {"md": MD}
OTHER = "https://other.example"
BODY = "".join(idp().certificate_pem.splitlines()[1:-1])
OUR_OWN = our_metadata.write(sp_entity_id=SP, acs_url=ACS, name_id_format=EMAIL)


def changed(old: str, new: str) -> bytes:
    text = idp().metadata().decode()
    assert old in text
    return text.replace(old, new).encode()


def several(*entity_ids: str) -> bytes:
    entities = [PracticeIdp(each, SSO, idp().key, idp().certificate).metadata() for each in entity_ids]
    root = etree.Element(f"{{{MD}}}EntitiesDescriptor")
    root.extend(etree.fromstring(entity) for entity in entities)
    return etree.tostring(root)


def test_what_an_idp_says_of_itself_is_read() -> None:
    found = metadata.read(idp().metadata())

    assert (found.entity_id, found.sso_url, found.sso_binding) == (IDP, SSO, "redirect")
    assert found.certificates == (idp().certificate_pem,)
    assert (found.slo_url, found.name_id_formats, found.want_authn_requests_signed) == (None, (EMAIL,), False)


def test_pasted_text_is_read_like_a_file() -> None:
    assert metadata.read("\ufeff\n" + idp().metadata().decode()) == metadata.read(idp().metadata())


def test_an_idp_that_takes_only_post_is_read_and_said_to() -> None:
    found = metadata.read(changed("bindings:HTTP-Redirect", "bindings:HTTP-POST"))

    assert (found.sso_url, found.sso_binding) == (SSO, "post")


def test_an_encryption_certificate_is_not_trusted_to_sign() -> None:
    with pytest.raises(BadMetadata, match="no signing certificate"):
        metadata.read(changed('use="signing"', 'use="encryption"'))


def test_a_certificate_for_no_stated_use_is_trusted_to_sign() -> None:
    assert metadata.read(changed(' use="signing"', "")).certificates == (idp().certificate_pem,)


def test_comments_and_stylesheets_are_let_through() -> None:
    text = changed("<md:NameIDFormat>", "<!-- by hand --><?x y?><md:NameIDFormat>")

    assert metadata.read(text).entity_id == IDP


def test_of_several_idps_the_named_one_is_read() -> None:
    assert metadata.read(several(IDP, OTHER), entity_id=OTHER).entity_id == OTHER


def test_of_several_idps_one_must_be_chosen() -> None:
    with pytest.raises(BadMetadata, match="choose one") as refusal:
        metadata.read(several(IDP, OTHER))

    assert refusal.value.choices == (IDP, OTHER)


def test_a_collection_of_one_idp_and_some_sps_needs_no_choice() -> None:
    root = etree.fromstring(several(IDP))
    root.insert(0, etree.fromstring(OUR_OWN))

    assert metadata.read(etree.tostring(root)).entity_id == IDP


WRONG = {
    "nothing": (b" \n", "empty"),
    "a web page": (b"<!DOCTYPE html><html><body>Sign in</body></html>", "web page"),
    "a web page without a type": (b"\n<HTML lang='en'>", "web page"),
    "our own metadata": (OUR_OWN, "service provider's metadata"),
    "a private key": (idp().to_pem().encode(), "private key"),
    "a certificate": (idp().certificate_pem.encode(), "certificate field"),
    "an address": (b"https://idp.example/metadata", "metadata URL field"),
    "words": (b"hello", "not XML"),
    "half a file": (idp().metadata()[:-30], "not XML"),
    "other XML": (b"<feed/>", "not SAML metadata"),
    "a DTD": (BOMB + b"<r>&b;</r>", "DOCTYPE"),
    "over 1 MiB": (b"<r>" + b" " * 1024 * 1024 + b"</r>", "1 MiB"),
    "too many elements": (b"<r>" + b"<a/>" * 60_000 + b"</r>", "too large"),
    "UTF-16": (idp().metadata().decode().encode("utf-16"), "UTF-8"),
    "Latin-1": (changed("encoding='UTF-8'", "encoding='ISO-8859-1'"), "UTF-8"),
    "no entityID": (changed(f' entityID="{IDP}"', ""), "entityID"),
    "an attribute authority": (changed("IDPSSODescriptor", "AttributeAuthorityDescriptor"), "no identity provider"),
    "SAML 1.1": (changed("SAML:2.0:protocol", "SAML:1.1:protocol"), "SAML 2.0"),
    "no sign-on URL": (changed("bindings:HTTP-Redirect", "bindings:SOAP"), "sign-on URL"),
    "a script as sign-on URL": (changed(SSO, "javascript:alert(1)"), "no web address"),
    "plain http": (changed(SSO, "http://idp.example/sso"), "https://"),
    "too long an address": (changed(SSO, SSO + "a" * 2048), "longer than 2048"),
    "too long a name": (changed(f'"{IDP}"', f'"{IDP}{"a" * 1024}"'), "longer than 1024"),
    "a broken certificate": (changed("X509Certificate>MII", "X509Certificate>AAA"), "not an X.509"),
}


@pytest.mark.parametrize(("text", "sentence"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_paste_gets_a_sentence(text: bytes, sentence: str) -> None:
    with pytest.raises(BadMetadata, match=sentence):
        metadata.read(text)


@pytest.mark.parametrize("url", ["http://127.0.0.1:8001/sso", "http://localhost/sso"])
def test_the_practice_idp_on_this_machine_may_speak_plain_http(url: str) -> None:
    assert metadata.read(changed(SSO, url)).sso_url == url


FORGIVEN = {
    "PEM": idp().certificate_pem,
    "PEM on one line": idp().certificate_pem.replace("\n", " "),
    "PEM with Windows line ends": idp().certificate_pem.replace("\n", "\r\n"),
    "PEM out of a JSON file": idp().certificate_pem.replace("\n", "\\n"),
    "PEM with words around it": "subject=CN idp\n" + idp().certificate_pem + "bye",
    "bare base64": BODY,
    "bare base64 in lines": f" {BODY[:64]}\n{BODY[64:200]}\n\n {BODY[200:]} ",
    "the same twice": idp().certificate_pem * 2,
}


@pytest.mark.parametrize("text", FORGIVEN.values(), ids=FORGIVEN.keys())
def test_a_certificate_is_read_however_it_was_pasted(text: str) -> None:
    assert metadata.read_certificates(text) == (idp().certificate_pem,)


@pytest.mark.parametrize("between", ["", "\n", "\n\n\n"])
def test_several_certificates_are_read_in_their_order(between: str) -> None:
    text = idp().certificate_pem + between + rogue().certificate_pem

    assert metadata.read_certificates(text) == (idp().certificate_pem, rogue().certificate_pem)


def test_several_bare_certificates_are_read_apart_by_a_blank_line() -> None:
    other = "".join(rogue().certificate_pem.splitlines()[1:-1])

    assert metadata.read_certificates(f"{BODY}\n \n{other}") == (idp().certificate_pem, rogue().certificate_pem)


BARE_KEY = "".join(idp().to_pem().partition("-----END PRIVATE")[0].splitlines()[1:])
NO_CERTIFICATE = {
    "nothing": (" ", "empty"),
    "a private key": (idp().to_pem(), "private key"),
    "a bare private key": (BARE_KEY, "private key"),
    "metadata": (idp().metadata().decode(), "metadata field"),
    "a request": ("-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----", "not a certificate"),
    "an empty certificate": ("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----", "X.509"),
    "words": ("hällo", "base64"),
    "other base64": ("aGVsbG8=", "X.509"),
    "far too much": ("A" * 2_000_000, "too large"),
    "far too many": (idp().certificate_pem * 21, "too many"),
}


@pytest.mark.parametrize(("text", "sentence"), NO_CERTIFICATE.values(), ids=NO_CERTIFICATE.keys())
def test_what_is_no_certificate_gets_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(BadMetadata, match=sentence) as refusal:
        metadata.read_certificates(text)

    assert BODY[:40] not in str(refusal.value) and BARE_KEY[:40] not in str(refusal.value)


def test_a_certificate_is_described() -> None:
    info = metadata.describe_certificate(idp().certificate_pem)

    assert info.fingerprint.count(":") == 31 and info.fingerprint == info.fingerprint.upper()
    assert (info.subject, info.key) == ("CN=Seatgate practice IdP", "RSA 2048")
    assert info.not_before < info.not_after and info.not_after.tzinfo is UTC


def test_an_elliptic_curve_certificate_is_described() -> None:
    pem = PracticeIdp.make(IDP, SSO, key=ec.generate_private_key(ec.SECP256R1())).certificate_pem

    assert metadata.describe_certificate(pem).key == "ECDSA"


@pytest.mark.parametrize("certificates", [(), (idp().certificate_pem, rogue().certificate_pem)])
def test_our_metadata_follows_the_schema(certificates: tuple[str, ...]) -> None:
    schema = etree.XMLSchema(file=str(Path(saml2.__file__).parent / "schemas" / "saml-schema-metadata-2.0.xsd"))

    root = etree.fromstring(
        our_metadata.write(
            sp_entity_id='x&"<', acs_url=ACS, name_id_format=EMAIL, certificates=certificates, slo_url=SP + "/slo"
        )
    )

    assert schema.validate(root), schema.error_log
    assert (root.get("entityID"), root.get("validUntil")) == ('x&"<', None)


def test_our_metadata_says_what_we_sign_and_want_signed() -> None:
    text = our_metadata.write(
        sp_entity_id=SP, acs_url=ACS, name_id_format=EMAIL, certificates=(idp().certificate_pem,), signs_requests=True
    )

    descriptor = etree.fromstring(text).find("md:SPSSODescriptor", NS)

    assert (descriptor.get("AuthnRequestsSigned"), descriptor.get("WantAssertionsSigned")) == ("true", "true")
    assert [key.get("use") for key in descriptor.findall("md:KeyDescriptor", NS)] == ["signing", "encryption"]
    assert etree.fromstring(OUR_OWN).find("md:SPSSODescriptor", NS).get("AuthnRequestsSigned") == "false"


def test_the_practice_idp_keeps_its_key_and_certificate() -> None:
    again = PracticeIdp.from_pem(IDP, SSO, idp().to_pem())

    assert again.metadata() == idp().metadata()
    assert x509.load_pem_x509_certificate(again.certificate_pem.encode()).public_key() == again.key.public_key()


@pytest.mark.parametrize("field", ["", "%", "aGVsbG8=", "PGEvPg==", BODY])
def test_the_practice_idp_refuses_what_is_no_request(field: str) -> None:
    with pytest.raises(ValueError, match="not an AuthnRequest"):
        read_request({"SAMLRequest": field})


def test_the_practice_idp_unpacks_only_so_much() -> None:
    packer = zlib.compressobj(wbits=-15)
    bomb = packer.compress(b"<a>" + b" " * 50_000_000) + packer.flush()

    with pytest.raises(ValueError, match="not an AuthnRequest"):
        read_request({"SAMLRequest": base64.b64encode(bomb).decode()})
