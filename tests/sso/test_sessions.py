"""A session made by single sign-on: what it sees, when it ends, and how it meets a code session (rules 5-7 and 30)."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.conf import settings
from django.test import Client
from django.utils import timezone

from portal.demo.idp import PracticeIdp
from portal.teams import owners, policy, roster
from portal.teams.actor import Role
from portal.teams.models import Entry, Member, Team
from sso.models import Subject
from tests import make
from tests.pages import reading
from tests.sso.sign_ins import is_in


@pytest.fixture
def mias(acme: Team, idp: PracticeIdp) -> Client:
    """Mia's browser, signed in by single sign-on."""
    browser = Client()
    make.sso_sign_in(browser, acme, idp, "mia@acme.test")
    return browser


# ── What it sees ─────────────────────────────────────────────────────────────────────────────────────────────────────
def test_it_sees_its_team_alone(acme: Team, globex: Team, mias: Client) -> None:
    make.member(globex, "mia@acme.test")

    shown = mias.get("/teams/", follow=True)

    assert shown.redirect_chain == [("/", 302)]
    assert "Globex" not in mias.get("/settings/profile/").content.decode()
    assert "mia@acme.test" in reading.words(mias.get("/settings/profile/"))
    assert "Acme" in mias.get("/settings/profile/").content.decode()


def test_it_can_t_choose_another_team(acme: Team, globex: Team, mias: Client) -> None:
    guest = make.member(globex, "mia@acme.test")

    mias.post("/teams/", {"member": str(guest.pk)})

    assert not guest.entries.exists()


def test_it_carries_no_user_whose_passkeys_or_operator_s_pages_it_could_reach(acme: Team, mias: Client) -> None:
    request = mias.get("/settings/profile/").wsgi_request

    assert not request.user.is_authenticated
    assert mias.post("/again/send/")["Location"].startswith("/sign-in/")


def test_it_keeps_what_single_logout_will_look_for(acme: Team, idp: PracticeIdp) -> None:
    make.sso_sign_in(Client(), acme, idp, "mia@acme.test", name_id="x-81", session_index="i-7")

    entry = Entry.every_team.get()
    assert (entry.door, entry.name_id, entry.session_index) == ("sso", "x-81", "i-7")
    assert entry.connection_id == acme.sso_connection.pk


# ── One kind at a time (rule 30) ─────────────────────────────────────────────────────────────────────────────────────
def test_finishing_drops_the_code_session_under_a_new_cookie(acme: Team, globex: Team, idp: PracticeIdp) -> None:
    guest = make.member(globex, "mia@acme.test")
    browser = make.sign_in(Client(), "mia@acme.test", "globex")
    old = browser.cookies[settings.SESSION_COOKIE_NAME].value

    make.sso_sign_in(browser, acme, idp, "mia@acme.test")

    thief = Client()
    thief.cookies[settings.SESSION_COOKIE_NAME] = old
    assert browser.cookies[settings.SESSION_COOKIE_NAME].value != old
    assert not is_in(thief)
    assert guest.entries.get().ended_why == "left"
    assert not browser.get("/settings/profile/").wsgi_request.user.is_authenticated


def test_a_second_sign_in_ends_the_first_in_the_same_browser(acme: Team, idp: PracticeIdp, mias: Client) -> None:
    make.sso_sign_in(mias, acme, idp, "adam@acme.test")

    live = Entry.every_team.filter(ended_at=None)
    assert [entry.member for entry in live] == [make.who(acme, "adam")]


def test_signing_in_by_code_drops_the_session(acme: Team, mias: Client) -> None:
    old = mias.cookies[settings.SESSION_COOKIE_NAME].value

    make.sign_in(mias, "adam@acme.test")

    assert "adam@acme.test" in reading.words(mias.get("/settings/profile/"))
    assert [entry.door for entry in Entry.every_team.filter(ended_at=None)] == ["code"]
    assert mias.cookies[settings.SESSION_COOKIE_NAME].value != old


def test_a_refused_sign_in_leaves_the_session_that_was_there(acme: Team, idp: PracticeIdp, mias: Client) -> None:
    make.suspend(acme, make.who(acme, "adam"))

    assert make.sso_sign_in(mias, acme, idp, "adam@acme.test").status_code == 403
    assert is_in(mias)


def test_signing_out_ends_it(acme: Team, mias: Client) -> None:
    mias.post("/sign-out/")

    assert not is_in(mias)


# ── When it ends ─────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("team_hours", "idp_hours", "ends"),
    [(24, None, 12), (12, 24, 12), (3, None, 3), (3, 2, 2), (12, 1, 1)],
)
def test_it_ends_with_the_earliest_limit(
    acme: Team, idp: PracticeIdp, team_hours: int, idp_hours: int | None, ends: int
) -> None:  # fmt: skip
    Team.every_team.filter(pk=acme.pk).update(session_hours=team_hours)
    until = datetime.now(UTC) + timedelta(hours=idp_hours) if idp_hours else None

    make.sso_sign_in(Client(), acme, idp, "mia@acme.test", session_not_on_or_after=until)

    left = Entry.every_team.get().expires_at - timezone.now()
    assert abs(left - timedelta(hours=ends)) < timedelta(seconds=30)


def test_it_is_over_after_its_last_moment_however_busy_it_was(acme: Team, mias: Client) -> None:
    start = datetime.now(UTC)

    seen = []
    for hour in (4, 8, 11, 13):
        with time_machine.travel(start + timedelta(hours=hour)):
            seen.append(is_in(mias))

    assert seen == [True, True, True, False]


def test_it_is_over_when_nobody_used_it_for_eight_hours(acme: Team, mias: Client) -> None:
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=8, minutes=1)):
        assert not is_in(mias)


def deactivate_by_scim(team: Team, member: Member) -> None:
    """Let the directory take the member's seat."""
    policy.turn_scim_on(team, make.as_owner(team))
    roster.update(team, make.scim(team), member.pk, {"active": False})


ENDS: dict[str, Callable[[Team, Member], object]] = {
    "unassigned": lambda team, member: roster.unassign(team, make.as_owner(team), member.pk),
    "deactivated by SCIM": deactivate_by_scim,
    "suspended": make.suspend,
    "held": lambda team, member: Member.every_team.filter(pk=member.pk).update(held_at=timezone.now()),
    "another role": lambda team, member: make.role(team, member, "auditor"),
    "signed out": make.sign_out,
    "SSO off": lambda team, member: policy.turn_sso_off(team, make.as_owner(team)),
    "SSO off at the very moment": lambda team, member: Team.every_team.update(sso_on=False),
    "deleted": lambda team, member: roster.remove(team, make.as_owner(team), member.pk),
}


@pytest.mark.parametrize("name", ENDS)
def test_it_ends_at_the_next_request(acme: Team, mias: Client, name: str) -> None:
    assert is_in(mias)

    ENDS[name](acme, make.who(acme, "mia"))

    assert not is_in(mias)


def reactivate(team: Team, member: Member) -> None:
    """Take the member's seat and give it back."""
    roster.unassign(team, make.as_owner(team), member.pk)
    roster.assign_again(team, make.as_owner(team), member.pk)


def suspend_and_lift(team: Team, member: Member) -> None:
    """Suspend the member and end it."""
    make.suspend(team, member)
    owners.unsuspend(team, make.as_owner(team), member.pk)


def off_and_on(team: Team, member: Member) -> None:
    """Turn single sign-on off and on."""
    policy.turn_sso_off(team, make.as_owner(team))
    policy.turn_sso_on(team, make.as_owner(team))


def promote_and_demote(team: Team, member: Member) -> None:
    """Give the member a role and take it back."""
    make.role(team, member, "admin")
    make.role(team, member, "member")


@pytest.mark.parametrize("there_and_back", [reactivate, suspend_and_lift, off_and_on, promote_and_demote])
def test_coming_back_revives_it_in_no_case(
    acme: Team, idp: PracticeIdp, mias: Client, there_and_back: Callable[[Team, Member], None]
) -> None:  # fmt: skip
    there_and_back(acme, make.who(acme, "mia"))

    assert not is_in(mias)
    make.sso_sign_in(mias, acme, idp, "mia@acme.test")
    assert is_in(mias)


def test_a_ticket_from_before_single_sign_on_was_turned_off_opens_nothing(
    acme: Team, idp: PracticeIdp, browser: Client
) -> None:  # fmt: skip
    arrived = make.post_acs(acme, make.answer(idp, make.ask_idp(browser, acme), "mia@acme.test"))

    policy.turn_sso_off(acme, make.as_owner(acme))

    assert make.follow(browser, arrived).status_code == 403
    assert not Entry.every_team.exists()


def test_a_ticket_from_before_the_trust_was_changed_opens_nothing(
    acme: Team, idp: PracticeIdp, browser: Client
) -> None:  # fmt: skip
    arrived = make.post_acs(acme, make.answer(idp, make.ask_idp(browser, acme), "mia@acme.test"))
    make.connect_idp_anew(acme)

    shown = make.follow(browser, arrived)

    assert shown.status_code == 403
    assert "The single sign-on connection was changed while you signed in." in reading.words(shown)
    assert not Entry.every_team.exists()


# ── Roles (rule 7) ───────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_promoted_member_s_code_session_has_the_role_after_a_new_proof(acme: Team) -> None:
    make.role(acme, make.who(acme, "mia"), "admin")

    browser = make.sign_in(Client(), "mia@acme.test")

    assert browser.get("/members/").status_code == 200


def test_a_code_session_meets_a_privileged_member_by_the_sign_in_e_mail_alone(acme: Team, idp: PracticeIdp) -> None:
    policy.turn_scim_on(acme, make.as_owner(acme))
    adam = make.provisioned(acme, "adam@acme.test")
    roster.update(acme, make.scim(acme), adam.pk, {"email": "eve@acme.test"})

    make.sign_in(Client(), "adam@acme.test")

    assert make.code_for("eve@acme.test") == ""
    assert Entry.every_team.get().member == adam


def test_an_unconfirmed_identity_of_an_owner_counts_as_a_member(acme: Team, idp: PracticeIdp, mias: Client) -> None:
    owners.set_role(acme, make.as_owner(acme), make.who(acme, "mia").pk, Role.OWNER)

    make.sso_sign_in(mias, acme, idp, "mia@acme.test")

    assert Subject.every_team.get().confirmed_at is None
    assert (mias.get("/").status_code, mias.get("/members/").status_code) == (200, 403)
