"""What the practice IdP knows of the application for single sign-on: read from its metadata, anew where needed."""

import base64
import textwrap
from typing import Any

from django.utils.translation import gettext as _
from lxml import etree

from portal.demo import loopback
from portal.demo.idp import DS, MD, REDIRECT
from portal.demo.state import State


def learn(state: State, url: str) -> str:
    """Take entity id, addresses and certificate from a metadata URL; returns what is wrong, or ""."""
    try:
        answer = loopback.ask("GET", url)
    except loopback.Unreachable as error:
        return str(error)
    if answer.status != 200:
        return _("The metadata URL answered %(status)s. Check it.") % {"status": answer.status}
    try:
        entity = etree.fromstring(answer.text.encode(), etree.XMLParser(resolve_entities=False, no_network=True))
        acs = entity.find(f".//{{{MD}}}SPSSODescriptor/{{{MD}}}AssertionConsumerService")
    except (etree.XMLSyntaxError, ValueError):
        return _("What came back is no SAML metadata. Check the metadata URL.")
    location = acs.get("Location", "") if acs is not None else ""
    entity_id = entity.get("entityID")
    if not entity_id or not loopback.is_here(location):
        return _("What came back is no metadata of a service provider on this machine. Check the metadata URL.")
    state.audience, state.acs_url = entity_id, location
    state.slo_url, state.certificate = _logout_url(entity), _certificate(entity)
    return ""


def learn_again(state: State) -> str:
    """Read the metadata of the connected application once more: its certificates roll over."""
    if not state.acs_url.endswith("/acs"):
        return _("Connect the application first: paste its metadata URL under Application.")
    return learn(state, f"{state.acs_url.removesuffix('acs')}metadata")


def _logout_url(entity: Any) -> str:
    service = entity.find(f".//{{{MD}}}SingleLogoutService[@Binding='{REDIRECT}']")
    location = service.get("Location", "") if service is not None else ""
    return location if loopback.is_here(location) else ""


def _certificate(entity: Any) -> str:
    """Return the certificate to encrypt for, as PEM; the current one stands first."""
    for key in entity.iterfind(f".//{{{MD}}}SPSSODescriptor/{{{MD}}}KeyDescriptor"):
        text = key.findtext(f".//{{{DS}}}X509Certificate") or ""
        if key.get("use", "encryption") == "encryption" and text:
            body = base64.b64encode(base64.b64decode("".join(text.split()))).decode()
            lines = "\n".join(textwrap.wrap(body, 64))
            return f"-----BEGIN CERTIFICATE-----\n{lines}\n-----END CERTIFICATE-----\n"
    return ""
