"""Is this response genuine? A connection's Trust, a raw response and a time give an Assertion, or NotGenuine.

Pure, and the only place that knows python3-saml. The library's steps are called one by one instead of its `is_valid`,
which judges content before the signature, by the machine's clock, and more loosely than SAML does: Destination by
prefix, Recipient by substring, any one of several audiences. Here the order is: structure (guard), signature, schema;
then what is read is a copy of exactly the bytes that were signed.
"""

import base64
import hashlib
import secrets
import ssl
import threading
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Literal
from urllib.parse import urlencode

from lxml import etree
from onelogin import saml2
from onelogin.saml2.response import OneLogin_Saml2_Response
from onelogin.saml2.settings import OneLogin_Saml2_Settings
from onelogin.saml2.utils import OneLogin_Saml2_Utils

from sso import guard
from sso.errors import NotGenuine, require
from sso.guard import SAML, SAMLP
from sso.metadata import HTTP_POST

EMAIL: Final = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"
PERSISTENT: Final = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
TRANSIENT: Final = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"
UNSPECIFIED: Final = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"
BEARER: Final = "urn:oasis:names:tc:SAML:2.0:cm:bearer"

SKEW: Final = timedelta(seconds=300)
OLDEST: Final = timedelta(minutes=10)
LONGEST_NAME_ID: Final = 1024

_NS: Final = {"saml": SAML, "samlp": SAMLP}
_CONDITIONS: Final = {f"{{{SAML}}}{name}" for name in ("AudienceRestriction", "OneTimeUse", "ProxyRestriction")}


@dataclass(frozen=True)
class Trust:
    """Whom a connection believes, who we are to them, and how strictly."""

    idp_entity_id: str
    idp_sso_url: str
    idp_certificates: tuple[str, ...]
    sp_entity_id: str
    acs_url: str
    signature_expected: Literal["assertion", "response", "either"] = "assertion"
    allow_sha1: bool = False
    name_id_format: str = EMAIL
    repeat_attributes: bool = False


@dataclass(frozen=True)
class Assertion:
    """What the identity provider truly said; `in_response_to` is None when nobody asked (IdP-initiated)."""

    id: str
    response_id: str
    issuer: str
    name_id: str
    name_id_format: str
    session_index: str | None
    session_not_on_or_after: datetime | None
    not_on_or_after: datetime
    authn_instant: datetime | None
    in_response_to: str | None
    attributes: Mapping[str, tuple[str, ...]]
    certificate_fingerprint: str


def read(trust: Trust, saml_response: str, at: datetime) -> Assertion:
    """Return what a SAMLResponse form field says, if `trust` vouches for every word of it at `at`; else NotGenuine."""
    try:
        xml = guard.decode(saml_response)
        guard.inspect(xml, allow_sha1=trust.allow_sha1)
        response, assertion, fingerprint = _verified(trust, xml)
        return _judged(trust, response, assertion, fingerprint, at)
    except NotGenuine:
        raise
    except Exception as error:
        # python3-saml raises lxml, xmlsec, binascii and its own errors; none of them may become a 5xx.
        raise NotGenuine("unreadable", found=type(error).__name__) from error


class _Message(OneLogin_Saml2_Response):  # type: ignore[misc]
    def _decrypt_assertion(self, xml: Any) -> Any:
        # The seam for decryption: decrypt, `guard.inspect` the plain document, and return it.
        raise NotGenuine("encrypted_assertion")


def _verified(trust: Trust, xml: bytes) -> tuple[Any, Any, str]:
    """Return the Response, a copy of the assertion as it was signed, and the fingerprint of the certificate."""
    require(trust.idp_certificates, "no_certificate")
    message = _Message(_settings(trust), base64.b64encode(xml))
    response = message.document
    signed = {etree.QName(name).localname.lower() for name in message.process_signed_elements()}
    wanted = trust.signature_expected
    require(wanted == "either" or wanted in signed, "signature_missing", found=", ".join(signed), expected=wanted)
    fingerprint = _verifying_certificate(trust, response, signed)
    require(_schemas.protocol.validate(response), "schema_invalid", found=_schemas.protocol.error_log.last_error)
    require(
        "response" not in signed or "Destination" in response.attrib, "destination_missing"
    )  # SAML bindings 3.5.5.2
    if "assertion" in signed:
        return response, guard.as_signed(response.find("saml:Assertion", _NS)), fingerprint
    whole = guard.as_signed(response)
    return whole, whole.find("saml:Assertion", _NS), fingerprint


def _verifying_certificate(trust: Trust, response: Any, signed: set[str]) -> str:
    places = [OneLogin_Saml2_Utils.RESPONSE_SIGNATURE_XPATH] if "response" in signed else []
    places += [OneLogin_Saml2_Utils.ASSERTION_SIGNATURE_XPATH] if "assertion" in signed else []
    for pem in trust.idp_certificates:
        if all(OneLogin_Saml2_Utils.validate_sign(response, cert=pem, xpath=place) for place in places):
            return hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest()
    raise NotGenuine("signature_invalid")


class _Schemas(threading.local):
    # Parsing the schema takes longer than all the rest (2.9 of 4.5 ms); a thread's own keeps error logs apart.
    def __init__(self) -> None:
        folder = Path(saml2.__file__).parent / "schemas"
        self.protocol: Any = etree.XMLSchema(etree.parse(folder / "saml-schema-protocol-2.0.xsd"))


_schemas = _Schemas()


@lru_cache(maxsize=512)
def _settings(trust: Trust) -> OneLogin_Saml2_Settings:
    security = {
        "wantAssertionsSigned": trust.signature_expected == "assertion",
        "requestedAuthnContext": False,
        "rejectDeprecatedAlgorithm": not trust.allow_sha1,
        "allowRepeatAttributeName": trust.repeat_attributes,
        # Addresses are judged where an admin types them; intranet and loopback hosts have one label.
        "allowSingleLabelDomains": True,
    }
    sp = {"entityId": trust.sp_entity_id, "assertionConsumerService": {"url": trust.acs_url, "binding": HTTP_POST}}
    idp = {"entityId": trust.idp_entity_id, "singleSignOnService": {"url": trust.idp_sso_url}}
    idp["x509certMulti"] = {"signing": list(trust.idp_certificates)}
    return OneLogin_Saml2_Settings({"strict": True, "debug": False, "sp": sp, "idp": idp, "security": security})


def _judged(trust: Trust, response: Any, assertion: Any, fingerprint: str, at: datetime) -> Assertion:
    _check_envelope(trust, response, at)
    issued = _check_envelope(trust, assertion, at)
    destination = response.get("Destination", trust.acs_url)
    require(destination == trust.acs_url, "wrong_destination", found=destination, expected=trust.acs_url)
    _check_conditions(trust, assertion.find("saml:Conditions", _NS), at)
    data, end = _bearer(trust, assertion, at)
    asked, answered = response.get("InResponseTo"), data.get("InResponseTo")
    require(asked == answered, "in_response_to_mismatch", found=answered or "", expected=asked or "")
    statement = _authn_statement(assertion, at)
    name_id = _name_id(trust, assertion)
    return Assertion(
        id=assertion.get("ID"),
        response_id=response.get("ID"),
        issuer=trust.idp_entity_id,
        name_id=_text(name_id),
        name_id_format=name_id.get("Format", UNSPECIFIED),
        session_index=_short(statement.get("SessionIndex")),
        session_not_on_or_after=_time(statement, "SessionNotOnOrAfter"),
        # However far the sender put the end: past this point IssueInstant refuses it, and a replay too.
        not_on_or_after=min(end, issued + OLDEST + SKEW),
        authn_instant=_time(statement, "AuthnInstant"),
        in_response_to=_short(answered),
        attributes=_attributes(assertion, trust.repeat_attributes),
        certificate_fingerprint=fingerprint,
    )


def _check_envelope(trust: Trust, element: Any, at: datetime) -> datetime:
    require(element.get("Version") == "2.0", "wrong_version", found=element.get("Version"), expected="2.0")
    issuer = element.find("saml:Issuer", _NS)
    if issuer is not None:
        require(_text(issuer) == trust.idp_entity_id, "wrong_issuer", found=_text(issuer), expected=trust.idp_entity_id)
    issued = _time(element, "IssueInstant") or at  # The schema made it compulsory.
    require(at - issued <= OLDEST + SKEW, "issue_instant_old", found=issued, expected=at)
    require(issued - at <= SKEW, "issue_instant_future", found=issued, expected=at)
    return issued


def _check_conditions(trust: Trust, conditions: Any, at: datetime) -> None:
    require(conditions is not None, "conditions_missing")
    for condition in conditions:
        require(condition.tag in _CONDITIONS, "unknown_condition", found=etree.QName(condition).localname)
    start, end = _time(conditions, "NotBefore"), _time(conditions, "NotOnOrAfter")
    require(start is None or start - at <= SKEW, "not_yet_valid", found=start, expected=at)
    require(end is None or at - end < SKEW, "expired", found=end, expected=at)
    restrictions = conditions.findall("saml:AudienceRestriction", _NS)
    require(restrictions, "audience_missing", expected=trust.sp_entity_id)
    ours = trust.sp_entity_id
    for restriction in restrictions:
        audiences = [_text(audience) for audience in restriction]
        require(ours in audiences, "wrong_audience", found=", ".join(audiences), expected=ours)


def _bearer(trust: Trust, assertion: Any, at: datetime) -> tuple[Any, datetime]:
    confirmations = assertion.findall("saml:Subject/saml:SubjectConfirmation", _NS)
    bearers = [each.find("saml:SubjectConfirmationData", _NS) for each in confirmations if each.get("Method") == BEARER]
    require(bearers and None not in bearers, "no_bearer_confirmation")
    require(len(bearers) == 1, "several_bearer_confirmations", found=len(bearers), expected=1)
    data = bearers[0]
    require("NotBefore" not in data.attrib, "confirmation_not_before", found=data.get("NotBefore"))
    require("NotOnOrAfter" in data.attrib, "confirmation_without_end")
    end = _time(data, "NotOnOrAfter") or at
    require(at < end, "confirmation_expired", found=end, expected=at)
    recipient = data.get("Recipient")
    require(recipient is not None, "recipient_missing", expected=trust.acs_url)
    require(recipient == trust.acs_url, "wrong_recipient", found=recipient, expected=trust.acs_url)
    return data, end


def _authn_statement(assertion: Any, at: datetime) -> Any:
    statements = assertion.findall("saml:AuthnStatement", _NS)
    require(statements, "authn_statement_missing")
    require(len(statements) == 1, "several_authn_statements", found=len(statements), expected=1)
    end = _time(statements[0], "SessionNotOnOrAfter")
    require(end is None or at < end, "session_expired", found=end, expected=at)
    return statements[0]


def _name_id(trust: Trust, assertion: Any) -> Any:
    require(assertion.find("saml:Subject/saml:EncryptedID", _NS) is None, "encrypted_name_id")
    name_id = assertion.find("saml:Subject/saml:NameID", _NS)
    require(name_id is not None, "name_id_missing")
    require(_text(name_id), "name_id_empty")
    _short(_text(name_id), LONGEST_NAME_ID)
    require(name_id.get("Format") != TRANSIENT, "transient_name_id")
    qualifier = name_id.get("SPNameQualifier", trust.sp_entity_id)
    require(qualifier == trust.sp_entity_id, "wrong_name_qualifier", found=qualifier, expected=trust.sp_entity_id)
    return name_id


def _attributes(assertion: Any, repeats: bool) -> Mapping[str, tuple[str, ...]]:
    named: dict[str, tuple[str, ...]] = {}
    friendly: dict[str, tuple[str, ...]] = {}
    require(assertion.find("saml:AttributeStatement/saml:EncryptedAttribute", _NS) is None, "encrypted_attribute")
    for attribute in assertion.iterfind("saml:AttributeStatement/saml:Attribute", _NS):
        name = attribute.get("Name")
        values = tuple(text for value in attribute if (text := _text(value)))
        require(repeats or name not in named, "repeated_attribute", found=name)
        named[name] = named.get(name, ()) + values
        friendly.setdefault(attribute.get("FriendlyName", name), values)
    return MappingProxyType(friendly | named)


def _text(element: Any) -> str:
    return "".join(element.itertext()).strip()


def _short(value: str | None, limit: int = guard.LONGEST_ID) -> str | None:
    require(value is None or len(value) <= limit, "value_too_long", found=value, expected=limit)
    return value


def _time(element: Any, name: str) -> datetime | None:
    value = element.get(name)
    try:
        at = datetime.fromisoformat(value) if value else None
        return at and (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)  # SAML core 1.3.3
    except (ValueError, OverflowError):
        raise NotGenuine("bad_time", found=value) from None


def new_request_id() -> str:
    """Return 128 random bits as an ID; the letter in front makes it an NCName, as xs:ID asks."""
    return f"r{secrets.token_hex(16)}"


def authn_request(
    trust: Trust, *, request_id: str, at: datetime, relay_state: str,
    force_authn: bool = False, subject: str | None = None,
) -> str:  # fmt: skip
    """Return the address that takes a browser to the identity provider with our AuthnRequest (HTTP-Redirect)."""
    # Built here, not by python3-saml, whose templates escape nothing: `subject` may be what somebody typed.
    said = {"ID": request_id, "Version": "2.0", "IssueInstant": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")}
    said |= {"Destination": trust.idp_sso_url, "AssertionConsumerServiceURL": trust.acs_url}
    said |= {"ProtocolBinding": HTTP_POST, **({"ForceAuthn": "true"} if force_authn else {})}
    request = etree.Element(f"{{{SAMLP}}}AuthnRequest", said, nsmap={"samlp": SAMLP, "saml": SAML})
    etree.SubElement(request, f"{{{SAML}}}Issuer").text = trust.sp_entity_id
    if subject and subject.isprintable():
        holder = etree.SubElement(request, f"{{{SAML}}}Subject")
        etree.SubElement(holder, f"{{{SAML}}}NameID", Format=trust.name_id_format).text = subject
    etree.SubElement(request, f"{{{SAMLP}}}NameIDPolicy", Format=trust.name_id_format, AllowCreate="true")
    packed = base64.b64encode(zlib.compress(etree.tostring(request), wbits=-zlib.MAX_WBITS)).decode()
    query = urlencode({"SAMLRequest": packed, "RelayState": relay_state})
    return f"{trust.idp_sso_url}{'&' if '?' in trust.idp_sso_url else '?'}{query}"
