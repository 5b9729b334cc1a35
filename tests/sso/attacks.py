"""Forged and malformed SAML responses: each a named change of a good one, with the code it must be refused with.

`signed(...)` changes the message before the identity provider signs it (a lying or broken IdP), `altered(...)` after (a
thief in between), `raw(...)` changes the bytes. All are read at NOW, by the trust of `trust()`.
"""

import base64
import hashlib
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import xmlsec
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from lxml import etree

from portal.demo.idp import BEARER, DS, SAML, SAMLP, PracticeIdp, stamp
from sso.saml import Trust

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
ACS = "https://seatgate.example/sso/acme/acs"
SP = "https://seatgate.example/sso/acme/metadata"
IDP = "https://idp.example/acme"
SSO = "https://idp.example/acme/sso"
MIA = "mia@acme.example"
NS = {
    "samlp": SAMLP, "saml": SAML, "ds": DS,
    "xsi": "http://www.w3.org/2001/XMLSchema-instance", "xenc": "http://www.w3.org/2001/04/xmlenc#",
}  # fmt: skip
CIPHER = (
    "<xenc:EncryptedData><xenc:CipherData><xenc:CipherValue>AAAA</xenc:CipherValue></xenc:CipherData>"
    "</xenc:EncryptedData>"
)
ASSERTION = "saml:Assertion"
CONDITIONS = "saml:Assertion/saml:Conditions"
CONFIRMATION = "saml:Assertion/saml:Subject/saml:SubjectConfirmation"
DATA = CONFIRMATION + "/saml:SubjectConfirmationData"
NAME_ID = "saml:Assertion/saml:Subject/saml:NameID"
AUTHN = "saml:Assertion/saml:AuthnStatement"
ATTRIBUTES = "saml:Assertion/saml:AttributeStatement"
SIGNATURE = "saml:Assertion/ds:Signature"
INFO = SIGNATURE + "/ds:SignedInfo"
METHOD = INFO + "/ds:SignatureMethod"
C14N = INFO + "/ds:CanonicalizationMethod"
REFERENCE = INFO + "/ds:Reference"
TRANSFORMS = REFERENCE + "/ds:Transforms"
DIGEST = REFERENCE + "/ds:DigestMethod"
VALUE = ATTRIBUTES + "/saml:Attribute/saml:AttributeValue"

Change = Callable[[Any], object]


@cache
def idp() -> PracticeIdp:
    """The identity provider Acme trusts."""
    return PracticeIdp.make(IDP, SSO)


@cache
def rogue() -> PracticeIdp:
    """One that calls itself the same, with a key of its own."""
    return PracticeIdp.make(IDP, SSO)


def trust(**changes: Any) -> Trust:
    """Acme's trust in its identity provider."""
    return replace(Trust(IDP, SSO, (idp().certificate_pem,), SP, ACS), **changes)


def respond(by: PracticeIdp | None = None, **said: Any) -> str:
    """A good response to nobody's request, but for what `said` changes."""
    good = {"acs_url": ACS, "audience": SP, "name_id": MIA, "at": NOW, "attributes": {"email": MIA}}
    return (by or idp()).respond(**{**good, **said})


def signed_by_xmlsec(prefixes: str, tail: str) -> str:
    """A good response as xmlsec signs it: its canonical form keeps `prefixes`, and `tail` is behind the signature."""
    bare = base64.b64decode(respond(sign="none")).replace(
        b"<saml:Assertion ", b'<saml:Assertion xmlns:xs="http://www.w3.org/2001/XMLSchema" '
    )
    response = etree.fromstring(bare)
    assertion = response.find(ASSERTION, NS)
    named = PREFIXES.replace('"xs"', f'"{prefixes}"') if prefixes else ""
    assertion.insert(1, fragment(TO_BE_SIGNED.format(id=assertion.get("ID"), named=named)))
    assertion[1].tail = tail
    xmlsec.tree.add_ids(response, ["ID"])
    by = xmlsec.SignatureContext()
    by.key = xmlsec.Key.from_memory(idp().to_pem(), xmlsec.KeyFormat.PEM)
    by.sign(assertion[1])
    return base64.b64encode(etree.tostring(response)).decode()


def later(**by: int) -> str:
    return stamp(NOW + timedelta(**by))


def fragment(xml: str) -> Any:
    names = " ".join(f'xmlns:{prefix}="{url}"' for prefix, url in NS.items())
    return etree.fromstring(f"<top {names}>{xml}</top>")[0]


def sets(path: str, **attributes: str) -> Change:
    return lambda response: response.find(path, NS).attrib.update(attributes)


def root_sets(**attributes: str) -> Change:
    return lambda response: response.attrib.update(attributes)


def unsets(path: str, name: str) -> Change:
    return lambda response: response.find(path, NS).attrib.pop(name)


def says(path: str, text: str) -> Change:
    return lambda response: setattr(response.find(path, NS), "text", text)


def drops(path: str) -> Change:
    return lambda response: response.find(path, NS).getparent().remove(response.find(path, NS))


def adds(path: str, xml: str, at: int = 99) -> Change:
    return lambda response: response.find(path, NS).insert(at, fragment(xml))


def swaps(path: str, xml: str) -> Change:
    return lambda response: response.find(path, NS).getparent().replace(response.find(path, NS), fragment(xml))


def doubles(path: str) -> Change:
    return lambda response: response.find(path, NS).addnext(deepcopy(response.find(path, NS)))


def moves_signature(path: str) -> Change:
    return lambda response: response.find(path, NS).append(response.find(SIGNATURE, NS))


def signed(*changes: Change, **said: Any) -> Callable[[], str]:
    return lambda: respond(mutate=lambda response: [change(response) for change in changes], **said)


def altered(*changes: Change, **said: Any) -> Callable[[], str]:
    return lambda: respond(tamper=lambda response: [change(response) for change in changes], **said)


def raw(change: Callable[[bytes], bytes]) -> Callable[[], str]:
    return lambda: base64.b64encode(change(base64.b64decode(respond()))).decode()


def evil_twin(response: Any) -> Any:
    """A copy of the signed assertion without its signature, about somebody else."""
    twin = deepcopy(response.find(ASSERTION, NS))
    twin.remove(twin.find("ds:Signature", NS))
    twin.set("ID", "id-evil")
    twin.find("saml:Subject/saml:NameID", NS).text = "olga@acme.example"
    return twin


def wrap_response_in_signature(response: Any) -> None:
    original = deepcopy(response)
    original.remove(original.find("ds:Signature", NS))
    response.set("ID", "id-evil")
    response.find("ds:Signature", NS).append(original)


def wrap_response_beside_signature(response: Any) -> None:
    original = deepcopy(response)
    original.remove(original.find("ds:Signature", NS))
    response.set("ID", "id-evil")
    response.find("ds:Signature", NS).addprevious(original)


def twin_first(response: Any) -> None:
    response.find(ASSERTION, NS).addprevious(evil_twin(response))


def twin_around(response: Any) -> None:
    twin, original = evil_twin(response), response.find(ASSERTION, NS)
    response.replace(original, twin)
    twin.append(original)


def twin_takes_signature(response: Any) -> None:
    original = response.find(ASSERTION, NS)
    twin = evil_twin(response)
    twin.insert(1, original.find("ds:Signature", NS))
    response.insert(2, twin)


def original_in_twins_signature(response: Any) -> None:
    original = response.find(ASSERTION, NS)
    twin, signature = evil_twin(response), original.find("ds:Signature", NS)
    response.replace(original, twin)
    twin.insert(1, signature)
    signature.append(original)


def twin_in_extensions(response: Any) -> None:
    response.insert(1, fragment("<samlp:Extensions/>"))
    response[1].append(evil_twin(response))


def original_in_object(response: Any) -> None:
    original = response.find(ASSERTION, NS)
    original_in_twins_signature(response)
    holder = fragment("<ds:Object/>")
    response.find(SIGNATURE, NS).append(holder)
    holder.append(original)


def good_certificate_embedded(response: Any) -> None:
    body = "".join(idp().certificate_pem.splitlines()[1:-1])
    response.find(f"{SIGNATURE}/ds:KeyInfo/ds:X509Data/ds:X509Certificate", NS).text = body


def void_canonicalization() -> str:
    """A SignedInfo over the digest of nothing, well signed, on an assertion that can't be canonicalized.

    A relative namespace makes libxml2 give up; whoever takes its empty result for the canonical form finds
    that the digest fits (CVE-2025-66568, "The Fragile Lock").
    """

    def empty(response: Any) -> None:
        info = response.find(INFO, NS)
        info.find("ds:Reference/ds:DigestValue", NS).text = base64.b64encode(hashlib.sha256(b"").digest()).decode()
        signed_info = etree.tostring(info, method="c14n", exclusive=True)
        value = idp().key.sign(signed_info, padding.PKCS1v15(), hashes.SHA256())  # type: ignore[union-attr, call-arg, arg-type]
        response.find(SIGNATURE + "/ds:SignatureValue", NS).text = base64.b64encode(value).decode()
        response.find(NAME_ID, NS).text = "olga@acme.example"

    xml = base64.b64decode(respond(tamper=empty))
    return base64.b64encode(xml.replace(b"<saml:NameID ", b'<saml:NameID xmlns:x="relative" x:y="1" ', 1)).decode()


def remarks_in_name_id(remark: Any) -> Change:
    return lambda response: response.find(NAME_ID, NS).append(remark)


def steals_id(thief: str, name: str) -> Change:
    return lambda response: response.find(thief, NS).set(name, response.find(ASSERTION, NS).get("ID"))


BOMB = b'<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
XSLT = '<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xslt-19991116"/>'
XPATH = '<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116"><x>1</x></ds:Transform>'
MORE = "http://www.w3.org/2001/04/xmldsig-more#"
EXC_C14N = "http://www.w3.org/2001/10/xml-exc-c14n#"
PREFIXES = f'<ec:InclusiveNamespaces xmlns:ec="{EXC_C14N}" PrefixList="xs"/>'
TO_BE_SIGNED = f"""<ds:Signature><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="{EXC_C14N}"/>
<ds:SignatureMethod Algorithm="{MORE}rsa-sha256"/><ds:Reference URI="#{{id}}"><ds:Transforms>
<ds:Transform Algorithm="{DS}enveloped-signature"/><ds:Transform Algorithm="{EXC_C14N}">{{named}}</ds:Transform>
</ds:Transforms><ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><ds:DigestValue/></ds:Reference>
</ds:SignedInfo><ds:SignatureValue/></ds:Signature>"""
NO_TRANSFORM = f'<saml:Advice Algorithm="{EXC_C14N}"/>'
AUDIENCE = "<saml:AudienceRestriction><saml:Audience>https://other.example</saml:Audience></saml:AudienceRestriction>"
RESPONDER = "urn:oasis:names:tc:SAML:2.0:status:Responder"
LONG = "x" * 300
ENCRYPTED = f"<saml:EncryptedAssertion>{CIPHER}</saml:EncryptedAssertion>"
ENCRYPTED_ID = f"<saml:EncryptedID>{CIPHER}</saml:EncryptedID>"
ENCRYPTED_ATTRIBUTE = f"<saml:EncryptedAttribute>{CIPHER}</saml:EncryptedAttribute>"
XML_ID = {"{http://www.w3.org/XML/1998/namespace}id": "x"}
INCLUSIVE = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
EMPTY = f'<saml:SubjectConfirmation Method="{BEARER}"/>'
HOLDER = "urn:oasis:names:tc:SAML:2.0:cm:holder-of-key"
IN_RESPONSE = (("signature_expected", "response"),)
ANYWHERE = (("signature_expected", "either"),)


@dataclass(frozen=True)
class Attack:
    """One message that must be refused, and with which code; `by` changes the trust it is read by."""

    name: str
    code: str
    make: Callable[[], str]
    by: tuple[tuple[str, Any], ...] = ()
