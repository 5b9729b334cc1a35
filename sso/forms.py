"""What the SSO panel takes from an admin."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.outbound import address
from sso import connection as connections
from sso import metadata
from sso.addresses import web_address
from sso.errors import BadMetadata
from sso.models import SignatureExpected, SsoConnection

METADATA_LIMIT = 1024 * 1024


def optional(url: str) -> str:
    """Accept a web address, or nothing."""
    return web_address(url.strip()) if url.strip() else ""


class ConnectionForm(forms.Form):
    """The manual fields, under the names JumpCloud's and Krisp's pages give them."""

    sp_entity_id = forms.CharField(
        label=gettext_lazy("Audience URI (SP entity ID)"),
        max_length=1024,
        help_text=gettext_lazy("Must be the same at your identity provider. Ours is fine unless it wants another."),
    )
    idp_sso_url = forms.CharField(
        label=gettext_lazy("Identity provider single sign-on URL"), max_length=2048, widget=forms.URLInput()
    )
    idp_entity_id = forms.CharField(
        label=gettext_lazy("Identity provider issuer"),
        max_length=1024,
        help_text=gettext_lazy("Also called IdP entity ID."),
    )
    certificates = forms.CharField(
        label=gettext_lazy("X.509 certificates"),
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false", "class": "sg-mono"}),
        help_text=gettext_lazy("PEM or bare base64, one or more. Any of them may sign."),
    )
    signature_expected = forms.ChoiceField(
        label=gettext_lazy("Signature expected on"),
        choices=SignatureExpected.choices,
        help_text=gettext_lazy("JumpCloud without “Sign Assertion” signs the response only."),
    )

    @classmethod
    def of(cls, connection: SsoConnection, data: Any = None) -> "ConnectionForm":
        """Return the form filled from the connection."""
        initial = {name: getattr(connection, name) for name in cls.base_fields if name != "certificates"}
        initial["certificates"] = "\n".join(row.pem for row in connections.certificates(connection))
        return cls(data, initial=initial)

    def clean_sp_entity_id(self) -> str:
        """Take what can be written into XML."""
        text = str(self.cleaned_data["sp_entity_id"]).strip()
        if not text.isprintable():
            raise forms.ValidationError(_("This holds a character that cannot be seen. Type it again."))
        return text

    def clean_idp_sso_url(self) -> str:
        """Take a web address."""
        return web_address(str(self.cleaned_data["idp_sso_url"]).strip())

    def clean_certificates(self) -> tuple[str, ...]:
        """Read the certificates; a private key pasted by mistake is refused and not stored."""
        try:
            return metadata.read_certificates(self.cleaned_data["certificates"])
        except BadMetadata as error:
            raise forms.ValidationError(str(error)) from None

    def clean(self) -> dict[str, Any]:
        """Forget what was refused as a certificate: it may be a private key, and must not come back in the page."""
        given = super().clean() or {}
        if "certificates" in self.errors:
            self.data = {**self.data.dict(), "certificates": ""}  # type: ignore[attr-defined]  # a QueryDict
        return given


class OneWay(forms.Textarea):
    """A text that is never drawn again: what was pasted by mistake may be a private key."""

    def format_value(self, value: Any) -> None:
        """Draw nothing."""


class MetadataForm(forms.Form):
    """A metadata file, or its text."""

    file = forms.FileField(label=gettext_lazy("Metadata file"), required=False)
    text = forms.CharField(
        label=gettext_lazy("Or paste the XML"),
        required=False,
        widget=OneWay(attrs={"rows": 4, "spellcheck": "false", "class": "sg-mono"}),
    )

    def clean(self) -> dict[str, Any]:
        """Take one of the two."""
        given = super().clean() or {}
        upload = given.get("file")
        if upload is not None and upload.size > METADATA_LIMIT:
            raise forms.ValidationError(_("Metadata larger than 1 MiB is not taken."))
        given["xml"] = upload.read() if upload is not None else given.get("text", "").strip()
        if not given["xml"]:
            raise forms.ValidationError(_("Choose a file or paste the XML."))
        return given


class SourceForm(MetadataForm):
    """Where the metadata is: at an address, in a file, or here."""

    url = forms.CharField(
        label=gettext_lazy("Metadata URL"),
        required=False,
        max_length=2048,
        widget=forms.URLInput(),
        help_text=gettext_lazy("The best way: we read it each day and keep up with the certificates."),
    )
    field_order = ("url", "file", "text")

    def clean(self) -> dict[str, Any]:
        """Take one of the three."""
        given = self.cleaned_data
        if given.get("file") is None and not (given.get("text") or "").strip():
            given["url"] = (given.get("url") or "").strip()
            if not given["url"] and not self.errors:
                raise forms.ValidationError(_("Give an address, a file or the XML."))
            return given
        return super().clean() | {"url": ""}


class ProposalForm(forms.Form):
    """What was read from metadata and shown, as it comes back to be taken."""

    idp_entity_id = forms.CharField(max_length=1024)
    idp_sso_url = forms.CharField(max_length=2048)
    idp_slo_url = forms.CharField(max_length=2048, required=False)
    certificates = forms.CharField()
    metadata_url = forms.CharField(max_length=2048, required=False)
    sign_requests = forms.BooleanField(required=False)

    clean_idp_sso_url = ConnectionForm.clean_idp_sso_url
    clean_certificates = ConnectionForm.clean_certificates

    def clean_idp_slo_url(self) -> str:
        """Take a web address, or none."""
        return optional(self.cleaned_data["idp_slo_url"])

    def clean_metadata_url(self) -> str:
        """Take an address that the guarded way out can read, or none; it judges again each time it goes there."""
        url = str(self.cleaned_data["metadata_url"]).strip()
        try:
            return url if not url or address.read(url) else ""
        except address.NotAllowed as refusal:
            raise forms.ValidationError(str(refusal)) from None

    def clean(self) -> dict[str, Any]:
        """Leave out what the metadata does not say: of logout and signing, what we have stays."""
        given = super().clean() or {}
        return {name: value for name, value in given.items() if value or name == "metadata_url"}
