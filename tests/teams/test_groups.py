"""Groups on the ground floor: one event for a change and none for none, and a role in single sign-on alone."""

from uuid import uuid4

import pytest
from django.test import Client

from portal.teams import founding, groups, invariants, owners, policy, roster
from portal.teams.actor import Door, Role
from portal.teams.errors import AssignmentLocked, Forbidden, Invalid, Missing, NotAllowed, OwnersOnly, Taken
from portal.teams.groups import Change
from portal.teams.models import Entry, Group, GroupMember, Member, Team
from portal.teams.models.group import rank_in_sso
from tests import make
from tests.teams import journal
from tests.teams.browsers import Browser


def push(team: Team, group: Group, change: Change | None = None, **details: str) -> groups.Push:
    """Push a change as the team's directory would."""
    return groups.update(team, make.scim(team), group.pk, details, change)  # type: ignore[arg-type]


OURS = {"group_of_own_team", "empty_since"}


def found(team: Team) -> set[str]:
    """Name what the invariants of groups find."""
    return {finding.invariant for finding in invariants.check(team)} & OURS


def adding(*people: Member) -> Change:
    """Add these people."""
    return Change(add=[each.pk for each in people])


# ── Events ───────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_every_change_is_one_event_and_none_is_none(acme: Team) -> None:
    mia, adam = make.who(acme, "mia"), make.who(acme, "adam")
    group = make.group(acme, "Staff", mia)

    push(acme, group, adding(mia))
    push(acme, group, adding(mia, adam), display_name="Staff")
    push(acme, group, Change(remove=[uuid4()]))
    push(acme, group, adding(adam), display_name="Crew")
    push(acme, group, Change(whole=True))
    push(acme, group, Change(whole=True))

    assert [kind for kind in journal.kinds(acme) if kind.startswith("group.")] == [
        "group.created", "group.members_changed", "group.updated", "group.emptied"
    ]  # fmt: skip
    assert journal.last(acme).data["removed_count"] == 2


def test_an_event_names_the_first_who_moved_and_counts_all(acme: Team) -> None:
    people = [make.member(acme, f"p{n}@acme.test", active=False) for n in range(25)]

    make.group(acme, "Staff", *people)

    told = journal.last(acme).data
    assert (len(told["added"]), told["added_count"]) == (groups.TOLD, 25)


# ── Who writes ───────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("door", [Door.DASHBOARD, Door.CSV, Door.API, Door.COMMAND])
def test_nobody_fills_a_group_by_hand_while_scim_is_on(acme: Team, door: Door) -> None:
    group = make.group(acme, "Staff")

    with pytest.raises(AssignmentLocked):
        groups.update(acme, make.through(door), group.pk, {}, adding(make.who(acme, "mia")))
    with pytest.raises(AssignmentLocked):
        groups.create(acme, make.through(door), {"display_name": "Other"})


def test_where_groups_are_off_the_directory_writes_none(acme: Team) -> None:
    group = make.group(acme, "Staff")
    policy.serve_groups(acme, make.as_owner(acme), False)

    with pytest.raises(Missing):
        push(acme, group, adding(make.who(acme, "mia")))
    with pytest.raises(Missing):
        groups.remove(acme, make.scim(acme), group.pk)


def test_a_stranger_is_never_a_member(acme: Team, globex: Team) -> None:
    group, greg = make.group(acme, "Staff"), make.who(globex, "greg")

    with pytest.raises(Invalid):
        push(acme, group, adding(make.who(acme, "mia"), greg))

    assert not GroupMember.every_team.exists()


def test_a_name_is_there_once_in_each_team(acme: Team, globex: Team) -> None:
    make.group(acme, "Straße")

    with pytest.raises(Taken):
        make.group(acme, "STRASSE")
    assert make.group(globex, "Straße")


# ── Removal by hand ──────────────────────────────────────────────────────────────────────────────────────────────────
def test_only_an_owner_removes_and_only_what_is_empty_or_kept_by_nobody(acme: Team) -> None:
    full, empty = make.group(acme, "Full", make.who(acme, "mia")), make.group(acme, "Empty")
    owner, admin = make.as_owner(acme), make.by(make.who(acme, "adam"))

    with pytest.raises(OwnersOnly):
        groups.remove(acme, admin, empty.pk)
    with pytest.raises(AssignmentLocked):
        groups.remove(acme, owner, full.pk)
    groups.remove(acme, owner, empty.pk)
    policy.turn_scim_off(acme, owner)
    groups.remove(acme, owner, full.pk)

    assert not Group.every_team.exists()


# ── Roles ────────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_group_gives_its_role_in_single_sign_on_and_in_no_other_session(acme: Team) -> None:
    make.group(acme, "Staff", make.who(acme, "mia"), gives=Role.ADMIN)
    by_sso = make.enter_by_sso(Client(), make.who(acme, "mia"))
    by_code = make.sign_in(Client(), "mia@acme.test")

    assert by_sso.get("/members/").status_code == 200
    assert by_code.get("/members/").status_code == 403


def test_a_group_gives_nothing_where_the_subject_is_not_confirmed(acme: Team) -> None:
    make.group(acme, "Staff", make.who(acme, "mia"), gives=Role.ADMIN)

    browser = make.enter_by_sso(Client(), make.who(acme, "mia"), full_role=False)

    assert browser.get("/members/").status_code == 403


def test_a_group_never_lowers_a_role(acme: Team) -> None:
    make.group(acme, "Staff", make.who(acme, "olga"), make.who(acme, "adam"), gives=Role.AUDITOR)

    assert [rank_in_sso(make.who(acme, name)) for name in ("olga", "adam", "mia")] == ["owner", "admin", "member"]


def test_the_highest_of_several_groups_counts(acme: Team) -> None:
    mia = make.who(acme, "mia")
    make.group(acme, "A", mia, gives=Role.ADMIN)
    make.group(acme, "B", mia, gives=Role.AUDITOR)
    make.group(acme, "C", mia)

    assert rank_in_sso(make.who(acme, "mia")) is Role.ADMIN


def test_no_group_makes_an_owner(acme: Team) -> None:
    group = make.group(acme, "Staff")

    with pytest.raises(Forbidden):
        groups.set_role(acme, make.as_owner(acme), group.pk, Role.OWNER)


def test_an_auditor_maps_no_group(acme: Team) -> None:
    group = make.group(acme, "Staff")
    auditor = make.role(acme, make.who(acme, "mia"), "auditor")

    with pytest.raises(NotAllowed):
        groups.set_role(acme, make.by(auditor), group.pk, Role.ADMIN)


def test_a_role_lost_at_the_directory_is_lost_at_once(acme: Team) -> None:
    mia = make.who(acme, "mia")
    group = make.group(acme, "Staff", mia, gives=Role.ADMIN)
    browser = make.enter_by_sso(Client(), make.who(acme, "mia"))
    assert browser.get("/members/").status_code == 200

    push(acme, group, Change(remove=[mia.pk]))

    assert browser.get("/members/").status_code == 302
    assert rank_in_sso(make.who(acme, "mia")) is Role.MEMBER


@pytest.mark.parametrize("change", ["mapped", "joined", "turned on", "scim turned on"])
def test_a_new_role_counts_from_a_sign_in_made_after_it(acme: Team, change: str) -> None:
    mia, owner = make.who(acme, "mia"), make.as_owner(acme)
    group = make.group(acme, "Staff", *([mia] if change != "joined" else []))
    if change != "mapped":
        groups.set_role(acme, owner, group.pk, Role.ADMIN)
    if change == "turned on":
        policy.serve_groups(acme, owner, False)
    if change == "scim turned on":
        policy.turn_scim_off(acme, owner)
    browser, proved = make.enter_by_sso(Client(), make.who(acme, "mia")), Browser.by_code("mia@acme.test")
    assert browser.get("/").status_code == 200

    if change == "mapped":
        groups.set_role(acme, owner, group.pk, Role.ADMIN)
    elif change == "joined":
        push(acme, group, adding(mia))
    elif change == "turned on":
        policy.serve_groups(acme, owner, True)
    else:
        policy.turn_scim_on(acme, owner)

    assert browser.get("/members/").status_code == 302
    assert [entry.ended_why for entry in Entry.every_team.all()] == ["role_changed"]
    assert proved.reach().choices == []


def test_a_push_that_gives_nothing_new_signs_nobody_out(acme: Team) -> None:
    group = make.group(acme, "Staff", make.who(acme, "mia"), gives=Role.ADMIN)
    mia, adam = (make.enter_by_sso(Client(), make.who(acme, name)) for name in ("mia", "adam"))

    push(acme, group, adding(make.who(acme, "mia"), make.who(acme, "adam")))

    assert [browser.get("/").status_code for browser in (mia, adam)] == [200, 200]


@pytest.mark.parametrize("off", ["groups", "scim"])
def test_groups_that_nobody_keeps_give_no_role(acme: Team, off: str) -> None:
    make.group(acme, "Staff", make.who(acme, "mia"), gives=Role.ADMIN)
    browser = make.enter_by_sso(Client(), make.who(acme, "mia"))

    if off == "groups":
        policy.serve_groups(acme, make.as_owner(acme), False)
    else:
        policy.turn_scim_off(acme, make.as_owner(acme))

    assert browser.get("/members/").status_code in (302, 403)
    assert rank_in_sso(make.who(acme, "mia")) is Role.MEMBER


def test_an_address_that_the_directory_writes_is_followed_whatever_a_group_gives(acme: Team) -> None:
    mia = make.who(acme, "mia")
    make.group(acme, "Staff", mia, gives=Role.ADMIN)

    roster.update(acme, make.scim(acme), mia.pk, {"email": "mia@new.test"})

    assert make.who(acme, "mia").sign_in_email == "mia@new.test"


# ── Leaving ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_somebody_deleted_leaves_and_a_group_left_empty_says_since_when(acme: Team) -> None:
    mia = make.who(acme, "mia")
    alone, together = make.group(acme, "Alone", mia), make.group(acme, "Both", mia, make.who(acme, "adam"))

    roster.remove(acme, make.scim(acme), mia.pk)

    alone.refresh_from_db()
    together.refresh_from_db()
    assert (alone.emptied_at is None, together.emptied_at is None) == (False, True)
    assert (alone.version, together.version) == (2, 2)
    assert not found(acme)


def test_a_team_that_is_deleted_leaves_no_group(acme: Team, globex: Team) -> None:
    make.group(acme, "Staff", make.who(acme, "mia"))
    make.group(globex, "Staff", make.who(globex, "greg"))

    founding.close(acme, make.BY_OPERATOR)

    assert [group.team_id for group in Group.every_team.all()] == [globex.pk]
    assert GroupMember.every_team.count() == 1


def test_a_member_of_another_team_in_a_group_is_found_by_the_check(acme: Team, globex: Team) -> None:
    group = make.group(acme, "Staff")
    GroupMember.every_team.create(group=group, member=make.who(globex, "greg"))

    assert found(acme) == OURS


def test_an_owners_own_role_is_not_touched_by_a_group(acme: Team) -> None:
    adam = make.second_owner(acme)
    make.group(acme, "Staff", adam, gives=Role.ADMIN)

    assert owners.is_last_owner(acme, adam) is False
    assert rank_in_sso(make.who(acme, "adam")) is Role.OWNER
