"""What each identity provider's assertion looks like, as data, and what is read from it by a real sign-in."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from portal.teams.models import Team
from sso import connection
from sso.models import SignInAttempt
from tests import make

SHAPES = {file.stem: json.loads(file.read_text()) for file in sorted((Path(__file__).parent / "shapes").glob("*.json"))}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())
def test_a_provider_s_assertion_signs_its_person_in(acme: Team, shape: dict[str, Any]) -> None:
    idp = make.connect_idp(acme)
    connection.configure(acme, make.as_owner(acme), signature_expected=shape["signature_expected"])

    answer = make.sso_sign_in(Client(), acme, idp, "unused", sign=shape["sign"], **shape["said"])

    row = SignInAttempt.every_team.get()
    assert (answer.status_code, row.result, row.member) == (302, "ok", make.who(acme, "mia")), row.detail
    notes = {each["check"]: each["note"] for each in row.checks}
    assert notes["email"] == "{}, from {}".format(*shape["email"])
    assert notes["names"] == "{} ({}) · {} ({})".format(*shape["first_name"], *shape["last_name"])


@pytest.mark.parametrize("shape", [each for each in SHAPES.values() if each["sign"] == "response"])
def test_a_response_signature_alone_is_refused_where_the_assertion_s_is_expected(
    acme: Team, shape: dict[str, Any]
) -> None:
    idp = make.connect_idp(acme)

    make.sso_sign_in(Client(), acme, idp, "unused", sign="response", **shape["said"])

    assert SignInAttempt.every_team.get().result == "signature_missing"


def test_a_link_to_groups_is_kept_as_it_came_and_followed_by_nobody(acme: Team) -> None:
    idp = make.connect_idp(acme)

    make.sso_sign_in(Client(), acme, idp, "unused", **SHAPES["entra"]["said"])

    link = "http://schemas.microsoft.com/claims/groups.link"
    assert SignInAttempt.every_team.get().evidence["attributes"][link][0].startswith("https://graph.microsoft.com")
