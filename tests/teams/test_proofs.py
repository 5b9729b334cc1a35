"""The DNS record of a domain, day by day (R15): a week of grace, told by mail, and nothing opens."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from portal.teams import domains, proofs
from portal.teams.actor import Door
from portal.teams.models import Domain, Team
from tests import make
from tests.teams import journal
from tests.teams.test_domains import proved


def look(team: Team, day: float, found: bool | None) -> Domain:
    """Take a daily look some days from now."""
    row = Domain.every_team.select_related("team").get(team=team)
    with time_machine.travel(timezone.now() + timedelta(days=day), tick=False):
        proofs.recheck(row, found)
    return Domain.every_team.get(pk=row.pk)


def test_a_missing_record_is_mailed_once_and_has_seven_days(acme: Team) -> None:
    proved(acme, "acme.test")

    states = [look(acme, day, False).verified_at is not None for day in (1, 2, 7.9)]

    assert states == [True, True, True]
    assert journal.mailed("domain_missing") == ["adam@acme.test", "olga@acme.test"]
    assert journal.kinds(acme)[-1] == "domain.proof_missed"


def test_after_seven_days_it_lapses_and_people_stay_refused(acme: Team) -> None:
    make.sso_on(acme)
    proved(acme, "acme.test")
    look(acme, 1, False)

    row = look(acme, 8.1, False)

    assert (row.verified_at, row.lapsed_at is not None) == (None, True)
    assert not domains.line(acme).covers("mia@acme.test") and not domains.line(acme).covers("mia@elsewhere.test")
    assert make.fresh(acme).sso_on
    assert journal.mailed("domain_lapsed") == ["adam@acme.test", "olga@acme.test"]


def test_a_record_that_comes_back_starts_the_grace_anew(acme: Team) -> None:
    proved(acme, "acme.test")
    look(acme, 1, False)
    look(acme, 6, True)
    look(acme, 7, False)

    assert look(acme, 13, False).verified_at
    assert journal.count(acme, proofs.RESTORED) == 1


def test_a_server_that_can_t_tell_starts_no_grace_and_ends_none(acme: Team) -> None:
    proved(acme, "acme.test")

    assert look(acme, 1, None).missing_since is None
    look(acme, 2, False)

    assert look(acme, 20, None).verified_at


@pytest.mark.parametrize("by", ["vouching", "a record that was found meanwhile"])
def test_what_was_proved_while_the_dns_was_asked_does_not_lapse(acme: Team, by: str) -> None:
    row = proved(acme, "acme.test")
    look(acme, 1, False)
    stale = Domain.every_team.select_related("team").get(pk=row.pk)

    if by == "vouching":
        domains.vouch(acme, make.through(Door.COMMAND), "acme.test")
    else:
        look(acme, 7, True)
    with time_machine.travel(timezone.now() + timedelta(days=9), tick=False):
        proofs.recheck(stale, False)

    assert Domain.every_team.get(pk=row.pk).verified_at
    assert journal.count(acme, proofs.LAPSED) == 0


def test_a_vouched_domain_hangs_on_no_record_any_more(acme: Team) -> None:
    proved(acme, "acme.test")

    domains.vouch(acme, make.through(Door.COMMAND), "acme.test")

    assert Domain.every_team.get(team=acme).vouched
    with time_machine.travel(timezone.now() + timedelta(days=9), tick=False):
        assert list(proofs.take_due()) == []


def test_a_lapsed_domain_can_be_another_team_s(acme: Team, globex: Team) -> None:
    proved(acme, "acme.test")
    look(acme, 1, False)
    look(acme, 9, False)

    assert proved(globex, "acme.test").verified_at


def test_each_domain_is_due_once_a_day_to_one_worker(acme: Team) -> None:
    proved(acme, "acme.test")
    vouched = domains.vouch(acme, make.BY_OPERATOR, "vouched.test")

    with time_machine.travel(timezone.now() + timedelta(days=1)):
        due, again = list(proofs.take_due()), list(proofs.take_due())

    assert ([row.name for row in due], again) == (["acme.test"], [])
    assert vouched not in due
