"""A team is told once of each cause, in the portal and by mail; what lasts ends by itself."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from portal.teams import (
    domains,
    founding,
    inbox,
    letters,
    notice_rules,
    notices,
    owners,
    proofs,
    refused,
    roster,
    seats,
)
from portal.teams.actor import Role
from portal.teams.acts import Act, Kind, act
from portal.teams.errors import Invalid, LastOwner, Missing, NoSeatsLeft, NotAllowed
from portal.teams.models import Letter, Member, Notice, Team
from portal.teams.registry import registry
from tests import make
from tests.teams import journal

pytestmark = pytest.mark.django_db
HAPPENED = Kind("test.happened", "{actor} let something happen")


@act
def happen(act: Act, key: str = "1") -> None:
    """Let something happen that the team is told of."""
    act.record(HAPPENED)
    notices.tell(act, "rescue_code_used", key, "bad", who="Olga", left=9)


def titles(team: Team, name: str = "olga", role: Role | None = None) -> list[str]:
    """What somebody sees open, by its title."""
    member = make.who(team, name)
    return [item.said.title for item in inbox.open_for(member, role or member.rank)]


def fill(team: Team) -> None:
    """Leave no seat free."""
    seats.resize(team, make.BY_OPERATOR, seats.tally(team).assigned)


def turn_away(team: Team, *emails: str) -> None:
    """Refuse people for want of a seat."""
    for email in emails:
        refused.record(team, make.as_owner(team), NoSeatsLeft(team.name, 3), email)


# ── Once, and as long as it lasts ────────────────────────────────────────────────────────────────────────────────────
def test_the_last_seat_is_told_at_once_and_mailed_once(acme: Team) -> None:
    fill(acme)
    turn_away(acme, "late@acme.test")

    assert titles(acme) == ["No seats are left.", "1 person is waiting: late@acme.test."]
    assert journal.mailed("notice") == ["adam@acme.test", "olga@acme.test"]
    assert first_words()["title"] == "No seats are left."


def first_words() -> dict[str, Any]:
    """The words of the first mail."""
    letter = Letter.objects.filter(kind="notice").order_by("made_at", "pk")[0]
    found: dict[str, Any] = json.loads(letter.words)
    return found


def test_a_freed_seat_ends_it_in_the_same_act(acme: Team) -> None:
    fill(acme)

    roster.unassign(acme, make.as_owner(acme), make.who(acme, "mia").pk)

    assert titles(acme) == []
    assert Notice.every_team.get(kind="seats_full").ended_at is not None


def test_full_again_within_a_day_is_shown_and_not_mailed_again(acme: Team) -> None:
    for _ in range(2):
        fill(acme)
        seats.resize(acme, make.BY_OPERATOR, 9)
    fill(acme)

    assert titles(acme) == ["No seats are left."]
    assert len(journal.mailed("notice")) == 2


def test_full_again_after_a_day_is_mailed_again(acme: Team) -> None:
    fill(acme)
    seats.resize(acme, make.BY_OPERATOR, 9)

    with time_machine.travel(timezone.now() + timedelta(days=2), tick=False):
        fill(acme)

    assert len(journal.mailed("notice")) == 4


def test_a_refused_act_tells_nothing(acme: Team) -> None:
    fill(acme)
    before = Notice.every_team.count()

    with pytest.raises(NoSeatsLeft):
        make.member(acme, "late@acme.test")

    assert Notice.every_team.count() == before


def test_who_waits_is_mailed_once_a_day_and_only_if_somebody_new_came(acme: Team) -> None:
    fill(acme)
    now, mails = timezone.now().replace(hour=12), []
    for day in range(4):
        with time_machine.travel(now + timedelta(days=day), tick=False):
            notices.settle_due()
            mails.append(Letter.objects.filter(kind="notice").count())
            if day < 2:
                turn_away(acme, f"late{day}@acme.test", f"later{day}@acme.test")

    # Two for the last seat; then the digests of the first and the second day.
    assert mails == [2, 4, 6, 6]
    assert titles(acme)[-1] == "4 people are waiting: late0@acme.test, later0@acme.test, late1@acme.test, …."


def test_nobody_waits_any_more_once_they_have_a_seat(acme: Team) -> None:
    fill(acme)
    turn_away(acme, "late@acme.test")
    seats.resize(acme, make.BY_OPERATOR, 9)

    make.member(acme, "late@acme.test")

    assert titles(acme) == []


def test_a_held_owner_is_told_until_the_hold_is_lifted(acme: Team) -> None:
    with pytest.raises(LastOwner):
        roster.remove(acme, make.scim(make.scim_on(acme)), make.who(acme, "olga").pk)
    told = titles(acme, "adam")
    founding.crown(acme, make.BY_OPERATOR, "olga@acme.test", "settled")

    assert (told, titles(acme, "adam")) == (["The last owner, olga@acme.test, is held."], [])


def test_a_lapsing_domain_goes_a_step_further_and_ends_when_proved(acme: Team) -> None:
    row = domains.claim(acme, make.as_owner(acme), "acme.test")
    proofs.note(row, found=True)
    domains.verify(acme, make.as_owner(acme), row.pk)
    row.refresh_from_db()
    proofs.recheck(row, found=False)
    inbox.dismiss(make.who(acme, "olga"), Role.OWNER, Notice.every_team.get().pk)
    gone = titles(acme)
    with time_machine.travel(timezone.now() + timedelta(days=8), tick=False):
        row.refresh_from_db()
        proofs.recheck(row, found=False)
        lapsed = titles(acme)
        domains.vouch(acme, make.BY_OPERATOR, "acme.test")

    assert (gone, lapsed, titles(acme)) == ([], ["acme.test is verified no longer."], [])
    assert (len(journal.mailed("domain_missing")), len(journal.mailed("domain_lapsed"))) == (2, 2)


def test_a_happening_is_told_once_and_ends_after_a_month(acme: Team) -> None:
    happen(acme, make.as_owner(acme))
    happen(acme, make.as_owner(acme))
    now = titles(acme)
    with time_machine.travel(timezone.now() + timedelta(days=31), tick=False):
        notices.purge()
        later = titles(acme)
    with time_machine.travel(timezone.now() + timedelta(days=122), tick=False):
        notices.purge()

    assert (now, later, Notice.every_team.count()) == (["Olga used a rescue code."], [], 0)
    assert journal.mailed("rescue_code_used") == ["olga@acme.test"]


def test_one_team_that_fails_holds_up_no_other(acme: Team, globex: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    def causes(team: Team) -> Any:
        if team.pk == acme.pk:
            raise RuntimeError
        yield from ()

    kind = registry.notices["seats_full"]
    fill(acme)
    fill(globex)
    monkeypatch.setitem(registry.notices, "seats_full", type(kind)(**{**vars(kind), "causes": causes}))

    notices.settle_due()

    assert list(Notice.every_team.filter(ended_at=None).values_list("team__slug", flat=True)) == ["acme"]


# ── Who gets which ───────────────────────────────────────────────────────────────────────────────────────────────────
def choose(team: Team, name: str, audience: str = "admins", people: Any = (), **how: bool) -> None:
    """Choose as the owner who gets a kind."""
    given = {"mail": True, "in_page": True} | how
    notice_rules.choose(team, make.as_owner(team), name, audience, people, **given)


def test_a_kind_can_be_given_to_owners_alone(acme: Team) -> None:
    choose(acme, "seats_full", "owners")

    fill(acme)

    assert (titles(acme), titles(acme, "adam")) == (["No seats are left."], [])
    assert journal.mailed("notice") == ["olga@acme.test"]


def test_a_kind_can_be_given_to_chosen_people(acme: Team) -> None:
    auditor = make.member(acme, "aud@acme.test", role=Role.AUDITOR)
    choose(acme, "seats_full", "chosen", [str(auditor.pk)])

    fill(acme)

    assert (titles(acme), titles(acme, "aud")) == ([], ["No seats are left."])
    assert journal.mailed("notice") == ["aud@acme.test"]


def test_an_auditor_sees_what_is_shown_and_gets_no_mail(acme: Team) -> None:
    make.member(acme, "aud@acme.test", role=Role.AUDITOR)

    fill(acme)

    assert titles(acme, "aud") == ["No seats are left."]
    assert "aud@acme.test" not in journal.mailed("notice")


def test_mail_and_page_can_be_turned_off(acme: Team) -> None:
    choose(acme, "seats_full", mail=False, in_page=False)

    fill(acme)

    assert (titles(acme), journal.mailed("notice")) == ([], [])


@pytest.mark.parametrize("how", [{"mail": False}, {"in_page": False}])
def test_what_concerns_security_cannot_be_turned_off(acme: Team, how: dict[str, bool]) -> None:
    with pytest.raises(Invalid, match="always shown"):
        choose(acme, "rescue_code_used", **how)


def test_owners_get_what_concerns_security_whoever_was_chosen(acme: Team) -> None:
    choose(acme, "owner_held", "chosen", [str(make.who(acme, "adam").pk)])
    notice_rules.want_no_mail(make.who(acme, "olga"), ["owner_held"])

    owners.hold(acme, make.scim(make.scim_on(acme)), make.who(acme, "olga").pk)

    assert titles(acme) == titles(acme, "adam") == ["The last owner, olga@acme.test, is held."]
    assert journal.mailed("owner_held") == ["adam@acme.test", "olga@acme.test"]


def test_somebody_who_wants_no_mail_gets_none(acme: Team) -> None:
    notice_rules.want_no_mail(make.who(acme, "adam"), ["seats_full", "no_such_kind"])

    fill(acme)

    assert journal.mailed("notice") == ["olga@acme.test"]
    assert notice_rules.no_mail_for(make.who(acme, "adam")) == {"seats_full"}


def test_nobody_suspended_is_mailed_even_about_security(acme: Team) -> None:
    make.second_owner(acme)
    make.suspend(acme, make.who(acme, "adam"))

    happen(acme, make.as_owner(acme))

    assert journal.mailed("rescue_code_used") == ["olga@acme.test"]
    assert [member.email for member in letters.admins(acme)] == ["olga@acme.test"]
    assert [member.email for member in letters.owners(acme)] == ["olga@acme.test"]


def test_a_stranger_and_nobody_cannot_be_chosen(acme: Team, globex: Team) -> None:
    for people in ([], [str(make.who(globex, "greg").pk)], [str(make.who(acme, "mia").pk)], ["x"]):
        with pytest.raises(Invalid, match="at least one person"):
            choose(acme, "seats_full", "chosen", people)
    with pytest.raises(Invalid, match="no such kind"):
        choose(acme, "nothing")


def test_choosing_is_an_admins_and_an_event(acme: Team) -> None:
    choose(acme, "seats_full", "owners")
    choose(acme, "seats_full", "owners")

    assert journal.kinds(acme).count("notice_rule.changed") == 1
    with pytest.raises(NotAllowed):
        notice_rules.choose(
            acme, make.by(make.who(acme, "mia")), "seats_full", "owners", [], mail=True, in_page=True
        )  # fmt: skip


# ── Read and put away ────────────────────────────────────────────────────────────────────────────────────────────────
def test_reading_is_each_persons_own(acme: Team) -> None:
    fill(acme)
    olga, adam = make.who(acme, "olga"), make.who(acme, "adam")

    inbox.read(olga, Role.OWNER, Notice.every_team.get().pk)

    assert [item.is_new for item in inbox.open_for(olga, Role.OWNER)] == [False]
    assert [item.is_new for item in inbox.open_for(adam, Role.ADMIN)] == [True]


def test_everything_can_be_read_at_once(acme: Team) -> None:
    fill(acme)
    happen(acme, make.as_owner(acme))
    olga = make.who(acme, "olga")

    assert (inbox.read_all(olga, Role.OWNER), inbox.read_all(olga, Role.OWNER)) == (2, 0)


def test_what_is_put_away_stands_among_the_earlier_ones(acme: Team) -> None:
    fill(acme)
    olga = make.who(acme, "olga")

    inbox.dismiss(olga, Role.OWNER, Notice.every_team.get().pk)

    assert (titles(acme), titles(acme, "adam")) == ([], ["No seats are left."])
    assert [item.said.title for item in inbox.ended_for(olga, Role.OWNER)] == ["No seats are left."]


@pytest.mark.parametrize("verb", [inbox.read, inbox.dismiss])
def test_a_strangers_notice_is_none(acme: Team, globex: Team, verb: Callable[[Member, Role, object], None]) -> None:
    fill(globex)

    with pytest.raises(Missing):
        verb(make.who(acme, "olga"), Role.OWNER, Notice.every_team.get().pk)


def test_what_one_sees_costs_two_queries_however_much(acme: Team) -> None:
    for number in range(30):
        happen(acme, make.as_owner(acme), str(number))
    olga = make.who(acme, "olga")

    with CaptureQueriesContext(connection) as caught:
        items = inbox.open_for(olga, Role.OWNER)

    assert (len(items), len(caught)) == (30, 2)
