"""What ends a session, and what revives none (spec rules 5 and 8)."""

from collections.abc import Callable

import pytest
from django.utils import timezone

from portal.teams import founding, owners, policy, roster
from portal.teams.access import Kind
from portal.teams.models import Entry, Member, Team
from tests import make
from tests.teams.browsers import Browser

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


def test_an_entry_proved_before_its_member_was_barred_opens_nothing_even_if_it_was_not_ended(acme: Team) -> None:
    make.sso_on(acme)
    browser = Browser.at_sso(make.who(acme, "mia"))

    Member.every_team.filter(email="mia@acme.test").update(entry_after=timezone.now())

    assert browser.reach().kind is Kind.NOBODY


def test_an_entry_proved_in_the_very_moment_of_the_bar_opens_nothing(acme: Team) -> None:
    make.sso_on(acme)
    browser = Browser.at_sso(make.who(acme, "mia"))

    Member.every_team.filter(email="mia@acme.test").update(entry_after=Entry.every_team.get().proved_at)

    assert browser.reach().kind is Kind.NOBODY


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
