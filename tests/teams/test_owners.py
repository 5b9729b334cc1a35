"""Acts on owners, roles, the last owner, holds, suspensions and sign-in addresses (spec rules 7 and 9)."""

from collections.abc import Callable

import pytest

from portal.teams import founding, owners, roster
from portal.teams.actor import Door, Role
from portal.teams.errors import Conflict, Forbidden, LastOwner, NotAllowed, OwnersOnly, OwnRole
from portal.teams.models import Member, Team
from tests import make
from tests.teams import journal
from tests.teams.browsers import Browser

Work = Callable[[Team, Door, Member], object]

ON_AN_OWNER: dict[str, Work] = {
    "unassign": lambda team, door, olga: roster.unassign(team, make.through(door), olga.pk),
    "edit": lambda team, door, olga: roster.update(team, make.through(door), olga.pk, {"given_name": "Eve"}),
    "remove": lambda team, door, olga: roster.remove(team, make.through(door), olga.pk),
    "sign out": lambda team, door, olga: owners.sign_out(team, make.through(door), olga.pk),
    "unmake": lambda team, door, olga: owners.set_role(team, make.through(door), olga.pk, Role.ADMIN),
}


@pytest.mark.parametrize("door", [Door.DASHBOARD, Door.CSV, Door.API, Door.IMPORT])
@pytest.mark.parametrize("name", ON_AN_OWNER)
def test_acts_on_an_owner_are_an_owners_alone_through_every_door(acme: Team, name: str, door: Door) -> None:
    make.second_owner(acme)
    olga = make.who(acme, "olga")

    with pytest.raises(OwnersOnly):
        ON_AN_OWNER[name](acme, door, olga)

    assert make.who(acme, "olga").version == olga.version


@pytest.mark.parametrize("name", ON_AN_OWNER)
def test_an_owner_may_act_on_another_owner(acme: Team, name: str) -> None:
    make.second_owner(acme)
    olga = make.who(acme, "olga")

    ON_AN_OWNER[name](acme, Door.COMMAND, olga)

    assert journal.last(acme).subject_id == str(olga.pk)


# ── Roles ────────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("name", ["olga", "adam", "mia"])
def test_nobody_changes_their_own_role(acme: Team, name: str) -> None:
    make.second_owner(acme)
    someone = make.who(acme, name)

    with pytest.raises(OwnRole):
        owners.set_role(acme, make.by(someone), someone.pk, Role.AUDITOR)

    assert make.who(acme, name).role == someone.role


def test_an_admin_gives_roles_up_to_admin(acme: Team) -> None:
    by_adam, mia = make.by(make.who(acme, "adam")), make.who(acme, "mia")

    owners.set_role(acme, by_adam, mia.pk, Role.ADMIN)

    with pytest.raises(OwnersOnly):
        owners.set_role(acme, by_adam, mia.pk, Role.OWNER)
    assert make.who(acme, "mia").role == Role.ADMIN


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.ADMIN, Role.OWNER])
def test_a_role_is_given_to_the_sign_in_e_mail_that_was_shown_alone(acme: Team, role: Role) -> None:
    mia = make.who(acme, "mia")
    roster.update(acme, make.as_owner(acme), mia.pk, {"email": "evil@acme.test"})
    before = journal.kinds(acme)

    with pytest.raises(Conflict):
        owners.set_role(acme, make.as_owner(acme), mia.pk, role, "mia@acme.test")

    kept = make.who(acme, "evil")
    assert (kept.pk, kept.role, journal.kinds(acme)) == (mia.pk, Role.MEMBER, before)
    assert owners.set_role(acme, make.as_owner(acme), mia.pk, role, "evil@acme.test").rank is role


def test_a_role_is_taken_away_whatever_address_was_shown(acme: Team) -> None:
    taken = owners.set_role(acme, make.as_owner(acme), make.who(acme, "adam").pk, Role.MEMBER, "other@acme.test")

    assert taken.rank is Role.MEMBER


@pytest.mark.parametrize("name", ["mia", "aude"])
def test_members_and_auditors_give_no_role(acme: Team, name: str) -> None:
    make.member(acme, "aude@acme.test", role=Role.AUDITOR)

    with pytest.raises(NotAllowed):
        owners.set_role(acme, make.by(make.who(acme, name)), make.who(acme, "adam").pk, Role.MEMBER)

    assert make.who(acme, "adam").role == Role.ADMIN


@pytest.mark.parametrize("door", [Door.SCIM, Door.IMPORT, Door.SSO, Door.CSV, Door.API])
def test_no_machine_makes_an_owner(acme: Team, door: Door) -> None:
    make.scim_on(acme)

    with pytest.raises(Forbidden):
        owners.set_role(acme, make.through(door), make.who(acme, "mia").pk, Role.OWNER)

    assert make.who(acme, "mia").role == Role.MEMBER


def test_a_new_role_ends_the_sessions_of_before(acme: Team) -> None:
    browser = Browser.at_code(make.who(acme, "mia"))

    make.role(acme, make.who(acme, "mia"), "admin")

    assert browser.reach().member is None


# ── The last owner (rule 9) ──────────────────────────────────────────────────────────────────────────────────────────
BY_OWNER: dict[str, Callable[[Team, Member], object]] = {
    "unassign": lambda team, olga: roster.unassign(team, make.through(Door.COMMAND), olga.pk),
    "remove": lambda team, olga: roster.remove(team, make.through(Door.COMMAND), olga.pk),
    "suspend": lambda team, olga: owners.suspend(team, make.through(Door.COMMAND), olga.pk),
    "demote": lambda team, olga: owners.set_role(team, make.through(Door.COMMAND), olga.pk, Role.ADMIN),
}


@pytest.mark.parametrize("name", BY_OWNER)
def test_the_last_owner_is_ended_by_no_act(acme: Team, name: str) -> None:
    with pytest.raises(LastOwner, match=r"olga@acme\.test is the last owner of team Acme"):
        BY_OWNER[name](acme, make.who(acme, "olga"))

    assert make.who(acme, "olga").may_enter
    assert make.who(acme, "olga").role == Role.OWNER


@pytest.mark.parametrize("name", BY_OWNER)
def test_one_of_two_owners_may_go(acme: Team, name: str) -> None:
    make.second_owner(acme)

    BY_OWNER[name](acme, make.who(acme, "olga"))

    left = Member.every_team.filter(team=acme, role=Role.OWNER, active=True, suspended_at=None)
    assert [member.email for member in left] == ["adam@acme.test"]


def test_a_suspended_owner_is_not_the_one_who_is_left(acme: Team) -> None:
    make.second_owner(acme)
    make.suspend(acme, make.who(acme, "adam"))

    with pytest.raises(LastOwner):
        roster.unassign(acme, make.through(Door.COMMAND), make.who(acme, "olga").pk)

    assert make.who(acme, "olga").active


# ── Held ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
SCIM_ENDS: dict[str, Callable[[Team, Member], object]] = {
    "active=false": lambda team, olga: roster.update(
        team, make.scim(team), olga.pk, {"given_name": "Eve", "active": False}
    ),
    "DELETE": lambda team, olga: roster.remove(team, make.scim(team), olga.pk),
    "POST": lambda team, olga: roster.provision(
        team, make.scim(team), {"user_name": "o", "email": "olga@acme.test", "active": False}
    ),
}


def held(team: Team, name: str = "active=false") -> None:
    """Let SCIM try to end Olga, the last owner."""
    make.scim_on(team)
    with pytest.raises(LastOwner):
        SCIM_ENDS[name](team, make.who(team, "olga"))


@pytest.mark.parametrize("name", SCIM_ENDS)
def test_scim_that_would_end_the_last_owner_is_refused_whole_and_holds_them(acme: Team, name: str) -> None:
    held(acme, name)

    olga = make.who(acme, "olga")
    assert (olga.active, olga.given_name, olga.scim_written) == (True, "", False)
    assert olga.held_at is not None
    assert journal.last(acme).kind == owners.HELD.name


def test_who_is_held_can_enter_neither_by_code_nor_by_an_old_session(acme: Team) -> None:
    browser = Browser.at_code(make.who(acme, "olga"))

    held(acme)

    assert browser.reach().member is None
    assert Browser.by_code("olga@acme.test").reach().choices == []


def test_a_hold_is_mailed_to_owners_admins_and_operator(acme: Team, settings: object) -> None:
    settings.OPERATOR_EMAIL = "desk@vendor.test"  # type: ignore[attr-defined]

    held(acme)

    assert journal.mailed("owner_held") == ["adam@acme.test", "desk@vendor.test", "olga@acme.test"]


def test_a_second_attempt_holds_and_mails_no_second_time(acme: Team) -> None:
    held(acme)
    with pytest.raises(LastOwner):
        roster.remove(acme, make.scim(acme), make.who(acme, "olga").pk)

    assert journal.count(acme, owners.HELD) == 1
    assert len(journal.mailed("owner_held")) == 2


@pytest.mark.parametrize("name", ["update", "provision"])
def test_scim_active_true_lifts_the_hold(acme: Team, name: str) -> None:
    held(acme)

    if name == "update":
        roster.update(acme, make.scim(acme), make.who(acme, "olga").pk, {"active": True})
    else:
        make.provisioned(acme, "olga@acme.test", active=True)

    assert make.who(acme, "olga").may_enter
    assert journal.count(acme, owners.HOLD_LIFTED) == 1


def test_any_other_change_by_scim_leaves_the_hold(acme: Team) -> None:
    held(acme)

    roster.update(acme, make.scim(acme), make.who(acme, "olga").pk, {"given_name": "Olga"})

    assert make.who(acme, "olga").held_at is not None


def test_the_operators_crown_lifts_the_hold(acme: Team) -> None:
    held(acme)

    founding.crown(acme, make.BY_OPERATOR, "olga@acme.test", "the IdP dropped her")

    assert make.who(acme, "olga").may_enter


def test_no_session_of_before_the_hold_comes_back_with_its_end(acme: Team) -> None:
    browser = Browser.at_code(make.who(acme, "olga"))
    held(acme)

    roster.update(acme, make.scim(acme), make.who(acme, "olga").pk, {"active": True})

    assert browser.reach().choices == []


def test_scim_may_end_one_of_two_owners(acme: Team) -> None:
    make.second_owner(acme)
    make.scim_on(acme)

    roster.update(acme, make.scim(acme), make.who(acme, "olga").pk, {"active": False})

    assert not make.who(acme, "olga").active
    assert make.who(acme, "olga").held_at is None
