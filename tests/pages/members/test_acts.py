"""Acts on the members page: what they do, and what locks them."""

from collections.abc import Callable

import pytest
from django.test import Client

from portal.teams import roster, seats
from portal.teams.models import Event, Letter, Member, Team
from tests import make
from tests.pages import reading

BY_SCIM = "Members are managed by your identity provider (SCIM is on). Assign and unassign them there."
BY_SSO = "Members are added by your identity provider (SSO is enforced). Assign the app to them there."


def as_olga(team: Team, browser: Client) -> Client:
    """Sign Olga in, by the way that is open to the team."""
    if team.sso_enforced:
        return make.enter_by_sso(browser, make.who(team, "olga"))
    return make.sign_in(browser, "olga@acme.test")


def last_event(team: Team) -> Event:
    """The newest event of the journal."""
    return Event.every_team.filter(team=team).latest("number")


# ── Seats ────────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_assigning_by_address_adds_seats_and_mails(acme: Team, browser: Client) -> None:
    as_olga(acme, browser)

    done = make.press(browser, "/members/assign/", acme, email="nia@acme.test", given_name="Nia", back="/members/?q=n")

    assert done["Location"] == "/members/?q=n"
    assert "Nia has a seat now." in reading.words(browser.get("/members/?q=n"))
    assert make.who(acme, "nia").seat.number == 4
    assert Letter.objects.filter(kind="seated", to="nia@acme.test").exists()


@pytest.mark.parametrize("email", ["", "no address", "a\x00@acme.test", f"{'x' * 300}@acme.test"])
def test_an_address_that_is_none_is_asked_for_again(acme: Team, browser: Client, email: str) -> None:
    as_olga(acme, browser)

    answer = make.press(browser, "/members/assign/", acme, email=email)

    assert answer.status_code == 400
    assert reading.page(answer).xpath("//input[@name='email' and @aria-invalid='true']")


def test_unassigning_is_asked_for_in_words_and_frees_the_seat(acme: Team, browser: Client) -> None:
    as_olga(acme, browser)
    mia = make.who(acme, "mia")
    dialog = reading.page(browser.get(f"/members/{mia.pk}/")).xpath("//dialog[@id='unassign']")[0]

    make.press(browser, dialog.xpath(".//form/@action")[0], acme)

    assert "They become inactive and are signed out at once." in " ".join(dialog.text_content().split())
    assert not make.who(acme, "mia").active
    assert seats.tally(acme).assigned == 2


def test_unassigning_ends_the_persons_session_at_once(acme: Team, browser: Client) -> None:
    mias = make.sign_in(Client(), "mia@acme.test")

    make.press(as_olga(acme, browser), reading.act(make.who(acme, "mia"), "unassign"), acme)

    assert mias.get("/")["Location"] == "/teams/"


def test_an_inactive_member_can_be_assigned_again(acme: Team, browser: Client) -> None:
    mia = roster.unassign(acme, make.as_owner(acme), make.who(acme, "mia").pk)
    as_olga(acme, browser)
    dialog = reading.page(browser.get(f"/members/{mia.pk}/")).xpath("//dialog[@id='assign-again']")[0]

    make.press(browser, dialog.xpath(".//form/@action")[0], acme)

    assert make.who(acme, "mia").active


def test_who_finds_no_seat_waits_until_there_is_one(acme: Team, browser: Client) -> None:
    seats.resize(acme, make.BY_OPERATOR, 3)
    as_olga(acme, browser)

    refused = make.press(browser, "/members/assign/", acme, email="late@acme.test")

    assert refused.status_code == 409
    assert "No unassigned seats left in team Acme: 3 of 3 seats are in use." in reading.words(refused)
    assert "late@acme.test" in reading.words(browser.get("/members/waiting/"))
    seats.resize(acme, make.BY_OPERATOR, 4)
    make.press(browser, "/members/assign/", acme, email="late@acme.test")
    assert "Nobody is waiting" in reading.words(browser.get("/members/waiting/"))


def test_somebody_who_waits_can_be_dismissed(acme: Team, browser: Client) -> None:
    seats.resize(acme, make.BY_OPERATOR, 3)
    as_olga(acme, browser)
    make.press(browser, "/members/assign/", acme, email="late@acme.test")
    dismiss = [
        action
        for action in reading.actions(browser.get("/members/waiting/"))
        if action.endswith("/dismiss/") and action != "/members/waiting/dismiss/"
    ]

    make.press(browser, dismiss[0], acme)

    assert not acme.waiting.exists()
    assert last_event(acme).kind == "waiting.dismissed"
    assert make.press(browser, dismiss[0], acme).status_code == 404


# ── Locks ────────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(("lock", "reason"), [(make.scim_on, BY_SCIM), (make.enforced, BY_SSO)])
def test_a_lock_on_assigning_is_shown_and_holds(
    acme: Team, browser: Client, lock: Callable[[Team], Team], reason: str
) -> None:
    as_olga(lock(acme), browser)

    refused = make.press(browser, "/members/assign/", acme, email="nia@acme.test")

    assert reading.closed(browser.get("/members/"), "Assign a seat") == reason
    assert (refused.status_code, reason in reading.words(refused)) == (409, True)
    event = last_event(acme)
    assert (event.refused, event.data["reason"], event.subject) == (True, reason, "nia@acme.test")
    assert not Member.every_team.filter(email="nia@acme.test").exists()


def test_scim_locks_unassigning_too(acme: Team, browser: Client) -> None:
    as_olga(make.scim_on(acme), browser)
    mia = make.who(acme, "mia")

    refused = make.press(browser, reading.act(mia, "unassign"), acme)

    assert reading.closed(browser.get(f"/members/{mia.pk}/"), "Unassign") == BY_SCIM
    assert (refused.status_code, BY_SCIM in reading.words(refused)) == (409, True)
    assert (last_event(acme).refused, last_event(acme).subject_id) == (True, str(mia.pk))
    assert make.who(acme, "mia").active


@pytest.mark.parametrize("lock", [make.scim_on, make.enforced])
def test_a_lock_on_assigning_closes_assigning_again(acme: Team, browser: Client, lock: Callable[[Team], Team]) -> None:
    mia = roster.unassign(acme, make.as_owner(acme), make.who(acme, "mia").pk)
    as_olga(lock(acme), browser)

    refused = make.press(browser, reading.act(mia, "assign"), acme)

    assert reading.closed(browser.get(f"/members/{mia.pk}/"), "Assign again") in (BY_SCIM, BY_SSO)
    assert refused.status_code == 409
    assert not make.who(acme, "mia").active


def test_enforced_sso_leaves_unassigning_open(acme: Team, browser: Client) -> None:
    as_olga(make.enforced(acme), browser)

    make.press(browser, reading.act(make.who(acme, "mia"), "unassign"), acme)

    assert not make.who(acme, "mia").active


def test_roles_suspension_and_signing_out_stay_open_under_scim(acme: Team, browser: Client) -> None:
    as_olga(make.scim_on(acme), browser)
    mia = make.who(acme, "mia")

    fields = {"role": "auditor", "sign_in_email": "mia@acme.test"}

    answers = [make.press(browser, reading.act(mia, verb), acme, **fields) for verb in ("role", "suspend", "sign-out")]

    assert [answer.status_code for answer in answers] == [302, 302, 302]
    assert (make.who(acme, "mia").role, make.who(acme, "mia").may_enter) == ("auditor", False)


# ── Roles and entry ──────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_role_is_not_given_to_an_address_that_came_while_the_dialog_was_open(acme: Team, browser: Client) -> None:
    mia = make.who(acme, "mia")
    dialog = reading.page(as_olga(acme, browser).get(f"/members/{mia.pk}/")).xpath("//dialog[@id='role']")[0]
    form = dict(dialog.xpath(".//form")[0].form_values()) | {"role": "admin"}
    roster.update(acme, make.as_owner(acme), mia.pk, {"email": "evil@acme.test"})

    answer = browser.post(f"/members/{mia.pk}/role/", form)

    assert "They sign in by code as mia@acme.test." in " ".join(dialog.text_content().split())
    assert answer.status_code == 409
    assert "sign-in e-mail is not the one you were shown. Nothing was changed" in reading.words(answer)
    assert (make.who(acme, "evil").role, last_event(acme).kind) == ("member", "member.updated")


def test_a_role_is_given_to_the_address_that_the_dialog_shows(acme: Team, browser: Client) -> None:
    mia = make.who(acme, "mia")
    dialog = reading.page(as_olga(acme, browser).get(f"/members/{mia.pk}/")).xpath("//dialog[@id='role']")[0]

    browser.post(f"/members/{mia.pk}/role/", dict(dialog.xpath(".//form")[0].form_values()) | {"role": "admin"})

    assert make.who(acme, "mia").role == "admin"


def test_the_role_form_says_what_happens_and_by_which_address_they_sign_in(acme: Team, browser: Client) -> None:
    as_olga(acme, browser)

    answer = reading.words(browser.get(f"/members/{make.who(acme, 'mia').pk}/"))

    assert "They are signed out; the new role counts from their next sign-in." in answer
    assert "They sign in by code as mia@acme.test." in answer


def test_an_admin_is_not_offered_to_make_owners_and_cannot(acme: Team, browser: Client) -> None:
    make.sign_in(browser, "adam@acme.test")
    mia = make.who(acme, "mia")

    refused = make.press(browser, reading.act(mia, "role"), acme, role="owner")

    drawn = reading.page(browser.get(f"/members/{mia.pk}/"))
    assert drawn.xpath("//dialog[@id='role']//select/option/@value") == ["member", "auditor", "admin"]
    assert (refused.status_code, make.who(acme, "mia").role) == (403, "member")


@pytest.mark.parametrize("role", ["", "king", "OWNER\x00"])
def test_an_unknown_role_is_refused(acme: Team, browser: Client, role: str) -> None:
    refused = make.press(as_olga(acme, browser), reading.act(make.who(acme, "mia"), "role"), acme, role=role)

    assert (refused.status_code, make.who(acme, "mia").role) == (400, "member")


def test_nobody_changes_their_own_role(acme: Team, browser: Client) -> None:
    make.second_owner(acme)

    refused = make.press(as_olga(acme, browser), reading.act(make.who(acme, "olga"), "role"), acme, role="admin")

    assert refused.status_code == 403
    assert "You can't change your own role." in reading.words(refused)


def test_the_last_owner_stays_and_the_page_says_so(acme: Team, browser: Client) -> None:
    as_olga(acme, browser)

    refused = make.press(browser, reading.act(make.who(acme, "olga"), "unassign"), acme)

    assert reading.closed(browser.get(f"/members/{make.who(acme, 'olga').pk}/"), "Unassign") == "The last owner stays."
    assert refused.status_code == 403
    assert "olga@acme.test is the last owner of team Acme." in reading.words(refused)
    assert make.who(acme, "olga").active


def test_an_owner_suspends_and_ends_the_suspension(acme: Team, browser: Client) -> None:
    as_olga(acme, browser)
    mia = make.who(acme, "mia")

    make.press(browser, reading.act(mia, "suspend"), acme)
    while_suspended = reading.page(browser.get(f"/members/{mia.pk}/"))
    make.press(browser, reading.act(mia, "unsuspend"), acme)

    assert "Suspended" in while_suspended.xpath("//main")[0].text_content()
    assert reading.act(mia, "unsuspend") in while_suspended.xpath("//form/@action")
    assert make.who(acme, "mia").may_enter


def test_signing_somebody_out_ends_their_session_and_leaves_the_seat(acme: Team, browser: Client) -> None:
    mias = make.sign_in(Client(), "mia@acme.test")

    make.press(as_olga(acme, browser), reading.act(make.who(acme, "mia"), "sign-out"), acme)

    assert mias.get("/")["Location"] == "/teams/"
    assert make.who(acme, "mia").active


@pytest.mark.parametrize(("lock", "offered"), [(make.enforced, True), (make.scim_on, False), (make.sso_on, False)])
def test_returning_by_sso_is_offered_only_where_it_counts(
    acme: Team, browser: Client, lock: Callable[[Team], Team], offered: bool
) -> None:
    mia = roster.unassign(acme, make.as_owner(acme), make.who(acme, "mia").pk)
    as_olga(lock(acme), browser)

    drawn = reading.page(browser.get(f"/members/{mia.pk}/"))

    assert (reading.act(mia, "allow-return") in drawn.xpath("//dialog//form/@action")) is offered


def test_a_member_may_be_let_return_by_sso(acme: Team, browser: Client) -> None:
    mia = roster.unassign(acme, make.as_owner(acme), make.who(acme, "mia").pk)
    as_olga(make.enforced(acme), browser)

    make.press(browser, reading.act(mia, "allow-return"), acme)

    assert "May return by SSO." in reading.words(browser.get("/members/"))
    assert make.who(acme, "mia").may_return
