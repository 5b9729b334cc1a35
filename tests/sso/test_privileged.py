"""Owners, admins and auditors: what an identity provider writes opens no session with their role (rules 7, 17)."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from portal.demo.idp import PracticeIdp
from portal.teams import owners, policy, roster
from portal.teams.actor import Role
from portal.teams.models import Entry, Member, Team
from sso import identity
from sso.models import LinkPermit, SignInAttempt, Subject
from tests import make
from tests.pages import reading
from tests.sso.sign_ins import Enter, entered, refusal
from tests.teams import journal


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


@pytest.mark.parametrize("afterwards", ["demoted and made admin anew", "eight days"])
def test_a_permit_is_for_the_member_of_that_day(acme: Team, enter: Enter, afterwards: str) -> None:
    enter("adam@acme.test", name_id="x-81")
    permit(acme, "adam")
    adam = make.who(acme, "adam")

    if afterwards == "eight days":
        LinkPermit.every_team.update(made_at=timezone.now() - timedelta(days=8))
    else:
        make.role(acme, make.role(acme, adam, "member"), "admin")

    assert refusal(acme, enter("adam@acme.test", name_id="x-82")) == (403, "link_needed")
    permit(acme, "adam")
    assert enter("adam@acme.test", name_id="x-82").status_code == 302


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


# ── By a group ───────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_member_privileged_by_a_group_is_known_by_the_mapped_e_mail_alone(acme: Team, enter: Enter) -> None:
    make.group(acme, "Staff", make.who(acme, "mia"), gives=Role.ADMIN)

    shown = enter("mia@acme.test", name_id="mia@acme.test", attributes={"email": "other@acme.test"})

    assert refusal(acme, shown) == (403, "link_needed")


def test_a_member_privileged_by_a_group_comes_with_that_role_by_their_own_address(acme: Team, enter: Enter) -> None:
    make.group(acme, "Staff", make.who(acme, "mia"), gives=Role.ADMIN)

    assert enter("mia@acme.test").status_code == 302

    assert [(entry.member, entry.full_role) for entry in Entry.every_team.all()] == [(make.who(acme, "mia"), True)]


def test_an_identity_linked_before_the_group_gave_a_role_waits_for_an_owner(
    acme: Team, enter: Enter, browser: Client
) -> None:
    enter("mia@acme.test")
    make.group(acme, "Staff", make.who(acme, "mia"), gives=Role.ADMIN)
    subject = Subject.every_team.get()
    olga = make.sign_in(browser, "olga@acme.test")

    assert "Their role admin counts in single sign-on once you confirm" in reading.words(
        olga.get("/settings/security/authentication/sso/")
    )
    assert not identity.full_role(subject)
    identity.confirm(acme, make.as_owner(acme), str(subject.pk))
    subject.refresh_from_db()
    assert identity.full_role(subject)
