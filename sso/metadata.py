"""What an identity provider tells us beforehand: its metadata and its certificates.

Pure. People paste all sorts of things into these fields; each common mistake gets a sentence that says what to do.
"""

import base64
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from lxml import etree

from portal.teams.time_zone import day
from sso import addresses, guard
from sso.errors import BadMetadata, NotGenuine
from sso.guard import DS, SAMLP

MD: Final = "urn:oasis:names:tc:SAML:2.0:metadata"
HTTP_REDIRECT: Final = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
HTTP_POST: Final = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
LARGEST: Final = 1024 * 1024
MOST_CERTIFICATES: Final = 20
MOST_NAMES: Final = 20
LONGEST_NAME: Final = 1024

_NS: Final = {"md": MD, "ds": DS}
_LIMITS: Final = guard.Limits(size=LARGEST, elements=50_000, depth=32, attributes=64, remarks=True)
_PEM: Final = re.compile(r"-----BEGIN CERTIFICATE-----(.*?)-----END CERTIFICATE-----", re.DOTALL)


@dataclass(frozen=True)
class IdpMetadata:
    """What an identity provider says of itself; `sso_binding` says how its `sso_url` wants the request."""

    entity_id: str
    sso_url: str
    sso_binding: Literal["redirect", "post"]
    certificates: tuple[str, ...]
    slo_url: str | None
    name_id_formats: tuple[str, ...]
    want_authn_requests_signed: bool
    valid_until: datetime | None = None


@dataclass(frozen=True)
class CertificateInfo:
    """What a person needs to tell one certificate from another, and when it ends."""

    fingerprint: str
    subject: str
    not_before: datetime
    not_after: datetime
    key: str


def read(text: bytes | str, entity_id: str | None = None) -> IdpMetadata:
    """Return what IdP metadata says, of `entity_id` if the file holds several; else BadMetadata with a sentence."""
    xml = text.encode(errors="replace") if isinstance(text, str) else text
    xml = xml.removeprefix(b"\xef\xbb\xbf").strip()
    _refuse_other_things(xml)
    try:
        guard.scan(xml, _LIMITS)
        root = guard.parse(xml, remarks=False)
    except NotGenuine as refusal:
        raise BadMetadata(_unreadable(refusal)) from None
    entity = _pick(root, entity_id)
    return _described(entity, entity.find("md:IDPSSODescriptor", _NS))


def read_certificates(text: str) -> tuple[str, ...]:
    """Return the certificates somebody pasted (PEM or bare base64, one or several), each once, as tidy PEM."""
    text = text.replace("\\n", "\n").replace("\ufeff", "").strip()
    if not text:
        raise BadMetadata(_("This is empty. Paste the identity provider's certificate."))
    if len(text) > LARGEST:
        raise BadMetadata(_("The text is too large. Paste only the certificates."))
    if "PRIVATE KEY" in text:
        raise BadMetadata(_private_key_pasted())
    if text.startswith("<"):
        raise BadMetadata(_("This is XML, not a certificate. Paste it into the metadata field."))
    bodies = _PEM.findall(text)
    if not bodies and "-----" in text:
        raise BadMetadata(_("This is not a certificate. Paste the text from BEGIN CERTIFICATE to END CERTIFICATE."))
    return _tidy(bodies or _bare_bodies(text))


def describe_certificate(pem: str) -> CertificateInfo:
    """Return fingerprint (SHA-256), subject, validity and key of one certificate."""
    certificate = x509.load_pem_x509_certificate(pem.encode())
    key = certificate.public_key()
    size = f"RSA {key.key_size}" if isinstance(key, rsa.RSAPublicKey) else "ECDSA"
    return CertificateInfo(
        fingerprint=certificate.fingerprint(hashes.SHA256()).hex(":").upper(),
        subject=certificate.subject.rfc4514_string(),
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
        key=size,
    )


def _refuse_other_things(xml: bytes) -> None:
    start = xml[:200].lower()
    if not xml:
        raise BadMetadata(_("This is empty. Paste the identity provider's metadata."))
    if b"PRIVATE KEY-----" in xml:
        raise BadMetadata(_private_key_pasted())
    if start.startswith((b"<!doctype html", b"<html")) or b"<html" in start:
        raise BadMetadata(_("This is a web page, not metadata. Download the metadata file and use that."))
    if start.startswith(b"-----begin certificate"):
        raise BadMetadata(_("This is a certificate, not metadata. Paste it into the certificate field."))
    if start.startswith((b"http://", b"https://")):
        raise BadMetadata(_("This is an address, not metadata. Paste it into the metadata URL field."))


def _private_key_pasted() -> str:
    return _(
        "This holds a private key. We did not store it. Paste the certificate only, "
        "and replace the key at the identity provider: it has been shown."
    )


def _unreadable(refusal: NotGenuine) -> str:
    sentences = {
        "too_large": _("The metadata is larger than 1 MiB. Use the metadata of this one application."),
        "not_utf8": _("The metadata is not in UTF-8. Save the file as UTF-8 and try again."),
        "nul_byte": _("The metadata is not in UTF-8. Save the file as UTF-8 and try again."),
        "doctype": _("The metadata holds a document type declaration (DOCTYPE). Remove it and try again."),
        "not_xml": _("This is not XML. Paste the whole metadata file, from the first < to the last >."),
    }
    return sentences.get(refusal.code) or _("The metadata is too large. Use the metadata of this one application.")


def _pick(root: etree._Element, entity_id: str | None) -> Any:
    every = list(root.iter(f"{{{MD}}}EntityDescriptor"))
    if not every:
        raise BadMetadata(_("This is XML, but not SAML metadata. Download the identity provider's SAML metadata."))
    providers = [entity for entity in every if entity.find("md:IDPSSODescriptor", _NS) is not None]
    if not providers and any(entity.find("md:SPSSODescriptor", _NS) is not None for entity in every):
        raise BadMetadata(
            _("This is a service provider's metadata (such as ours). Paste the identity provider's metadata instead.")
        )
    if not providers:
        raise BadMetadata(_("The metadata describes no identity provider. Download the identity provider's metadata."))
    names = [str(entity.get("entityID", "")) for entity in providers]
    if entity_id in names:
        return providers[names.index(entity_id)]
    if len(providers) > 1 or entity_id is not None:
        sentence = _("The metadata describes these identity providers; choose one: %(names)s.")
        raise BadMetadata(sentence % {"names": ", ".join(names[:MOST_NAMES])}, choices=names)
    return providers[0]


def _described(entity: Any, provider: Any) -> IdpMetadata:
    if not entity.get("entityID"):
        raise BadMetadata(_("The metadata names no entityID. Download it again from the identity provider."))
    if len(entity.get("entityID")) > LONGEST_NAME:
        raise BadMetadata(_("The entityID in the metadata is longer than 1024 characters. Choose a shorter one there."))
    if SAMLP not in provider.get("protocolSupportEnumeration", "").split():
        raise BadMetadata(_("This identity provider does not speak SAML 2.0. Choose SAML 2.0 there."))
    services = {"redirect": _location(provider, "SingleSignOnService", HTTP_REDIRECT)}
    services["post"] = _location(provider, "SingleSignOnService", HTTP_POST)
    binding: Literal["redirect", "post"] = "redirect" if services["redirect"] else "post"
    sso_url = services[binding]
    if not sso_url:
        raise BadMetadata(
            _("The metadata holds no sign-on URL for HTTP-Redirect or HTTP-POST. Enter the values by hand.")
        )
    formats = [(each.text or "").strip() for each in provider.iterfind("md:NameIDFormat", _NS)]
    return IdpMetadata(
        entity_id=entity.get("entityID"),
        sso_url=sso_url,
        sso_binding=binding,
        certificates=_signing_certificates(provider),
        slo_url=_location(provider, "SingleLogoutService", HTTP_REDIRECT),
        name_id_formats=tuple(filter(None, formats)),
        want_authn_requests_signed=provider.get("WantAuthnRequestsSigned") in {"true", "1"},
        valid_until=_valid_until(entity, provider),
    )


def ran_out(at: datetime) -> str:
    """Say that metadata is older than it says it may be."""
    words = _("This metadata ran out on {day}. Download it again from the identity provider.")
    return words.format(day=day(at))


def _valid_until(entity: Any, provider: Any) -> datetime | None:
    # The earliest counts: of the file, of this entity, of this role (SAML metadata 2.3.1).
    said = [each.get("validUntil") for each in (provider, entity, *entity.iterancestors())]
    found = []
    for text in filter(None, said):
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            continue
        found.append(at if at.tzinfo else at.replace(tzinfo=UTC))
    return min(found, default=None)


def _location(provider: Any, service: str, binding: str) -> str | None:
    for each in provider.iterfind(f"md:{service}", _NS):
        url = each.get("Location", "").strip()
        if each.get("Binding") == binding and url:
            return _web_address(url)
    return None


def _web_address(url: str) -> str:
    # It becomes a redirect's target: never javascript: or the like.
    if len(url) > addresses.LONGEST:
        raise BadMetadata(_("The metadata holds an address longer than 2048 characters: %(url)s…") % {"url": url[:200]})
    try:
        return addresses.web_address(url)
    except ValidationError:
        words = _("The metadata holds an address that is no web address with https://: %(url)s.")
        raise BadMetadata(words % {"url": url[:200]}) from None


def _signing_certificates(provider: Any) -> tuple[str, ...]:
    bodies = [
        certificate.text or ""
        for key in provider.iterfind("md:KeyDescriptor", _NS)
        if key.get("use", "signing") == "signing"
        for certificate in key.iterfind("ds:KeyInfo/ds:X509Data/ds:X509Certificate", _NS)
    ]
    if not bodies:
        raise BadMetadata(_("The metadata holds no signing certificate. Paste the certificate by hand."))
    return _tidy(bodies)


def _bare_bodies(text: str) -> list[str]:
    whole = "".join(text.split())
    try:
        x509.load_der_x509_certificate(base64.b64decode(whole, validate=True))
    except (ValueError, x509.InvalidVersion):
        # Several, with a blank line between them.
        return re.split(r"\n\s*\n", text)
    return [whole]


def _tidy(bodies: list[str]) -> tuple[str, ...]:
    if len(bodies) > MOST_CERTIFICATES:
        raise BadMetadata(_("These are too many certificates. Paste only those in use."))
    certificates = (_certificate(body).public_bytes(serialization.Encoding.PEM).decode() for body in bodies)
    return tuple(dict.fromkeys(certificates))


def _certificate(body: str) -> x509.Certificate:
    try:
        der = base64.b64decode("".join(body.split()), validate=True)
    except ValueError:
        raise BadMetadata(_("The certificate is not valid base64. Copy the whole of it and paste again.")) from None
    try:
        certificate = x509.load_der_x509_certificate(der)
        # cryptography reads lazily: what `describe_certificate` will ask for must be readable now.
        certificate.subject.rfc4514_string(), certificate.not_valid_before_utc, certificate.not_valid_after_utc
        if isinstance(certificate.public_key(), rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
            return certificate
    except (ValueError, UnsupportedAlgorithm, x509.InvalidVersion):
        raise BadMetadata(_private_key_pasted() if _is_private_key(der) else _no_certificate()) from None
    raise BadMetadata(_("The certificate's key is neither RSA nor ECDSA. Choose RSA at the identity provider."))


def _no_certificate() -> str:
    return _("This is not an X.509 certificate. Copy the whole certificate and paste it again.")


def _is_private_key(der: bytes) -> bool:
    try:
        serialization.load_der_private_key(der, password=None)
    except TypeError:
        # It asks for a pass phrase, so it is one.
        return True
    except (ValueError, UnsupportedAlgorithm):
        return False
    return True
