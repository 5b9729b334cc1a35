"""A practice identity provider that truly signs, with another implementation (signxml) than the one that verifies.

It serves the demo and every test of single sign-on. It says whatever it is told to say: `mutate` changes a message
before it is signed, `tamper` after, and so a lying or a broken identity provider is one line away from an honest one.
"""

import base64
import secrets
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID
from lxml import etree
from lxml.builder import ElementMaker  # type: ignore[import-not-found]  # lxml-stubs leaves it out
from signxml import XMLSigner

from portal.demo.encrypting import Encryption, encrypted

SAMLP = "urn:oasis:names:tc:SAML:2.0:protocol"
SAML = "urn:oasis:names:tc:SAML:2.0:assertion"
MD = "urn:oasis:names:tc:SAML:2.0:metadata"
DS = "http://www.w3.org/2000/09/xmldsig#"
EXC_C14N = "http://www.w3.org/2001/10/xml-exc-c14n#"
EMAIL = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"
BEARER = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
REDIRECT = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
BASIC = "urn:oasis:names:tc:SAML:2.0:attrname-format:basic"
PASSWORD = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"
SUCCESS = "urn:oasis:names:tc:SAML:2.0:status:Success"

REQUEST_LIMIT = 100 * 1024

Sign = Literal["assertion", "response", "both", "none"]
Change = Callable[[Any], object]
Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

_samlp = ElementMaker(namespace=SAMLP, nsmap={"samlp": SAMLP, "saml": SAML})
_saml = ElementMaker(namespace=SAML, nsmap={"saml": SAML})
_md = ElementMaker(namespace=MD, nsmap={"md": MD, "ds": DS})
_ds = ElementMaker(namespace=DS, nsmap={"ds": DS})


@dataclass(frozen=True)
class AuthnRequestInfo:
    """What a service provider asked for."""

    id: str
    issuer: str
    acs_url: str
    relay_state: str
    force_authn: bool
    # The request itself, to be shown.
    xml: str = ""


@dataclass(frozen=True)
class Content:
    """Everything one response says; each field may be a lie."""

    acs_url: str
    audience: str
    name_id: str
    in_response_to: str | None = None
    attributes: Mapping[str, str | list[str]] = field(default_factory=dict)
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    lifetime: timedelta = timedelta(minutes=5)
    recipient: str | None = None
    destination: str | None = None
    name_id_format: str = EMAIL
    session_index: str | None = None
    issuer: str | None = None
    authn_instant: datetime | None = None
    session_not_on_or_after: datetime | None = None


class PracticeIdp:
    """An identity provider with a key, a certificate and no scruples."""

    def __init__(
        self, entity_id: str, sso_url: str, key: Key, certificate: x509.Certificate, slo_url: str = ""
    ) -> None:
        self.entity_id = entity_id
        self.sso_url = sso_url
        # Where it takes logout messages; empty, it has no single logout and its metadata names none.
        self.slo_url = slo_url
        self.key = key
        self.certificate = certificate

    @classmethod
    def make(cls, entity_id: str, sso_url: str, *, key: Key | None = None) -> "PracticeIdp":
        """Make an identity provider with a fresh key and a certificate of its own, valid for ten years."""
        key = key or rsa.generate_private_key(public_exponent=65537, key_size=2048)
        return cls(entity_id, sso_url, key, _self_signed(key))

    @classmethod
    def from_pem(cls, entity_id: str, sso_url: str, pem: str) -> "PracticeIdp":
        """Bring back the identity provider whose key and certificate `to_pem` wrote."""
        key = serialization.load_pem_private_key(pem.encode(), password=None)
        if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
            raise ValueError("The practice IdP signs with RSA or ECDSA only.")
        return cls(entity_id, sso_url, key, x509.load_pem_x509_certificate(pem.encode()))

    def to_pem(self) -> str:
        """Return key and certificate as text, so that a restarted demo is still trusted."""
        private = self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return private.decode() + self.certificate_pem

    @property
    def certificate_pem(self) -> str:
        """The certificate, as an admin would paste it."""
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()

    def metadata(self) -> bytes:
        """Return this identity provider's SAML metadata."""
        key_info = _ds.KeyInfo(_ds.X509Data(_ds.X509Certificate(self._bare_certificate())))
        descriptor = _md.IDPSSODescriptor(
            _md.KeyDescriptor(key_info, use="signing"),
            _md.NameIDFormat(EMAIL),
            _md.SingleSignOnService(Binding=REDIRECT, Location=self.sso_url),
            protocolSupportEnumeration=SAMLP,
            WantAuthnRequestsSigned="false",
        )
        if self.slo_url:
            # Before NameIDFormat, as the schema asks.
            descriptor.insert(1, _md.SingleLogoutService(Binding=REDIRECT, Location=self.slo_url))
        entity = _md.EntityDescriptor(descriptor, entityID=self.entity_id)
        return etree.tostring(entity, xml_declaration=True, encoding="UTF-8")

    def respond(
        self,
        *,
        sign: Sign = "assertion",
        mutate: Change | None = None,
        tamper: Change | None = None,
        signature_algorithm: str = "rsa-sha256",
        digest_algorithm: str = "sha256",
        encrypt_for: str | Encryption = "",
        **content: Any,
    ) -> str:
        """Return a SAMLResponse form value that says `content` (the fields of Content), signed where `sign` says.

        With `encrypt_for`, the service provider's certificate as PEM, the assertion is encrypted once it is signed.
        """
        response = self.build(Content(**content))
        if mutate:
            mutate(response)
        signer = _Signer(
            signature_algorithm=signature_algorithm, digest_algorithm=digest_algorithm, c14n_algorithm=EXC_C14N
        )
        if sign in {"assertion", "both"}:
            assertion = response.find(f"{{{SAML}}}Assertion")
            response.replace(assertion, self.sign(assertion, signer))
        if encrypt_for:
            how = Encryption(encrypt_for) if isinstance(encrypt_for, str) else encrypt_for
            assertion = response.find(f"{{{SAML}}}Assertion")
            response.replace(assertion, encrypted(assertion, how))
        if sign in {"response", "both"}:
            response = self.sign(response, signer)
        if tamper:
            tamper(response)
        return base64.b64encode(etree.tostring(response)).decode()

    def sign(self, element: Any, signer: XMLSigner | None = None) -> Any:
        """Return a signed copy of a response or an assertion; the signature follows its Issuer, as the schema asks."""
        signer = signer or _Signer(signature_algorithm="rsa-sha256", digest_algorithm="sha256", c14n_algorithm=EXC_C14N)
        copy = etree.fromstring(etree.tostring(element, with_tail=False))
        copy.insert(1, _ds.Signature(Id="placeholder"))
        return signer.sign(copy, key=self.key, cert=[self.certificate], reference_uri=copy.get("ID"), id_attribute="ID")

    def build(self, content: Content) -> Any:
        """Return the unsigned Response element that says `content`."""
        destination = content.acs_url if content.destination is None else content.destination
        response = _samlp.Response(
            self._issuer(content),
            _samlp.Status(_samlp.StatusCode(Value=SUCCESS)),
            self._assertion(content),
            ID=new_id(),
            Version="2.0",
            IssueInstant=stamp(content.at),
            Destination=destination,
        )
        if content.in_response_to:
            response.set("InResponseTo", content.in_response_to)
        return response

    def _assertion(self, content: Content) -> Any:
        end = stamp(content.at + content.lifetime)
        conditions = _saml.Conditions(
            _saml.AudienceRestriction(_saml.Audience(content.audience)),
            NotBefore=stamp(content.at),
            NotOnOrAfter=end,
        )
        assertion = _saml.Assertion(
            self._issuer(content), _subject(content, end), conditions, _authn_statement(content),
            ID=new_id(), Version="2.0", IssueInstant=stamp(content.at),
        )  # fmt: skip
        if content.attributes:
            assertion.append(_attribute_statement(content.attributes))
        return assertion

    def _issuer(self, content: Content) -> Any:
        return _saml.Issuer(content.issuer or self.entity_id)

    def _bare_certificate(self) -> str:
        return base64.b64encode(self.certificate.public_bytes(serialization.Encoding.DER)).decode()


def read_request(query: Mapping[str, str]) -> AuthnRequestInfo:
    """Read the AuthnRequest of an HTTP-Redirect query; ValueError if there is none."""
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        xml = inflater.decompress(base64.b64decode(query["SAMLRequest"], validate=True), REQUEST_LIMIT)
        request = etree.fromstring(xml, etree.XMLParser(resolve_entities=False, no_network=True))
    except (KeyError, ValueError, zlib.error, etree.XMLSyntaxError) as error:
        raise ValueError("This is not an AuthnRequest.") from error
    if request.tag != f"{{{SAMLP}}}AuthnRequest" or not inflater.eof:
        raise ValueError("This is not an AuthnRequest.")
    return AuthnRequestInfo(
        id=request.get("ID", ""),
        issuer=request.findtext(f"{{{SAML}}}Issuer") or "",
        acs_url=request.get("AssertionConsumerServiceURL", ""),
        relay_state=query.get("RelayState", ""),
        force_authn=request.get("ForceAuthn") in {"true", "1"},
        xml=xml.decode(errors="replace"),
    )


def new_id() -> str:
    """Return an ID no other message has; it starts with a letter, as xs:ID asks."""
    return f"id-{secrets.token_hex(16)}"


def stamp(at: datetime) -> str:
    """Write a time as SAML does: UTC, to the second, with Z."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class _Signer(XMLSigner):  # type: ignore[misc]
    def check_deprecated_methods(self) -> None:
        # Old ADFS signs with SHA-1, and the practice IdP can play old ADFS.
        return


def _subject(content: Content, end: str) -> Any:
    recipient = content.acs_url if content.recipient is None else content.recipient
    data = _saml.SubjectConfirmationData(Recipient=recipient, NotOnOrAfter=end)
    if content.in_response_to:
        data.set("InResponseTo", content.in_response_to)
    return _saml.Subject(
        _saml.NameID(content.name_id, Format=content.name_id_format),
        _saml.SubjectConfirmation(data, Method=BEARER),
    )


def _authn_statement(content: Content) -> Any:
    statement = _saml.AuthnStatement(
        _saml.AuthnContext(_saml.AuthnContextClassRef(PASSWORD)),
        AuthnInstant=stamp(content.authn_instant or content.at),
        SessionIndex=content.session_index or new_id(),
    )
    if content.session_not_on_or_after:
        statement.set("SessionNotOnOrAfter", stamp(content.session_not_on_or_after))
    return statement


def _attribute_statement(attributes: Mapping[str, str | list[str]]) -> Any:
    statement = _saml.AttributeStatement()
    for name, value in attributes.items():
        values = [value] if isinstance(value, str) else value
        statement.append(_saml.Attribute(*map(_saml.AttributeValue, values), Name=name, NameFormat=BASIC))
    return statement


def _self_signed(key: Key) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Seatgate practice IdP")])
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=3650))
        .sign(key, hashes.SHA256())
    )
