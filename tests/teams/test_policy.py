"""The switches and the lock table (spec rules 1, 3, 5 and 15; house, section 3)."""

from collections.abc import Callable

import pytest

from portal.teams import policy, roster
from portal.teams.actor import Actor, Door, Role
from portal.teams.errors import AssignmentLocked, NotAllowed, NotEntitled, NotReady, OwnersOnly
from portal.teams.models import Member, Plan, Team
from portal.teams.policy import Task
from tests import make
from tests.teams import journal

STATES: dict[str, Callable[[Team], Team]] = {
    "plain": lambda team: team,
    "sso on": make.sso_on,
    "sso enforced": make.enforced,
    "scim on": make.scim_on,
    "scim on and sso enforced": lambda team: make.scim_on(make.enforced(team)),
}
BY_HAND = (Door.DASHBOARD, Door.CSV, Door.API, Door.COMMAND, Door.OPERATOR)
# The table of house.md, section 3: state, doors, task, open.
TABLE = [
    ("plain", BY_HAND, Task.ASSIGN, True),
    ("plain", BY_HAND, Task.UNASSIGN, True),
    ("plain", (Door.SSO,), Task.ASSIGN, True),
    ("plain", (Door.SCIM,), Task.ASSIGN, False),
    ("plain", (Door.SCIM,), Task.UNASSIGN, False),
    ("plain", (Door.IMPORT,), Task.ASSIGN, True),
    ("plain", (Door.IMPORT,), Task.UNASSIGN, True),
    ("sso on", BY_HAND, Task.ASSIGN, True),
    ("sso on", BY_HAND, Task.UNASSIGN, True),
    ("sso on", (Door.SSO,), Task.ASSIGN, True),
    ("sso on", (Door.SCIM,), Task.ASSIGN, False),
    ("sso enforced", BY_HAND, Task.ASSIGN, False),
    ("sso enforced", BY_HAND, Task.UNASSIGN, True),
    ("sso enforced", (Door.SSO,), Task.ASSIGN, True),
    ("sso enforced", (Door.SCIM,), Task.ASSIGN, False),
    ("sso enforced", (Door.SCIM,), Task.UNASSIGN, False),
    ("sso enforced", (Door.IMPORT,), Task.ASSIGN, True),
    ("sso enforced", (Door.IMPORT,), Task.UNASSIGN, True),
    ("scim on", BY_HAND, Task.ASSIGN, False),
    ("scim on", BY_HAND, Task.UNASSIGN, False),
    ("scim on", (Door.SSO,), Task.ASSIGN, False),
    ("scim on", (Door.SCIM,), Task.ASSIGN, True),
    ("scim on", (Door.SCIM,), Task.UNASSIGN, True),
    ("scim on", (Door.IMPORT,), Task.ASSIGN, True),
    ("scim on", (Door.IMPORT,), Task.UNASSIGN, True),
    ("scim on and sso enforced", BY_HAND, Task.ASSIGN, False),
    ("scim on and sso enforced", BY_HAND, Task.UNASSIGN, False),
    ("scim on and sso enforced", (Door.SSO,), Task.ASSIGN, False),
    ("scim on and sso enforced", (Door.SCIM,), Task.ASSIGN, True),
    ("scim on and sso enforced", (Door.SCIM,), Task.UNASSIGN, True),
]
CASES = [(state, door, task, is_open) for state, doors, task, is_open in TABLE for door in doors]


def acts_through(door: Door, task: Task) -> list[Callable[[Team, Actor, Member, Member], object]]:
    """List every act by which this door could do the task: to Mia, who is seated, or to Ian, who is not."""
    if task is Task.UNASSIGN:
        off = [lambda team, by, mia, _ian: roster.update(team, by, mia.pk, {"active": False})]
        by_hand = [lambda team, by, mia, _ian: roster.unassign(team, by, mia.pk)]
        gone = [lambda team, by, mia, _ian: roster.remove(team, by, mia.pk)]
        return [*off, *gone] if door is Door.SCIM else [*off, *by_hand, *gone]
    new = [lambda team, by, _mia, _ian: roster.add(team, by, {"user_name": "new", "email": "new@acme.test"})]
    wake = [lambda team, by, _mia, ian: roster.update(team, by, ian.pk, {"active": True})]
    provision = [lambda team, by, _mia, _ian: roster.provision(team, by, {"user_name": "n", "email": "n@acme.test"})]
    assign = [
        lambda team, by, _mia, _ian: roster.assign(team, by, {"email": "new@acme.test"}),
        lambda team, by, _mia, ian: roster.assign_again(team, by, ian.pk),
    ]
    return new if door is Door.SSO else [*new, *wake, *provision] if door is Door.SCIM else [*new, *wake, *assign]


@pytest.mark.parametrize(("state", "door", "task", "is_open"), CASES)
def test_the_lock_table_holds_for_every_act_and_for_the_picture(
    acme: Team, state: str, door: Door, task: Task, is_open: bool
) -> None:
    ian = make.member(acme, "ian@acme.test")
    roster.unassign(acme, make.as_owner(acme), ian.pk)
    team = STATES[state](acme)

    for act in acts_through(door, task):
        assert (policy.lock(team, door, task) is None) is is_open
        assert was_let_in(act, team, door) is is_open


def was_let_in(act: Callable[[Team, Actor, Member, Member], object], team: Team, door: Door) -> bool:
    """Say whether the act was done; each is undone again."""
    with make.undone():
        try:
            act(team, make.through(door), make.who(team, "mia"), make.who(team, "ian"))
        except AssignmentLocked:
            return False
        return True


@pytest.mark.parametrize("state", ["plain", "sso on", "sso enforced"])
def test_jit_off_closes_the_first_sign_in(acme: Team, state: str) -> None:
    policy.set_jit(acme, make.as_owner(acme), on=False)
    team = STATES[state](acme)

    with pytest.raises(AssignmentLocked, match="does not add people at their first sign-in"):
        roster.arrive(team, make.sso(team), {"user_name": "new", "email": "new@acme.test"})


@pytest.mark.parametrize(("state", "cause"), [("scim on", "SCIM is on"), ("sso enforced", "SSO is enforced")])
def test_the_lock_names_its_cause(acme: Team, state: str, cause: str) -> None:
    team = STATES[state](acme)

    shut = policy.lock(team, Door.DASHBOARD, Task.ASSIGN)

    assert shut is not None
    assert cause in str(shut)


def test_a_stale_page_cannot_slip_through(acme: Team) -> None:
    stale = Team.every_team.get(pk=acme.pk)
    make.scim_on(acme)

    with pytest.raises(AssignmentLocked):
        roster.assign(stale, make.as_owner(acme), {"email": "late@acme.test"})


@pytest.mark.parametrize("state", STATES)
def test_roles_suspension_and_signing_out_stay_open_under_every_lock(acme: Team, state: str) -> None:
    team = STATES[state](acme)
    mia = make.who(team, "mia")

    make.role(team, mia, "auditor")
    make.suspend(team, mia)
    make.sign_out(team, mia)

    assert make.who(team, "mia").role == "auditor"
    assert make.who(team, "mia").suspended_at is not None


# ── Switches ─────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_scim_waits_for_single_sign_on(acme: Team) -> None:
    with pytest.raises(NotReady, match="Connect single sign-on first"):
        policy.turn_scim_on(acme, make.as_owner(acme))

    assert not make.fresh(acme).scim_on


def test_single_sign_on_stays_on_while_scim_is_on(acme: Team) -> None:
    make.scim_on(acme)

    with pytest.raises(NotReady, match="Turn SCIM off first"):
        policy.turn_sso_off(acme, make.as_owner(acme))

    assert make.fresh(acme).sso_on


def test_single_sign_on_stays_on_while_it_is_enforced(acme: Team) -> None:
    make.enforced(acme)

    with pytest.raises(NotReady, match="Lift Enforce SSO first"):
        policy.turn_sso_off(acme, make.as_owner(acme))

    assert make.fresh(acme).sso_on


def test_only_a_team_with_sso_on_can_enforce_it(acme: Team) -> None:
    with pytest.raises(NotReady):
        policy.enforce(acme, make.as_owner(acme))

    assert not make.fresh(acme).sso_enforced


def test_turning_scim_off_removes_nobody_and_opens_the_dashboard(acme: Team) -> None:
    make.scim_on(acme)
    made = make.provisioned(acme, "ada@acme.test")

    policy.turn_scim_off(acme, make.as_owner(acme))

    assert make.who(acme, "ada").active
    roster.unassign(acme, make.as_owner(acme), made.pk)
    assert not make.who(acme, "ada").active


@pytest.mark.parametrize(
    "switch", [policy.turn_sso_on, policy.turn_sso_off, policy.enforce, policy.relax], ids=lambda act: act.__name__
)
def test_only_an_owner_turns_single_sign_on_and_enforcement(acme: Team, switch: Callable[..., None]) -> None:
    with pytest.raises(OwnersOnly):
        switch(acme, make.by(make.who(acme, "adam")))


@pytest.mark.parametrize("switch", [policy.turn_scim_on, policy.turn_scim_off], ids=lambda act: act.__name__)
def test_an_admin_turns_scim_and_a_member_does_not(acme: Team, switch: Callable[..., None]) -> None:
    make.sso_on(acme)

    switch(acme, make.by(make.who(acme, "adam")))

    with pytest.raises(NotAllowed):
        switch(acme, make.by(make.who(acme, "mia")))


@pytest.mark.parametrize(
    ("given", "switch"),
    [
        (make.sso_on, policy.turn_sso_on),
        (lambda team: team, policy.turn_sso_off),
        (make.enforced, policy.enforce),
        (make.sso_on, policy.relax),
        (make.scim_on, policy.turn_scim_on),
        (make.sso_on, policy.turn_scim_off),
    ],
)
def test_a_switch_that_stands_there_already_changes_nothing(
    acme: Team, given: Callable[[Team], Team], switch: Callable[..., None]
) -> None:
    given(acme)
    before, told = make.fresh(acme), journal.kinds(acme)

    switch(acme, make.as_owner(acme))

    assert journal.kinds(acme) == told
    assert make.fresh(acme).enforced_at == before.enforced_at
    assert journal.mailed("sso_relaxed") == []


def test_a_switch_is_its_own_teams_alone(acme: Team, globex: Team) -> None:
    before = make.fresh(globex).__dict__ | {"_state": None}

    make.enforced(make.scim_on(acme))
    policy.set_jit(acme, make.as_owner(acme), False)
    policy.serve_groups(acme, make.as_owner(acme), False)
    policy.set_session_hours(acme, make.as_owner(acme), 2)

    assert make.fresh(globex).__dict__ | {"_state": None} == before


# ── Plan ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("change", [{"sso": False}, {"plan": Plan.BUSINESS}])
def test_sso_needs_plan_and_entitlement(acme: Team, change: dict[str, object]) -> None:
    policy.entitle(acme, make.BY_OPERATOR, **change)

    with pytest.raises(NotEntitled, match="Ask your account executive"):
        policy.turn_sso_on(acme, make.as_owner(acme))


@pytest.mark.parametrize("change", [{"scim": False}, {"plan": Plan.BUSINESS}])
def test_what_scim_needs_is_not_taken_away_in_use(acme: Team, change: dict[str, object]) -> None:
    make.scim_on(acme)

    with pytest.raises(NotReady, match="SCIM is in use"):
        policy.entitle(acme, make.BY_OPERATOR, **change)

    assert make.fresh(acme).may_use("scim")


@pytest.mark.parametrize("change", [{"sso": False}, {"plan": Plan.BUSINESS}])
def test_what_sso_needs_is_not_taken_away_in_use(acme: Team, change: dict[str, object]) -> None:
    make.sso_on(acme)

    with pytest.raises(NotReady, match="Single sign-on is in use"):
        policy.entitle(acme, make.BY_OPERATOR, **change)

    assert make.fresh(acme).may_use("sso")


def test_entitling_is_one_event_and_doing_it_again_none(acme: Team) -> None:
    policy.entitle(acme, make.BY_OPERATOR, scim=False)
    policy.entitle(acme, make.BY_OPERATOR, scim=False)

    assert journal.count(acme, policy.ENTITLED) == 1


def test_lifting_enforce_is_mailed_to_the_owners(acme: Team) -> None:
    make.enforced(acme)

    policy.relax(acme, make.BY_OPERATOR, "the IdP is down")

    assert journal.mailed("sso_relaxed") == ["olga@acme.test"]
    assert journal.last(acme).data["reason"] == "the IdP is down"


@pytest.mark.parametrize(("feature", "named"), [("sso", "Single sign-on"), ("scim", "Provisioning by SCIM")])
def test_a_feature_that_is_not_bought_is_named(acme: Team, feature: str, named: str) -> None:
    setattr(acme, f"entitled_{feature}", False)

    with pytest.raises(NotEntitled, match=named):
        policy.require_feature(acme, feature)


def test_single_sign_on_that_is_not_bought_is_not_turned_on(acme: Team) -> None:
    Team.every_team.filter(pk=acme.pk).update(entitled_sso=False)

    with pytest.raises(NotEntitled):
        policy.turn_sso_on(acme, make.as_owner(acme))

    assert not make.fresh(acme).sso_on


@pytest.mark.parametrize(
    ("name", "role", "refusal"),
    [("mia", Role.OWNER, NotAllowed), ("mia", Role.ADMIN, NotAllowed), ("adam", Role.OWNER, OwnersOnly)],
)
def test_who_misses_a_role_by_one_is_told_whose_it_is(
    acme: Team, name: str, role: Role, refusal: type[NotAllowed]
) -> None:
    with pytest.raises(refusal) as refused:
        policy.require(make.by(make.who(acme, name)), role)

    assert type(refused.value) is refusal
