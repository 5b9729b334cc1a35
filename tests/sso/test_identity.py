"""Who is it: from a genuine message to a member of this team, or to a page that names the cause (rules 7, 10, 17)."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from portal.demo.idp import PracticeIdp
from portal.teams import domains, owners, policy, roster, seats
from portal.teams.actor import Role
from portal.teams.models import Entry, Member, Team, Waiting
from sso import identity
from sso.models import LinkPermit, SignInAttempt, Subject
from tests import make
from tests.pages import reading
from tests.teams import journal

PERSISTENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
Enter = Callable[..., Any]


@pytest.fixture
def idp(acme: Team) -> PracticeIdp:
    """Acme's identity provider, connected."""
    return make.connect_idp(acme)


@pytest.fixture
def enter(acme: Team, idp: PracticeIdp) -> Enter:
    """Sign somebody in to Acme from a browser of their own."""
    return lambda email, **said: make.sso_sign_in(Client(), acme, idp, email, **said)


def entered() -> list[Member]:
    """The members that sign-ins opened, in their order."""
    return [entry.member for entry in Entry.every_team.select_related("member").order_by("made_at")]


def refusal(team: Team, shown: Any) -> tuple[int, str]:
    """The status and the recorded result of a sign-in that was refused by name; its page shows both."""
    attempt = SignInAttempt.every_team.filter(team=team).order_by("-at")[0]
    assert attempt.detail in reading.words(shown)
    assert attempt.reference in reading.words(shown)
    return shown.status_code, attempt.result


# ── Known and unknown ────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    "said",
    [
        {"name_id": "MIA@Acme.test", "attributes": {}},
        {"name_id": "MIA@Acme.test", "name_id_format": PERSISTENT, "attributes": {}},
        {"name_id": "x-81", "name_id_format": PERSISTENT},
        {"name_id": "x-81", "attributes": {"User.Email": "mia@acme.test"}},
        {"name_id": "mlund", "attributes": {"email": "other@acme.test"}},
    ],
    ids=["e-mail NameID", "persistent e-mail NameID", "attribute", "OneLogin's attribute", "userName is the NameID"],
)
def test_a_plain_member_is_known_by_what_names_them(acme: Team, enter: Enter, said: dict[str, Any]) -> None:
    Member.every_team.filter(email="mia@acme.test").update(user_name="mlund", user_name_key="mlund")

    enter("mia@acme.test", **said)

    assert entered() == [make.who(acme, "mia")]


def test_a_subject_seen_before_wins_over_the_e_mail(acme: Team, enter: Enter) -> None:
    enter("mia@acme.test", name_id="x-81")
    make.member(acme, "ben@acme.test")

    enter("ben@acme.test", name_id="x-81")

    assert entered() == [make.who(acme, "mia")] * 2
    assert make.who(acme, "mia").email == "mia@acme.test"


def test_nobody_outside_the_team_is_meant_by_their_e_mail(acme: Team, globex: Team, enter: Enter) -> None:
    stranger = make.who(globex, "greg")

    enter("greg@globex.test")

    assert [(member.team, member.role) for member in entered()] == [(acme, "member")]
    assert not stranger.entries.exists()
    assert not stranger.subjects.exists()


def test_two_members_who_match_are_a_refusal(acme: Team, enter: Enter) -> None:
    make.member(acme, "ben@acme.test", user_name="mia")

    shown = enter("mia@acme.test", name_id="mia")

    assert refusal(acme, shown) == (403, "several_members")
    assert not Subject.every_team.exists()


def test_a_plain_member_with_another_identity_is_linked_anew_with_event_and_mail(acme: Team, enter: Enter) -> None:
    enter("mia@acme.test", name_id="x-81")

    enter("mia@acme.test", name_id="x-82")

    assert [subject.name_id for subject in make.who(acme, "mia").subjects.all()] == ["x-82"]
    assert journal.last(acme).kind == identity.RELINKED.name
    assert journal.last(acme).data == {"before": "x-81", "name_id": "x-82"}
    assert journal.mailed("subject_relinked") == ["mia@acme.test"]


def test_linking_anew_ends_the_sessions_of_the_former_identity(acme: Team, idp: PracticeIdp, enter: Enter) -> None:
    former = Client()
    make.sso_sign_in(former, acme, idp, "mia@acme.test", name_id="x-81")

    enter("mia@acme.test", name_id="x-82")

    assert former.get("/")["Location"] == "/sign-in/"


def test_a_first_link_is_in_the_journal_and_a_second_sign_in_is_not(acme: Team, enter: Enter) -> None:
    enter("mia@acme.test")
    linked = journal.last(acme)

    enter("mia@acme.test")

    assert (linked.kind, linked.subject_id) == (identity.LINKED.name, str(make.who(acme, "mia").pk))
    assert journal.last(acme) == linked


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


# ── Genuine, and still refused ───────────────────────────────────────────────────────────────────────────────────────
def hold(team: Team, member: Member) -> None:
    """Hold a member, as SCIM's try to remove the last owner does."""
    Member.every_team.filter(pk=member.pk).update(held_at=timezone.now())


OFF: dict[str, Callable[[Team, Member], object]] = {
    "inactive": lambda team, mia: roster.unassign(team, make.as_owner(team), mia.pk),
    "suspended": make.suspend,
    "held": hold,
}


@pytest.mark.parametrize("known", [False, True], ids=["new identity", "known identity"])
@pytest.mark.parametrize("state", OFF)
def test_who_is_turned_off_stays_out_and_unlinked(acme: Team, enter: Enter, state: str, known: bool) -> None:
    if known:
        enter("mia@acme.test")
    OFF[state](acme, make.who(acme, "mia"))

    shown = enter("mia@acme.test")

    assert refusal(acme, shown) == (403, "account_off")
    assert SignInAttempt.every_team.order_by("-at")[0].member == make.who(acme, "mia")
    assert Subject.every_team.exists() is known
    assert len(entered()) == known
    assert (journal.last(acme).kind, journal.last(acme).subject_id) == (
        "act.refused",
        str(make.who(acme, "mia").pk),
    )


@pytest.mark.parametrize(
    "said",
    [
        {"attributes": {}, "name_id": "x-81"},
        {"attributes": {"email": "no address"}, "name_id": "x-81"},
        {"attributes": {"email": f"{'x' * 250}@acme.test"}, "name_id": "x-81"},
        {"attributes": {}, "name_id": f"{'x' * 246}@acme.test"},
    ],
    ids=["none", "no address", "too long", "too long a NameID"],
)
def test_a_message_without_an_e_mail_names_the_cause(acme: Team, enter: Enter, said: dict[str, Any]) -> None:
    shown = enter("mia@acme.test", **said)

    assert refusal(acme, shown) == (403, "email_missing")
    assert "map the attribute “email”" in reading.words(shown)


@pytest.mark.parametrize("email", ["mia@acme.test", "new@acme.test"])
def test_an_e_mail_outside_the_team_s_domains_is_refused_for_members_too(acme: Team, enter: Enter, email: str) -> None:
    domains.vouch(acme, make.BY_OPERATOR, "acme.example")

    shown = enter(email)

    assert refusal(acme, shown) == (403, "domain_not_allowed")
    assert f"{email} is outside the domains of team Acme" in reading.words(shown)


def test_an_e_mail_inside_the_team_s_domains_passes(acme: Team, enter: Enter) -> None:
    domains.vouch(acme, make.BY_OPERATOR, "ACME.test")

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


# ── Names (R20) ──────────────────────────────────────────────────────────────────────────────────────────────────────
NAMES = {"email": "mia@acme.test", "firstName": "Maria", "lastName": "Lund-Ek"}


def test_names_follow_at_each_sign_in_and_the_e_mail_never(acme: Team, enter: Enter) -> None:
    enter("mia@acme.test", name_id="x-81")

    enter("mia@acme.test", name_id="x-81", attributes={**NAMES, "email": "maria@acme.test"})

    mia = make.who(acme, "mia")
    assert (mia.given_name, mia.family_name) == ("Maria", "Lund-Ek")
    assert (mia.email, mia.sign_in_email, mia.user_name) == ("mia@acme.test",) * 3


def test_names_that_are_not_sent_stay(acme: Team, enter: Enter) -> None:
    enter("mia@acme.test", attributes={"email": "mia@acme.test", "firstName": " "})

    assert make.who(acme, "mia").label == "Mia Lund"


def test_names_that_scim_wrote_stay(acme: Team, enter: Enter) -> None:
    policy.turn_scim_on(acme, make.as_owner(acme))
    make.provisioned(acme, "mia@acme.test", given_name="Mia", family_name="Berg")

    enter("mia@acme.test", attributes=NAMES)

    assert make.who(acme, "mia").label == "Mia Berg"


# ── Owners, admins and auditors (rules 7 and 17) ─────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    "said",
    [
        {"name_id": "olga@acme.test", "attributes": {"email": "other@acme.test"}},
        {"name_id": "boss", "attributes": {"email": "other@acme.test"}},
    ],
    ids=["NameID is the address", "NameID is the userName"],
)
def test_an_owner_is_known_by_the_mapped_e_mail_alone(acme: Team, enter: Enter, said: dict[str, Any]) -> None:
    Member.every_team.filter(email="olga@acme.test").update(user_name="boss", user_name_key="boss")

    shown = enter("olga@acme.test", **said)

    assert refusal(acme, shown) == (403, "link_needed")
    assert "Ask an owner to press “Link again” for you." in reading.words(shown)
    assert (journal.last(acme).kind, journal.last(acme).subject_id) == (
        "act.refused",
        str(make.who(acme, "olga").pk),
    )
    assert Member.every_team.filter(team=acme).count() == 3


def test_an_e_mail_that_scim_wrote_on_the_owner_opens_no_owner_session(acme: Team, enter: Enter) -> None:
    policy.turn_scim_on(acme, make.as_owner(acme))
    olga = make.provisioned(acme, "olga@acme.test")
    roster.update(acme, make.scim(acme), olga.pk, {"email": "eve@acme.test", "user_name": "eve@acme.test"})

    shown = enter("eve@acme.test")

    assert refusal(acme, shown) == (403, "link_needed")
    assert not Entry.every_team.exists()


def test_an_owner_whose_address_scim_rewrote_still_signs_in_by_their_own(acme: Team, enter: Enter) -> None:
    policy.turn_scim_on(acme, make.as_owner(acme))
    olga = make.provisioned(acme, "olga@acme.test")
    roster.update(acme, make.scim(acme), olga.pk, {"email": "eve@acme.test"})

    assert enter("olga@acme.test").status_code == 302
    assert entered() == [olga]


@pytest.mark.parametrize("name", ["olga", "adam"])
def test_a_privileged_member_with_a_new_identity_needs_an_owner(acme: Team, enter: Enter, name: str) -> None:
    enter(f"{name}@acme.test", name_id="x-81")

    shown = enter(f"{name}@acme.test", name_id="x-82")

    assert refusal(acme, shown) == (403, "link_needed")
    assert SignInAttempt.every_team.order_by("-at")[0].member == make.who(acme, name)
    assert enter(f"{name}@acme.test", name_id="x-81").status_code == 302


def permit(team: Team, name: str) -> None:
    """Press "Link again" for somebody."""
    identity.permit_link(team, make.as_owner(team), str(make.who(team, name).pk))


def test_link_again_links_a_new_identity_once(acme: Team, enter: Enter) -> None:
    enter("adam@acme.test", name_id="x-81")
    permit(acme, "adam")

    answers = [enter("adam@acme.test", name_id=name_id) for name_id in ("x-82", "x-83", "x-81")]

    assert [each.status_code for each in answers] == [302, 403, 403]
    assert not LinkPermit.every_team.exists()
    assert identity.RELINKED.name in journal.kinds(acme)


def test_an_identity_linked_by_permit_carries_the_role(acme: Team, idp: PracticeIdp, browser: Client) -> None:
    permit(acme, "adam")

    make.sso_sign_in(browser, acme, idp, "a.other@acme.test", name_id="adam@acme.test")

    assert browser.get("/members/").status_code == 200


def test_a_refused_sign_in_leaves_the_permit(acme: Team, enter: Enter) -> None:
    permit(acme, "adam")
    make.suspend(acme, make.who(acme, "adam"))

    enter("adam@acme.test")

    assert LinkPermit.every_team.exists()


def test_link_again_is_an_owner_s_and_for_privileged_members(acme: Team) -> None:
    with pytest.raises(policy.OwnersOnly):
        identity.permit_link(acme, make.by(make.who(acme, "adam")), str(make.who(acme, "adam").pk))
    with pytest.raises(policy.NotReady):
        permit(acme, "mia")


def test_a_role_counts_only_for_a_confirmed_identity(acme: Team, idp: PracticeIdp, browser: Client) -> None:
    make.sso_sign_in(browser, acme, idp, "mia@acme.test", name_id="x-81")
    mia = make.role(acme, make.who(acme, "mia"), "admin")
    make.sso_sign_in(browser, acme, idp, "mia@acme.test", name_id="x-81")
    before = browser.get("/members/").status_code

    identity.confirm(acme, make.as_owner(acme), str(mia.subjects.get().pk))

    assert (before, browser.get("/members/").status_code) == (403, 403)
    make.sso_sign_in(browser, acme, idp, "mia@acme.test", name_id="x-81")
    assert browser.get("/members/").status_code == 200


def test_somebody_promoted_while_they_sign_in_stays_plain_until_confirmed(
    acme: Team, idp: PracticeIdp, browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    settled = identity.settle

    def promoted(*args: Any) -> Subject:
        subject = settled(*args)
        owners.set_role(acme, make.as_owner(acme), subject.member.pk, Role.ADMIN)
        return subject

    monkeypatch.setattr(identity, "settle", promoted)
    make.sso_sign_in(browser, acme, idp, "mia@acme.test")

    assert browser.get("/members/").status_code == 403


def test_a_plain_member_who_was_linked_anew_is_not_confirmed_by_a_promotion(
    acme: Team, idp: PracticeIdp, browser: Client
) -> None:  # fmt: skip
    for name_id in ("x-81", "x-82"):
        make.sso_sign_in(Client(), acme, idp, "mia@acme.test", name_id=name_id)
    make.role(acme, make.who(acme, "mia"), "auditor")

    make.sso_sign_in(browser, acme, idp, "mia@acme.test", name_id="x-82")

    assert browser.get("/members/").status_code == 403


def test_only_an_owner_confirms_an_identity(acme: Team, enter: Enter) -> None:
    enter("mia@acme.test")
    subject = make.who(acme, "mia").subjects.get()

    with pytest.raises(policy.OwnersOnly):
        identity.confirm(acme, make.by(make.who(acme, "adam")), str(subject.pk))


def test_an_owner_confirms_nobody_of_another_team(acme: Team, globex: Team, enter: Enter) -> None:
    enter("mia@acme.test")
    subject = make.who(acme, "mia").subjects.get()

    identity.confirm(globex, make.as_owner(globex), str(subject.pk))

    subject.refresh_from_db()
    assert subject.confirmed_at is None
