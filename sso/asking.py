"""What we ask an identity provider for: to sign somebody in. Pure."""

import secrets
from datetime import UTC, datetime
from typing import Final

from lxml import etree

from sso import redirect
from sso.guard import SAML, SAMLP
from sso.metadata import HTTP_POST
from sso.reading import Trust

_STAMP: Final = "%Y-%m-%dT%H:%M:%SZ"


def new_request_id() -> str:
    """Return 128 random bits as an ID; the letter in front makes it an NCName, as xs:ID asks."""
    return f"r{secrets.token_hex(16)}"


def stamp(at: datetime) -> str:
    """Write a time as SAML does: UTC, to the second, with Z."""
    return at.astimezone(UTC).strftime(_STAMP)


def authn_request(
    trust: Trust, *, request_id: str, at: datetime, relay_state: str,
    force_authn: bool = False, subject: str | None = None,
) -> str:  # fmt: skip
    """Return the address that takes a browser to the identity provider with our AuthnRequest (HTTP-Redirect)."""
    # Built here, not by python3-saml, whose templates escape nothing: `subject` may be what somebody typed.
    said = {"ID": request_id, "Version": "2.0", "IssueInstant": stamp(at)}
    said |= {"Destination": trust.idp_sso_url, "AssertionConsumerServiceURL": trust.acs_url}
    said |= {"ProtocolBinding": HTTP_POST, **({"ForceAuthn": "true"} if force_authn or trust.force_authn else {})}
    request = etree.Element(f"{{{SAMLP}}}AuthnRequest", said, nsmap={"samlp": SAMLP, "saml": SAML})
    etree.SubElement(request, f"{{{SAML}}}Issuer").text = trust.sp_entity_id
    if subject and subject.isprintable():
        holder = etree.SubElement(request, f"{{{SAML}}}Subject")
        etree.SubElement(holder, f"{{{SAML}}}NameID", Format=trust.name_id_format).text = subject
    etree.SubElement(request, f"{{{SAMLP}}}NameIDPolicy", Format=trust.name_id_format, AllowCreate="true")
    key = trust.sp_keys[0] if trust.sign_requests and trust.sp_keys else None
    return redirect.send(trust.idp_sso_url, "SAMLRequest", request, relay_state, key)
