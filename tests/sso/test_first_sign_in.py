"""Who is added at their first sign-in, who comes back by one, and who waits for a seat (spec rule 10)."""

from collections.abc import Callable

import pytest

from portal.teams import policy, roster, seats
from portal.teams.models import Member, Team, Waiting
from tests import make
from tests.pages import reading
from tests.sso.sign_ins import Enter, entered, refusal
from tests.teams import journal


# ── The first sign-in (JIT) ──────────────────────────────────────────────────────────────────────────────────────────
def test_an_unknown_person_is_added_on_a_free_seat(acme: Team, enter: Enter) -> None:
    enter("New@acme.test", name_id="x-99", attributes={"email": "New@acme.test", "firstName": "Nel", "lastName": "Ew"})

    new = Member.every_team.get(team=acme, email="New@acme.test")
    assert (new.user_name, new.given_name, new.family_name, new.role) == ("New@acme.test", "Nel", "Ew", "member")
    assert (new.origin, new.active, new.sign_in_email) == ("sso", True, "New@acme.test")
    assert seats.tally(acme).assigned == 4
    assert entered() == [new]


def test_nobody_is_added_without_a_free_seat_and_they_wait(acme: Team, enter: Enter) -> None:
    seats.resize(acme, make.BY_OPERATOR, 3)

    shown = enter("new@acme.test")

    assert refusal(acme, shown) == (403, "no_seats_left")
    assert (
        "No unassigned seats left in team Acme: 3 of 3 seats are in use. Unassign a user or add seats, then retry."
        in reading.words(shown)
    )
    assert Waiting.every_team.get(team=acme).label == "new@acme.test"
    assert (journal.last(acme).kind, journal.last(acme).subject) == ("act.refused", "new@acme.test")
    assert not Member.every_team.filter(email="new@acme.test").exists()


def test_who_waited_for_a_seat_is_added_once_there_is_one(acme: Team, enter: Enter) -> None:
    seats.resize(acme, make.BY_OPERATOR, 3)
    enter("new@acme.test")

    seats.resize(acme, make.BY_OPERATOR, 4)

    assert enter("new@acme.test").status_code == 302
    assert not Waiting.every_team.exists()


def test_nobody_is_added_while_the_team_does_not_want_it(acme: Team, enter: Enter) -> None:
    policy.set_jit(acme, make.as_owner(acme), False)

    shown = enter("new@acme.test")

    assert refusal(acme, shown) == (403, "assignment_locked")
    assert "does not add people at their first sign-in" in reading.words(shown)
    assert not Member.every_team.filter(email="new@acme.test").exists()


def test_nobody_is_added_while_scim_is_on(acme: Team, enter: Enter) -> None:
    policy.turn_scim_on(acme, make.as_owner(acme))

    shown = enter("new@acme.test")

    assert refusal(acme, shown) == (403, "assignment_locked")
    assert "Your organisation's directory decides" in reading.words(shown)


def test_a_known_member_signs_in_while_scim_is_on(acme: Team, enter: Enter) -> None:
    policy.turn_scim_on(acme, make.as_owner(acme))

    assert enter("mia@acme.test").status_code == 302


# ── Coming back (rule 10) ────────────────────────────────────────────────────────────────────────────────────────────
def gone(team: Team) -> Member:
    """Enforce single sign-on, and unassign Mia."""
    policy.enforce(team, make.as_owner(team))
    return roster.unassign(team, make.as_owner(team), make.who(team, "mia").pk)


def test_an_inactive_member_comes_back_where_an_admin_allowed_it(acme: Team, enter: Enter) -> None:
    roster.allow_return(acme, make.as_owner(acme), gone(acme).pk)

    assert enter("mia@acme.test").status_code == 302
    assert make.who(acme, "mia").active
    assert not make.who(acme, "mia").may_return


def test_leave_to_come_back_counts_once(acme: Team, enter: Enter) -> None:
    roster.allow_return(acme, make.as_owner(acme), gone(acme).pk)
    enter("mia@acme.test")
    roster.unassign(acme, make.as_owner(acme), make.who(acme, "mia").pk)

    assert refusal(acme, enter("mia@acme.test")) == (403, "account_off")


@pytest.mark.parametrize("switch", [policy.relax, policy.turn_scim_on], ids=["relaxed", "SCIM on"])
def test_leave_to_come_back_counts_only_while_enforced_without_scim(
    acme: Team, enter: Enter, switch: Callable[..., object]
) -> None:  # fmt: skip
    roster.allow_return(acme, make.as_owner(acme), gone(acme).pk)
    switch(acme, make.as_owner(acme))

    assert refusal(acme, enter("mia@acme.test")) == (403, "account_off")
    assert not make.who(acme, "mia").active


def test_coming_back_needs_a_free_seat(acme: Team, enter: Enter) -> None:
    roster.allow_return(acme, make.as_owner(acme), gone(acme).pk)
    seats.resize(acme, make.BY_OPERATOR, 2)

    assert refusal(acme, enter("mia@acme.test")) == (403, "no_seats_left")
    assert Waiting.every_team.get(team=acme).label == "mia@acme.test"


def test_leave_to_come_back_lifts_no_suspension(acme: Team, enter: Enter) -> None:
    roster.allow_return(acme, make.as_owner(acme), gone(acme).pk)
    make.suspend(acme, make.who(acme, "mia"))

    assert refusal(acme, enter("mia@acme.test")) == (403, "account_off")
    assert not make.who(acme, "mia").active
