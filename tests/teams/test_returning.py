"""Coming back by single sign-on, where an admin allowed it (spec rule 10)."""

import pytest

from portal.teams import policy, roster
from portal.teams.actor import Role
from portal.teams.errors import AssignmentLocked, NotReady, OwnersOnly
from portal.teams.models import Member, Team
from tests import make
from tests.teams import journal


def away(team: Team) -> Member:
    """Unassign Mia, enforce single sign-on, and let her return."""
    mia = roster.unassign(team, make.as_owner(team), make.who(team, "mia").pk)
    make.enforced(team)
    roster.allow_return(team, make.as_owner(team), mia.pk)
    return mia


def test_an_inactive_member_returns_only_where_an_admin_allowed_it(acme: Team) -> None:
    mia = roster.unassign(acme, make.as_owner(acme), make.who(acme, "mia").pk)
    make.enforced(acme)
    assert not roster.come_back(acme, make.sso(acme), mia.pk).active

    roster.allow_return(acme, make.as_owner(acme), mia.pk)

    assert roster.come_back(acme, make.sso(acme), mia.pk).active


def test_the_permission_to_return_is_good_for_one_return(acme: Team) -> None:
    mia = away(acme)
    roster.come_back(acme, make.sso(acme), mia.pk)

    roster.unassign(acme, make.as_owner(acme), mia.pk)

    assert not roster.come_back(acme, make.sso(acme), mia.pk).active


def test_a_permission_that_was_given_is_not_given_again(acme: Team) -> None:
    mia = away(acme)
    told = journal.kinds(acme)

    roster.allow_return(acme, make.as_owner(acme), mia.pk)
    roster.allow_return(acme, make.as_owner(acme), make.who(acme, "adam").pk)

    assert journal.kinds(acme) == told
    assert not make.who(acme, "adam").may_return


def test_an_owner_is_let_back_by_an_owner_alone(acme: Team) -> None:
    second = make.second_owner(acme)
    by_admin = make.by(make.member(acme, "ann@acme.test", role=Role.ADMIN))
    roster.unassign(acme, make.as_owner(acme), second.pk)
    make.enforced(acme)

    with pytest.raises(OwnersOnly):
        roster.allow_return(acme, by_admin, second.pk)
    roster.allow_return(acme, make.as_owner(acme), second.pk)

    assert make.who(acme, "adam").may_return


def test_nobody_returns_by_sso_while_scim_is_on(acme: Team) -> None:
    mia = away(acme)
    policy.turn_scim_on(acme, make.as_owner(acme))

    assert not roster.come_back(acme, make.sso(acme), mia.pk).active


def test_nobody_returns_by_sso_while_jit_is_off(acme: Team) -> None:
    mia = away(acme)
    policy.set_jit(acme, make.as_owner(acme), on=False)

    assert not roster.come_back(acme, make.sso(acme), mia.pk).active


def test_nobody_returns_by_sso_once_it_is_no_longer_enforced(acme: Team) -> None:
    mia = away(acme)
    policy.relax(acme, make.as_owner(acme))

    assert not roster.come_back(acme, make.sso(acme), mia.pk).active


def test_letting_somebody_return_is_locked_while_scim_is_on(acme: Team) -> None:
    mia = roster.unassign(acme, make.as_owner(acme), make.who(acme, "mia").pk)
    make.scim_on(make.enforced(acme))

    with pytest.raises(AssignmentLocked):
        roster.allow_return(acme, make.as_owner(acme), mia.pk)

    assert not make.who(acme, "mia").may_return


def test_letting_somebody_return_makes_no_sense_before_sso_is_enforced(acme: Team) -> None:
    mia = roster.unassign(acme, make.as_owner(acme), make.who(acme, "mia").pk)

    with pytest.raises(NotReady):
        roster.allow_return(acme, make.as_owner(acme), mia.pk)

    assert not make.who(acme, "mia").may_return


def test_a_return_is_not_promised_where_no_sign_in_adds_anybody(acme: Team) -> None:
    mia = roster.unassign(acme, make.as_owner(acme), make.who(acme, "mia").pk)
    make.enforced(acme)
    policy.set_jit(acme, make.as_owner(acme), False)

    with pytest.raises(NotReady, match="A sign-in adds nobody"):
        roster.allow_return(acme, make.as_owner(acme), mia.pk)
