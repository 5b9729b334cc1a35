"""Identity providers by the words of their own pages: which of our values goes into which of their fields.

Their fields keep the language of their pages, so they are no texts of ours to translate; what we advise is.
"""

from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from sso.models import NameIdFormat, SignatureExpected

_CLAIMS: Final = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/"


@dataclass(frozen=True)
class Provider:
    """One identity provider's own names for everything the two sides tell each other."""

    name: Any
    new_app: str
    acs: str
    entity_id: str
    name_id: str
    # Their name for the attribute's source, and the name to send it under.
    attributes: tuple[tuple[str, str], ...]
    signing: str
    metadata: str
    assign: str
    sp_certificate: str
    remove: tuple[Any, ...]
    leave_empty: tuple[str, ...] = ()
    # Their field for their own entity id, where an admin types it; we propose a value for it.
    idp_entity_id: str = ""
    name_id_format: str = NameIdFormat.EMAIL
    signature_expected: str = SignatureExpected.ASSERTION
    notes: tuple[Any, ...] = ()


PROVIDERS: Final = {
    "jumpcloud": Provider(
        name="JumpCloud",
        new_app="SSO Applications › Add New Application › Custom SAML App",
        acs="ACS URL",
        entity_id="SP Entity ID",
        idp_entity_id="IdP Entity ID",
        name_id="SAMLSubject NameID: email · SAMLSubject NameID Format: persistent",
        name_id_format=NameIdFormat.PERSISTENT,
        attributes=(("email", "email"), ("firstname", "firstName"), ("lastname", "lastName")),
        signing="Signature Algorithm: RSA-SHA256 · Sign Assertion: on · Declare Redirect Endpoint: off",
        leave_empty=("IdP-initiated URL",),
        sp_certificate="SP Certificate",
        metadata="SSO › Export Metadata",
        assign="User Groups",
        remove=(_("Deactivate IdM connection"), _("Deactivate SSO"), _("Delete the application")),
        notes=(
            _("The SSO IdP URL can't be changed after the application is activated: choose its name with care."),
            _("Without “Sign Assertion” JumpCloud signs the response only: then choose “Response” or “Either” here."),
        ),
    ),
    "okta": Provider(
        name="Okta",
        new_app="Applications › Create App Integration › SAML 2.0",
        acs="Single sign-on URL",
        entity_id="Audience URI (SP Entity ID)",
        name_id="Name ID format: EmailAddress · Application username: Email",
        attributes=(("user.email", "email"), ("user.firstName", "firstName"), ("user.lastName", "lastName")),
        signing="Response: Signed · Assertion Signature: Signed · RSA-SHA256",
        leave_empty=("Default RelayState",),
        sp_certificate="Signature Certificate",
        metadata="Sign On › SAML Signing Certificates › Actions › View IdP metadata",
        assign="Assignments",
        remove=(_("Turn the options under Provisioning › To App off"), _("Deactivate, then delete the application")),
    ),
    "entra": Provider(
        name="Entra ID",
        new_app="Enterprise applications › New application › Create your own application",
        acs="Reply URL (Assertion Consumer Service URL)",
        entity_id="Identifier (Entity ID)",
        name_id="Unique User Identifier (Name ID): user.mail · Name identifier format: Email address",
        attributes=(
            ("user.mail", f"{_CLAIMS}emailaddress"),
            ("user.givenname", f"{_CLAIMS}givenname"),
            ("user.surname", f"{_CLAIMS}surname"),
        ),
        signing="Signing Option: Sign SAML assertion · Signing Algorithm: SHA-256",
        leave_empty=("Sign on URL", "Relay State", "Logout Url"),
        sp_certificate="Token encryption · Verification certificates",
        metadata="SAML Certificates › App Federation Metadata Url, or Federation Metadata XML",
        assign="Users and groups › Add user/group",
        remove=(_("Stop provisioning"), _("Properties › Delete")),
        notes=(
            _("By default the NameID is the user principal name, which may differ from the e-mail address."),
            _("More than 150 groups arrive as a link, which we don't follow."),
        ),
    ),
    "google": Provider(
        name="Google Workspace",
        new_app="Apps › Web and mobile apps › Add app › Add custom SAML app",
        acs="ACS URL",
        entity_id="Entity ID",
        name_id="Name ID format: EMAIL · Name ID: Basic Information > Primary email",
        attributes=(("Primary email", "email"), ("First name", "firstName"), ("Last name", "lastName")),
        signing="Signed response: off",
        leave_empty=("Start URL",),
        sp_certificate="–",
        metadata="Download metadata",
        assign="User access › ON for everyone",
        remove=(_("User access › OFF"), _("Delete app")),
        notes=(
            _("With “Signed response” on, Google signs the response instead of the assertion: choose “Response” here."),
            _("Google offers no metadata URL: upload the file again when its certificate changes (every five years)."),
        ),
    ),
    "onelogin": Provider(
        name="OneLogin",
        new_app="Applications › Add App › SAML Custom Connector (Advanced)",
        acs="ACS (Consumer) URL · ACS (Consumer) URL Validator · Recipient",
        entity_id="Audience (EntityID)",
        name_id="NameID value: Email · SAML nameID format: Email",
        attributes=(("Email", "User.email"), ("First Name", "User.FirstName"), ("Last Name", "User.LastName")),
        signing="SAML signature element: Assertion · SHA-256",
        leave_empty=("RelayState", "Login URL"),
        sp_certificate="SAML Encryption",
        metadata="More Actions › SAML Metadata",
        assign="Users › Applications",
        remove=(_("More Actions › Delete"),),
    ),
    "adfs": Provider(
        name="AD FS",
        new_app="Relying Party Trusts › Add Relying Party Trust › Claims aware",
        acs="Relying party SAML 2.0 SSO service URL",
        entity_id="Relying party trust identifier",
        name_id="Claim rule: transform E-Mail Address to Name ID, format Email",
        attributes=(
            ("E-Mail-Addresses", "E-Mail Address"),
            ("Given-Name", "Given Name"),
            ("Surname", "Surname"),
        ),
        signing="Advanced › Secure hash algorithm: SHA-256",
        sp_certificate="Signature · Encryption",
        metadata="https://<server>/FederationMetadata/2007-06/FederationMetadata.xml",
        assign="Access Control Policy",
        remove=(_("Delete the relying party trust"),),
        notes=(_("Without a claim rule for Name ID AD FS sends none, and nobody can sign in."),),
    ),
    "other": Provider(
        name=_("your identity provider"),
        new_app="SAML 2.0",
        acs="ACS URL · Assertion Consumer Service · Reply URL · Recipient",
        entity_id="SP Entity ID · Audience · Identifier",
        name_id="E-mail address",
        attributes=(("e-mail", "email"), ("first name", "firstName"), ("last name", "lastName")),
        signing="RSA-SHA256 · Assertion",
        leave_empty=("RelayState", "Start URL"),
        sp_certificate="SP certificate",
        metadata="IdP metadata",
        assign="Users, groups",
        remove=(_("Delete the application there"),),
    ),
}
# The four cards; the others are presets under the last.
CARDS: Final = ("jumpcloud", "okta", "entra", "other")
PRESETS: Final = ("google", "onelogin", "adfs")


def of(key: str) -> Provider:
    """Return a provider by its key; the plain one for what nobody chose."""
    return PROVIDERS.get(key, PROVIDERS["other"])
