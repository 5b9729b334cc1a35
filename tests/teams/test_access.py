"""What a browser session may see (spec rules 5, 6, 8, 28 and 30)."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from portal.teams import access, codes, owners, roster
from portal.teams.access import Kind
from portal.teams.actor import Door, Role
from portal.teams.errors import Missing
from portal.teams.models import Entry, Member, Team
from portal.teams.sessions import SessionStore
from tests import make
from tests.teams import journal
from tests.teams.browsers import Browser


# ── Code sessions ────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_proven_address_reaches_its_members_in_every_team_and_nobody_else(acme: Team, globex: Team) -> None:
    guest = make.member(globex, "mia@acme.test")

    reached = Browser.by_code("MIA@acme.test").reach()

    assert reached.kind is Kind.CODE
    assert reached.choices == [make.who(acme, "mia"), guest]


SHUT: dict[str, Callable[[Team], object]] = {
    "inactive": lambda team: Member.every_team.filter(team=team).update(active=False),
    "suspended": lambda team: Member.every_team.filter(team=team).update(suspended_at=timezone.now()),
    "held": lambda team: Member.every_team.filter(team=team).update(held_at=timezone.now()),
    "closed": lambda team: Team.every_team.filter(pk=team.pk).update(closed_at=timezone.now()),
    "enforced": lambda team: Team.every_team.filter(pk=team.pk).update(sso_on=True, sso_enforced=True),
}


@pytest.mark.parametrize("name", SHUT)
def test_a_new_proof_reaches_nobody_who_may_not_enter(acme: Team, globex: Team, name: str) -> None:
    """By the row's own word, and not by the moment at which it was written."""
    guest = make.member(globex, "mia@acme.test")
    SHUT[name](acme)

    assert Browser.by_code("mia@acme.test").reach().choices == [guest]


def test_an_entered_member_is_the_session_s_member_with_their_role(acme: Team) -> None:
    reached = Browser.at_code(make.who(acme, "adam")).reach()

    assert reached.member == make.who(acme, "adam")
    assert reached.role is Role.ADMIN
    assert access.actor(reached).door is Door.DASHBOARD


def test_nobody_signed_in_reaches_nothing(acme: Team) -> None:
    reached = Browser().reach()

    assert (reached.kind, reached.member, reached.choices) == (Kind.NOBODY, None, [])


def test_an_entry_is_good_only_in_the_browser_it_was_made_in(acme: Team) -> None:
    entry = Browser.by_code("mia@acme.test").enter_by_code(make.who(acme, "mia"))
    thief = Browser.by_code("greg@globex.test")
    with thief.request() as request:
        request.session[access.ENTRY] = str(entry.pk)

    assert thief.reach().member is None


def test_an_entry_of_another_browser_that_was_idle_ends_no_session(acme: Team) -> None:
    entry = Browser.by_code("mia@acme.test").enter_by_code(make.who(acme, "mia"))

    with time_machine.travel(timezone.now() + timedelta(hours=9), tick=False):
        other = Browser.by_code("adam@acme.test")
        with other.request() as request:
            request.session[access.ENTRY] = str(entry.pk)

        assert other.reach().choices == [make.who(acme, "adam")]


def test_an_entry_that_ran_out_while_it_was_in_use_leaves_the_choice_of_teams(acme: Team, globex: Team) -> None:
    mia, guest = make.who(acme, "mia"), make.member(globex, "mia@acme.test")
    browser = Browser.at_code(guest)
    browser.enter_by_code(mia)
    Entry.every_team.filter(member=guest).update(last_seen=timezone.now() - timedelta(hours=9))
    Entry.every_team.filter(member=mia).update(expires_at=timezone.now())

    reached = browser.reach()

    assert (reached.kind, reached.member, reached.choices) == (Kind.CODE, None, [mia, guest])


def test_nobody_acts_in_a_session_of_nobody() -> None:
    with pytest.raises(ValueError, match="nobody is signed in"):
        access.actor(access.Reach())


def test_an_entry_by_single_sign_on_is_good_only_in_its_browser_too(acme: Team) -> None:
    make.sso_on(acme)
    entry = Browser().enter_by_sso(make.who(acme, "mia"))
    thief = Browser()
    with thief.request() as request:
        request.session[access.ENTRY] = str(entry.pk)

    assert thief.reach().member is None


@pytest.mark.parametrize(
    ("later", "is_in"), [(timedelta(hours=7), True), (timedelta(hours=9), False), (timedelta(hours=25), False)]
)
def test_a_code_session_ends_when_it_was_idle(acme: Team, later: timedelta, is_in: bool) -> None:
    browser = Browser.at_code(make.who(acme, "mia"))

    with time_machine.travel(timezone.now() + later, tick=False):
        assert (browser.reach().member is not None) is is_in


@pytest.mark.parametrize("later", [timedelta(hours=9), timedelta(hours=25)])
def test_a_code_session_that_ended_enters_nothing_without_a_new_proof(acme: Team, later: timedelta) -> None:
    """Left alone for hours, or a day old: the choice of teams is not a way back in."""
    browser = Browser.at_code(make.who(acme, "mia"))

    with time_machine.travel(timezone.now() + later, tick=False):
        assert browser.reach() == access.Reach()


def test_a_code_session_ends_after_a_day_however_busy_it_is(acme: Team) -> None:
    browser, start = Browser.at_code(make.who(acme, "mia")), timezone.now()

    seen = []
    for hour in range(4, 29, 4):
        with time_machine.travel(start + timedelta(hours=hour), tick=False):
            seen.append(browser.reach().member is not None)

    assert seen == [True, True, True, True, True, False, False]


@pytest.mark.parametrize(("seconds", "kind"), [(-1, Kind.CODE), (0, Kind.NOBODY)])
def test_a_proof_of_a_day_ago_counts_no_more_however_new_the_session_is(acme: Team, seconds: int, kind: Kind) -> None:
    with time_machine.travel(timezone.now(), tick=False):
        proved = timezone.now() - timedelta(days=1, seconds=seconds)

        assert Browser.by_code("mia@acme.test", proved).reach().kind is kind


def test_a_sign_in_by_code_is_noted_in_the_members_row_as_it_was_proved(acme: Team) -> None:
    proved = timezone.now() - timedelta(minutes=3)

    Browser.by_code("mia@acme.test", proved).enter_by_code(make.who(acme, "mia"))

    assert make.who(acme, "mia").last_sign_in == proved


@pytest.mark.parametrize("proved_now", [True, False])
def test_a_sign_in_by_sso_confirms_only_where_it_proved_that_they_are_there(acme: Team, proved_now: bool) -> None:
    browser = Browser.at_sso(make.who(acme, "mia"), proved_now=proved_now)

    with browser.request() as request:
        assert access.is_sudo(request) is proved_now


def test_an_emergency_link_confirms_and_ends_what_the_browser_was_in(acme: Team) -> None:
    make.sso_on(acme)
    browser = Browser.at_sso(make.who(acme, "mia"), proved_now=False)

    browser.enter_by_break_glass(make.who(acme, "olga"))

    with browser.request() as request:
        assert access.is_sudo(request)
    ended = Entry.every_team.get(member=make.who(acme, "mia"))
    assert (ended.ended_why, ended.ended_at is None) == ("left", False)
    assert browser.reach().kind is Kind.BREAK_GLASS


def test_leaving_keeps_why_an_entry_had_ended_before(acme: Team) -> None:
    browser = Browser.at_code(make.who(acme, "mia"))
    make.sign_out(acme, make.who(acme, "mia"))
    why = Entry.every_team.get().ended_why

    browser.leave()

    assert Entry.every_team.get().ended_why == why != "left"


def test_ending_counts_what_was_live_and_keeps_why_the_rest_had_ended(acme: Team, globex: Team) -> None:
    mia, stranger = make.who(acme, "mia"), Browser.at_code(make.who(globex, "greg"))
    browsers = [Browser.at_code(mia) for _ in range(3)]
    browsers[0].leave()

    first_three = Entry.every_team.order_by("made_at")[:3]
    assert access.end(acme, Entry.every_team.filter(pk__in=first_three), "sso_off") == 1
    assert access.end_elsewhere(mia, None, None, "signed_out") == 1

    assert sorted(Entry.every_team.values_list("ended_why", flat=True)) == ["", "left", "signed_out", "sso_off"]
    assert stranger.reach().member == make.who(globex, "greg")


def test_what_ran_out_is_no_other_browser(acme: Team) -> None:
    mia, user = make.who(acme, "mia"), codes.user_of("mia@acme.test")
    Browser.at_code(mia)
    Entry.every_team.update(expires_at=timezone.now())
    SessionStore.of_user(user.pk).update(expires_at=timezone.now())

    assert access.end_elsewhere(mia, None, user.pk, "signed_out") == 0


def test_barring_counts_from_its_moment_in_the_row_and_in_what_is_about_to_be_written(acme: Team) -> None:
    mia, adam, at = make.who(acme, "mia"), make.who(acme, "adam"), timezone.now()
    Browser.at_code(mia)

    assert (access.bar(mia, at, "role_changed"), access.bar_unsaved(adam, at, "role_changed")()) == (1, 0)

    assert (mia.entry_after, make.who(acme, "mia").entry_after, adam.entry_after) == (at, at, at)


def test_barring_many_bars_nobody_of_another_team(acme: Team, globex: Team) -> None:
    at = timezone.now() + timedelta(hours=1)

    access.bar_all(acme, Member.every_team.all(), at, "role_changed")

    assert make.who(acme, "mia").entry_after == at
    assert make.who(globex, "greg").entry_after < at


@pytest.mark.parametrize(("seconds", "counts"), [(299, True), (300, False)])
def test_a_proof_counts_for_less_than_five_minutes(acme: Team, seconds: int, counts: bool) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        browser = Browser.at_code(make.who(acme, "mia"))
        with browser.request() as request:
            access.mark_sudo(request)
        clock.shift(seconds)

        with browser.request() as request:
            assert access.is_sudo(request) is counts


def test_a_browser_s_name_is_kept_to_two_hundred_characters(acme: Team) -> None:
    with Browser.by_code("mia@acme.test").request() as request:
        request.META["HTTP_USER_AGENT"] = "x" * 300
        entry = access.enter_by_code(request, make.who(acme, "mia"))

    assert (entry.browser, entry.address) == ("x" * 200, "127.0.0.1")


def test_last_seen_is_written_at_most_once_a_minute(acme: Team) -> None:
    browser = Browser.at_code(make.who(acme, "mia"))
    made = Entry.every_team.get().last_seen

    with time_machine.travel(made + timedelta(seconds=30), tick=False):
        browser.reach()
    assert Entry.every_team.get().last_seen == made

    with time_machine.travel(made + timedelta(seconds=60), tick=False):
        browser.reach()
    assert Entry.every_team.get().last_seen > made


def test_being_seen_in_one_browser_says_nothing_of_another(acme: Team) -> None:
    browser, left = Browser.at_code(make.who(acme, "mia")), Browser.at_code(make.who(acme, "adam"))
    alone = left.reach().entry.last_seen

    with time_machine.travel(alone + timedelta(hours=1), tick=False):
        browser.reach()

    assert Entry.every_team.get(member=make.who(acme, "adam")).last_seen == alone


def test_who_was_signed_out_of_a_team_may_still_choose_another_hours_later(acme: Team, globex: Team) -> None:
    guest = make.member(globex, "mia@acme.test")
    browser = Browser.at_code(make.who(acme, "mia"))
    make.sign_out(acme, make.who(acme, "mia"))

    with time_machine.travel(timezone.now() + timedelta(hours=9), tick=False):
        reached = browser.reach()

    assert (reached.kind, reached.choices) == (Kind.CODE, [guest])


# ── Single sign-on (rules 6 and 30) ──────────────────────────────────────────────────────────────────────────────────
def test_an_sso_session_is_one_member_of_one_team(acme: Team, globex: Team) -> None:
    make.sso_on(acme)
    make.member(globex, "mia@acme.test")

    reached = Browser.at_sso(make.who(acme, "mia")).reach()

    assert reached.kind is Kind.SSO
    assert reached.choices == [make.who(acme, "mia")]


def test_finishing_sso_drops_the_code_session_under_a_new_cookie(acme: Team, globex: Team) -> None:
    make.sso_on(acme)
    guest = make.member(globex, "mia@acme.test")
    browser = Browser.at_code(guest)
    old = browser.cookie

    browser.enter_by_sso(make.who(acme, "mia"))

    assert browser.cookie != old
    assert browser.reach().choices == [make.who(acme, "mia")]
    assert Entry.every_team.get(member=guest).ended_why == "left"
    with browser.request() as request:
        assert not request.user.is_authenticated


def test_an_sso_session_ends_with_the_shortest_limit(acme: Team) -> None:
    make.sso_on(acme)
    soon = timezone.now() + timedelta(minutes=20)

    browser = Browser.at_sso(make.who(acme, "mia"), until=soon)

    with time_machine.travel(soon + timedelta(seconds=1), tick=False):
        assert browser.reach().kind is Kind.NOBODY


def test_an_sso_session_that_does_not_carry_the_role_counts_as_a_member(acme: Team) -> None:
    make.sso_on(acme)

    reached = Browser.at_sso(make.who(acme, "olga"), full_role=False).reach()

    assert reached.role is Role.MEMBER
    assert access.actor(reached).role is Role.MEMBER


def test_who_was_deleted_meanwhile_is_not_entered(acme: Team) -> None:
    mia = make.who(make.sso_on(acme), "mia")
    roster.remove(acme, make.as_owner(acme), mia.pk)

    with pytest.raises(Missing):
        Browser().enter_by_sso(mia)

    assert not Entry.every_team.exists()


# ── Break-glass (rule 28) ────────────────────────────────────────────────────────────────────────────────────────────
def break_glass(team: Team) -> Browser:
    """Enter Olga by emergency access."""
    browser = Browser()
    browser.enter_by_break_glass(make.who(team, "olga"))
    return browser


def test_break_glass_opens_an_enforced_team_for_thirty_minutes(acme: Team) -> None:
    browser = break_glass(make.enforced(acme))

    assert browser.reach().kind is Kind.BREAK_GLASS
    assert access.actor(browser.reach()).door is Door.BREAK_GLASS
    with time_machine.travel(timezone.now() + timedelta(minutes=31), tick=False):
        assert browser.reach().kind is Kind.NOBODY


def test_break_glass_drops_the_session_that_the_browser_had_under_a_new_cookie(acme: Team) -> None:
    browser = Browser.at_code(make.who(acme, "mia"))
    before = browser.cookie

    browser.enter_by_break_glass(make.who(acme, "olga"))

    assert (browser.reach().kind, browser.reach().member) == (Kind.BREAK_GLASS, make.who(acme, "olga"))
    assert browser.cookie != before
    assert Entry.every_team.get(member=make.who(acme, "mia")).ended_why == "left"


def test_break_glass_ends_with_the_owner_s_role(acme: Team) -> None:
    make.second_owner(acme)
    browser = break_glass(acme)

    owners.set_role(acme, make.by(make.who(acme, "adam")), make.who(acme, "olga").pk, Role.ADMIN)

    assert browser.reach().kind is Kind.NOBODY


# ── Leaving and proving again ────────────────────────────────────────────────────────────────────────────────────────
def test_leaving_ends_the_entries_of_this_browser_only(acme: Team) -> None:
    here, there = Browser.at_code(make.who(acme, "mia")), Browser.at_code(make.who(acme, "mia"))

    here.leave()

    assert here.reach().kind is Kind.NOBODY
    assert there.reach().member == make.who(acme, "mia")


@pytest.mark.parametrize(("later", "proven"), [(timedelta(minutes=4), True), (timedelta(minutes=6), False)])
def test_a_proof_is_good_for_five_minutes(acme: Team, later: timedelta, proven: bool) -> None:
    browser = Browser.at_code(make.who(acme, "mia"))
    with browser.request() as request:
        assert not access.is_sudo(request)
        access.mark_sudo(request)

    with time_machine.travel(timezone.now() + later, tick=False), browser.request() as request:
        assert access.is_sudo(request) is proven


def test_barring_a_member_shuts_out_every_proof_until_then(acme: Team) -> None:
    mia, now = make.who(acme, "mia"), timezone.now()

    access.bar(mia, now, "tried")

    assert access.reachable_by_code(mia.sign_in_email_key, now) == []
    assert access.reachable_by_code(mia.sign_in_email_key, now + timedelta(microseconds=1)) == [mia]


def test_signing_out_elsewhere_by_code_takes_the_users_other_browsers_and_nobody_elses(acme: Team) -> None:
    mia, adam = make.who(acme, "mia"), make.who(acme, "adam")
    here, waiting, adams = Browser.at_code(mia), Browser.by_code("mia@acme.test"), Browser.at_code(adam)
    entry, user = here.reach().entry, codes.user_of("mia@acme.test")

    ended = owners.sign_out_elsewhere(acme, make.by(mia), entry.session_id, user.pk)

    assert (ended, journal.last(acme).kind) == (1, "other_sessions.ended")
    assert [browser.reach().kind for browser in (here, waiting, adams)] == ["code", "nobody", "code"]
    assert {row.member_id: row.ended_why for row in Entry.every_team.all()} == {mia.pk: "", adam.pk: ""}


def test_signing_out_elsewhere_ends_the_entries_of_the_other_browsers_in_any_team_and_says_why(
    acme: Team, globex: Team
) -> None:
    mia, guest = make.who(acme, "mia"), make.member(globex, "mia@acme.test")
    here, there, abroad = Browser.at_code(mia), Browser.at_code(mia), Browser.at_code(guest)
    kept, *gone = (browser.reach().entry for browser in (here, there, abroad))

    ended = owners.sign_out_elsewhere(acme, make.by(mia), kept.session_id, codes.user_of("mia@acme.test").pk)

    why = dict(Entry.every_team.exclude(ended_at=None).values_list("pk", "ended_why"))
    assert (ended, set(why)) == (2, {entry.pk for entry in gone})
    assert all(why.values())


def test_signing_out_elsewhere_by_single_sign_on_leaves_the_users_own_sessions_alone(acme: Team) -> None:
    mia = make.who(make.sso_on(acme), "mia")
    here, other, user = Browser.at_sso(mia), Browser.at_sso(mia), Browser.by_code("mia@acme.test")

    assert owners.sign_out_elsewhere(acme, make.by(mia), here.reach().entry.session_id, None) == 1

    assert [browser.reach().kind for browser in (here, other, user)] == ["sso", "nobody", "code"]
