"""The practice IdP's side of single logout, by HTTP-Redirect: what it asks, what it answers, and what it reads."""

import base64
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from lxml import etree

from portal.demo.idp import REQUEST_LIMIT, SAML, SAMLP, SUCCESS, Change, PracticeIdp, new_id, stamp

RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
ECDSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"
SIGNING: dict[str, hashes.HashAlgorithm] = {
    RSA_SHA256: hashes.SHA256(),
    ECDSA_SHA256: hashes.SHA256(),
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512": hashes.SHA512(),
    "http://www.w3.org/2000/09/xmldsig#rsa-sha1": hashes.SHA1(),  # the practice IdP can play old ADFS
}


@dataclass(frozen=True)
class LogoutInfo:
    """What a service provider's logout message says; of an answer, `in_response_to` and `status`."""

    kind: str
    id: str
    issuer: str
    name_id: str
    session_index: str
    in_response_to: str
    status: str
    relay_state: str
    xml: str


def logout_request(
    idp: PracticeIdp, *, slo_url: str, name_id: str, session_index: str | list[str] = "", at: datetime | None = None,
    not_on_or_after: datetime | None = None, issuer: str = "", destination: str | None = None,
    mutate: Change | None = None,
) -> Any:  # fmt: skip
    """Return a LogoutRequest element, each of whose words may be a lie."""
    at = at or datetime.now(UTC)
    request = _message("LogoutRequest", issuer or idp.entity_id, slo_url if destination is None else destination, at)
    if not_on_or_after:
        request.set("NotOnOrAfter", stamp(not_on_or_after))
    etree.SubElement(request, f"{{{SAML}}}NameID").text = name_id
    for index in [session_index] if isinstance(session_index, str) else session_index:
        if index:
            etree.SubElement(request, f"{{{SAMLP}}}SessionIndex").text = index
    if mutate:
        mutate(request)
    return request


def logout_response(
    idp: PracticeIdp, *, slo_url: str, in_response_to: str, at: datetime | None = None, status: str = SUCCESS,
    issuer: str = "", destination: str | None = None, mutate: Change | None = None,
) -> Any:  # fmt: skip
    """Return a LogoutResponse element, each of whose words may be a lie."""
    at = at or datetime.now(UTC)
    response = _message("LogoutResponse", issuer or idp.entity_id, slo_url if destination is None else destination, at)
    response.set("InResponseTo", in_response_to)
    holder = etree.SubElement(response, f"{{{SAMLP}}}Status")
    etree.SubElement(holder, f"{{{SAMLP}}}StatusCode", Value=status)
    if mutate:
        mutate(response)
    return response


def by_redirect(
    idp: PracticeIdp, url: str, message: Any, *, relay_state: str = "", algorithm: str = "", lowercase: bool = False
) -> str:
    """Return the address that carries a message, signed; `lowercase` escapes as AD FS does."""
    name = "SAMLResponse" if str(message.tag).endswith("Response") else "SAMLRequest"
    packed = base64.b64encode(zlib.compress(etree.tostring(message), wbits=-zlib.MAX_WBITS)).decode()
    algorithm = algorithm or (ECDSA_SHA256 if isinstance(idp.key, ec.EllipticCurvePrivateKey) else RSA_SHA256)
    said = {name: packed, **({"RelayState": relay_state} if relay_state else {}), "SigAlg": algorithm}
    query = urlencode(said, quote_via=_lowercase if lowercase else quote, safe="")
    signature = urlencode({"Signature": base64.b64encode(_sign(idp, algorithm, query.encode()))})
    return f"{url}{'&' if '?' in url else '?'}{query}&{signature}"


def read_logout(query: Mapping[str, str]) -> LogoutInfo:
    """Read the logout message of a service provider's HTTP-Redirect query; ValueError if there is none."""
    packed = query.get("SAMLRequest") or query.get("SAMLResponse", "")
    try:
        xml = zlib.decompressobj(-zlib.MAX_WBITS).decompress(base64.b64decode(packed, validate=True), REQUEST_LIMIT)
        message = etree.fromstring(xml, etree.XMLParser(resolve_entities=False, no_network=True))
    except (ValueError, zlib.error, etree.XMLSyntaxError) as error:
        raise ValueError("This is not a logout message.") from error
    code = message.find(f"{{{SAMLP}}}Status/{{{SAMLP}}}StatusCode")
    return LogoutInfo(
        kind=etree.QName(message).localname,
        id=message.get("ID", ""),
        issuer=message.findtext(f"{{{SAML}}}Issuer") or "",
        name_id=message.findtext(f"{{{SAML}}}NameID") or "",
        session_index=message.findtext(f"{{{SAMLP}}}SessionIndex") or "",
        in_response_to=message.get("InResponseTo", ""),
        status="" if code is None else code.get("Value", ""),
        relay_state=query.get("RelayState", ""),
        xml=xml.decode(errors="replace"),
    )


def _message(name: str, issuer: str, destination: str, at: datetime) -> Any:
    said = {"ID": new_id(), "Version": "2.0", "IssueInstant": stamp(at), "Destination": destination}
    message = etree.Element(f"{{{SAMLP}}}{name}", said, nsmap={"samlp": SAMLP, "saml": SAML})
    etree.SubElement(message, f"{{{SAML}}}Issuer").text = issuer
    return message


def _sign(idp: PracticeIdp, algorithm: str, query: bytes) -> bytes:
    if isinstance(idp.key, ec.EllipticCurvePrivateKey):
        return idp.key.sign(query, ec.ECDSA(SIGNING[algorithm]))
    return idp.key.sign(query, padding.PKCS1v15(), SIGNING[algorithm])


def _lowercase(text: str | bytes, *_: Any) -> str:
    escaped = quote(text, safe="")
    return "".join(
        letter.lower() if "%" in escaped[max(0, place - 2) : place] else letter for place, letter in enumerate(escaped)
    )
