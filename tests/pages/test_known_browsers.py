"""How many codes are mailed: a stranger who asks keeps nobody out (decision 0023)."""

from collections.abc import Callable, Iterator

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client, RequestFactory

from portal.pages import known_browsers
from portal.teams.models import Letter, Team
from tests import make

MIA = "mia@acme.test"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_limits_of_before() -> Iterator[None]:
    """Forget who asked in the tests before."""
    cache.clear()
    yield
    cache.clear()


def ask(client: Client, times: int = 1, network: str = "198.51.100.7", who: str = MIA) -> int:
    """Ask for codes from a network; returns how many were mailed."""
    before = Letter.objects.filter(kind="code").count()
    for _ in range(times):
        client.post("/sign-in/", {"who": who, "by_code": "1"}, REMOTE_ADDR=network)
    return Letter.objects.filter(kind="code").count() - before


def ask_from_everywhere(networks: int) -> int:
    """Let a stranger ask for codes from many networks, as often as each may within a minute."""
    return sum(ask(Client(), 3, f"203.0.113.{number}") for number in range(networks))


def test_who_asks_too_often_in_one_network_keeps_nobody_out_in_another(acme: Team) -> None:
    assert ask(Client(), 9, "203.0.113.9") == 3

    assert ask(Client()) == 1


def test_one_ipv6_network_counts_as_one(acme: Team) -> None:
    ask(Client(), 3, "2001:db8:0:1::1")

    assert ask(Client(), 1, "2001:db8:0:1::2") == 0
    assert ask(Client(), 1, "2001:db8:0:2::1") == 1


def test_a_network_that_asks_for_everybody_is_stopped(acme: Team) -> None:
    for number in range(20):
        ask(Client(), who=f"nobody{number}@acme.test")

    assert ask(Client()) == 0


def counts(action: str) -> int:
    """How many counts of one limit are kept."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM portal_cache WHERE cache_key LIKE %s", [f"%{action}%"])
        return int(cursor.fetchone()[0])


def try_addresses(how_many: int, network: Callable[[int], str]) -> None:
    """Ask for codes for addresses made up at will."""
    for number in range(how_many):
        request = RequestFactory().post("/sign-in/", REMOTE_ADDR=network(number))
        known_browsers.may_be_mailed(request, f"nobody{number}@acme.test")


def test_addresses_made_up_in_one_network_fill_no_cache(acme: Team) -> None:
    try_addresses(70, lambda number: "203.0.113.9")

    # Of each address one count by the minute and one by the hour.
    assert counts("code_here") == 2 * 60


def test_however_many_addresses_are_asked_for_no_count_is_forgotten(acme: Team) -> None:
    ask(Client(), 3)

    try_addresses(320, lambda number: f"10.{number // 200}.{number % 200}.9")

    assert ask(Client()) == 0


def test_however_many_networks_ask_an_address_gets_forty_an_hour(acme: Team) -> None:
    assert ask_from_everywhere(20) == 40


def test_a_browser_that_signed_in_before_gets_its_code_whoever_asked(acme: Team) -> None:
    hers = make.sign_in(Client(), MIA)
    hers.post("/sign-out/")
    ask_from_everywhere(20)

    assert ask(Client()) == 0
    assert ask(hers) == 1


def test_a_known_browser_is_known_to_its_own_addresses_alone(acme: Team) -> None:
    adams = make.sign_in(Client(), "adam@acme.test")
    ask_from_everywhere(20)

    assert ask(adams) == 0


def test_a_known_browser_has_a_limit_of_its_own(acme: Team) -> None:
    hers = make.sign_in(Client(), MIA)

    assert ask(hers, 9) == 5


@pytest.mark.parametrize("value", ["", "x", "eyJhIjoiYiJ9:1abc:forged"])
def test_a_forged_cookie_makes_no_browser_known(acme: Team, value: str) -> None:
    thief = Client()
    thief.cookies[known_browsers.COOKIE] = value
    ask_from_everywhere(20)

    assert ask(thief) == 0


def test_a_browser_stays_known_to_its_five_latest_addresses(acme: Team) -> None:
    browser, people = Client(), [f"person{number}@acme.test" for number in range(6)]
    for email in people:
        make.member(acme, email)
        make.sign_in(browser, email)
    cache.clear()
    for email in (people[0], people[5]):
        for number in range(20):
            ask(Client(), 3, f"203.0.113.{number}", email)

    assert [ask(browser, who=email) for email in (people[0], people[5])] == [0, 1]


def test_a_stranger_who_asks_stops_nobody_from_proving_it_again(acme: Team) -> None:
    olga = make.sign_in(Client(), "olga@acme.test")
    for number in range(20):
        ask(Client(), 3, f"203.0.113.{number}", "olga@acme.test")
    before = Letter.objects.filter(kind="code").count()

    olga.post("/again/send/", {"next": "/members/"})

    assert Letter.objects.filter(kind="code").count() == before + 1
