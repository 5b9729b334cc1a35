"""Arriving, changing, leaving: the only writer of Member."""

import pytest

from portal.teams import roster, seats
from portal.teams.actor import Door, Role
from portal.teams.errors import (
    AssignmentLocked,
    Conflict,
    Invalid,
    Missing,
    NotAllowed,
    OwnersOnly,
    StaleVersion,
    Taken,
)
from portal.teams.models import Member, Seat, Team
from tests import make
from tests.teams import journal


def without_seat(team: Team) -> Member:
    """Add Ian, and unassign him."""
    return roster.unassign(team, make.as_owner(team), make.member(team, "ian@acme.test").pk)


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


def test_assigning_somebody_seated_is_a_conflict(acme: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    """Found by their address, however few are looked at."""
    monkeypatch.setattr(roster, "MOST_ALIKE", 1)

    with pytest.raises(Conflict, match="has a seat already"):
        roster.assign(acme, make.as_owner(acme), {"email": "mia@acme.test"})

    assert journal.mailed("seated") == []


def test_a_mailbox_that_only_reads_alike_is_somebody_else_s(acme: Team) -> None:
    lena = make.member(acme, "lena@straße.test")

    other = roster.assign(acme, make.as_owner(acme), {"email": "lena@strasse.test", "user_name": "lena2"})

    assert other.pk != lena.pk


def test_a_lock_is_told_before_a_conflict(acme: Team) -> None:
    make.scim_on(acme)

    with pytest.raises(AssignmentLocked):
        roster.assign(acme, make.as_owner(acme), {"email": "mia@acme.test"})


def test_an_admin_gives_no_owner_a_seat_again(acme: Team) -> None:
    make.second_owner(acme)
    ada = make.role(acme, make.member(acme, "ada@acme.test"), Role.ADMIN)
    roster.unassign(acme, make.as_owner(acme), make.who(acme, "adam").pk)

    with pytest.raises(OwnersOnly):
        roster.assign_again(acme, make.by(ada), make.who(acme, "adam").pk)


def test_somebody_of_another_team_is_new_here(acme: Team, globex: Team) -> None:
    greg = make.who(globex, "greg")

    added = roster.assign(acme, make.as_owner(acme), {"email": "greg@globex.test"})

    assert (added.team_id, added.pk != greg.pk) == (acme.pk, True)
    assert make.who(globex, "greg").version == greg.version


def test_an_address_of_two_members_names_neither(acme: Team) -> None:
    roster.update(acme, make.as_owner(acme), make.who(acme, "adam").pk, {"email": "mia@acme.test"})

    with pytest.raises(Conflict, match="Two members have this e-mail"):
        roster.assign(acme, make.as_owner(acme), {"email": "mia@acme.test"})


def test_what_is_so_already_is_no_event(acme: Team) -> None:
    mia, ian = make.who(acme, "mia"), without_seat(acme)
    told, version = journal.kinds(acme), mia.version

    found = roster.assign_again(acme, make.as_owner(acme), mia.pk), roster.unassign(acme, make.as_owner(acme), ian.pk)

    assert found == (mia, ian)
    assert journal.kinds(acme) == told
    assert make.who(acme, "mia").version == version


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


# ── Changing ─────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_version_that_is_not_the_rows_is_stale(acme: Team) -> None:
    mia = make.who(acme, "mia")

    with pytest.raises(StaleVersion):
        roster.update(acme, make.as_owner(acme), mia.pk, {"given_name": "Maria"}, meets=lambda row: row.version > 1)

    assert make.who(acme, "mia").given_name == "Mia"


def test_a_user_name_in_use_is_named_in_a_change_too(acme: Team) -> None:
    with pytest.raises(Taken, match=r"The userName Adam@acme\.test is in use"):
        roster.update(acme, make.as_owner(acme), make.who(acme, "mia").pk, {"user_name": "Adam@acme.test"})


def test_scim_links_somebody_once(acme: Team) -> None:
    mia = make.who(acme, "mia")
    make.scim_on(acme)

    for name, linked in (("Maria", True), ("Mia", None)):
        roster.update(acme, make.scim(acme), mia.pk, {"given_name": name})

        assert journal.last(acme).data.get("linked") is linked


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


# ── Leaving ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_who_is_removed_frees_seat_and_user_name_and_their_id_is_gone(acme: Team) -> None:
    mia, before = make.who(acme, "mia"), seats.tally(acme)

    roster.remove(acme, make.as_owner(acme), mia.pk)
    again = make.member(acme, "mia@acme.test")

    assert again.pk != mia.pk
    assert seats.tally(acme) == seats.counted(acme) == before


def test_nobody_is_removed_under_a_version_that_is_not_the_rows(acme: Team) -> None:
    mia = make.who(acme, "mia")

    with pytest.raises(StaleVersion):
        roster.remove(acme, make.as_owner(acme), mia.pk, meets=lambda row: row.version > 1)
    roster.remove(acme, make.as_owner(acme), mia.pk, meets=lambda row: row.version == 1)

    assert not Member.every_team.filter(pk=mia.pk).exists()


def test_who_holds_no_seat_frees_none_when_removed(acme: Team) -> None:
    ian, before = without_seat(acme), seats.tally(acme)

    roster.remove(acme, make.as_owner(acme), ian.pk)

    assert (seats.tally(acme), seats.counted(acme)) == (before, before)


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
