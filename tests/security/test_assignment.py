"""Nobody gets by a body what its door does not offer: ids, teams, roles, rights and addresses stay as they were."""

from typing import Any

import pytest
from django.forms import model_to_dict

from portal.teams.models import Member, Team, User
from tests import make
from tests.api import product
from tests.scim.idp import ENTERPRISE, Idp, at, connect, person

# By every spelling in which a field of ours, or one that other portals have, might be guessed.
WANTED: dict[str, Any] = {
    "id": "00000000-0000-7000-8000-000000000000", "pk": 1, "team": "globex", "team_id": "x", "teamId": "x",
    "tenant": "x", "role": "owner", "rank": "owner", "is_staff": True, "isStaff": True, "is_superuser": True,
    "is_operator": True, "isOperator": True, "admin": True, "sign_in_email": "evil@evil.test",
    "signInEmail": "evil@evil.test", "sign_in_email_key": "evil@evil.test", "email_key": "evil@evil.test",
    "user_name_key": "evil", "scim_written": False, "may_return": True, "suspended_at": None, "held_at": None,
    "entry_after": "2001-01-01T00:00:00Z", "version": 999, "origin": "operator", "seat": {"number": 1},
    "last_sign_in": "2001-01-01T00:00:00Z", "created_at": "2001-01-01T00:00:00Z", "attributes": {"role": "owner"},
    "meta": {"version": 'W/"999"', "created": "2001-01-01T00:00:00Z", "resourceType": "Owner"},
    "groups": [{"value": "00000000-0000-7000-8000-000000000000"}],
    "urn:seatgate:owner": {"role": "owner"},
}  # fmt: skip
KEPT = ("id", "team", "role", "sign_in_email", "suspended_at", "held_at", "may_return", "origin", "scim_written")


@pytest.fixture
def idp(acme: Team) -> Idp:
    """Acme's directory."""
    return connect(acme)


def state(member: Member) -> dict[str, Any]:
    """What no body may change."""
    told = model_to_dict(member)
    return {name: told.get(name, str(getattr(member, name))) for name in KEPT} | {
        "groups": member.memberships.count(), "made": member.created_at.year, "may since": member.entry_after.year,
    }  # fmt: skip


def test_scim_makes_no_more_of_somebody_than_a_member(idp: Idp, acme: Team) -> None:
    plain = state(at(idp.make("plain")))

    wanted = {name: value for name, value in WANTED.items() if name not in ("id", "attributes")}
    made = at(idp.make("zoe", **wanted, **{ENTERPRISE: {"role": "owner"}}))

    assert {n: v for n, v in state(made).items() if n not in ("id", "sign_in_email")} == {
        n: v for n, v in plain.items() if n not in ("id", "sign_in_email")
    }
    assert (made.sign_in_email, made.version, str(made.pk) != WANTED["id"]) == ("zoe@acme.test", 1, True)
    assert not User.objects.filter(is_operator=True).exists()


@pytest.mark.parametrize("verb", ["put", "patch one by one", "patch whole"])
@pytest.mark.parametrize("who", ["zoe", "adam"])
def test_scim_changes_nothing_that_is_not_offered(idp: Idp, acme: Team, who: str, verb: str) -> None:
    path = idp.make("zoe") if who == "zoe" else f"/Users/{make.who(acme, 'adam').pk}"
    idp.active(path, True)
    before = state(at(path))

    if verb == "put":
        idp.put(path, person(at(path).user_name) | {"emails": [{"value": at(path).email, "primary": True}]} | WANTED)
    elif verb == "patch whole":
        idp.patch(path, {"op": "replace", "value": WANTED})
    else:
        for name, value in WANTED.items():
            idp.patch(path, {"op": "add", "path": name, "value": value})
            idp.patch(path, {"op": "replace", "path": name, "value": value})

    assert state(at(path)) == before


@pytest.mark.parametrize("name", [name for name in WANTED if name not in ("role", "urn:seatgate:owner")])
def test_the_api_refuses_what_it_does_not_offer_by_name(acme: Team, name: str) -> None:
    shop = product.of(acme)
    before = Member.every_team.count()

    answer = shop.send("POST", "/members", {"email": "zoe@acme.test", name: WANTED[name]})

    assert answer.status == 400 and name in str(answer.body["errors"])
    assert Member.every_team.count() == before


@pytest.mark.parametrize("role", ["owner", "Owner", "operator", "superuser", "", None, ["owner"], {"value": "owner"}])
def test_the_api_gives_no_role_beyond_admin(acme: Team, role: Any) -> None:
    shop = product.of(acme)

    answer = shop.send("POST", "/members", {"email": "zoe@acme.test", "role": role})

    assert answer.status in (400, 403)
    assert not acme.members.filter(email="zoe@acme.test").exists()
