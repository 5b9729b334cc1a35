"""A team's beginning and end, and the way back in: create, crown, close (spec rules 9 and 29)."""

import pytest
from django.core.exceptions import ValidationError

from portal.teams import founding, refused, roster, seats
from portal.teams.actor import Role
from portal.teams.errors import Conflict, Invalid, NoSeatsLeft
from portal.teams.models import Entry, Event, Member, Seat, Team, Waiting
from portal.teams.seats import Tally
from tests import make
from tests.teams import journal
from tests.teams.browsers import Browser


def found(slug: str = "new", bought: int = 2) -> Team:
    """Found a team."""
    return founding.create(make.BY_OPERATOR, slug, "New", bought=bought, owner="ann@new.test")


# ── Create ───────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_new_team_has_its_owner_on_one_of_its_seats(db: None) -> None:
    team = found()

    assert seats.tally(team) == Tally(bought=2, assigned=1)
    assert make.who(team, "ann").rank is Role.OWNER
    assert journal.kinds(team) == ["team.created", "seats.resized", "member.added"]


def test_a_team_without_a_seat_for_its_owner_is_not_made(db: None) -> None:
    with pytest.raises(Invalid, match="at least one seat"):
        found(bought=0)

    assert not Team.every_team.exists()


@pytest.mark.parametrize("slug", ["", "-a", "a-", "A", "a b", "ä", "a" * 51, "a/b", "a\n"])
def test_a_slug_that_no_url_can_hold_is_refused(db: None, slug: str) -> None:
    with pytest.raises(ValidationError):
        found(slug)

    assert not Team.every_team.exists()


def test_a_slug_in_use_is_taken(acme: Team) -> None:
    with pytest.raises(Conflict, match="slugs are never reused"):
        found("acme")


# ── Crown ────────────────────────────────────────────────────────────────────────────────────────────────────────────
def crown(team: Team, email: str) -> Member:
    """Make somebody an owner as the operator."""
    return founding.crown(team, make.BY_OPERATOR, email, "nobody can enter")


def test_somebody_new_is_crowned_on_a_free_seat_under_every_lock(acme: Team) -> None:
    make.scim_on(make.enforced(acme))

    ada = crown(acme, "ada@acme.test")

    assert (ada.rank, ada.may_enter) == (Role.OWNER, True)
    assert Seat.every_team.filter(member=ada).exists()
    assert journal.last(acme).data["reason"] == "nobody can enter"


def test_whoever_is_crowned_is_active_and_not_suspended(acme: Team) -> None:
    mia = make.suspend(acme, make.who(acme, "mia"))
    roster.unassign(acme, make.as_owner(acme), mia.pk)

    crowned = crown(acme, "MIA@acme.test")

    assert crowned.pk == mia.pk
    assert (crowned.rank, crowned.may_enter) == (Role.OWNER, True)


def test_nobody_is_crowned_without_a_free_seat(acme: Team) -> None:
    seats.resize(acme, make.BY_OPERATOR, 3)

    with pytest.raises(NoSeatsLeft):
        crown(acme, "ada@acme.test")

    assert not Member.every_team.filter(email="ada@acme.test").exists()


def test_two_members_with_the_same_sign_in_address_are_refused(acme: Team) -> None:
    roster.add(acme, make.as_owner(acme), {"user_name": "twin", "email": "mia@acme.test"})

    with pytest.raises(Conflict, match="Two members sign in"):
        crown(acme, "mia@acme.test")

    assert make.who(acme, "olga").rank is Role.OWNER


def test_a_crown_goes_by_the_sign_in_address_and_not_by_what_the_idp_wrote(acme: Team) -> None:
    make.scim_on(acme)
    roster.update(acme, make.scim(acme), make.who(acme, "adam").pk, {"email": "mallory@evil.test"})

    crowned = crown(acme, "mallory@evil.test")

    adam = Member.every_team.get(team=acme, sign_in_email="adam@acme.test")
    assert crowned.pk != adam.pk
    assert adam.rank is Role.ADMIN


def test_a_crown_ends_the_sessions_of_before_and_is_mailed(acme: Team) -> None:
    browser = Browser.at_code(make.who(acme, "mia"))

    crown(acme, "mia@acme.test")

    assert browser.reach().member is None
    assert journal.mailed("owner_set") == ["mia@acme.test", "olga@acme.test"]


# ── Close ────────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_closed_team_is_gone_and_its_journal_stays(acme: Team, globex: Team) -> None:
    make.scim_on(acme)

    founding.close(acme, make.BY_OPERATOR)

    assert not Member.every_team.filter(team=acme).exists()
    assert not Seat.every_team.filter(team=acme).exists()
    assert Event.every_team.filter(team=acme).count() == make.fresh(acme).last_event
    assert Member.every_team.filter(team=globex).exists()


def test_a_closed_team_lets_nobody_in(acme: Team) -> None:
    browser = Browser.at_code(make.who(acme, "mia"))

    founding.close(acme, make.BY_OPERATOR)

    assert browser.reach().choices == []
    assert not Entry.every_team.filter(team=acme).exists()


def test_the_slug_of_a_closed_team_is_never_used_again(acme: Team) -> None:
    founding.close(acme, make.BY_OPERATOR)

    with pytest.raises(Conflict, match="slugs are never reused"):
        make.acme()


def test_a_closed_team_has_no_switch_on_and_nobody_waiting(acme: Team) -> None:
    make.scim_on(make.enforced(acme))
    refused.record(acme, make.scim(acme), NoSeatsLeft("Acme", 3), "late@acme.test")

    founding.close(acme, make.BY_OPERATOR)

    team = make.fresh(acme)
    assert (team.scim_on, team.sso_enforced, team.sso_on) == (False, False, False)
    assert team.closed_at is not None
    assert not Waiting.every_team.exists()


def test_the_owners_are_told_that_their_team_closed(acme: Team) -> None:
    founding.close(acme, make.BY_OPERATOR)

    assert journal.mailed("team_closed") == ["olga@acme.test"]
