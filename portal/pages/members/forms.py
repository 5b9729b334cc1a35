"""The forms of the members pages."""

from django import forms
from django.utils.translation import gettext_lazy

from portal.teams.actor import ROLES, Role
from portal.teams.models import Member


class AssignForm(forms.Form):
    """Whom to give a seat."""

    # A hand-added member's userName is the address, and a userName has 255 characters.
    email = forms.EmailField(label=gettext_lazy("E-mail"), max_length=255)
    given_name = forms.CharField(label=gettext_lazy("Given name"), max_length=255, required=False)
    family_name = forms.CharField(label=gettext_lazy("Family name"), max_length=255, required=False)


class ManyRoleForm(forms.Form):
    """Which role many get; owners are made one by one."""

    role_to = forms.ChoiceField(
        label=gettext_lazy("New role"),
        choices=[(role.value, word) for role, word in ROLES.items() if role is not Role.OWNER],
    )
    sure = forms.BooleanField(
        label=gettext_lazy("I know these addresses, and that each is the person’s named beside it"),
        help_text=gettext_lazy("Needed for auditor and admin: whoever reads mail there has the role."),
        required=False,
    )
    seal = forms.CharField(widget=forms.HiddenInput, required=False)


class RoleForm(forms.Form):
    """Which role, for whom signs in as shown; the choices shown are those the viewer may give."""

    role = forms.ChoiceField(label=gettext_lazy("Role"), choices=list(ROLES.items()))
    sign_in_email = forms.CharField(widget=forms.HiddenInput, required=False, strip=False)

    def offer(self, by_owner: bool, who: Member) -> "RoleForm":
        """Show the present role and sign-in e-mail, and offer what this viewer may give."""
        self.initial["role"], self.initial["sign_in_email"] = who.rank.value, who.sign_in_email
        self.fields["role"].choices = [  # type: ignore[attr-defined]
            (role.value, word) for role, word in ROLES.items() if by_owner or role is not Role.OWNER
        ]
        return self
