"""Each case of single sign-on says what its name says, and nothing else differs from the good response."""

import base64
from typing import Any

import pytest
from lxml import etree

from portal.demo.answers import CASES, respond
from portal.demo.idp import DS, SAML, SAMLP, PracticeIdp
from portal.demo.state import demo_state

NS = {"saml": SAML, "samlp": SAMLP, "ds": DS}
ACS, SP = "http://localhost:8000/sso/acme/acs", "http://localhost:8000/sso/acme/metadata"
OTTO = demo_state().people[-1]


@pytest.fixture(scope="module")
def idp() -> PracticeIdp:
    """The identity provider."""
    return PracticeIdp.make("http://127.0.0.1:8001/metadata", "http://127.0.0.1:8001/sso")


def said(idp: PracticeIdp, key: str) -> Any:
    """Read what the case says."""
    response = respond(idp, CASES[key], OTTO, acs_url=ACS, audience=SP, asked="id-1")
    return etree.fromstring(base64.b64decode(response))


def signed(response: Any) -> list[str]:
    """Name the elements that carry a signature."""
    return [etree.QName(each.getparent()).localname for each in response.iter(f"{{{DS}}}Signature")]


@pytest.mark.parametrize("key", CASES)
def test_every_case_answers_the_request_from_the_same_issuer(idp: PracticeIdp, key: str) -> None:
    response = said(idp, key)

    assert response.get("InResponseTo") == "id-1"
    assert set(response.xpath("//saml:Issuer/text()", namespaces=NS)) == {idp.entity_id}


@pytest.mark.parametrize(
    ("key", "where"), [("good", ["Assertion"]), ("response-signed", ["Response"]), ("unsigned", [])]
)
def test_the_signature_stands_where_the_case_says(idp: PracticeIdp, key: str, where: list[str]) -> None:
    assert signed(said(idp, key)) == where


@pytest.mark.parametrize(
    ("key", "path", "value"),
    [
        ("good", "//saml:NameID/text()", "otto@northwind.test"),
        ("good", "//saml:Audience/text()", SP),
        ("persistent", "//saml:NameID/@Format", "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"),
        ("persistent", "//saml:NameID/text()", "otto@northwind.test"),
        ("wrong-audience", "//saml:Audience/text()", "https://elsewhere.example/metadata"),
        ("wrong-recipient", "//saml:SubjectConfirmationData/@Recipient", "https://elsewhere.example/acs"),
        ("altered", "//saml:NameID/text()", "not-otto@northwind.test"),
    ],
)
def test_the_case_says_what_its_name_says(idp: PracticeIdp, key: str, path: str, value: str) -> None:
    assert said(idp, key).xpath(path, namespaces=NS) == [value]


def test_without_an_email_none_is_sent_anywhere(idp: PracticeIdp) -> None:
    assert b"@northwind.test" not in etree.tostring(said(idp, "no-email"))


def test_the_wrong_certificate_is_another_one(idp: PracticeIdp) -> None:
    path = "//ds:X509Certificate/text()"

    assert said(idp, "wrong-certificate").xpath(path, namespaces=NS) != said(idp, "good").xpath(path, namespaces=NS)


def test_what_is_encrypted_names_nobody_outside(idp: PracticeIdp) -> None:
    asked = {"acs_url": ACS, "audience": SP, "asked": "id-1"}

    response = base64.b64decode(
        respond(idp, CASES["encrypted"], OTTO, certificate=PracticeIdp.make(SP, ACS).certificate_pem, **asked)
    )

    assert b"EncryptedAssertion" in response
    assert b"otto" not in response
