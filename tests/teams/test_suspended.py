"""Suspended: entry blocked, seat and `active` untouched."""

import pytest

from portal.teams import owners, roster
from portal.teams.actor import Door
from portal.teams.errors import Forbidden, OwnersOnly
from portal.teams.models import Team
from tests import make
from tests.teams.browsers import Browser


def test_who_is_suspended_keeps_the_seat_and_cannot_enter(acme: Team) -> None:
    browser = Browser.at_code(make.who(acme, "mia"))

    mia = make.suspend(acme, make.who(acme, "mia"))

    assert mia.active
    assert mia.seat.member_id == mia.pk
    assert browser.reach().choices == []


def test_a_code_proved_while_somebody_is_suspended_opens_nothing(acme: Team, globex: Team) -> None:
    guest = make.member(globex, "mia@acme.test")
    make.suspend(acme, make.who(acme, "mia"))

    assert Browser.by_code("mia@acme.test").reach().choices == [guest]


def test_neither_scim_nor_a_return_lifts_a_suspension(acme: Team) -> None:
    mia = make.suspend(acme, make.who(acme, "mia"))
    make.scim_on(acme)

    roster.update(acme, make.scim(acme), mia.pk, {"active": False})
    roster.update(acme, make.scim(acme), mia.pk, {"active": True})

    assert make.who(acme, "mia").suspended_at is not None


def test_the_end_of_a_suspension_revives_no_session(acme: Team) -> None:
    browser = Browser.at_code(make.who(acme, "mia"))
    mia = make.suspend(acme, make.who(acme, "mia"))

    owners.unsuspend(acme, make.as_owner(acme), mia.pk)

    assert browser.reach().choices == []
    assert Browser.by_code("mia@acme.test").reach().choices == [mia]


def test_an_admin_suspends_nobody_and_an_owner_not_themself(acme: Team) -> None:
    make.second_owner(acme)
    olga, mia = make.who(acme, "olga"), make.who(acme, "mia")

    with pytest.raises(OwnersOnly):
        owners.suspend(acme, make.through(Door.API), mia.pk)
    with pytest.raises(Forbidden, match="can't suspend yourself"):
        owners.suspend(acme, make.by(olga), olga.pk)
