"""Single logout: what an identity provider tells us of sessions that end, and what we tell it. Pure.

Only signed messages are obeyed: an unsigned logout signs strangers out. Times, addresses and names are judged as
exactly as those of a sign-in.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from lxml import etree

from sso import guard, redirect, saml
from sso.asking import stamp
from sso.errors import NotGenuine, require
from sso.guard import SAML, SAMLP, STATUS_SUCCESS
from sso.reading import LONGEST_NAME_ID, NS, OLDEST, SKEW, Trust, check_envelope, short, text_of, time_of

MOST_INDEXES: Final = 100
_SIGNED_TWICE: Final = f"{{{guard.DS}}}Signature"


@dataclass(frozen=True)
class Logout:
    """A genuine logout message: a request that names a person and sessions (none: all), or an answer to ours."""

    kind: Literal["request", "response"]
    id: str
    relay_state: str
    # How long the same message could be accepted again.
    until: datetime
    name_id: str = ""
    session_indexes: tuple[str, ...] = ()
    in_response_to: str = ""
    succeeded: bool = False


def from_query(trust: Trust, query: str, at: datetime) -> Logout:
    """Return what a raw query (HTTP-Redirect) says, if `trust` vouches for it at this moment; else NotGenuine."""
    received = redirect.receive(query)
    redirect.verify(received, trust.idp_certificates, allow_sha1=trust.allow_sha1)
    guard.scan(received.xml)
    message = guard.parse(received.xml)
    # SAML bindings 3.4.4.1: what is signed by the query carries no signature of its own.
    require(message.find(_SIGNED_TWICE) is None, "signature_misplaced")
    return _judged(trust, message, received.name, received.relay_state, at)


def from_form(trust: Trust, name: str, value: str, relay_state: str, at: datetime) -> Logout:
    """Return what a form field (HTTP-POST) says, if `trust` vouches for it at this moment; else NotGenuine."""
    message = guard.inspect_logout(guard.decode(value), allow_sha1=trust.allow_sha1)
    require(trust.idp_certificates, "no_certificate")
    return _judged(trust, saml.verify(trust, message), name, relay_state, at)


def request(
    trust: Trust, *, request_id: str, at: datetime, name_id: str, name_id_format: str, session_index: str,
    relay_state: str,
) -> str:  # fmt: skip
    """Return the address that tells the identity provider that somebody signs out here."""
    message = _message("LogoutRequest", trust, request_id, at)
    said = name_id_format or trust.name_id_format
    etree.SubElement(message, f"{{{SAML}}}NameID", Format=said).text = name_id
    if session_index:
        etree.SubElement(message, f"{{{SAMLP}}}SessionIndex").text = session_index
    return redirect.send(trust.idp_slo_url, "SAMLRequest", message, relay_state, _key(trust))


def response(trust: Trust, *, response_id: str, at: datetime, asked: Logout) -> str:
    """Return the address that tells the identity provider that its logout request was carried out."""
    message = _message("LogoutResponse", trust, response_id, at)
    message.set("InResponseTo", asked.id)
    status = etree.SubElement(message, f"{{{SAMLP}}}Status")
    etree.SubElement(status, f"{{{SAMLP}}}StatusCode", Value=STATUS_SUCCESS)
    return redirect.send(trust.idp_slo_url, "SAMLResponse", message, asked.relay_state, _key(trust))


def _message(name: str, trust: Trust, message_id: str, at: datetime) -> Any:
    said = {"ID": message_id, "Version": "2.0", "IssueInstant": stamp(at), "Destination": trust.idp_slo_url}
    message = etree.Element(f"{{{SAMLP}}}{name}", said, nsmap={"samlp": SAMLP, "saml": SAML})
    etree.SubElement(message, f"{{{SAML}}}Issuer").text = trust.sp_entity_id
    return message


def _key(trust: Trust) -> str | None:
    return trust.sp_keys[0] if trust.sp_keys else None


def _judged(trust: Trust, message: Any, name: str, relay_state: str, at: datetime) -> Logout:
    expected = {"SAMLRequest": f"{{{SAMLP}}}LogoutRequest", "SAMLResponse": f"{{{SAMLP}}}LogoutResponse"}[name]
    require(message.tag == expected, "not_a_logout", found=etree.QName(message).localname)
    require(saml.follows_schema(message), "schema_invalid")
    require(message.find("saml:Issuer", NS) is not None, "wrong_issuer", expected=trust.idp_entity_id)
    issued = check_envelope(trust, message, at)
    found = message.get("Destination")
    require(found is not None, "destination_missing")
    require(found == trust.slo_url, "wrong_destination", found=found, expected=trust.slo_url)
    until = issued + OLDEST + SKEW
    if name == "SAMLRequest":
        return _request(trust, message, relay_state, until, at)
    code = message.find("samlp:Status/samlp:StatusCode", NS)
    succeeded = code.get("Value") == STATUS_SUCCESS
    in_response_to = short(message.get("InResponseTo"))
    require(in_response_to, "logout_unasked")
    return Logout(
        "response", _id(message), relay_state, until, in_response_to=in_response_to or "", succeeded=succeeded
    )


def _request(trust: Trust, message: Any, relay_state: str, until: datetime, at: datetime) -> Logout:
    end = time_of(message, "NotOnOrAfter")
    require(end is None or at < end, "logout_expired", found=end, expected=at)
    require(message.find("saml:EncryptedID", NS) is None, "encrypted_name_id")
    name_id = message.find("saml:NameID", NS)
    # Instead of it the schema leaves only a BaseID of a type that nobody has defined.
    require(name_id is not None and text_of(name_id), "name_id_empty")
    short(text_of(name_id), LONGEST_NAME_ID)
    qualifier = name_id.get("SPNameQualifier", trust.sp_entity_id)
    require(qualifier == trust.sp_entity_id, "wrong_name_qualifier", found=qualifier, expected=trust.sp_entity_id)
    indexes = [text_of(each) for each in message.iterfind("samlp:SessionIndex", NS)]
    if len(indexes) > MOST_INDEXES or any(len(each) > guard.LONGEST_ID for each in indexes):
        raise NotGenuine("value_too_long", found=len(indexes), expected=MOST_INDEXES)
    return Logout("request", _id(message), relay_state, until, text_of(name_id), tuple(indexes))


def _id(message: Any) -> str:
    return short(message.get("ID")) or ""
