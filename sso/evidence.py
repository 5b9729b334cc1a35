"""What a message said, for the sign-in log: read without believing a word of it, stripped of what proves.

Nobody is let in by what stands here. It shows an admin what their identity provider sent, proven or not, so that a
refusal can be understood; signature values, certificates and ciphers are taken out, and everything is kept short.
"""

from datetime import UTC, datetime
from typing import Any, Final

from lxml import etree

from sso import guard
from sso.errors import NotGenuine
from sso.guard import DS, SAML, SAMLP

MOST: Final = 16_000
LONGEST: Final = 300
MOST_ATTRIBUTES: Final = 40
MOST_VALUES: Final = 10
_NS: Final = {"saml": SAML, "samlp": SAMLP, "ds": DS}
# What is secret, or proves something to somebody else, or is merely long.
_STRIPPED: Final = {
    f"{{{DS}}}{name}" for name in ("SignatureValue", "DigestValue", "X509Certificate", "Modulus", "Exponent")
} | {"{http://www.w3.org/2001/04/xmlenc#}CipherValue"}


def of(saml_response: str, at: datetime) -> dict[str, Any]:
    """Return what a SAMLResponse says, as far as it can be read; nothing where it can't."""
    try:
        xml = guard.decode(saml_response)
        guard.scan(xml)
        root = guard.parse(xml)
    except NotGenuine:
        return {}
    except Exception:
        # Whatever a parser trips over: the log line is written all the same, without a message.
        return {}
    facts = {**_envelope(root, at), **_content(root), "attributes": _attributes(root)}
    return {name: value for name, value in facts.items() if value or value == 0} | {"xml": _stripped(root)}


def _envelope(root: Any, at: datetime) -> dict[str, Any]:
    places = [
        name
        for name, path in {"response": "ds:Signature", "assertion": "saml:Assertion/ds:Signature"}.items()
        if root.find(path, _NS) is not None
    ]
    method = root.find(".//ds:SignedInfo/ds:SignatureMethod", _NS)
    return {
        "issuer": _text(root.find("saml:Issuer", _NS)) or _text(root.find("saml:Assertion/saml:Issuer", _NS)),
        "destination": _said(root, "Destination"),
        "in_response_to": _said(root, "InResponseTo"),
        "issued": _said(root, "IssueInstant"),
        "clock": _clock(root.get("IssueInstant", ""), at),
        "signed": places,
        "algorithm": _said(method, "Algorithm").rpartition("#")[2] if method is not None else "",
        "encrypted": root.find("saml:EncryptedAssertion", _NS) is not None,
    }


def _content(root: Any) -> dict[str, Any]:
    name_id = root.find("saml:Assertion/saml:Subject/saml:NameID", _NS)
    data = root.find("saml:Assertion/saml:Subject/saml:SubjectConfirmation/saml:SubjectConfirmationData", _NS)
    conditions = root.find("saml:Assertion/saml:Conditions", _NS)
    return {
        "name_id": _text(name_id),
        "name_id_format": _said(name_id, "Format").rpartition(":")[2],
        "recipient": _said(data, "Recipient"),
        "confirmed_until": _said(data, "NotOnOrAfter"),
        "valid_from": _said(conditions, "NotBefore"),
        "valid_until": _said(conditions, "NotOnOrAfter"),
        "audience": ", ".join(_text(each) for each in root.iterfind(".//saml:Audience", _NS))[:LONGEST],
    }


def _attributes(root: Any) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for attribute in list(root.iterfind(".//saml:AttributeStatement/saml:Attribute", _NS))[:MOST_ATTRIBUTES]:
        values = [_text(value) for value in attribute[:MOST_VALUES]]
        found[_said(attribute, "Name")] = values + ([f"… {len(attribute)}"] if len(attribute) > MOST_VALUES else [])
    return found


def _clock(issued: str, at: datetime) -> int | None:
    try:
        instant = datetime.fromisoformat(issued)
        instant = instant if instant.tzinfo else instant.replace(tzinfo=UTC)
        return round((instant - at).total_seconds())
    except (ValueError, OverflowError):
        return None


def _said(element: Any, name: str) -> str:
    return "" if element is None else str(element.get(name, ""))[:LONGEST]


def _text(element: Any) -> str:
    return "" if element is None else "".join(element.itertext()).strip()[:LONGEST]


def _stripped(root: Any) -> str:
    for element in root.iter():
        if element.tag in _STRIPPED:
            element.text = "…"
    etree.indent(root)
    text = etree.tostring(root, encoding="unicode")
    return text if len(text) <= MOST else f"{text[:MOST]}…"
