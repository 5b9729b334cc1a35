"""A person's life over SCIM: made, changed, deactivated, woken, deleted (requirements 8, 12 to 14 and 16 to 20)."""

from typing import Any

import pytest
from django.test import Client

from portal.teams.models import Member, Team
from tests import make
from tests.scim.idp import ENTERPRISE, USER, Idp, at, person, to
from tests.teams import journal


@pytest.fixture
def nina(idp: Idp) -> str:
    """The path to Nina, whom the directory made."""
    return idp.make("nina")


# ── Made ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_created_person_is_answered_whole_with_their_place(idp: Idp) -> None:
    answer = idp.post(person("nina"))

    location = f"http://localhost:8000/scim/v2/Users/{answer.body['id']}"
    assert (answer.headers["Location"], answer.body["meta"]["location"]) == (location, location)
    assert answer.headers["ETag"] == answer.body["meta"]["version"] == 'W/"1"'
    assert idp.get(f"/Users/{answer.body['id']}").body == answer.body


def test_a_person_without_active_is_active(idp: Idp) -> None:
    answer = idp.post({"userName": "nina"})

    assert (answer.status, answer.body["active"]) == (201, True)


# ── Requirement 8: deactivated, woken, deleted ───────────────────────────────────────────────────────────────────────
def test_who_is_deactivated_can_still_be_read_and_found(idp: Idp, nina: str) -> None:
    """Requirement 8."""
    idp.active(nina, False)

    assert idp.get(nina).body["active"] is False
    assert len(idp.find('userName eq "nina"')) == 1


@pytest.mark.parametrize("how", ["deactivated", "deleted", "put"])
def test_sessions_end_before_the_answer(idp: Idp, acme: Team, nina: str, how: str) -> None:
    """Requirement 8."""
    browser = make.enter_by_sso(Client(), at(nina))
    assert browser.get("/settings/profile/").status_code == 200

    {
        "deactivated": lambda: idp.active(nina, False),
        "deleted": lambda: idp.delete(nina),
        "put": lambda: idp.put(nina, person("nina", active="False")),
    }[how]()

    assert browser.get("/settings/profile/").status_code == 302


def test_who_is_woken_has_none_of_their_old_sessions(idp: Idp, nina: str) -> None:
    """Requirement 8."""
    browser = make.enter_by_sso(Client(), at(nina))
    idp.active(nina, False)

    assert idp.active(nina, True).body["active"] is True
    assert browser.get("/settings/profile/").status_code == 302


def test_a_suspension_is_not_lifted_by_scim(idp: Idp, acme: Team, nina: str) -> None:
    make.suspend(acme, at(nina))

    answer = idp.active(nina, True)

    assert (answer.status, answer.body["active"]) == (200, True)
    assert at(nina).suspended_at is not None


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_who_is_deleted_is_not_found(idp: Idp, nina: str, method: str) -> None:
    """Requirement 8."""
    assert idp.delete(nina).status == 204

    assert idp.send(method, nina, person("nina")).status == 404


def test_a_deleted_persons_user_name_is_free_and_their_id_is_not_used_again(idp: Idp, nina: str) -> None:
    """Requirement 8."""
    idp.delete(nina)

    assert idp.make("nina") != nina


# ── Requirement 12: active ───────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("op", ["replace", "add", "Replace", "Add"])
@pytest.mark.parametrize(("sent", "meant"), [(False, False), ("False", False), ("false", False), ("TRUE", True)])
def test_active_is_taken_as_a_truth_or_its_word(idp: Idp, nina: str, op: str, sent: Any, meant: bool) -> None:
    """Requirement 12."""
    assert idp.patch(nina, {"op": op, "path": "active", "value": sent}).body["active"] is meant


@pytest.mark.parametrize("sent", ["maybe", 1, 0, [], {}, "yes"])
def test_active_of_any_other_kind_is_refused(idp: Idp, nina: str, sent: Any) -> None:
    """Requirement 12."""
    assert idp.active(nina, sent).status == 400


def test_what_is_said_again_is_a_quiet_success(idp: Idp, acme: Team, nina: str) -> None:
    """Requirements 12 and 17."""
    before, events = idp.get(nina).body, journal.kinds(acme)

    assert idp.active(nina, "True").body == before
    assert idp.put(nina, person("nina")).body == before
    assert journal.kinds(acme) == events


# ── Requirements 13, 14, 16 and 17: PATCH ────────────────────────────────────────────────────────────────────────────
def test_a_patch_in_any_case_without_schemas_is_taken(idp: Idp, nina: str) -> None:
    """Requirement 13."""
    body = {"operations": [{"OP": "RePlace", "Path": "NAME.GIVENNAME", "Value": "Ninette"}]}

    assert idp.send("PATCH", nina, body).body["name"]["givenName"] == "Ninette"


@pytest.mark.parametrize(
    "value",
    [{"name": {"givenName": "N"}}, {"name.givenName": "N"}, {f"{USER}:name.givenName": "N"}],
    ids=["nested", "dotted", "URN"],
)
def test_a_patch_without_a_path_keeps_what_it_does_not_name(idp: Idp, nina: str, value: dict[str, Any]) -> None:
    """Requirements 14 and 16."""
    name = idp.patch(nina, {"op": "replace", "value": value}).body["name"]

    assert (name["givenName"], name["familyName"]) == ("N", "Test")


def test_a_patch_is_carried_out_whole_or_not_at_all(idp: Idp, nina: str) -> None:
    """Requirement 17."""
    before = idp.get(nina).body

    answer = idp.patch(
        nina, {"op": "replace", "path": "title", "value": "x"}, {"op": "replace", "path": "active", "value": "?"}
    )  # fmt: skip

    assert answer.status == 400
    assert idp.get(nina).body == before


def test_a_change_moves_version_and_last_modified(idp: Idp, nina: str) -> None:
    """Requirement 17."""
    before = idp.get(nina).body["meta"]

    after = idp.patch(nina, {"op": "add", "path": "title", "value": "Lead"}).body["meta"]

    assert (before["version"], after["version"]) == ('W/"1"', 'W/"2"')
    assert after["lastModified"] >= before["lastModified"]
    assert after["created"] == before["created"]


def test_a_patch_of_several_operations_is_one_event(idp: Idp, acme: Team, nina: str) -> None:
    """Requirement 17."""
    before = len(journal.kinds(acme))

    idp.patch(
        nina, {"op": "add", "path": "title", "value": "x"}, {"op": "replace", "path": "active", "value": False}
    )  # fmt: skip

    assert journal.kinds(acme)[before:] == ["member.unassigned"]


# ── Requirements 18 to 20: PUT, the extension, the password ──────────────────────────────────────────────────────────
def test_the_enterprise_extension_is_stored_and_returned(idp: Idp) -> None:
    """Requirement 18."""
    path = idp.make("nina", **{ENTERPRISE: {"department": "Sales", "manager": "26118915", "unknown": 1}})

    assert idp.get(path).body[ENTERPRISE] == {"department": "Sales", "manager": {"value": "26118915"}}


def test_what_nobody_knows_is_passed_over(idp: Idp) -> None:
    """Requirement 18."""
    answer = idp.post(person("nina", shoeSize=43, nickName=None, title="", schemas=["urn:x"], **{"urn:x": {"a": 1}}))

    assert answer.status == 201
    assert not {"shoeSize", "nickName", "title", "urn:x"} & answer.body.keys()


def test_a_put_without_active_keeps_the_person_as_they_are(idp: Idp, nina: str) -> None:
    """Requirement 19."""
    idp.active(nina, False)

    answer = idp.put(nina, {"userName": "nina", "title": "Lead"})

    assert (answer.body["active"], answer.body["title"]) == (False, "Lead")


def test_a_put_takes_no_other_id_from_its_body(idp: Idp, nina: str) -> None:
    """Requirement 19."""
    omar = idp.make("omar")

    answer = idp.put(nina, person("nina", id=omar.rpartition("/")[2], meta={"version": "x"}, title="Lead"))

    assert answer.body["id"] == nina.rpartition("/")[2]
    assert "title" not in idp.get(omar).body


def test_a_put_clears_what_it_leaves_out(idp: Idp) -> None:
    """Requirement 19."""
    path = idp.make("nina", title="Lead", externalId="7")

    answer = idp.put(path, person("nina"))

    assert not {"title", "externalId"} & answer.body.keys()


def test_a_put_to_an_unknown_id_makes_nobody(idp: Idp) -> None:
    """Requirement 19."""
    before = Member.every_team.count()

    assert idp.put("/Users/019f0000-0000-7000-8000-000000000000", person("nina")).status == 404
    assert Member.every_team.count() == before


def test_a_password_is_dropped_wherever_it_stands(idp: Idp, acme: Team) -> None:
    """Requirement 20."""
    path = idp.make("nina", password="hunter2-post")

    idp.put(path, person("nina", password="hunter2-put"))
    idp.patch(path, {"op": "replace", "path": "password", "value": "hunter2-path"})
    idp.patch(path, {"op": "replace", "value": {"password": "hunter2-value"}})

    rows = str(list(Member.every_team.values())) + idp.get(path).raw.decode()
    assert "hunter2" not in rows
    assert at(path).version == 1


def test_a_person_deactivated_by_the_directory_is_no_longer_reached_by_code(idp: Idp, acme: Team) -> None:
    idp.active(to(make.who(acme, "mia")), False)

    assert make.sign_in(Client(), "mia@acme.test").get("/settings/profile/").status_code == 302
