"""One proof sent eight times at once opens one session, on SQLite files and on PostgreSQL (SEATGATE_TEST_PG=1)."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connections
from django.test import Client

from portal.teams.models import Team
from tests import make
from tests.factors import App, asked_of, set_up_app, set_up_passkey

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def no_limits_of_before(transactional_db: None) -> None:
    """Forget the tries of the tests before."""
    cache.clear()


def opened(browser: Client, path: str, **sent: str) -> int:
    """Send the same from one browser eight times at once; returns how many sessions that opened."""
    cookie = browser.cookies[settings.SESSION_COOKIE_NAME].value

    def send(_number: int) -> str:
        client = Client(raise_request_exception=False)
        client.cookies[settings.SESSION_COOKIE_NAME] = cookie
        try:
            answer = client.post(path, sent)
        finally:
            connections.close_all()
        assert answer.status_code < 500
        return answer.get("Location", "")

    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(send, range(8))).count("/teams/")


def asked(browser: Client) -> Client:
    """Do the first step of Olga's sign-in."""
    cache.clear()
    browser.post("/sign-in/", {"who": "olga@acme.test", "by_code": "1"})
    browser.post("/sign-in/code/", {"code": make.code_for("olga@acme.test")})
    return browser


@pytest.fixture
def app(acme: Team) -> App:
    """Olga's app."""
    return set_up_app(make.sign_in(Client(), "olga@acme.test"), acme)


def test_an_apps_code(app: App, browser: Client) -> None:
    assert opened(asked(browser), "/sign-in/second/", factor=app.code(1)) == 1


def test_a_recovery_code(app: App, browser: Client) -> None:
    assert opened(asked(browser), "/sign-in/second/", factor=app.recovery[0]) == 1


def test_a_passkeys_answer(acme: Team, browser: Client) -> None:
    key = set_up_passkey(make.sign_in(Client(), "olga@acme.test"), acme)
    answer = key.prove(asked_of(browser.post("/sign-in/passkey/", {})))

    assert opened(browser, "/sign-in/passkey/prove/", answer=answer) == 1


def test_one_apps_code_in_four_browsers(app: App) -> None:
    browsers = [asked(Client()) for _ in range(4)]

    def send(browser: Client) -> str:
        try:
            return str(browser.post("/sign-in/second/", {"factor": app.code(1)}).get("Location", ""))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(send, browsers)).count("/teams/") == 1
