"""What a verified response says, and whether it is meant for us, now: a connection's Trust and the time judge it.

Pure. Whoever calls `judge` has verified the signature; what is read here is a copy of the very bytes that were signed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any, Final, Literal

from lxml import etree

from sso import guard
from sso.errors import NotGenuine, require
from sso.guard import DS, SAML, SAMLP

EMAIL: Final = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"
PERSISTENT: Final = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
TRANSIENT: Final = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"
UNSPECIFIED: Final = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"
BEARER: Final = "urn:oasis:names:tc:SAML:2.0:cm:bearer"

SKEW: Final = timedelta(seconds=300)
OLDEST: Final = timedelta(minutes=10)
LONGEST_NAME_ID: Final = 1024

NS: Final = {"saml": SAML, "samlp": SAMLP, "ds": DS}
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
    # Refuse an assertion that comes in the clear.
    require_encrypted: bool = False
    idp_slo_url: str = ""
    slo_url: str = ""
    # Our private keys as PEM: the first of `sp_keys` signs where `sign_requests` says so, any of them decrypts.
    sp_keys: tuple[str, ...] = field(default=(), repr=False)
    sign_requests: bool = False
    force_authn: bool = False


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
    issued_at: datetime
    in_response_to: str | None
    attributes: Mapping[str, tuple[str, ...]]
    certificate_fingerprint: str


def judge(trust: Trust, response: Any, assertion: Any, fingerprint: str, at: datetime) -> Assertion:
    """Return what a verified response says, if it is meant for us at this moment; else NotGenuine."""
    check_envelope(trust, response, at)
    issued = check_envelope(trust, assertion, at)
    destination = response.get("Destination", trust.acs_url)
    require(destination == trust.acs_url, "wrong_destination", found=destination, expected=trust.acs_url)
    _check_conditions(trust, assertion.find("saml:Conditions", NS), at)
    data, end = _bearer(trust, assertion, at)
    asked, answered = response.get("InResponseTo"), data.get("InResponseTo")
    require(asked == answered, "in_response_to_mismatch", found=answered or "", expected=asked or "")
    statement = _authn_statement(assertion, at)
    name_id = _name_id(trust, assertion)
    return Assertion(
        id=assertion.get("ID"),
        response_id=response.get("ID"),
        issuer=trust.idp_entity_id,
        name_id=text_of(name_id),
        name_id_format=name_id.get("Format", UNSPECIFIED),
        session_index=short(statement.get("SessionIndex")),
        session_not_on_or_after=time_of(statement, "SessionNotOnOrAfter"),
        # However far the sender put the end: past this point IssueInstant refuses it, and a replay too.
        not_on_or_after=min(end, issued + OLDEST + SKEW),
        authn_instant=time_of(statement, "AuthnInstant"),
        issued_at=issued,
        in_response_to=short(answered),
        attributes=_attributes(assertion, trust.repeat_attributes),
        certificate_fingerprint=fingerprint,
    )


def check_envelope(trust: Trust, element: Any, at: datetime) -> datetime:
    """Check version, issuer and age of a message or an assertion; returns when it was issued."""
    require(element.get("Version") == "2.0", "wrong_version", found=element.get("Version"), expected="2.0")
    issuer = element.find("saml:Issuer", NS)
    if issuer is not None:
        require(
            text_of(issuer) == trust.idp_entity_id, "wrong_issuer", found=text_of(issuer), expected=trust.idp_entity_id
        )
    issued = time_of(element, "IssueInstant") or at  # The schema made it compulsory.
    require(at - issued <= OLDEST + SKEW, "issue_instant_old", found=issued, expected=at)
    require(issued - at <= SKEW, "issue_instant_future", found=issued, expected=at)
    return issued


def _check_conditions(trust: Trust, conditions: Any, at: datetime) -> None:
    require(conditions is not None, "conditions_missing")
    for condition in conditions:
        require(condition.tag in _CONDITIONS, "unknown_condition", found=etree.QName(condition).localname)
    start, end = time_of(conditions, "NotBefore"), time_of(conditions, "NotOnOrAfter")
    require(start is None or start - at <= SKEW, "not_yet_valid", found=start, expected=at)
    require(end is None or at - end < SKEW, "expired", found=end, expected=at)
    restrictions = conditions.findall("saml:AudienceRestriction", NS)
    require(restrictions, "audience_missing", expected=trust.sp_entity_id)
    ours = trust.sp_entity_id
    for restriction in restrictions:
        audiences = [text_of(audience) for audience in restriction]
        require(ours in audiences, "wrong_audience", found=", ".join(audiences), expected=ours)


def _bearer(trust: Trust, assertion: Any, at: datetime) -> tuple[Any, datetime]:
    confirmations = assertion.findall("saml:Subject/saml:SubjectConfirmation", NS)
    bearers = [each.find("saml:SubjectConfirmationData", NS) for each in confirmations if each.get("Method") == BEARER]
    require(bearers and None not in bearers, "no_bearer_confirmation")
    require(len(bearers) == 1, "several_bearer_confirmations", found=len(bearers), expected=1)
    data = bearers[0]
    require("NotBefore" not in data.attrib, "confirmation_not_before", found=data.get("NotBefore"))
    require("NotOnOrAfter" in data.attrib, "confirmation_without_end")
    end = time_of(data, "NotOnOrAfter") or at
    require(at < end, "confirmation_expired", found=end, expected=at)
    recipient = data.get("Recipient")
    require(recipient is not None, "recipient_missing", expected=trust.acs_url)
    require(recipient == trust.acs_url, "wrong_recipient", found=recipient, expected=trust.acs_url)
    return data, end


def _authn_statement(assertion: Any, at: datetime) -> Any:
    statements = assertion.findall("saml:AuthnStatement", NS)
    require(statements, "authn_statement_missing")
    require(len(statements) == 1, "several_authn_statements", found=len(statements), expected=1)
    end = time_of(statements[0], "SessionNotOnOrAfter")
    require(end is None or at < end, "session_expired", found=end, expected=at)
    return statements[0]


def _name_id(trust: Trust, assertion: Any) -> Any:
    require(assertion.find("saml:Subject/saml:EncryptedID", NS) is None, "encrypted_name_id")
    name_id = assertion.find("saml:Subject/saml:NameID", NS)
    require(name_id is not None, "name_id_missing")
    require(text_of(name_id), "name_id_empty")
    short(text_of(name_id), LONGEST_NAME_ID)
    require(name_id.get("Format") != TRANSIENT, "transient_name_id")
    qualifier = name_id.get("SPNameQualifier", trust.sp_entity_id)
    require(qualifier == trust.sp_entity_id, "wrong_name_qualifier", found=qualifier, expected=trust.sp_entity_id)
    return name_id


def _attributes(assertion: Any, repeats: bool) -> Mapping[str, tuple[str, ...]]:
    named: dict[str, tuple[str, ...]] = {}
    friendly: dict[str, tuple[str, ...]] = {}
    require(assertion.find("saml:AttributeStatement/saml:EncryptedAttribute", NS) is None, "encrypted_attribute")
    for attribute in assertion.iterfind("saml:AttributeStatement/saml:Attribute", NS):
        name = attribute.get("Name")
        values = tuple(text for value in attribute if (text := text_of(value)))
        require(repeats or name not in named, "repeated_attribute", found=name)
        named[name] = named.get(name, ()) + values
        friendly.setdefault(attribute.get("FriendlyName", name), values)
    return MappingProxyType(friendly | named)


def text_of(element: Any) -> str:
    """Return an element's text, whatever lies between."""
    return "".join(element.itertext()).strip()


def short(value: str | None, limit: int = guard.LONGEST_ID) -> str | None:
    """Return a value that is not longer than allowed."""
    require(value is None or len(value) <= limit, "value_too_long", found=value, expected=limit)
    return value


def time_of(element: Any, name: str) -> datetime | None:
    """Return the time in an attribute, None where there is none."""
    value = element.get(name)
    try:
        at = datetime.fromisoformat(value) if value else None
        return at and (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)  # SAML core 1.3.3
    except (ValueError, OverflowError):
        raise NotGenuine("bad_time", found=value) from None
