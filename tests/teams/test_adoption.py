"""Adoption: SCIM takes over whom it finds, on the seat they have (spec rule 8)."""

import pytest

from portal.teams import roster, seats
from portal.teams.errors import Taken
from portal.teams.models import Member, Seat, Team
from tests import make
from tests.teams import journal


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

    with pytest.raises(Taken, match=r"Two members of the team have the e-mail mia@acme\.test: which one"):
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
