"""What a directory import is told: where it is and its key, and whom it brings."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.directories import setting_up
from portal.directories.models import DirectoryImport, Every
from portal.directories.providers import PROVIDERS
from portal.directories.setting_up import Rules
from portal.outbound.directory import Access, Group
from portal.teams.actor import ROLES, Role
from portal.teams.errors import Invalid
from portal.teams.models import Group as OurGroup
from portal.teams.models import Team

NONE, NEW = "", "new"


class KeyForm(forms.Form):
    """Where a directory is, and what opens it; checked by reading its groups."""

    region = forms.ChoiceField(label=gettext_lazy("Where your JumpCloud is"))
    key = forms.CharField(
        label=gettext_lazy("API key"),
        max_length=200,
        help_text=gettext_lazy(
            "In JumpCloud: your initials at the top right › My API Key. It belongs to that admin and has their rights, "
            "so make an admin who may only read. We keep it sealed and never show it again."
        ),
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    organisation = forms.CharField(
        label=gettext_lazy("Organisation id"),
        max_length=80,
        required=False,
        help_text=gettext_lazy("Only in the Multi-Tenant Portal: Settings › Organization Profile › Organization ID."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    provider = "jumpcloud"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        regions = PROVIDERS[self.provider].regions()
        self.fields["region"].choices = list(regions.items())  # type: ignore[attr-defined]  # a ChoiceField
        self.found: list[Group] = []

    def clean(self) -> dict[str, Any]:
        """Ask the directory for its groups; what it says of the key stands at the key."""
        said: dict[str, Any] = super().clean() or {}
        if not self.errors:
            try:
                self.found = setting_up.look(self.provider, self.access)
            except Invalid as refusal:
                self.add_error("key", str(refusal))
        return said

    @property
    def access(self) -> Access:
        """What opens the directory."""
        said = self.cleaned_data
        return Access(said["region"], said["key"], said["organisation"])


class AddForm(KeyForm):
    """A new directory: its name besides."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=80,
        help_text=gettext_lazy("What you call this import, such as JumpCloud HQ."),
    )
    field_order = ("name", "region", "key", "organisation")


class RulesForm(forms.Form):
    """Whom an import brings, where to, and what becomes of leavers."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    groups = forms.MultipleChoiceField(
        label=gettext_lazy("Groups in JumpCloud"),
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Everybody in one of them gets a seat, people of groups inside them too."),
        error_messages={"required": gettext_lazy("Choose at least one group.")},
    )
    target = forms.ChoiceField(
        label=gettext_lazy("Put them in a group of this team"),
        required=False,
        help_text=gettext_lazy("Groups that your identity provider pushes are not listed: it decides who is in them."),
    )
    target_name = forms.CharField(
        label=gettext_lazy("Name of the new group"),
        max_length=255,
        required=False,
        help_text=gettext_lazy("Only where you chose a new group above."),
    )
    unassigns = forms.BooleanField(
        label=gettext_lazy("Unassign who leaves these groups"),
        help_text=gettext_lazy("Only people whom this import gave their seat; never an owner, nobody SCIM manages."),
        required=False,
    )
    mails = forms.BooleanField(
        label=gettext_lazy("Mail everybody who gets a seat"),
        help_text=gettext_lazy("They can sign in either way."),
        required=False,
    )
    every = forms.ChoiceField(label=gettext_lazy("Run"), choices=Every.choices)

    def __init__(self, source: DirectoryImport, team: Team, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        lost = [(group_id, _("{name} (no longer in JumpCloud)").format(name=name)) for group_id, name in source.groups]
        known = dict([*lost, *source.offered])
        self.fields["groups"].choices = list(known.items())  # type: ignore[attr-defined]  # a ChoiceField
        self.giving = {str(group.pk) for group in setting_up.targets(team) if group.rank is not Role.MEMBER}
        ours = [(str(group.pk), _named(group)) for group in setting_up.targets(team)]
        own = [(NEW, _("A new group")), *ours] if team.groups_on else []
        self.fields["target"].choices = [(NONE, _("No group")), *own]  # type: ignore[attr-defined]  # a ChoiceField

    def clean(self) -> dict[str, Any]:
        """Ask for the new group's name where a new one was chosen."""
        said: dict[str, Any] = super().clean() or {}
        if said.get("target") == NEW and not said.get("target_name", "").strip():
            self.add_error("target_name", _("Name the new group."))
        return said

    @property
    def gives_role(self) -> bool:
        """Say whether whoever comes gets a role by the target group: whoever says so must prove to be there."""
        return self.cleaned_data["target"] in self.giving

    @property
    def rules(self) -> Rules:
        """The rules, as an act takes them."""
        said = self.cleaned_data
        is_new = said["target"] == NEW
        return Rules(
            said["name"], said["groups"], "" if is_new else said["target"],
            said["target_name"].strip() if is_new else "", said["unassigns"], said["mails"], said["every"],
        )  # fmt: skip


def _named(group: OurGroup) -> str:
    """A group of ours, and the role that whoever is in it gets."""
    if group.rank is Role.MEMBER:
        return group.display_name
    return _("{name} (gives the role {role})").format(name=group.display_name, role=ROLES[group.rank])


def rules_of(source: DirectoryImport, team: Team, data: Any = None) -> RulesForm:
    """The form of an import as it is, or as it was sent."""
    initial = {
        "name": source.name, "groups": [group_id for group_id, _name in source.groups],
        "target": str(source.target_id or NONE), "unassigns": source.unassigns, "mails": source.mails,
        "every": source.every,
    }  # fmt: skip
    return RulesForm(source, team, data, initial=initial)
