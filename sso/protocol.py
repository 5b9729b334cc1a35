"""How a connection speaks SAML, as far as an admin chooses: encryption, signed requests, logout, and the like."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from sso.forms import optional
from sso.models import NameIdFormat, SsoConnection


class ProtocolForm(forms.Form):
    """The switches that most teams never touch."""

    require_encrypted = forms.BooleanField(
        label=gettext_lazy("Assertions must be encrypted"),
        required=False,
        help_text=gettext_lazy("Encrypted ones are read either way. Upload our certificate at your identity provider."),
    )
    sign_requests = forms.BooleanField(
        label=gettext_lazy("Sign our requests"),
        required=False,
        help_text=gettext_lazy("RSA-SHA256, by the current SP certificate."),
    )
    force_authn = forms.BooleanField(
        label=gettext_lazy("Ask people to sign in again each time"),
        required=False,
        help_text=gettext_lazy("ForceAuthn. Some identity providers ignore it."),
    )
    allow_sha1 = forms.BooleanField(
        label=gettext_lazy("Accept SHA-1 signatures"),
        required=False,
        help_text=gettext_lazy("They can be forged. Only for an identity provider that has nothing else."),
    )
    name_id_format = forms.ChoiceField(
        label=gettext_lazy("NameID format we ask for"),
        choices=NameIdFormat.choices,
        help_text=gettext_lazy("An e-mail address in the NameID counts in any format."),
    )
    idp_slo_url = forms.CharField(
        label=gettext_lazy("Identity provider single logout URL"),
        max_length=2048,
        required=False,
        widget=forms.URLInput(),
        help_text=gettext_lazy("For HTTP-Redirect. Signing out here then signs out there too."),
    )

    @classmethod
    def of(cls, connection: SsoConnection, data: Any = None) -> "ProtocolForm":
        """Return the form filled from the connection."""
        return cls(data, initial={name: getattr(connection, name) for name in cls.base_fields})

    def clean_idp_slo_url(self) -> str:
        """Take a web address, or none."""
        return optional(self.cleaned_data["idp_slo_url"])
