"""What we tell an identity provider beforehand: our metadata. Pure."""

import base64
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from lxml import etree

from sso.guard import DS, SAMLP
from sso.metadata import HTTP_POST, HTTP_REDIRECT, MD


def write(
    *, sp_entity_id: str, acs_url: str, name_id_format: str, certificates: tuple[str, ...] = (), slo_url: str = "",
    signs_requests: bool = False,
) -> bytes:  # fmt: skip
    """Return our metadata, with the certificates that sign what we send and that may be encrypted for.

    During a roll-over there are two, the current one first. Without any, nothing of ours is signed, so there is no
    single logout either.
    """
    root = etree.Element(f"{{{MD}}}EntityDescriptor", entityID=sp_entity_id, nsmap={"md": MD, "ds": DS})
    descriptor = etree.SubElement(
        root,
        f"{{{MD}}}SPSSODescriptor",
        AuthnRequestsSigned="true" if signs_requests and certificates else "false",
        WantAssertionsSigned="true",
        protocolSupportEnumeration=SAMLP,
    )
    for use in ("signing", "encryption"):
        for pem in certificates:
            _key(descriptor, use, pem)
    if slo_url and certificates:
        etree.SubElement(descriptor, f"{{{MD}}}SingleLogoutService", Binding=HTTP_REDIRECT, Location=slo_url)
        etree.SubElement(descriptor, f"{{{MD}}}SingleLogoutService", Binding=HTTP_POST, Location=slo_url)
    etree.SubElement(descriptor, f"{{{MD}}}NameIDFormat").text = name_id_format
    service = {"Binding": HTTP_POST, "Location": acs_url, "index": "0", "isDefault": "true"}
    etree.SubElement(descriptor, f"{{{MD}}}AssertionConsumerService", service)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _key(descriptor: Any, use: str, pem: str) -> None:
    key = etree.SubElement(descriptor, f"{{{MD}}}KeyDescriptor", use=use)
    data = etree.SubElement(etree.SubElement(key, f"{{{DS}}}KeyInfo"), f"{{{DS}}}X509Data")
    body = x509.load_pem_x509_certificate(pem.encode()).public_bytes(serialization.Encoding.DER)
    etree.SubElement(data, f"{{{DS}}}X509Certificate").text = base64.b64encode(body).decode()
