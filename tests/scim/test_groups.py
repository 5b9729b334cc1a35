"""Pushed groups over SCIM (requirement 24): membership in every client's shape, and nothing that is ever lost."""

from typing import Any
from uuid import uuid4

import pytest

from portal.teams import policy, seats
from portal.teams.models import Group, GroupMember, Team
from tests import make
from tests.scim.idp import GROUP, Idp, person


@pytest.fixture
def nina(idp: Idp) -> str:
    """The path to Nina."""
    return idp.make("nina")


@pytest.fixture
def omar(idp: Idp) -> str:
    """The path to Omar."""
    return idp.make("omar")


@pytest.fixture
def staff(idp: Idp, nina: str) -> str:
    """The path to a group of Nina alone."""
    return idp.group("Staff", nina)


def ref(path: str) -> dict[str, str]:
    """A reference to somebody, as a member."""
    return {"value": path.rpartition("/")[2]}


# ── Putting in ───────────────────────────────────────────────────────────────────────────────────────────────────────
def shapes_of_adding(path: str) -> list[Any]:
    """Every way in which clients add one member."""
    one = ref(path)
    return [
        {"op": "add", "path": "members", "value": [one]},
        {"op": "Add", "path": "members", "value": [{**one, "$ref": None}]},
        {"op": "add", "path": "members", "value": [{**one, "display": "somebody"}]},
        {"op": "ADD", "path": "MEMBERS", "value": {"VALUE": one["value"]}},
        {"op": "add", "path": "members", "value": one["value"]},
        {"op": "add", "path": "members", "value": [one["value"], None, one]},
        {"op": "add", "path": "members.value", "value": one["value"]},
        {"op": "add", "path": f'members[value eq "{one["value"]}"]', "value": {"type": "User"}},
        {"op": "add", "path": f"{GROUP}:members", "value": [one]},
        {"op": "add", "value": {"members": [one]}},
        {"op": "add", "value": {f"{GROUP}:members": [one]}},
    ]


@pytest.mark.parametrize("shape", range(len(shapes_of_adding(""))))
def test_adding_is_a_union_in_every_shape(idp: Idp, nina: str, omar: str, staff: str, shape: int) -> None:
    """Requirement 24."""
    operation = shapes_of_adding(omar)[shape]

    assert [idp.patch(staff, operation).status for _ in range(2)] == [204, 204]
    assert idp.inside(staff) == {nina, omar}


@pytest.mark.parametrize("value", [[], None, [None], ""])
def test_adding_nobody_changes_nothing(idp: Idp, nina: str, staff: str, value: Any) -> None:
    before = idp.get(staff).headers["ETag"]

    assert idp.patch(staff, {"op": "add", "path": "members", "value": value}).headers["ETag"] == before
    assert idp.inside(staff) == {nina}


def test_a_group_is_pushed_with_its_members_each_once(idp: Idp, nina: str, omar: str) -> None:
    group = idp.group("Staff", nina, omar, nina)

    assert sorted(member["value"] for member in idp.get(group).body["members"]) == sorted(
        [ref(nina)["value"], ref(omar)["value"]]
    )


# ── Taking out ───────────────────────────────────────────────────────────────────────────────────────────────────────
def shapes_of_removing(path: str) -> list[Any]:
    """Every way in which clients remove one member."""
    one = ref(path)
    return [
        {"op": "remove", "path": f'members[value eq "{one["value"]}"]'},
        {"op": "Remove", "path": "members", "value": [one]},
        {"op": "remove", "path": "members", "value": [{**one, "$ref": None}]},
        {"op": "remove", "path": "members", "value": one},
        {"op": "remove", "path": f'Members[Value EQ "{one["value"]}" and type eq "User"]'},
        {"op": "remove", "path": f'{GROUP}:members[value eq "{one["value"]}" or value eq "x"]'},
        {"op": "remove", "path": f'members.value eq "{one["value"]}"'},
    ]


@pytest.mark.parametrize("shape", range(len(shapes_of_removing(""))))
def test_removing_one_keeps_the_others_in_every_shape(idp: Idp, nina: str, omar: str, staff: str, shape: int) -> None:
    """Requirement 24."""
    idp.patch(staff, shapes_of_adding(omar)[0])

    assert idp.patch(staff, shapes_of_removing(nina)[shape]).status == 204
    assert idp.inside(staff) == {omar}


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "remove", "path": "members"},
        {"op": "replace", "path": "members", "value": []},
        {"op": "replace", "value": {"members": []}},
        {"op": "remove", "path": 'members[type eq "User"]'},
        {"op": "remove", "path": "members[value pr]"},
    ],
)
def test_an_emptied_group_stays_and_remembers_since_when(idp: Idp, staff: str, operation: dict[str, Any]) -> None:
    """Requirement 24: detaching at JumpCloud empties the group."""
    assert idp.patch(staff, operation).status == 204

    assert idp.get(staff).body["members"] == []
    assert Group.every_team.get().emptied_at is not None


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "remove", "path": "members", "value": []},
        {"op": "remove", "path": "members", "value": [{"value": str(uuid4())}]},
        {"op": "remove", "path": f'members[value eq "{uuid4()}"]'},
        {"op": "remove", "path": 'members[value eq "x"]'},
        {"op": "replace", "path": "members", "value": None},
        {"op": "replace", "value": {"members": None}},
        {"op": "replace", "value": {"displayName": "Staff", "id": "1", "schemas": [GROUP]}},
        {"op": "add", "path": "displayName", "value": "Staff"},
    ],
)
def test_what_names_nobody_takes_nobody_out(idp: Idp, nina: str, staff: str, operation: dict[str, Any]) -> None:
    assert idp.patch(staff, operation).status == 204

    assert idp.inside(staff) == {nina}


def test_a_group_that_is_filled_again_is_not_empty_any_more(idp: Idp, nina: str) -> None:
    group = idp.group("Staff")

    idp.patch(group, shapes_of_adding(nina)[0])

    assert Group.every_team.get().emptied_at is None


def test_operations_are_read_in_their_order(idp: Idp, nina: str, omar: str, staff: str) -> None:
    out, into = shapes_of_removing(nina)[0], shapes_of_adding(nina)[0]

    idp.patch(staff, out, into)
    assert idp.inside(staff) == {nina}
    idp.patch(staff, {"op": "replace", "path": "members", "value": [ref(nina)]}, shapes_of_adding(omar)[0], out)
    assert idp.inside(staff) == {omar}


# ── The whole list ───────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("more", [{}, {"members": []}, {"members": None}])
def test_a_put_without_members_empties(idp: Idp, staff: str, more: dict[str, Any]) -> None:
    answer = idp.put(staff, {"schemas": [GROUP], "displayName": "Staff", **more})

    assert (answer.status, answer.body["members"]) == (200, [])


def test_a_put_holds_the_whole_list(idp: Idp, omar: str, staff: str) -> None:
    """Requirement 24: Okta's app wizard."""
    idp.put(staff, {"displayName": "Staff 2", "externalId": "7", "members": [ref(omar)]})

    assert idp.inside(staff) == {omar}
    assert (idp.get(staff).body["displayName"], idp.get(staff).body["externalId"]) == ("Staff 2", "7")


def test_a_replaced_list_is_the_list(idp: Idp, omar: str, staff: str) -> None:
    idp.patch(staff, {"op": "replace", "path": "members", "value": [ref(omar)]})

    assert idp.inside(staff) == {omar}


# ── Who can't be in it ───────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("who", ["unknown", "stranger", "group", "x", "", "\\", {"a": 1}, 7])
def test_somebody_who_is_no_member_is_refused_and_never_stored(
    idp: Idp, stranger: Idp, staff: str, omar: str, who: Any
) -> None:
    """Requirements 6 and 24."""
    known = {"unknown": str(uuid4()), "stranger": ref(stranger.make("greta"))["value"], "group": ref(staff)["value"]}
    wrong = known.get(who, who) if isinstance(who, str) else who

    answers = [
        idp.patch(staff, {"op": "add", "path": "members", "value": [ref(omar), {"value": wrong}]}),
        idp.put(staff, {"displayName": "Staff", "members": [{"value": wrong}]}),
        idp.send("POST", "/Groups", {"displayName": "New", "members": [{"value": wrong}]}),
    ]

    assert [answer.status for answer in answers] == [400, 400, 400]
    assert GroupMember.every_team.count() == Group.every_team.count() == 1


def test_an_operation_that_is_refused_undoes_the_whole_patch(idp: Idp, nina: str, staff: str) -> None:
    answer = idp.patch(
        staff, {"op": "replace", "path": "displayName", "value": "New"}, {"op": "add", "path": "members", "value": "x"}
    )

    assert (answer.status, answer.body["scimType"]) == (400, "invalidValue")
    assert (idp.get(staff).body["displayName"], idp.inside(staff)) == ("Staff", {nina})


@pytest.mark.parametrize(
    ("operation", "kind"),
    [
        ({"op": "replace", "path": 'members[value eq "x"].value', "value": "y"}, "mutability"),
        ({"op": "replace", "path": "members.display", "value": "y"}, "mutability"),
        ({"op": "replace", "path": "members.type", "value": "Group"}, "mutability"),
        ({"op": "remove", "path": "displayName"}, "mutability"),
        ({"op": "replace", "path": "displayName", "value": " "}, "invalidValue"),
        ({"op": "remove", "path": 'members[display eq "Nina"]'}, "invalidFilter"),
        ({"op": "remove", "path": 'members[value sw "0"]'}, "invalidFilter"),
        ({"op": "remove", "path": 'members[shoe eq "0"]'}, "invalidFilter"),
        ({"op": "remove", "path": "members[value"}, "invalidPath"),
        ({"op": "add", "path": "members", "value": [{"display": "Nina"}]}, "invalidValue"),
        ({"op": "add", "path": "members", "value": [[]]}, "invalidValue"),
        ({"op": "remove", "path": "members", "value": [{}]}, "invalidValue"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(
    idp: Idp, nina: str, staff: str, operation: dict[str, Any], kind: str
) -> None:
    answer = idp.patch(staff, operation)

    assert (answer.status, answer.body.get("scimType")) == (400, kind)
    assert idp.inside(staff) == {nina}


# ── Names ────────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_name_is_there_once_in_a_team_in_whatever_case(idp: Idp, stranger: Idp, staff: str) -> None:
    other = idp.group("Other", externalId="7")

    answers = [
        idp.send("POST", "/Groups", {"displayName": "STAFF"}),
        idp.send("POST", "/Groups", {"displayName": "Third", "externalId": "7"}),
        idp.patch(other, {"op": "replace", "path": "displayName", "value": "staff"}),
        idp.put(other, {"displayName": "sTaFf"}),
    ]

    assert [(answer.status, answer.body["scimType"]) for answer in answers] == [(409, "uniqueness")] * 4
    assert stranger.group("Staff")


def test_a_group_may_be_renamed_to_another_case_of_its_name(idp: Idp, nina: str, staff: str) -> None:
    assert idp.patch(staff, {"op": "replace", "value": {"displayName": "STAFF"}}).status == 204

    assert idp.get(nina).body["groups"][0]["display"] == "STAFF"


@pytest.mark.parametrize("name", ["", " ", None, 7, "x" * 256, "\ud800"])
def test_a_group_needs_a_name(idp: Idp, name: Any) -> None:
    assert idp.send("POST", "/Groups", {"displayName": name}).status == 400


# ── People's documents ───────────────────────────────────────────────────────────────────────────────────────────────
def test_a_persons_document_names_their_groups(idp: Idp, nina: str, staff: str) -> None:
    before = idp.get(nina)
    idp.group("Another", nina)

    after = idp.get(nina)

    assert [group["display"] for group in after.body["groups"]] == ["Another", "Staff"]
    assert after.body["groups"][1] == {
        "value": ref(staff)["value"], "display": "Staff", "type": "direct",
        "$ref": f"http://localhost:8000/scim/v2{staff}",
    }  # fmt: skip
    assert before.headers["ETag"] != after.headers["ETag"]
    assert idp.find('userName eq "nina"')[0]["groups"] == after.body["groups"]


def test_a_persons_groups_are_not_written_through_the_person(idp: Idp, nina: str, staff: str) -> None:
    idp.put(nina, person("nina", groups=[]))

    assert idp.inside(staff) == {nina}
    assert idp.patch(nina, {"op": "replace", "path": "groups", "value": []}).body["scimType"] == "mutability"


def test_somebody_deleted_leaves_their_groups(idp: Idp, nina: str, staff: str) -> None:
    before = idp.get(staff).headers["ETag"]

    idp.delete(nina)

    assert idp.get(staff).body["members"] == []
    assert idp.get(staff).headers["ETag"] != before
    assert Group.every_team.get().emptied_at is not None


def test_somebody_deactivated_stays_in_their_groups(idp: Idp, nina: str, staff: str) -> None:
    idp.active(nina, False)

    assert idp.inside(staff) == {nina}


def test_a_group_takes_no_seat_and_its_end_ends_nobody(idp: Idp, acme: Team, nina: str, staff: str) -> None:
    before = seats.tally(acme)

    assert idp.delete(staff).status == 204

    assert seats.tally(acme) == before
    assert idp.get(nina).body["active"] and "groups" not in idp.get(nina).body
    assert idp.get(staff).status == 404


# ── Versions and shapes of answers ───────────────────────────────────────────────────────────────────────────────────
def test_a_patch_answers_with_the_group_where_attributes_are_asked_for(idp: Idp, nina: str, staff: str) -> None:
    operation = shapes_of_adding(nina)[0]

    assert idp.patch(staff, operation).raw == b""
    assert idp.patch(f"{staff}?attributes=members", operation).body["members"][0]["value"] == ref(nina)["value"]
    assert "members" not in idp.patch(f"{staff}?excludedAttributes=members", operation).body


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_a_write_to_another_version_is_412(idp: Idp, staff: str, method: str) -> None:
    """Requirement 26."""
    body = {"Operations": [{"op": "remove", "path": "members"}], "displayName": "New"}

    assert idp.send(method, staff, body, If_Match='W/"9"').status == 412
    assert idp.send(method, staff, body, If_Match='W/"1"').status in (200, 204)


def test_an_unchanged_group_is_not_sent_again(idp: Idp, staff: str) -> None:
    """Requirement 26."""
    assert idp.get(staff, If_None_Match='W/"1"').status == 304


# ── Looking up ───────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ('displayName eq "STAFF"', ["Staff"]),
        ('displayName sw "s"', ["Staff"]),
        ('externalId eq "7"', ["Other"]),
        ('id eq "{staff}"', ["Staff"]),
        ('id eq "{staff}" and members eq "{nina}"', ["Staff"]),
        ('id eq "{staff}" and members eq "{omar}"', []),
        ('members.value eq "{omar}"', ["Other"]),
        ('members[value eq "{omar}" and type eq "User"]', ["Other"]),
        ('members[type eq "Group"]', []),
        ('not (members eq "{omar}")', ["Staff", "Third"]),
        ('members ne "{omar}"', ["Staff", "Third"]),
        ('members eq "x"', []),
        ("members pr", ["Staff", "Other"]),
        ("not (members pr)", ["Third"]),
        ('displayName eq "staff" or members eq "{omar}" or members pr', ["Staff", "Other"]),
        ('meta.resourceType eq "Group" and meta.created gt "2020-01-01T00:00:00Z"', ["Staff", "Other", "Third"]),
        (f'{GROUP}:displayName eq "third"', ["Third"]),
    ],
)
def test_groups_are_found(idp: Idp, nina: str, staff: str, asked: str, found: list[str]) -> None:
    omar = idp.make("omar")
    idp.group("Other", nina, omar, externalId="7")
    idp.group("Third")
    for name, path in (("staff", staff), ("nina", nina), ("omar", omar)):
        asked = asked.replace(f"{{{name}}}", ref(path)["value"])

    assert [group["displayName"] for group in idp.find(asked, "/Groups")] == found


@pytest.mark.parametrize("asked", ['members.display eq "x"', 'members sw "0"', "members.$ref pr", 'userName eq "x"'])
def test_a_filter_that_cannot_be_answered_is_refused(idp: Idp, staff: str, asked: str) -> None:
    answer = idp.client.get(f"{idp.base}/Groups", {"filter": asked}, headers={"Authorization": f"Bearer {idp.token}"})

    assert (answer.status_code, answer.json()["scimType"]) == (400, "invalidFilter")


def test_people_are_found_by_their_group(idp: Idp, nina: str, omar: str, staff: str) -> None:
    value = ref(staff)["value"]

    assert [each["userName"] for each in idp.find(f'groups.value eq "{value}"')] == ["nina"]
    assert [each["userName"] for each in idp.find(f'groups[value eq "{value}"] or userName eq "omar"')] == [
        "nina",
        "omar",
    ]


def test_groups_are_sorted_and_paged(idp: Idp) -> None:
    for name in ("b", "C", "a"):
        idp.group(name)

    answer = idp.get("/Groups?sortBy=displayName&sortOrder=descending&startIndex=2&count=1").body

    assert (answer["totalResults"], [group["displayName"] for group in answer["Resources"]]) == (3, ["b"])


# ── Off ──────────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "FOO"])
def test_where_groups_are_off_nothing_is_there(idp: Idp, acme: Team, nina: str, staff: str, method: str) -> None:
    """Requirement 25."""
    policy.serve_groups(acme, make.as_owner(acme), False)

    answers = [idp.send(method, path, {"displayName": "x"}) for path in ("/Groups", staff)]

    assert [answer.status for answer in answers] == [404, 404]
    assert "groups" not in idp.get(nina).body
    assert Group.every_team.count() == 1
