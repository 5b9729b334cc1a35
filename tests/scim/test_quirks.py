"""The leniencies, one by one, each with the identity provider that needs it."""

from typing import Any

import pytest

from scim.mapping import ENTERPRISE_URN, USER
from scim.protocol import document
from tests.scim.people import mia, patched, shown


@pytest.mark.parametrize(("sent", "meant"), [("True", True), ("False", False), ("tRUE", True), ("false", False)])
def test_entra_sends_booleans_as_strings(sent: str, meant: bool) -> None:
    """Requirement 12."""
    assert shown(mia(active=sent))["active"] is meant


def test_entra_sends_ops_with_a_capital() -> None:
    """Requirement 13."""
    assert patched(mia(), {"op": "Replace", "path": "active", "value": "False"})["active"] is False


def test_entra_sends_a_null_reference() -> None:
    seen = shown(mia(**{ENTERPRISE_URN: {"manager": {"value": "42", "$ref": None}}}))

    assert seen[ENTERPRISE_URN] == {"manager": {"value": "42"}}


def test_entra_sends_the_manager_as_a_plain_id() -> None:
    """Requirement 18."""
    assert shown(mia(**{ENTERPRISE_URN: {"manager": "42"}}))[ENTERPRISE_URN]["manager"] == {"value": "42"}


def test_entra_names_a_schema_of_its_own() -> None:
    """Requirement 18."""
    adscim = "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"
    sent = mia(schemas=[USER.urn, adscim], **{adscim: {"x": 1}})

    assert document.read(USER, sent) == document.read(USER, mia())


def test_entra_adds_roles_as_plain_strings() -> None:
    seen = patched(mia(), {"op": "Add", "path": "roles", "value": ["lead", "buyer"]})

    assert seen["roles"] == [{"value": "lead"}, {"value": "buyer"}]


def test_entra_selects_a_role_by_a_boolean_in_quotes() -> None:
    seen = patched(mia(), {"op": "Add", "path": 'roles[primary eq "True"].value', "value": "lead"})

    assert seen["roles"] == [{"primary": True, "value": "lead"}]


def test_onelogin_sends_emails_as_one_object() -> None:
    assert document.read(USER, mia(emails={"value": "one@acme.test"})).columns["email"] == "one@acme.test"


def test_onelogin_sends_empty_strings_for_missing_macros() -> None:
    assert "title" not in shown(mia(title="", phoneNumbers=[{"type": "work", "value": ""}]))


def test_okta_sends_empty_groups_and_a_password() -> None:
    assert document.read(USER, mia(groups=[], password="x")) == document.read(USER, mia())


def test_okta_repeats_the_id_in_the_value() -> None:
    """Requirement 14."""
    seen = patched(mia(), {"op": "replace", "value": {"id": "7", "meta": {}, "groups": [], "displayName": "M"}})

    assert seen["displayName"] == "M"


@pytest.mark.parametrize("value", [{"active": True}, {"active": "true"}])
def test_okta_patches_active_without_a_path(value: dict[str, Any]) -> None:
    assert patched(mia(active=False), {"op": "replace", "value": value})["active"] is True
