"""Groups of thousands: one request, one act, and nothing that is silently cut short (requirement 24)."""

from uuid import UUID

import pytest

from portal.teams.actor import Role
from portal.teams.models import Group, GroupMember, Member, Team
from portal.teams.tenancy import new_id
from tests.scim.idp import GROUP, Idp

MANY = 5_000


@pytest.fixture
def crowd(acme: Team) -> list[UUID]:
    """Thousands of inactive members."""
    at = acme.created_at
    people = [
        Member(
            id=new_id(), team=acme, user_name=f"p{n}", email=f"p{n}@acme.test", role=Role.MEMBER, active=False,
            origin="scim", scim_written=True, entry_after=at, created_at=at, updated_at=at,
        )
        for n in range(MANY)
    ]  # fmt: skip
    for each in people:
        each.fold_keys()
    Member.every_team.bulk_create(people, batch_size=500)
    return [each.pk for each in people]


def listed(people: list[UUID]) -> list[dict[str, str]]:
    """References with all that a client may send with each."""
    base = "https://a-rather-long-name.of-a-portal.acme.test/scim/v2/01890000-0000-7000-8000-000000000000"
    return [
        {"value": str(pk), "$ref": f"{base}/Users/{pk}", "display": f"Somebody with a Name {n}", "type": "User"}
        for n, pk in enumerate(people)
    ]


def test_thousands_come_in_one_post_and_go_in_one_patch(idp: Idp, crowd: list[UUID]) -> None:
    """Requirement 24."""
    made = idp.send("POST", "/Groups", {"schemas": [GROUP], "displayName": "All", "members": listed(crowd)})
    group = f"/Groups/{made.body['id']}"

    assert (made.status, len(made.body["members"])) == (201, MANY)
    assert idp.patch(group, {"op": "remove", "path": "members", "value": listed(crowd[1:])}).status == 204
    assert [member["value"] for member in idp.get(group).body["members"]] == [str(crowd[0])]
    assert idp.patch(group, {"op": "add", "path": "members", "value": listed(crowd)}).status == 204
    assert GroupMember.every_team.count() == MANY


def test_one_who_is_unknown_among_thousands_undoes_all(idp: Idp, crowd: list[UUID]) -> None:
    """Requirement 24."""
    answer = idp.send("POST", "/Groups", {"displayName": "All", "members": listed([*crowd, new_id()])})

    assert answer.status == 400
    assert not Group.every_team.exists()


def test_a_thousand_operations_are_one_change(idp: Idp, crowd: list[UUID]) -> None:
    """authentik sends one operation for each member."""
    group = idp.group("All")

    answer = idp.patch(group, *({"op": "add", "path": "members", "value": [{"value": str(pk)}]} for pk in crowd[:1000]))

    assert (answer.status, answer.headers["ETag"]) == (204, 'W/"2"')
    assert GroupMember.every_team.count() == 1000


def test_more_than_anybody_sends_is_413(idp: Idp) -> None:
    """Requirement 27."""
    wrong = {"displayName": "All", "members": ["x"] * 20_001}

    assert idp.send("POST", "/Groups", wrong).status == 413
    assert idp.send("POST", "/Groups", b" " * (4 * 1024 * 1024 + 1)).status == 413
