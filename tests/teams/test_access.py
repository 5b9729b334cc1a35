"""What a browser session may see (spec rules 5, 6, 8, 28 and 30)."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from portal.teams import access, founding, owners, policy, roster
from portal.teams.access import Kind
from portal.teams.actor import Door, Role
from portal.teams.models import Entry, Member, Team
from tests import make
from tests.teams.browsers import Browser


# ── Code sessions ────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_proven_address_reaches_its_members_in_every_team_and_nobody_else(acme: Team, globex: Team) -> None:
    guest = make.member(globex, "mia@acme.test")

    reached = Browser.by_code("MIA@acme.test").reach()

    assert reached.kind is Kind.CODE
    assert reached.choices == [make.who(acme, "mia"), guest]


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


@pytest.mark.parametrize(
    ("later", "is_in"), [(timedelta(hours=7), True), (timedelta(hours=9), False), (timedelta(hours=25), False)]
)
def test_a_code_session_ends_when_it_was_idle(acme: Team, later: timedelta, is_in: bool) -> None:
    browser = Browser.at_code(make.who(acme, "mia"))

    with time_machine.travel(timezone.now() + later, tick=False):
        assert (browser.reach().member is not None) is is_in


def test_a_code_session_ends_after_a_day_however_busy_it_is(acme: Team) -> None:
    browser, start = Browser.at_code(make.who(acme, "mia")), timezone.now()

    seen = []
    for hour in range(4, 29, 4):
        with time_machine.travel(start + timedelta(hours=hour), tick=False):
            seen.append(browser.reach().member is not None)

    assert seen == [True, True, True, True, True, False, False]


def test_last_seen_is_written_at_most_once_a_minute(acme: Team) -> None:
    browser = Browser.at_code(make.who(acme, "mia"))
    made = Entry.every_team.get().last_seen

    with time_machine.travel(made + timedelta(seconds=30), tick=False):
        browser.reach()
    assert Entry.every_team.get().last_seen == made

    with time_machine.travel(made + timedelta(seconds=61), tick=False):
        browser.reach()
    assert Entry.every_team.get().last_seen > made


# ── What ends a session, and what revives none ───────────────────────────────────────────────────────────────────────
ENDS: dict[str, Callable[[Team, Member], object]] = {
    "unassigned": lambda team, mia: roster.unassign(team, make.as_owner(team), mia.pk),
    "removed": lambda team, mia: roster.remove(team, make.as_owner(team), mia.pk),
    "suspended": make.suspend,
    "signed out": make.sign_out,
    "another role": lambda team, mia: make.role(team, mia, "auditor"),
    "sso enforced": lambda team, mia: make.enforced(team),
    "team closed": lambda team, mia: founding.close(team, make.BY_OPERATOR),
}


@pytest.mark.parametrize("name", ENDS)
def test_a_code_session_ends_at_once(acme: Team, name: str) -> None:
    browser = Browser.at_code(make.who(acme, "mia"))
    assert browser.reach().member is not None

    ENDS[name](acme, make.who(acme, "mia"))

    assert browser.reach().member is None
    assert browser.reach().choices == []


@pytest.mark.parametrize("name", ["unassigned", "removed", "suspended", "signed out", "another role", "team closed"])
def test_an_sso_session_ends_at_once(acme: Team, name: str) -> None:
    make.sso_on(acme)
    browser = Browser.at_sso(make.who(acme, "mia"))
    assert browser.reach().member is not None

    ENDS[name](acme, make.who(acme, "mia"))

    assert browser.reach().kind is Kind.NOBODY


@pytest.mark.parametrize("sign_in", [Browser.at_code, Browser.at_sso], ids=["code", "sso"])
def test_coming_back_revives_no_entry(acme: Team, sign_in: Callable[[Member], Browser]) -> None:
    make.scim_on(acme)
    mia = make.provisioned(acme, "mia@acme.test", active=True)
    browser = sign_in(mia)

    roster.update(acme, make.scim(acme), mia.pk, {"active": False})
    roster.update(acme, make.scim(acme), mia.pk, {"active": True})

    assert browser.reach().member is None
    assert browser.reach().choices == []


def test_a_new_sign_in_after_coming_back_opens(acme: Team) -> None:
    mia = roster.unassign(acme, make.as_owner(acme), make.who(acme, "mia").pk)
    roster.assign_again(acme, make.as_owner(acme), mia.pk)

    assert Browser.by_code("mia@acme.test").reach().choices == [mia]


def test_entries_are_ended_and_never_deleted(acme: Team) -> None:
    Browser.at_code(make.who(acme, "mia"))

    roster.unassign(acme, make.as_owner(acme), make.who(acme, "mia").pk)

    entry = Entry.every_team.get()
    assert entry.ended_at is not None
    assert entry.ended_why == "deactivated"


def test_signing_one_member_out_leaves_the_others_in(acme: Team, globex: Team) -> None:
    guest = make.member(globex, "mia@acme.test")
    browser, other = Browser.at_code(make.who(acme, "mia")), Browser.at_code(make.who(acme, "adam"))

    make.sign_out(acme, make.who(acme, "mia"))

    assert browser.reach().choices == [guest]
    assert other.reach().member is not None


def test_sign_out_says_how_many_sessions_it_ended(acme: Team) -> None:
    mia = make.who(acme, "mia")
    Browser.at_code(mia), Browser.at_code(mia)

    assert owners.sign_out(acme, make.as_owner(acme), mia.pk) == 2
    assert owners.sign_out(acme, make.as_owner(acme), mia.pk) == 0


def test_who_left_a_team_needs_a_new_sign_in_to_enter_it_again(acme: Team) -> None:
    browser = Browser.at_code(make.who(acme, "mia"))
    Entry.every_team.update(ended_at=timezone.now(), ended_why="left")

    assert browser.reach().choices == []


# ── Enforce SSO (rule 5) ─────────────────────────────────────────────────────────────────────────────────────────────
def test_an_enforced_team_is_reached_by_no_code_of_before_or_after(acme: Team, globex: Team) -> None:
    guest = make.member(globex, "mia@acme.test")
    before = Browser.at_code(make.who(acme, "mia"))

    make.enforced(acme)

    assert before.reach().choices == [guest]
    assert Browser.by_code("mia@acme.test").reach().choices == [guest]


def test_lifting_enforce_lets_in_only_codes_proved_after_it_began(acme: Team) -> None:
    entered, signed_in = Browser.at_code(make.who(acme, "mia")), Browser.by_code("mia@acme.test")
    make.enforced(acme)

    policy.relax(acme, make.as_owner(acme))

    assert entered.reach().choices == []
    assert signed_in.reach().choices == []
    assert Browser.by_code("mia@acme.test").reach().choices == [make.who(acme, "mia")]


def test_enforce_leaves_sso_sessions_alone(acme: Team) -> None:
    make.sso_on(acme)
    browser = Browser.at_sso(make.who(acme, "mia"))

    policy.enforce(acme, make.as_owner(acme))

    assert browser.reach().member == make.who(acme, "mia")


def test_turning_sso_off_ends_its_sessions_and_no_other(acme: Team) -> None:
    make.sso_on(acme)
    by_sso, by_code = Browser.at_sso(make.who(acme, "mia")), Browser.at_code(make.who(acme, "adam"))

    policy.turn_sso_off(acme, make.as_owner(acme))

    assert by_sso.reach().kind is Kind.NOBODY
    assert by_code.reach().member == make.who(acme, "adam")


def test_sso_off_and_on_again_revives_no_session(acme: Team) -> None:
    make.sso_on(acme)
    browser = Browser.at_sso(make.who(acme, "mia"))
    policy.turn_sso_off(acme, make.as_owner(acme))

    make.sso_on(acme)

    assert browser.reach().kind is Kind.NOBODY


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
