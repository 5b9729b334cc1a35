"""What a SAML response must look like before any signature in it is looked at.

`decode` and `scan` bound size and shape; `inspect` holds the message to one structure: one Response, one assertion as
its child, and signatures that can only mean the element they stand in. Verifiers have been fooled for years by what
lies outside that structure: XSLT and XPath transforms, wrapped assertions, second SignedInfos, duplicate IDs, DTDs.
`as_signed` closes the circle once a signature is verified: what is read is what was signed.
"""

import base64
import binascii
import hashlib
from collections import defaultdict
from dataclasses import dataclass
from typing import Any, Final
from xml.parsers import expat

from lxml import etree

from sso.errors import NotGenuine, require

SAMLP: Final = "urn:oasis:names:tc:SAML:2.0:protocol"
SAML: Final = "urn:oasis:names:tc:SAML:2.0:assertion"
DS: Final = "http://www.w3.org/2000/09/xmldsig#"
EXC_C14N: Final = "http://www.w3.org/2001/10/xml-exc-c14n#"
ENVELOPED: Final = DS + "enveloped-signature"
STATUS_SUCCESS: Final = "urn:oasis:names:tc:SAML:2.0:status:Success"
LONGEST_ID: Final = 256

_ENCODED_LIMIT: Final = 512 * 1024
_XML_ID: Final = "{http://www.w3.org/XML/1998/namespace}id"
_MORE: Final = "http://www.w3.org/2001/04/xmldsig-more#"
_SIGNING: Final = {_MORE + kind + size for kind in ("rsa-sha", "ecdsa-sha") for size in ("256", "384", "512")}
_SIGNING_SHA1: Final = {DS + "rsa-sha1", _MORE + "ecdsa-sha1"}
_XMLENC: Final = "http://www.w3.org/2001/04/xmlenc#"
DIGESTS: Final = {_XMLENC + "sha256": "sha256", _MORE + "sha384": "sha384", _XMLENC + "sha512": "sha512"}
DIGEST_SHA1: Final = DS + "sha1"

# fmt: off
_DS_NAMES: Final = frozenset((
    "Signature", "SignedInfo", "CanonicalizationMethod", "SignatureMethod", "SignatureValue",
    "Reference", "Transforms", "Transform", "DigestMethod", "DigestValue",
    "KeyInfo", "KeyName", "KeyValue", "RSAKeyValue", "Modulus", "Exponent",
    "X509Data", "X509Certificate", "X509SubjectName", "X509SKI",
    "X509IssuerSerial", "X509IssuerName", "X509SerialNumber",
))
# fmt: on


@dataclass(frozen=True)
class Limits:
    """How large a document may be, and whether comments and processing instructions are let through."""

    size: int = 256 * 1024
    elements: int = 5_000
    depth: int = 32
    attributes: int = 64
    remarks: bool = False


RESPONSE_LIMITS: Final = Limits()


def decode(saml_response: str) -> bytes:
    """Return the XML in a SAMLResponse form field; line breaks are forgiven, as RFC 2045 has them, nothing else."""
    require(len(saml_response) <= _ENCODED_LIMIT, "too_large", found=len(saml_response), expected=_ENCODED_LIMIT)
    try:
        xml = base64.b64decode("".join(saml_response.split()).encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        raise NotGenuine("not_base64") from None
    require(xml, "not_base64")
    return xml


def scan(xml: bytes, limits: Limits = RESPONSE_LIMITS) -> None:
    """Refuse a document that is too large, too deep or not plain UTF-8 XML, in time linear to its size."""
    require(len(xml) <= limits.size, "too_large", found=len(xml), expected=limits.size)
    try:
        xml.decode("utf-8")
    except UnicodeDecodeError:
        raise NotGenuine("not_utf8") from None
    require(b"\0" not in xml, "nul_byte")
    # By bytes, not by a parser's events: no parser is asked to read a DTD in order to find that there is one.
    require(b"<!DOCTYPE" not in xml, "doctype")
    if not limits.remarks:
        require(b"<!--" not in xml, "comment")
        require(b"<?" not in xml.replace(b"<?xml ", b"", 1), "processing_instruction")
    _Counter(limits).read(xml)


def inspect(xml: bytes, *, allow_sha1: bool = False, signed_outside: bool = False) -> None:
    """Refuse a response whose structure could make a verifier and a reader look at different things.

    `signed_outside`: the signature stood around the ciphertext this was decrypted from, and was verified there.
    """
    scan(xml)
    root = parse(xml)
    named = _by_local_name(root)
    require(root.tag == f"{{{SAMLP}}}Response", "not_a_response", found=etree.QName(root).localname)
    _refuse_failure(root)
    assertion = _the_assertion(root, named)
    _check_ids(root)
    for element in (root, assertion):
        if not element.get("ID") and element.tag != f"{{{SAML}}}EncryptedAssertion":
            raise NotGenuine("id_missing", found=etree.QName(element).localname)
    # Of an encrypted assertion the signature may lie inside.
    signed = bool(named["Signature"]) or signed_outside or assertion.tag == f"{{{SAML}}}EncryptedAssertion"
    require(signed, "signature_missing")
    _check_signatures({root, assertion}, named["Signature"], allow_sha1)


def inspect_logout(xml: bytes, *, allow_sha1: bool = False) -> etree._Element:
    """Refuse a logout message of the POST binding that is not built alike; returns it parsed."""
    scan(xml)
    root = parse(xml)
    named = _by_local_name(root)
    _check_ids(root)
    require(root.get("ID"), "id_missing", found=etree.QName(root).localname)
    require(named["Signature"], "logout_not_signed")
    _check_signatures({root}, named["Signature"], allow_sha1)
    return root


def as_signed(element: Any) -> etree._Element:
    """Return a parsed copy of the very bytes a verified signature covers; the signature is cut from `element`.

    xmlsec found the element by its ID, we by its place: digesting once more proves that both found the same
    (CVE-2024-45409). Only for a message that `inspect` let through.
    """
    reference = next(element.iter(f"{{{DS}}}Reference"))
    method, value = reference.find(f"{{{DS}}}DigestMethod"), reference.findtext(f"{{{DS}}}DigestValue")
    prefixes = reference.find(f".//{{{EXC_C14N}}}InclusiveNamespaces")
    kept = None if prefixes is None else prefixes.get("PrefixList", "").split()
    etree.strip_elements(element, f"{{{DS}}}Signature", with_tail=False)
    signed = etree.tostring(element, method="c14n", exclusive=True, inclusive_ns_prefixes=kept)
    digest = hashlib.new(DIGESTS.get(method.get("Algorithm", ""), "sha1"), signed).digest()
    require(digest == base64.b64decode(value or ""), "signature_invalid")
    return parse(signed)


def parse(xml: bytes, *, remarks: bool = True) -> etree._Element:
    """Parse without touching entity, DTD or network; without `remarks`, drop comments and processing instructions."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, huge_tree=False, remove_comments=not remarks, remove_pis=not remarks
    )
    try:
        return etree.fromstring(xml, parser)
    except etree.XMLSyntaxError as error:
        raise NotGenuine("not_xml", found=error.msg) from None


class _Counter:
    """Counts with expat, which keeps no tree, so that a hostile document costs nothing before it is refused."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.elements = 0
        self.depth = 0

    def read(self, xml: bytes) -> None:
        reader = expat.ParserCreate("UTF-8")
        reader.XmlDeclHandler = self._declared
        reader.StartElementHandler = self._opened
        reader.EndElementHandler = self._closed
        try:
            reader.Parse(xml, True)
        except expat.ExpatError as error:
            raise NotGenuine("not_xml", found=error) from None

    def _declared(self, version: str, encoding: str | None, _standalone: int) -> None:
        require(encoding is None or encoding.lower() == "utf-8", "not_utf8", found=encoding)
        require(version == "1.0", "not_xml", found=version, expected="1.0")

    def _opened(self, _name: str, attributes: dict[str, str]) -> None:
        self.elements += 1
        self.depth += 1
        require(self.elements <= self.limits.elements, "too_many_elements", expected=self.limits.elements)
        require(self.depth <= self.limits.depth, "too_deep", expected=self.limits.depth)
        require(len(attributes) <= self.limits.attributes, "too_many_attributes", expected=self.limits.attributes)

    def _closed(self, _name: str) -> None:
        self.depth -= 1


def _by_local_name(root: etree._Element) -> defaultdict[str, list[Any]]:
    # By local name, whatever the namespace: a verifier that is careless about namespaces must find no second candidate.
    named: defaultdict[str, list[Any]] = defaultdict(list)
    for element in root.iter():
        name = etree.QName(element)
        if name.namespace == DS and name.localname not in _DS_NAMES and not _points_to_key(element):
            raise NotGenuine("forbidden_element", found=name.localname)
        named[name.localname].append(element)
    require(not named["CipherReference"], "forbidden_element", found="CipherReference")
    return named


def _points_to_key(element: Any) -> bool:
    # Only `decryption` follows it, to the EncryptedKey beside the data and nowhere else.
    path = [etree.QName(each).localname for each in (element, *element.iterancestors())][:3]
    return path == ["RetrievalMethod", "KeyInfo", "EncryptedData"]


def _refuse_failure(root: etree._Element) -> None:
    codes = [code.get("Value", "") for code in root.iterfind(f"{{{SAMLP}}}Status//{{{SAMLP}}}StatusCode")]
    if codes[:1] != [STATUS_SUCCESS]:
        message = root.findtext(f"{{{SAMLP}}}Status/{{{SAMLP}}}StatusMessage")
        said = ", ".join(code.rpartition(":")[2] for code in codes)
        raise NotGenuine("status_not_success", found=f"{said} ({message})" if message else said)


def _the_assertion(root: etree._Element, named: defaultdict[str, list[Any]]) -> etree._Element:
    kinds = {f"{{{SAML}}}Assertion", f"{{{SAML}}}EncryptedAssertion"}
    children = [child for child in root if child.tag in kinds]
    require(len(children) <= 1, "several_assertions", found=len(children), expected=1)
    require(len(named["Assertion"]) + len(named["EncryptedAssertion"]) == len(children), "assertion_misplaced")
    require(children, "assertion_missing")
    require(len(named["Response"]) == 1, "several_responses")
    return children[0]


def _check_ids(root: etree._Element) -> None:
    # xmlsec finds the signed element by ID, in whatever spelling of the attribute; it must find exactly one.
    seen: set[str] = set()
    for element in root.iter():
        for name, value in ((str(name), str(value)) for name, value in element.items()):
            require(name != _XML_ID, "xml_id", found=value)
            if etree.QName(name).localname.lower() == "id":
                require(len(value) <= LONGEST_ID, "value_too_long", found=value, expected=LONGEST_ID)
                require(value not in seen, "duplicate_id", found=value)
                seen.add(value)


def _check_signatures(places: set[Any], signatures: list[Any], allow_sha1: bool) -> None:
    parents = [signature.getparent() for signature in signatures]
    require(places.issuperset(parents), "signature_misplaced")
    require(len(parents) == len(set(parents)), "several_signatures")
    for signature in signatures:
        _check_signature(signature, signature.getparent().get("ID", ""), allow_sha1)


def _check_signature(signature: Any, parent_id: str, allow_sha1: bool) -> None:
    info = _children(signature, "SignedInfo SignatureValue KeyInfo", optional=1)[0]
    require(sum(child.tag == f"{{{DS}}}Reference" for child in info) <= 1, "several_references")
    method, signing, reference = _children(info, "CanonicalizationMethod SignatureMethod Reference")
    if method.get("Algorithm") != EXC_C14N or not _only_prefixes(method):
        raise NotGenuine("canonicalization_not_allowed", found=method.get("Algorithm"), expected=EXC_C14N)
    _check_algorithm("algorithm_not_allowed", signing, _SIGNING, _SIGNING_SHA1, allow_sha1)
    uri = reference.get("URI", "")
    require(uri, "reference_empty")
    require(uri == f"#{parent_id}", "reference_not_parent", found=uri, expected=f"#{parent_id}")
    transforms, digest, _value = _children(reference, "Transforms DigestMethod DigestValue")
    _check_transforms(transforms)
    _check_algorithm("digest_not_allowed", digest, set(DIGESTS), {DIGEST_SHA1}, allow_sha1)


def _children(parent: etree._Element, names: str, optional: int = 0) -> list[Any]:
    wanted = [f"{{{DS}}}{name}" for name in names.split()]
    children = list(parent)
    missing = len(wanted) - len(children)
    if not 0 <= missing <= optional or [child.tag for child in children] != wanted[: len(children)]:
        raise NotGenuine("signature_malformed", found=" ".join(etree.QName(child).localname for child in children))
    return children


def _check_transforms(transforms: etree._Element) -> None:
    # SAML core 5.4.4. Exactly these two, in this order: then what is digested is the element itself and nothing else.
    found = [transform.get("Algorithm") for transform in transforms]
    fine = all(transform.tag == f"{{{DS}}}Transform" and _only_prefixes(transform) for transform in transforms)
    if found != [ENVELOPED, EXC_C14N] or not fine:
        raise NotGenuine("transform_not_allowed", found=", ".join(map(str, found)), expected=f"{ENVELOPED}, {EXC_C14N}")


def _only_prefixes(method: etree._Element) -> bool:
    return len(method) == 0 or (
        len(method) == 1 and method[0].tag == f"{{{EXC_C14N}}}InclusiveNamespaces" and len(method[0]) == 0
    )


def _check_algorithm(code: str, method: etree._Element, allowed: set[str], sha1: set[str], allow_sha1: bool) -> None:
    name = method.get("Algorithm", "")
    require(allow_sha1 or name not in sha1, "sha1_not_allowed", found=name)
    # A child would be a parameter, such as HMACOutputLength (CVE-2009-0217).
    require(name in allowed | sha1 and not len(method), code, found=name)
