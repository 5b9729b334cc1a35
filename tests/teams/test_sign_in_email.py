"""The address that signs in: what an IdP writes opens no privileged code session (spec rule 7)."""

import pytest

from portal.teams import owners, policy, roster
from portal.teams.actor import Role
from portal.teams.errors import OwnersOnly
from portal.teams.models import Entry, Member, Team
from tests import make
from tests.teams import journal
from tests.teams.browsers import Browser


def rewritten(team: Team, name: str) -> Member:
    """Let SCIM rewrite somebody's e-mail."""
    make.scim_on(team)
    roster.update(team, make.scim(team), make.who(team, name).pk, {"email": f"{name}@evil.test"})
    return make.who(team, name)


def test_the_sign_in_address_follows_the_e_mail_of_a_plain_member(acme: Team) -> None:
    assert rewritten(acme, "mia").sign_in_email == "mia@evil.test"


@pytest.mark.parametrize("role", [Role.OWNER, Role.ADMIN, Role.AUDITOR])
def test_scim_moves_no_sign_in_address_of_the_privileged(acme: Team, role: Role) -> None:
    make.role(acme, make.who(acme, "mia"), role)

    mia = rewritten(acme, "mia")

    assert (mia.email, mia.sign_in_email) == ("mia@evil.test", "mia@acme.test")
    assert Browser.by_code("mia@evil.test").reach().choices == []


def test_a_new_address_bars_the_sign_ins_of_the_old_one(acme: Team) -> None:
    browser = Browser.at_code(make.who(acme, "mia"))

    rewritten(acme, "mia")

    assert browser.reach().choices == []


def test_a_new_address_ends_sessions_by_single_sign_on_too_and_says_why(acme: Team) -> None:
    make.sso_on(acme)
    browser = Browser.at_sso(make.who(acme, "mia"))

    rewritten(acme, "mia")

    assert browser.reach().member is None
    assert Entry.every_team.get().ended_why == "address_changed"


def test_who_becomes_a_plain_member_signs_in_by_their_e_mail_again(acme: Team) -> None:
    rewritten(acme, "adam")

    adam = make.role(acme, make.who(acme, "adam"), "member")

    assert adam.sign_in_email == "adam@evil.test"


def test_an_owner_changes_a_sign_in_address_and_the_old_one_is_told(acme: Team) -> None:
    browser, adam = Browser.at_code(make.who(acme, "adam")), make.who(acme, "adam")

    owners.set_sign_in_email(acme, make.as_owner(acme), adam.pk, "adam@new.test")

    assert journal.mailed("sign_in_email_changed") == ["adam@acme.test"]
    assert browser.reach().choices == []
    assert Browser.by_code("adam@new.test").reach().choices == [adam]


def test_an_admin_changes_no_sign_in_address(acme: Team) -> None:
    with pytest.raises(OwnersOnly):
        owners.set_sign_in_email(acme, make.by(make.who(acme, "adam")), make.who(acme, "mia").pk, "x@new.test")

    assert policy.privileged(make.who(acme, "adam"))
