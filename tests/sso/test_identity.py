"""Who is it: from a genuine message to a member of this team, or to a page that names the cause (spec rule 17)."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from portal.demo.idp import PracticeIdp
from portal.teams import domains, policy, roster
from portal.teams.actor import Role
from portal.teams.models import Member, Team
from sso import connection as connections
from sso import identity
from sso.attributes import Person
from sso.models import SignInAttempt, SsoConnection, Subject
from tests import make
from tests.pages import reading
from tests.sso.sign_ins import Enter, entered, refusal
from tests.teams import journal

PERSISTENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"


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


@pytest.mark.parametrize("role", [Role.MEMBER, Role.ADMIN])
def test_an_address_that_only_reads_alike_means_nobody(acme: Team, enter: Enter, role: Role) -> None:
    lena = make.member(acme, "lena@straße.test", role=role)

    shown = enter("lena@strasse.test")

    # Nor is somebody new made: one userName of the two would hide the other.
    assert (shown.status_code, entered(), lena.subjects.count()) == (403, [], 0)


def test_an_owner_whose_address_reads_alike_stands_in_nobody_s_way(acme: Team, enter: Enter) -> None:
    make.member(acme, "lena@straße.test", user_name="lena1", role=Role.ADMIN)
    plain = make.member(acme, "lena@strasse.test", user_name="lena2")

    enter("lena@strasse.test")

    assert entered() == [plain]


@pytest.mark.parametrize("meanwhile", ["turned off", "other trust"])
def test_whoever_waited_while_the_connection_changed_is_not_added_by_what_it_was(
    acme: Team, enter: Enter, monkeypatch: pytest.MonkeyPatch, meanwhile: str
) -> None:
    plain, by = identity.known, make.as_owner(acme)

    def last_look_before_the_lock(connection: SsoConnection, person: Person) -> Subject | None:
        monkeypatch.setattr(identity, "known", plain)
        if meanwhile == "turned off":
            policy.turn_sso_off(acme, by)
        else:
            connections.configure(acme, by, idp_entity_id="https://other.test")
        return plain(connection, person)

    monkeypatch.setattr(identity, "known", last_look_before_the_lock)
    shown = enter("new@acme.test")

    assert refusal(acme, shown) == (403, "connection_changed")
    assert not Member.every_team.filter(email="new@acme.test").exists()


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
