"""An identity provider nobody here wrote: pysaml2's server, which signs and encrypts with Debian's xmlsec1."""

import shutil
from functools import cached_property, partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from saml2 import BINDING_HTTP_REDIRECT, entity, saml
from saml2.authn_context import PASSWORDPROTECTEDTRANSPORT
from saml2.config import IdPConfig
from saml2.metadata import entity_descriptor
from saml2.server import Server
from saml2.sigver import pre_encryption_part

from portal.demo.idp import PracticeIdp

XMLSEC = shutil.which("xmlsec1")
needs_xmlsec = pytest.mark.skipif(
    XMLSEC is None, reason="xmlsec1 is missing: the foreign identity provider needs it (apt-get install xmlsec1)"
)
ENTITY_ID, SSO, SLO = "https://foreign.test/idp", "https://foreign.test/sso", "https://foreign.test/slo"
AES = "http://www.w3.org/2001/04/xmlenc#aes256-cbc"
RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"


class Foreign:
    """pysaml2's identity provider with a key of its own, which knows us by our metadata alone."""

    def __init__(self, folder: Path, our_metadata: bytes, key: PracticeIdp) -> None:
        self.folder, self.key = folder, key
        private, _, certificate = key.to_pem().partition("-----BEGIN CERTIFICATE-----")
        (folder / "key.pem").write_text(private)
        (folder / "certificate.pem").write_text(f"-----BEGIN CERTIFICATE-----{certificate}")
        self.knows(our_metadata)

    def knows(self, our_metadata: bytes) -> None:
        """Take our metadata, as an admin does who uploads it."""
        self.our_metadata = our_metadata.decode()
        self.__dict__.pop("server", None)

    @cached_property
    def server(self) -> Server:
        """The server, set up with our metadata."""
        made = Server(config=self._config(self.our_metadata))
        # Its own choice would be 3DES, which is refused here; any admin can choose AES at a real one.
        made.sec.crypto.encrypt_assertion = partial(made.sec.crypto.encrypt_assertion)
        encrypt = made.sec.crypto.encrypt_assertion

        def by_aes(statement: Any, key: str, template: Any, _key_type: str = "", node_xpath: Any = None) -> Any:
            return encrypt(statement, key, template, "aes-256", node_xpath)

        made.sec.crypto.encrypt_assertion = by_aes
        return made

    def _config(self, our_metadata: str = "") -> IdPConfig:
        service = {
            "endpoints": {
                "single_sign_on_service": [(SSO, BINDING_HTTP_REDIRECT)],
                "single_logout_service": [(SLO, BINDING_HTTP_REDIRECT)],
            },
            "policy": {"default": {"lifetime": {"minutes": 5}, "attribute_restrictions": None}},
            "name_id_format": [saml.NAMEID_FORMAT_EMAILADDRESS],
        }
        told: dict[str, Any] = {
            "entityid": ENTITY_ID, "service": {"idp": service}, "xmlsec_binary": XMLSEC,
            "key_file": str(self.folder / "key.pem"), "cert_file": str(self.folder / "certificate.pem"),
            "signing_algorithm": RSA_SHA256, "digest_algorithm": SHA256,
        }  # fmt: skip
        if our_metadata:
            told["metadata"] = {"inline": [our_metadata]}
        return IdPConfig().load(told)

    def metadata(self) -> str:
        """Its metadata, as an admin hands it to us."""
        return str(entity_descriptor(self._config()))

    def asked(self, url: str) -> Any:
        """Read, and where it is signed verify, what we ask by redirect."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        return self.server.parse_authn_request(
            query["SAMLRequest"], BINDING_HTTP_REDIRECT, relay_state=query.get("RelayState"),
            sigalg=query.get("SigAlg"), signature=query.get("Signature"),
        )  # fmt: skip

    def respond(self, sp: str, acs: str, email: str, in_response_to: str | None, **how: Any) -> str:
        """A response as the server makes it, as XML."""
        name_id = saml.NameID(format=saml.NAMEID_FORMAT_EMAILADDRESS, text=email)
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(entity, "pre_encryption_part", partial(pre_encryption_part, msg_enc=AES))
            return str(
                self.server.create_authn_response(
                    {"mail": email, "givenName": "Foreign"}, in_response_to, acs, sp, name_id=name_id,
                    authn={"class_ref": PASSWORDPROTECTEDTRANSPORT, "authn_auth": ENTITY_ID},
                    sign_alg=RSA_SHA256, digest_alg=SHA256, **{"sign_assertion": True, "sign_response": False, **how},
                )
            )  # fmt: skip

    def logout_request(self, our_slo: str, email: str, session_index: str = "") -> str:
        """The address by which the server tells us that somebody signs out."""
        name_id = saml.NameID(format=saml.NAMEID_FORMAT_EMAILADDRESS, text=email)
        indexes = [session_index] if session_index else None
        _id, message = self.server.create_logout_request(
            our_slo, ENTITY_ID, name_id=name_id, session_indexes=indexes, sign=False
        )
        return self._redirect(str(message), our_slo, "state-1", response=False)

    def logged_out(self, url: str) -> Any:
        """Read our answer to its logout request."""
        return self.server.parse_logout_request_response(
            parse_qs(urlsplit(url).query)["SAMLResponse"][0], BINDING_HTTP_REDIRECT
        )

    def answer_logout(self, url: str) -> str:
        """Verify our logout request; returns the address of the server's answer."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        asked = self.server.parse_logout_request(
            query["SAMLRequest"], BINDING_HTTP_REDIRECT, relay_state=query.get("RelayState"),
            sigalg=query["SigAlg"], signature=query["Signature"],
        )  # fmt: skip
        reply = self.server.create_logout_response(asked.message, [BINDING_HTTP_REDIRECT], sign=False)
        destination = self.server.response_args(asked.message, [BINDING_HTTP_REDIRECT])["destination"]
        return self._redirect(str(reply), destination, query.get("RelayState", ""), response=True)

    def _redirect(self, message: str, destination: str, relay_state: str, *, response: bool) -> str:
        sent = self.server.apply_binding(
            BINDING_HTTP_REDIRECT, message, destination, relay_state, response=response, sign=True, sigalg=RSA_SHA256
        )
        return str(dict(sent["headers"])["Location"])
