"""What the practice IdP may answer to a sign-in: the truth, and the ways in which identity providers err or lie."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from portal.demo.dialects.call import mark
from portal.demo.idp import SAML, PracticeIdp
from portal.demo.state import Person

PERSISTENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
ELSEWHERE = "https://elsewhere.example"

Said = dict[str, Any]
Words = str | Promise


@dataclass(frozen=True)
class Case:
    """One way to answer: what is done to the good response, and where the browser then ends."""

    key: str
    label: Words
    about: Words
    ends: Words
    # Whether the message is proven genuine: then the portal names the cause, else it shows its neutral page.
    genuine: bool = False
    says: Callable[[Person], Said] = field(default=lambda person: {})
    # Signed with a key the application was never told of.
    rogue: bool = False
    # The assertion is encrypted for the application, once it is signed.
    encrypts: bool = False


def _altered(response: Any) -> None:
    name_id = response.find(f".//{{{SAML}}}NameID")
    name_id.text = f"not-{name_id.text}"


NEUTRAL = _("The neutral page with a reference number.")
ENTERS = _("The portal, signed in.")
CASES = {
    case.key: case
    for case in (
        Case("good", _("Sign in"), _("A good response: the assertion is signed."), ENTERS, genuine=True),
        Case(
            "persistent", _("Persistent NameID"), _("The e-mail address in a NameID of format persistent."), ENTERS,
            genuine=True, says=lambda person: {"name_id_format": PERSISTENT},
        ),
        Case(
            "encrypted", _("Encrypted"), _("A good response whose assertion only the application can read."), ENTERS,
            genuine=True, encrypts=True,
        ),
        Case(
            "no-email", _("No e-mail address"), _("An opaque NameID, and no e-mail attribute."),
            _("A page that names the cause: the e-mail address is missing."), genuine=True,
            says=lambda person: {
                "name_id": mark(person, "opaque", 16), "name_id_format": PERSISTENT,
                "attributes": {"firstName": person.given_name, "lastName": person.family_name},
            },
        ),
        Case(
            "response-signed", _("Response-only signature"), _("The response is signed, the assertion is not."),
            _("The neutral page, unless the connection expects the signature on the response."),
            says=lambda person: {"sign": "response"},
        ),
        Case(
            "wrong-audience", _("Wrong audience"), _("Meant for another application."), NEUTRAL,
            says=lambda person: {"audience": f"{ELSEWHERE}/metadata"},
        ),
        Case(
            "wrong-recipient", _("Wrong recipient"), _("Confirmed for another address."), NEUTRAL,
            says=lambda person: {"recipient": f"{ELSEWHERE}/acs"},
        ),
        Case(
            "expired", _("Expired"), _("Its time ran out seven minutes ago."), NEUTRAL,
            says=lambda person: {"at": datetime.now(UTC) - timedelta(minutes=12), "lifetime": timedelta(minutes=5)},
        ),
        Case(
            "clock", _("Clock seven minutes ahead"), _("Issued seven minutes from now."), NEUTRAL,
            says=lambda person: {"at": datetime.now(UTC) + timedelta(minutes=7)},
        ),
        Case("unsigned", _("Unsigned"), _("No signature at all."), NEUTRAL, says=lambda person: {"sign": "none"}),
        Case(
            "altered", _("Altered after signing"), _("Another NameID was put in after signing."), NEUTRAL,
            says=lambda person: {"tamper": _altered},
        ),
        Case(
            "wrong-certificate", _("Wrong certificate"), _("Signed with a key the application does not know."), NEUTRAL,
            rogue=True,
        ),
    )
}  # fmt: skip


def respond(
    idp: PracticeIdp, case: Case, person: Person, *, acs_url: str, audience: str, asked: str, certificate: str = ""
) -> str:  # fmt: skip
    """Return the SAMLResponse that answers the request `asked` (none: "") about this person, as the case has it.

    The case that encrypts does so for the holder of `certificate`, the application.
    """
    good: Said = {
        "acs_url": acs_url,
        "audience": audience,
        "name_id": person.email,
        "in_response_to": asked or None,
        "attributes": {"email": person.email, "firstName": person.given_name, "lastName": person.family_name},
        "at": datetime.now(UTC),
        "encrypt_for": certificate if case.encrypts else "",
    }
    signer = PracticeIdp(idp.entity_id, idp.sso_url, _stranger().key, _stranger().certificate) if case.rogue else idp
    return signer.respond(**{**good, **case.says(person)})


@cache
def _stranger() -> PracticeIdp:
    return PracticeIdp.make(ELSEWHERE, ELSEWHERE)
