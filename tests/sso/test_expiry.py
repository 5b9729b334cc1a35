"""Certificates that end: warned at 60, 30, 14, 7, 3, 1 days and at the end, once each, and nobody is refused (R28)."""

from datetime import datetime, timedelta

import pytest
import time_machine
from django.test import Client

from portal.demo.idp import PracticeIdp
from portal.teams import policy
from portal.teams.models import Event, Letter, Team
from sso import connection, expiry, keys
from sso.models import IdpCertificate
from tests import make
from tests.pages import reading
from tests.sso.sign_ins import is_in
from tests.teams import journal


@pytest.fixture
def end(acme: Team, idp: PracticeIdp) -> datetime:
    """When the certificate of Acme's identity provider ends; the worker has run before."""
    return connection.certificates(connection.of(acme))[0].not_after


def worker_before(end: datetime, **before: float) -> None:
    """Let the worker run some time before the end."""
    with time_machine.travel(end - timedelta(**before), tick=False):
        expiry.notify()


def told(team: Team) -> list[int]:
    """The days that the team's warnings named, in their order."""
    events = Event.every_team.filter(team=team, kind__startswith="certificate.").order_by("number")
    return [event.data["days"] for event in events]


def test_each_step_is_told_once_whatever_restarts(acme: Team, end: datetime) -> None:
    for days in range(65, -3, -1):
        worker_before(end, days=days - 0.5)
        worker_before(end, days=days - 0.6)

    assert told(acme) == [60, 30, 14, 7, 3, 1, 0]
    assert journal.kinds(acme)[-1] == "certificate.expired"
    assert Letter.objects.filter(kind="certificate_ends").count() == 7 * 2


def test_a_worker_that_slept_tells_the_step_it_wakes_in(acme: Team, end: datetime) -> None:
    worker_before(end, days=20)
    worker_before(end, days=2)

    assert told(acme) == [20, 2]


def test_admins_and_owners_are_mailed(acme: Team, end: datetime) -> None:
    worker_before(end, days=6.5)

    assert journal.mailed("certificate_ends") == ["adam@acme.test", "olga@acme.test"]


def test_our_own_certificates_are_watched_too_until_they_retire(acme: Team, idp: PracticeIdp) -> None:
    key = keys.make(acme, make.as_owner(acme))
    IdpCertificate.every_team.update(not_after=key.not_after + timedelta(days=900))

    labels = [each.label for each in expiry.every(connection.of(acme)) if each.step(key.not_after) is not None]

    assert labels == ["Our own certificate"]


def test_a_team_without_single_sign_on_is_not_bothered(acme: Team, end: datetime) -> None:
    policy.turn_sso_off(acme, make.as_owner(acme))

    worker_before(end, days=5)

    assert told(acme) == []


def test_an_ended_certificate_warns_and_refuses_nobody(acme: Team, idp: PracticeIdp, browser: Client) -> None:
    IdpCertificate.every_team.update(not_after=datetime.fromisoformat("2020-01-01T00:00:00+00:00"))

    expiry.notify()
    make.sso_sign_in(browser, acme, idp, "olga@acme.test")

    assert is_in(browser)
    assert "The identity provider's certificate has ended." in reading.words(browser.get("/"))


@pytest.mark.parametrize(("days", "words"), [(61, ""), (59, "ends in 59 days"), (1, "ends in 1 day.")])
def test_the_overview_warns_from_sixty_days_on(
    acme: Team, idp: PracticeIdp, browser: Client, days: int, words: str
) -> None:
    ends = datetime.now().astimezone() + timedelta(days=days) - timedelta(hours=1)
    IdpCertificate.every_team.update(not_after=ends)
    expiry.notify()

    page = reading.words(make.sign_in(browser, "olga@acme.test").get("/"))

    assert words in page if words else "certificate" not in page
