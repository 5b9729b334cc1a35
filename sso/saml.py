"""Is this response genuine? A connection's Trust, a raw response and a time give an Assertion, or NotGenuine.

Pure, and the only place that knows python3-saml. The library's steps are called one by one instead of its `is_valid`,
which judges content before the signature, by the machine's clock, and more loosely than SAML does: Destination by
prefix, Recipient by substring, any one of several audiences. Here the order is: structure (guard), for an encrypted
assertion the signature around it, decryption and structure again; then signature and schema. What is read after that
(`reading`) is a copy of exactly the bytes that were signed.
"""

import base64
import hashlib
import ssl
import threading
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from lxml import etree
from onelogin import saml2
from onelogin.saml2.response import OneLogin_Saml2_Response
from onelogin.saml2.settings import OneLogin_Saml2_Settings
from onelogin.saml2.utils import OneLogin_Saml2_Utils

from sso import decryption, guard
from sso.asking import authn_request, new_request_id
from sso.errors import NotGenuine, require
from sso.reading import EMAIL, NS, PERSISTENT, TRANSIENT, UNSPECIFIED, Assertion, Trust, judge

__all__ = [
    "EMAIL", "PERSISTENT", "TRANSIENT", "UNSPECIFIED", "Assertion", "Trust", "authn_request", "new_request_id", "read",
    "verify",
]  # fmt: skip


def read(trust: Trust, saml_response: str, at: datetime) -> Assertion:
    """Return what a SAMLResponse form field says, if `trust` vouches for every word of it at `at`; else NotGenuine."""
    try:
        xml = guard.decode(saml_response)
        guard.inspect(xml, allow_sha1=trust.allow_sha1)
        response, assertion, fingerprint = _verified(trust, xml)
        return judge(trust, response, assertion, fingerprint, at)
    except NotGenuine:
        raise
    except Exception as error:
        # python3-saml raises lxml, xmlsec, binascii and its own errors; none of them may become a 5xx.
        raise NotGenuine("unreadable", found=type(error).__name__) from error


def verify(trust: Trust, message: Any) -> Any:
    """Return a copy of exactly what is signed of a message other than a response (POST binding); else NotGenuine."""
    _verifying_certificate(trust, message, [f"/samlp:{etree.QName(message).localname}/ds:Signature"])
    return guard.as_signed(message)


def _verified(trust: Trust, xml: bytes) -> tuple[Any, Any, str]:
    """Return the Response, a copy of the assertion as it was signed, and the fingerprint of the certificate."""
    require(trust.idp_certificates, "no_certificate")
    xml, outside = _opened(trust, xml)
    settings = _settings(trust.sp_entity_id, trust.acs_url, trust.allow_sha1)
    message = OneLogin_Saml2_Response(settings, base64.b64encode(xml))
    response = message.document
    inside = {etree.QName(name).localname.lower() for name in message.process_signed_elements()}
    signed = inside | ({"response"} if outside else set())
    wanted = trust.signature_expected
    require(wanted == "either" or wanted in signed, "signature_missing", found=", ".join(signed), expected=wanted)
    fingerprint = _verifying_certificate(trust, response, _places(inside)) if inside else outside
    require(_schemas.protocol.validate(response), "schema_invalid", found=_schemas.protocol.error_log.last_error)
    require(
        "response" not in signed or "Destination" in response.attrib, "destination_missing"
    )  # SAML bindings 3.5.5.2
    if "assertion" in inside:
        return response, guard.as_signed(response.find("saml:Assertion", NS)), fingerprint
    # Where only the ciphertext was signed, `_opened` went on from a copy of exactly that.
    whole = guard.as_signed(response) if inside else response
    return whole, whole.find("saml:Assertion", NS), fingerprint


def _opened(trust: Trust, xml: bytes) -> tuple[bytes, str]:
    """Return the response in the clear, and the fingerprint of the certificate that signed around the ciphertext."""
    response, outside = guard.parse(xml), ""
    if response.find("saml:EncryptedAssertion", NS) is None:
        require(not trust.require_encrypted, "assertion_not_encrypted")
        return xml, outside
    if response.find("ds:Signature", NS) is not None:
        outside = _verifying_certificate(trust, response, _places({"response"}))
        response = guard.as_signed(response)
    plain = decryption.opened(response, trust.sp_keys)
    guard.inspect(plain, allow_sha1=trust.allow_sha1, signed_outside=bool(outside))
    return plain, outside


def _places(signed: set[str]) -> list[str]:
    places = [OneLogin_Saml2_Utils.RESPONSE_SIGNATURE_XPATH] if "response" in signed else []
    return places + ([OneLogin_Saml2_Utils.ASSERTION_SIGNATURE_XPATH] if "assertion" in signed else [])


def _verifying_certificate(trust: Trust, message: Any, places: list[str]) -> str:
    for pem in trust.idp_certificates:
        if all(OneLogin_Saml2_Utils.validate_sign(message, cert=pem, xpath=place) for place in places):
            return hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest()
    raise NotGenuine("signature_invalid")


class _Schemas(threading.local):
    # Parsing the schema takes longer than all the rest (2.9 of 4.5 ms); a thread's own keeps error logs apart.
    def __init__(self) -> None:
        folder = Path(saml2.__file__).parent / "schemas"
        self.protocol: Any = etree.XMLSchema(etree.parse(folder / "saml-schema-protocol-2.0.xsd"))


_schemas = _Schemas()


@lru_cache(maxsize=512)
def _settings(entity_id: str, acs_url: str, allow_sha1: bool) -> OneLogin_Saml2_Settings:
    """Return what the library asks its settings for where it names the signed elements; all else is judged by us."""
    sp = {"entityId": entity_id, "assertionConsumerService": {"url": acs_url}}
    # Addresses are judged where an admin types them; intranet and loopback hosts have one label.
    security = {"rejectDeprecatedAlgorithm": not allow_sha1, "allowSingleLabelDomains": True}
    return OneLogin_Saml2_Settings({"sp": sp, "security": security}, sp_validation_only=True)


def follows_schema(message: Any) -> bool:
    """Say whether a message follows the SAML 2.0 protocol schema."""
    return bool(_schemas.protocol.validate(message))
