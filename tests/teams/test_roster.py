"""Arriving, changing, leaving: the only writer of Member."""

import pytest

from portal.teams import policy, roster, seats
from portal.teams.actor import Door, Role
from portal.teams.errors import AssignmentLocked, Conflict, Invalid, Missing, NotAllowed, NotReady, StaleVersion, Taken
from portal.teams.models import Member, Seat, Team
from tests import make
from tests.teams import journal


# ── By hand ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_somebody_added_by_hand_is_seated_and_mailed(acme: Team) -> None:
    ada = roster.assign(acme, make.as_owner(acme), {"email": "ada@acme.test", "given_name": "Ada"})

    assert Seat.every_team.filter(member=ada).count() == 1
    assert (ada.user_name, ada.sign_in_email) == ("ada@acme.test", "ada@acme.test")
    assert journal.mailed("seated") == ["ada@acme.test"]


def test_assigning_a_known_inactive_person_wakes_them_under_the_same_id(acme: Team) -> None:
    mia = make.who(acme, "mia")
    roster.unassign(acme, make.as_owner(acme), mia.pk)

    woken = roster.assign(acme, make.as_owner(acme), {"email": "MIA@acme.test"})

    assert woken.pk == mia.pk
    assert make.who(acme, "mia").active


def test_assigning_somebody_seated_is_a_conflict(acme: Team) -> None:
    with pytest.raises(Conflict, match="has a seat already"):
        roster.assign(acme, make.as_owner(acme), {"email": "mia@acme.test"})

    assert journal.mailed("seated") == []


def test_a_member_assigns_and_unassigns_nobody(acme: Team) -> None:
    by_mia, adam = make.by(make.who(acme, "mia")), make.who(acme, "adam")

    for work in (
        lambda: roster.assign(acme, by_mia, {"email": "ada@acme.test"}),
        lambda: roster.unassign(acme, by_mia, adam.pk),
        lambda: roster.update(acme, by_mia, adam.pk, {"given_name": "Eve"}),
        lambda: roster.remove(acme, by_mia, adam.pk),
        lambda: roster.allow_return(acme, by_mia, adam.pk),
    ):
        with pytest.raises(NotAllowed):
            work()


def test_a_member_changes_their_own_name_and_not_their_own_seat(acme: Team) -> None:
    mia = make.who(acme, "mia")

    roster.update(acme, make.by(mia), mia.pk, {"given_name": "Maria"})

    with pytest.raises(NotAllowed):
        roster.update(acme, make.by(mia), mia.pk, {"active": False})
    assert make.who(acme, "mia").given_name == "Maria"


def test_a_strangers_id_is_missing_like_an_unknown_one(acme: Team, globex: Team) -> None:
    greg = make.who(globex, "greg")

    with pytest.raises(Missing):
        roster.unassign(acme, make.as_owner(acme), greg.pk)

    assert make.who(globex, "greg").active


# ── Adoption (spec rule 8) ───────────────────────────────────────────────────────────────────────────────────────────
def test_scim_adopts_the_one_member_with_the_e_mail_on_the_seat_they_have(acme: Team) -> None:
    make.scim_on(acme)
    before, mia = seats.tally(acme), make.who(acme, "mia")

    adopted, was_adopted = roster.provision(
        acme, make.scim(acme), {"user_name": "mlund", "email": "Mia@Acme.test", "external_id": "jc-1", "active": True}
    )

    assert (adopted.pk, was_adopted) == (mia.pk, True)
    assert (adopted.user_name, adopted.external_id, adopted.scim_written) == ("mlund", "jc-1", True)
    assert seats.tally(acme) == before


def test_adoption_seats_an_inactive_member(acme: Team) -> None:
    roster.unassign(acme, make.as_owner(acme), make.who(acme, "mia").pk)
    make.scim_on(acme)

    make.provisioned(acme, "mia@acme.test", active=True)

    assert Seat.every_team.filter(member=make.who(acme, "mia")).exists()


def test_two_candidates_for_adoption_are_taken_and_neither_is_touched(acme: Team) -> None:
    roster.add(acme, make.as_owner(acme), {"user_name": "twin", "email": "mia@acme.test"})
    make.scim_on(acme)

    with pytest.raises(Taken, match="Two members of the team have the e-mail"):
        roster.provision(acme, make.scim(acme), {"user_name": "mlund", "email": "mia@acme.test"})

    assert not Member.every_team.filter(team=acme, scim_written=True).exists()


def test_the_holder_of_the_user_name_is_adopted_where_they_are_the_candidate(acme: Team) -> None:
    make.scim_on(acme)

    _, was_adopted = roster.provision(acme, make.scim(acme), {"user_name": "MIA@acme.test", "email": "mia@acme.test"})

    assert was_adopted


def test_a_user_name_that_another_member_holds_is_taken(acme: Team) -> None:
    make.scim_on(acme)

    with pytest.raises(Taken, match=r"The userName adam@acme\.test is in use"):
        roster.provision(acme, make.scim(acme), {"user_name": "adam@acme.test", "email": "mia@acme.test"})

    assert not make.who(acme, "mia").scim_written


def test_whom_scim_wrote_is_never_adopted_again(acme: Team) -> None:
    make.scim_on(acme)
    make.provisioned(acme, "ada@acme.test")

    other, was_adopted = roster.provision(acme, make.scim(acme), {"user_name": "ada2", "email": "ada@acme.test"})

    assert not was_adopted
    assert other.user_name == "ada2"


def test_scim_adopts_nobody_of_another_team(acme: Team, globex: Team) -> None:
    make.scim_on(acme)

    made, was_adopted = roster.provision(acme, make.scim(acme), {"user_name": "greg", "email": "greg@globex.test"})

    assert not was_adopted
    assert made.team_id == acme.pk


def test_a_change_by_scim_links_the_member_it_found(acme: Team) -> None:
    make.scim_on(acme)
    mia = make.who(acme, "mia")

    roster.update(acme, make.scim(acme), mia.pk, {"given_name": "Mia"})

    assert make.who(acme, "mia").scim_written
    assert journal.last(acme).data["linked"] is True


# ── Changing ─────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_version_that_is_not_the_rows_is_stale(acme: Team) -> None:
    mia = make.who(acme, "mia")

    with pytest.raises(StaleVersion):
        roster.update(acme, make.as_owner(acme), mia.pk, {"given_name": "Maria"}, version=mia.version + 1)

    assert make.who(acme, "mia").given_name == "Mia"


def test_the_version_counts_changes_only(acme: Team) -> None:
    mia = make.who(acme, "mia")

    roster.update(acme, make.as_owner(acme), mia.pk, {"given_name": "Maria"})
    roster.update(acme, make.as_owner(acme), mia.pk, {"given_name": "Maria"})

    assert make.who(acme, "mia").version == mia.version + 1


@pytest.mark.parametrize("user_name", ["", "  "])
def test_an_empty_user_name_is_invalid(acme: Team, user_name: str) -> None:
    with pytest.raises(Invalid, match="userName must not be empty"):
        roster.add(acme, make.as_owner(acme), {"user_name": user_name, "email": "ada@acme.test"})

    assert seats.tally(acme).assigned == 3


@pytest.mark.parametrize(("first", "second"), [("Ärla", "äRLA"), ("Straße", "STRASSE"), ("e\u0301ric", "\u00c9RIC")])
def test_two_people_never_share_a_user_name_in_different_cases(acme: Team, first: str, second: str) -> None:
    roster.add(acme, make.as_owner(acme), {"user_name": first})

    with pytest.raises(Taken):
        roster.add(acme, make.as_owner(acme), {"user_name": second})

    assert Member.every_team.filter(team=acme, email="").count() == 1


def test_two_teams_may_have_the_same_user_name_and_external_id(acme: Team, globex: Team) -> None:
    for team in (acme, globex):
        roster.add(team, make.as_owner(team), {"user_name": "sam", "external_id": "1"})

    assert Member.every_team.filter(user_name_key="sam").count() == 2


def test_an_external_id_is_given_once_and_compared_exactly(acme: Team) -> None:
    roster.add(acme, make.as_owner(acme), {"user_name": "a", "external_id": "x1"})
    roster.add(acme, make.as_owner(acme), {"user_name": "b", "external_id": "X1"})

    with pytest.raises(Taken, match="externalId x1 is in use"):
        roster.add(acme, make.as_owner(acme), {"user_name": "c", "external_id": "x1"})


# ── Coming back by single sign-on (spec rule 10) ─────────────────────────────────────────────────────────────────────
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


# ── Leaving ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_who_is_removed_frees_seat_and_user_name_and_their_id_is_gone(acme: Team) -> None:
    mia, before = make.who(acme, "mia"), seats.tally(acme)

    roster.remove(acme, make.as_owner(acme), mia.pk)
    again = make.member(acme, "mia@acme.test")

    assert again.pk != mia.pk
    assert seats.tally(acme) == before


def test_a_directory_import_never_touches_whom_scim_wrote(acme: Team) -> None:
    make.scim_on(acme)
    ada, by = make.provisioned(acme, "ada@acme.test"), make.through(Door.IMPORT)

    for work in (
        lambda: roster.unassign(acme, by, ada.pk),
        lambda: roster.remove(acme, by, ada.pk),
        lambda: roster.update(acme, by, ada.pk, {"given_name": "Eve"}),
    ):
        with pytest.raises(AssignmentLocked):
            work()
    assert make.who(acme, "ada").version == ada.version


def test_scim_jit_and_imports_make_plain_members(acme: Team) -> None:
    make.scim_on(acme)

    made = make.provisioned(acme, "ada@acme.test")

    assert made.rank is Role.MEMBER
