"""The daily look at the metadata: new certificates are added, old ones work on, names never change (R27)."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from lxml import etree

from portal.outbound import http
from portal.outbound.management.commands.worker import work_of_the_day
from portal.teams import setup
from portal.teams.acts import acting
from portal.teams.models import Event, Letter, Team
from portal.teams.registry import registry
from sso import certificates, connection, drafts, proposals
from sso.models import IdpCertificate, SsoConnection
from tests import make
from tests.pages import reading
from tests.sso.panels import PANEL, as_owner
from tests.teams import journal

URL = "https://idp.test/metadata"


class Served:
    """What stands at the URL; an error where the fetch fails."""

    def __init__(self) -> None:
        self.idps: list[Any] = [make.idp_of("acme")]
        self.error, self.asked = "", 0

    def fetch(self, url: str, accept: str) -> bytes:
        self.asked += 1
        if self.error:
            raise http.Broken(self.error)
        root = etree.fromstring(self.idps[0].metadata())
        for other in self.idps[1:]:
            keys = etree.fromstring(other.metadata())[0]
            root[0].insert(0, keys[0])
        return etree.tostring(root)


@pytest.fixture
def served(acme: Team, monkeypatch: pytest.MonkeyPatch) -> Served:
    """Acme, connected and on, with a metadata URL."""
    make.connect_idp(acme)
    pems = [make.idp_of("acme").certificate_pem]
    connection.configure(acme, make.as_owner(acme), pems=pems, metadata_url=URL)
    served = Served()
    monkeypatch.setattr(http, "fetch", served.fetch)
    return served


def prints(team: Team) -> set[str]:
    return {row.fingerprint for row in connection.certificates(connection.of(team))}


def test_a_new_certificate_is_added_and_the_owners_are_told(acme: Team, served: Served) -> None:
    before = prints(acme)
    served.idps.append(make.idp_of("next"))

    proposals.refresh_due()

    assert before < prints(acme) and len(prints(acme)) == 2
    assert Event.every_team.filter(team=acme, kind="sso.certificates_refreshed").count() == 1
    assert journal.mailed("sso_certificates") == ["olga@acme.test"]
    assert connection.of(acme).metadata_problem == ""


def test_a_certificate_that_vanished_works_on_for_thirty_days(acme: Team, served: Served) -> None:
    old = prints(acme)
    replaced = make.idp_of("acme")
    key = make.idp_of("acme-anew")
    served.idps = [type(replaced)(replaced.entity_id, replaced.sso_url, key.key, key.certificate)]
    now = timezone.now()

    for days, kept in ((0, True), (29, True), (31, False)):
        with time_machine.travel(now + timedelta(days=days)):
            proposals.refresh_due()
            assert (old <= prints(acme)) is kept


def test_a_certificate_that_comes_back_is_as_before(acme: Team, served: Served) -> None:
    first, now = served.idps, timezone.now()
    served.idps = [
        type(first[0])(first[0].entity_id, first[0].sso_url, make.idp_of("x").key, make.idp_of("x").certificate)
    ]
    proposals.refresh_due()
    served.idps = [*first, make.idp_of("x")]

    for days in (2, 40):
        with time_machine.travel(now + timedelta(days=days)):
            proposals.refresh_due()

    assert len(prints(acme)) == 2


def test_another_entity_id_changes_nothing_and_is_told(acme: Team, served: Served) -> None:
    before = prints(acme), connection.of(acme).idp_entity_id
    served.idps = [make.idp_of("evil")]

    proposals.refresh_due()

    assert (prints(acme), connection.of(acme).idp_entity_id) == before
    assert "another issuer (https://idp.test/evil)" in connection.of(acme).metadata_problem


def test_another_sign_on_url_waits_for_a_person(acme: Team, served: Served) -> None:
    moved = type(served.idps[0])(
        served.idps[0].entity_id, "https://evil.test/sso", served.idps[0].key, served.idps[0].certificate
    )
    served.idps = [moved]

    proposals.refresh_due()

    assert connection.of(acme).idp_sso_url == make.idp_of("acme").sso_url
    assert "https://evil.test/sso" in connection.of(acme).metadata_problem


def test_a_failure_is_told_and_the_next_day_clears_it(acme: Team, served: Served) -> None:
    served.error = "idp.test answered 500 instead of 200."
    proposals.refresh_due()
    told, served.error = connection.of(acme).metadata_problem, ""

    with time_machine.travel(timezone.now() + timedelta(days=1)):
        proposals.refresh_due()

    assert told == "idp.test answered 500 instead of 200."
    assert connection.of(acme).metadata_problem == ""


def test_the_worker_asks_once_a_day(acme: Team, served: Served) -> None:
    for hours in (0, 1, 22, 24):
        with time_machine.travel(timezone.now() + timedelta(hours=hours), tick=False):
            work_of_the_day()

    assert served.asked == 2
    assert proposals.refresh_due in registry.daily


def test_a_refresh_changes_nothing_else(acme: Team, served: Served) -> None:
    version = SsoConnection.every_team.get(team=acme).trust_version

    proposals.refresh_due()

    assert SsoConnection.every_team.get(team=acme).trust_version == version
    assert not Event.every_team.filter(team=acme, kind="sso.certificates_refreshed").exists()


# ── What is taken away stays away ────────────────────────────────────────────────────────────────────────────────────
def with_next(acme: Team, served: Served) -> str:
    """Have the metadata name a second certificate, and read it; returns that one's fingerprint."""
    before = prints(acme)
    served.idps.append(make.idp_of("next"))
    proposals.refresh_due()
    (added,) = prints(acme) - before
    return added


def days_later(days: int) -> None:
    """Look again so many days later."""
    with time_machine.travel(timezone.now() + timedelta(days=days)):
        proposals.refresh_due()


def by_the_list(acme: Team, fingerprint: str) -> None:
    kept = [row.pem for row in connection.certificates(connection.of(acme)) if row.fingerprint != fingerprint]
    connection.configure(acme, make.as_owner(acme), pems=kept)


def by_the_button(acme: Team, fingerprint: str) -> None:
    row = IdpCertificate.every_team.get(fingerprint=fingerprint)
    certificates.remove(acme, make.as_owner(acme), row.pk)


@pytest.mark.parametrize("remove", [by_the_list, by_the_button])
def test_a_certificate_that_an_owner_removed_does_not_come_back(acme: Team, served: Served, remove: Any) -> None:
    stolen = with_next(acme, served)

    remove(acme, stolen)
    days_later(2)

    assert stolen not in prints(acme) and connection.of(acme).metadata_url == ""
    assert Event.every_team.get(team=acme, kind="sso.metadata_dropped").data == {"url": URL}


def test_what_was_being_read_while_an_owner_removed_it_does_not_bring_it_back(acme: Team, served: Served) -> None:
    stolen = with_next(acme, served)
    slow = connection.of(acme)
    by_the_button(acme, stolen)

    proposals.refresh(slow)

    assert stolen not in prints(acme)


def test_the_page_says_that_the_address_is_no_longer_read(acme: Team, served: Served, browser: Client) -> None:
    row = IdpCertificate.every_team.get(fingerprint=with_next(acme, served))
    as_owner(browser)

    make.press(browser, f"{PANEL}keys/certificates/{row.pk}/remove/", acme, back=f"{PANEL}keys/")

    assert "The metadata address is no longer read" in reading.words(browser.get(f"{PANEL}keys/"))


def test_adding_one_by_hand_leaves_the_address_alone(acme: Team, served: Served) -> None:
    certificates.add(acme, make.as_owner(acme), make.idp_of("by-hand").certificate_pem)

    assert connection.of(acme).metadata_url == URL


def test_a_confirmed_draft_without_a_certificate_ends_the_reading(acme: Team, served: Served) -> None:
    _token, link = setup.make(acme, make.as_owner(acme), ["sso"], 24)
    other = make.idp_of("other")
    draft = drafts.save(acme, make.as_owner(acme), link.pk, [other.certificate_pem], idp_entity_id=other.entity_id)

    warned = drafts.warnings(draft)
    with acting(acme, make.as_owner(acme)) as opened:
        drafts.apply(opened, draft)

    assert [words for words in warned if "no longer read" in words]
    assert connection.of(acme).metadata_url == ""


# ── Vanishing ────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_the_month_begins_though_nothing_else_changes(acme: Team, served: Served) -> None:
    gone = with_next(acme, served)
    version, mails = connection.of(acme).trust_version, Letter.objects.count()
    served.idps.pop()

    days_later(2)
    noted = IdpCertificate.every_team.get(fingerprint=gone).gone_at
    same = (connection.of(acme).trust_version, Letter.objects.count()) == (version, mails)
    days_later(33)

    assert noted is not None and same
    assert gone not in prints(acme)


def test_a_certificate_added_by_hand_does_not_vanish_with_the_metadata(acme: Team, served: Served) -> None:
    certificates.add(acme, make.as_owner(acme), make.idp_of("by-hand").certificate_pem)

    for days in (1, 35, 70):
        days_later(days)

    assert len(prints(acme)) == 2


def test_one_connection_that_fails_does_not_stop_the_others(
    acme: Team, globex: Team, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    make.connect_idp(globex)
    connection.configure(globex, make.as_owner(globex), metadata_url=f"{URL}/globex")
    tried: list[Team] = []
    monkeypatch.setattr(proposals, "refresh", lambda each: tried.append(each.team) or 1 / 0)

    proposals.refresh_due()

    assert set(tried) == {acme, globex}
    assert "our fault" in connection.of(acme).metadata_problem
