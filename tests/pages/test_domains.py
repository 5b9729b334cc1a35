"""The domains page: claim, set the record, check, verify, remove, and addresses outside (spec rule 18)."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from portal.teams import domains
from portal.teams.models import Domain, Team
from tests import make
from tests.pages import dns, reading

DOMAINS = "/settings/security/domains/"
PHRASE = "allow e-mails outside our domains"


@pytest.fixture(autouse=True)
def zone(settings: Any, db: None) -> Iterator[dns.Zone]:
    """A DNS server that Seatgate asks."""
    cache.clear()
    with dns.serve() as zone:
        settings.DNS_RESOLVERS = [zone.address]
        yield zone


@pytest.fixture
def olga(acme: Team, browser: Client) -> Client:
    """Olga's browser."""
    return make.sign_in(browser, "olga@acme.test")


def claim(client: Client, team: Team, name: str = "acme.test") -> Domain:
    """Claim a domain on the page."""
    make.press(client, f"{DOMAINS}claim/", team, domain=name)
    return Domain.every_team.get(team=team, name=name)


def press(client: Client, team: Team, row: Domain, verb: str, **fields: str) -> str:
    """Press a domain's button; returns the words of the page that comes after it."""
    return reading.words(client.post(f"{DOMAINS}{row.pk}/{verb}/", {"team": str(team.pk), **fields}, follow=True))


def test_a_claim_shows_the_record_to_set(olga: Client, acme: Team) -> None:
    row = claim(olga, acme)

    values = reading.page(olga.get(DOMAINS)).xpath("//main//input[@readonly]/@value")

    assert values == [f"_seatgate-challenge.{row.name}", f"seatgate-verification={row.proof}"]


def test_check_now_verifies_once_the_record_is_there(olga: Client, acme: Team, zone: dns.Zone) -> None:
    row = claim(olga, acme)
    early = press(olga, acme, row, "check")
    dns.hold(zone, row)

    late = press(olga, acme, row, "check")

    assert "The record of acme.test is not there yet." in early
    assert "acme.test is verified." in late
    assert domains.owner_of("mia@acme.test") == acme


def test_a_server_that_is_down_is_said_so(olga: Client, acme: Team, zone: dns.Zone) -> None:
    row = claim(olga, acme)
    zone.down = True

    assert "No DNS server could tell." in press(olga, acme, row, "check")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("gmail.com", "no team can own it"),
        ("no domain", "is no domain"),
        ("theirs.test", "theirs.test is verified for another team."),
    ],
)
def test_a_claim_that_can_t_be_is_refused_in_the_form(
    olga: Client, acme: Team, globex: Team, name: str, words: str
) -> None:
    domains.vouch(globex, make.BY_OPERATOR, "theirs.test")

    answer = make.press(olga, f"{DOMAINS}claim/", acme, domain=name)

    assert (answer.status_code, words in reading.words(answer)) == (400, True)
    assert "Globex" not in reading.words(answer)


def test_on_a_live_connection_an_owner_sees_who_is_refused_and_verifies(
    olga: Client, acme: Team, zone: dns.Zone
) -> None:
    make.member(acme, "lea@partner.test", given_name="Lea")
    make.sso_on(acme)
    row = claim(olga, acme)
    dns.hold(zone, row)

    seen = press(olga, acme, row, "check")
    verified = press(olga, acme, row, "verify")

    assert "1 person would be refused: Lea lea@partner.test" in seen
    assert "acme.test is verified." in verified


def test_an_admin_is_told_that_an_owner_verifies(acme: Team, zone: dns.Zone, browser: Client) -> None:
    make.sso_on(acme)
    make.sign_in(browser, "adam@acme.test")
    row = claim(browser, acme)
    dns.hold(zone, row)

    words = press(browser, acme, row, "check")

    assert "Single sign-on is on: an owner verifies this domain." in words
    assert make.press(browser, f"{DOMAINS}{row.pk}/verify/", acme).status_code == 403


def test_a_removal_names_whom_it_refuses(olga: Client, acme: Team) -> None:
    make.member(acme, "lea@partner.test", given_name="Lea")
    make.sso_on(acme)
    domains.vouch(acme, make.BY_OPERATOR, "acme.test")
    row = domains.vouch(acme, make.BY_OPERATOR, "partner.test")

    dialog = reading.page(olga.get(DOMAINS)).xpath(f"//dialog[@id='remove-{row.pk}']")[0].text_content()
    removed = press(olga, acme, row, "remove")

    assert "Lea" in dialog and "lea@partner.test" in dialog
    assert "Removed." in removed


def test_outside_is_allowed_only_in_so_many_words(olga: Client, acme: Team) -> None:
    domains.vouch(acme, make.BY_OPERATOR, "acme.test")

    wrong = make.press(olga, f"{DOMAINS}outside/allow/", acme, confirm="yes")
    make.press(olga, f"{DOMAINS}outside/allow/", acme, confirm=PHRASE)

    assert wrong.status_code == 400
    assert domains.line(acme).covers("mia@elsewhere.test")
    assert "may assert addresses of any domain" in reading.words(olga.get(DOMAINS))


def test_the_phrase_stands_on_the_page(olga: Client, acme: Team) -> None:
    domains.vouch(acme, make.BY_OPERATOR, "acme.test")

    assert reading.page(olga.get(DOMAINS)).xpath("//dialog//input/@data-confirm-text") == [PHRASE]


def test_an_auditor_reads_and_presses_nothing(acme: Team, browser: Client) -> None:
    make.role(acme, make.who(acme, "mia"), "auditor")
    domains.vouch(acme, make.BY_OPERATOR, "acme.test")

    page = make.sign_in(browser, "mia@acme.test").get(DOMAINS)

    assert "acme.test" in reading.words(page)
    assert reading.actions(page) == []


def test_a_stranger_s_domain_is_a_404(acme: Team, globex: Team, browser: Client) -> None:
    row = domains.vouch(acme, make.BY_OPERATOR, "acme.test")
    make.sign_in(browser, "greg@globex.test")

    answers = [make.press(browser, f"{DOMAINS}{row.pk}/{verb}/", globex) for verb in ("check", "verify", "remove")]

    assert {answer.status_code for answer in answers} == {404}
    assert Domain.every_team.filter(pk=row.pk).exists()


def test_dns_is_asked_only_so_often(olga: Client, acme: Team, zone: dns.Zone) -> None:
    row = claim(olga, acme)

    for _ in range(31):
        words = press(olga, acme, row, "check")

    assert "DNS was asked often just now." in words
    assert len(zone.asked) == 30


def test_the_page_asks_as_often_with_five_domains_as_with_one(olga: Client, acme: Team) -> None:
    counts = []
    for names in (["acme.test"], ["a.test", "b.test", "c.test", "d.test"]):
        for n, name in enumerate(names):
            Domain.every_team.create(team=acme, name=name, verified_at=timezone.now() if n % 2 == 0 else None)
        with CaptureQueriesContext(connection) as asked:
            assert olga.get(DOMAINS).status_code == 200
        counts.append(len(asked))

    assert counts[0] == counts[1]
