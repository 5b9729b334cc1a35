"""A sign-in by single sign-on counts as re-authentication only where it proves that the person is there (rule 12)."""

from datetime import UTC, datetime, timedelta

import time_machine
from django.test import Client

from portal.demo.idp import PracticeIdp
from portal.teams.models import Team
from sso.models import IdpInitiated, SsoConnection
from tests import make
from tests.sso.sign_ins import in_minutes, is_in
from tests.sso.test_reauthentication import is_confirmed


def test_a_fresh_sign_in_that_we_asked_for_counts(acme: Team, idp: PracticeIdp, browser: Client) -> None:
    make.sso_sign_in(browser, acme, idp, "olga@acme.test", authn_instant=datetime.now(UTC))

    assert is_confirmed(browser, acme)


def test_the_identity_providers_old_session_does_not_count(acme: Team, idp: PracticeIdp, browser: Client) -> None:
    old = datetime.now(UTC) - timedelta(hours=8)

    make.sso_sign_in(browser, acme, idp, "olga@acme.test", authn_instant=old)

    assert not is_confirmed(browser, acme)


def test_signing_in_anew_is_no_way_round_the_strict_form(acme: Team, idp: PracticeIdp, browser: Client) -> None:
    SsoConnection.every_team.filter(team=acme).update(strict_again=True, asks_again=True)
    make.sso_sign_in(browser, acme, idp, "olga@acme.test")

    with time_machine.travel(in_minutes(30)):
        now = datetime.now(UTC)
        make.sso_sign_in(browser, acme, idp, "olga@acme.test", at=now, authn_instant=now)

        assert not is_confirmed(browser, acme)


def test_a_message_that_nobody_asked_for_does_not_count(acme: Team, idp: PracticeIdp, browser: Client) -> None:
    SsoConnection.every_team.filter(team=acme).update(idp_initiated=IdpInitiated.ACCEPTED)
    asked = make.unasked(acme)

    make.follow(browser, make.post_acs(acme, make.answer(idp, asked, "olga@acme.test")))

    assert is_in(browser)
    assert not is_confirmed(browser, acme)
