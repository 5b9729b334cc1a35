"""The identity providers the wizard knows, in the words of their own pages: what goes where, what to press."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Words = str | Promise


@dataclass(frozen=True)
class Provider:
    """One identity provider; names of fields and buttons stay in the language of its pages."""

    slug: str
    name: Words
    # Where one begins, and what the fields are called there.
    begin: str
    endpoint: str
    token: str
    unique: str = ""
    unique_value: str = "userName"
    tick: str = ""
    test: str = ""
    # What its test does, as far as it matters here.
    test_note: Words = ""
    assign: str = ""
    finish: str = ""
    finish_note: Words = ""
    remove: str = ""


JUMPCLOUD = Provider(
    slug="jumpcloud",
    name="JumpCloud",
    begin="SSO Applications › Identity Management › Configure",
    endpoint="Base URL",
    token="Token Key",  # noqa: S106  # the name of their field
    tick="Enable management of User Groups and Group Membership",
    test="Test Connection",
    test_note=_("It makes a test user and a test group, and deletes both again: one free seat is needed for a moment."),
    assign="User Groups",
    finish="Activate; Save",
    remove="Deactivate IdM connection",
)
OKTA = Provider(
    slug="okta",
    name="Okta",
    begin="General › Edit › Provisioning = SCIM; Provisioning › Integration",
    endpoint="SCIM connector base URL",
    token="Authorization (Authentication Mode = HTTP Header)",  # noqa: S106
    unique="Unique identifier field for users",
    unique_value="email",
    tick="Import New Users and Profile Updates, Push New Users, Push Profile Updates; To App: Create Users, "
    "Update User Attributes, Deactivate Users",
    test="Test Connector Configuration",
    test_note=_("It looks up one person, and adds nobody."),
    assign="Assignments",
    finish="Save",
    remove="Provisioning › To App: Create, Update, Deactivate",
)
ENTRA = Provider(
    slug="entra",
    name="Entra ID",
    begin="Enterprise applications › Provisioning › Get started › Automatic",
    endpoint="Tenant URL",
    token="Secret Token",  # noqa: S106
    unique="Matching attribute",
    test="Test Connection",
    test_note=_("It looks up a person who does not exist, and adds nobody."),
    assign="Users and groups › Add",
    finish="Save; Start provisioning",
    finish_note=_("It sends every 40 minutes. Use “Provision on demand” to see it now."),
    remove="Stop provisioning",
)
OTHER = Provider(
    slug="other",
    name=_("your identity provider"),
    begin="Provisioning › SCIM 2.0",
    endpoint="Base URL",
    token="Bearer token",  # noqa: S106
    unique="Unique identifier",
    test="Test",
    test_note=_("Any request with the token will do: a look-up, a list, or a test user."),
    assign="Assignments",
    finish="Save",
    remove="Provisioning: off",
)
ALL = (JUMPCLOUD, OKTA, ENTRA, OTHER)
BY_SLUG = {provider.slug: provider for provider in ALL}
