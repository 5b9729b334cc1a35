"""The daily look at the metadata: new certificates are added, old ones work on, names never change (R27)."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone
from lxml import etree

from portal.outbound import http
from portal.outbound.management.commands.worker import work_of_the_day
from portal.teams.models import Event, Team
from portal.teams.registry import registry
from sso import connection, proposals
from sso.models import SsoConnection
from tests import make

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
    connection.configure(acme, make.as_owner(acme), metadata_url=URL)
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
