"""Signing in and proving it again with a second factor: one code once, wrong tries bounded (spec rules 12, 30)."""

from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from portal.teams.models import Entry, Team, User
from tests import make
from tests.factors import SECURITY, App, Key, asked_of, set_up_app, set_up_passkey, sign_in_by
from tests.pages import reading
from tests.teams import journal

SECOND = "/sign-in/second/"


@pytest.fixture(autouse=True)
def no_limits_of_before(db: None) -> None:
    """Forget the tries of the tests before."""
    cache.clear()


@pytest.fixture
def app(acme: Team) -> App:
    """Olga's authenticator app."""
    return set_up_app(make.sign_in(Client(), "olga@acme.test"), acme)


@pytest.fixture
def key(acme: Team) -> Key:
    """Olga's passkey."""
    return set_up_passkey(make.sign_in(Client(), "olga@acme.test"), acme)


def by_code(client: Client) -> Any:
    """Do the first step: prove the address."""
    cache.clear()
    client.post("/sign-in/", {"who": "olga@acme.test", "by_code": "1"})
    return client.post("/sign-in/code/", {"code": make.code_for("olga@acme.test")})


def inside(client: Client) -> bool:
    """Say whether this browser sees the team."""
    client.get("/teams/")
    return bool(client.get("/members/").status_code == 200)


def test_the_code_alone_opens_nothing_where_there_is_a_factor(app: App, browser: Client) -> None:
    led = by_code(browser)

    assert led["Location"] == SECOND
    assert not inside(browser)


def test_the_apps_code_opens_the_session(app: App, browser: Client) -> None:
    by_code(browser)

    browser.post(SECOND, {"factor": app.code(1)})

    assert inside(browser)


def test_the_proof_dates_from_the_code_and_not_from_the_second_step(acme: Team, app: App, browser: Client) -> None:
    by_code(browser)
    make.sign_out(acme, make.who(acme, "olga"))

    browser.post(SECOND, {"factor": app.code(1)})

    assert not inside(browser)


@pytest.mark.parametrize("steps", [0, 5, -5])
def test_a_code_of_another_time_or_used_before_is_refused(app: App, browser: Client, steps: int) -> None:
    by_code(browser)

    answer = browser.post(SECOND, {"factor": app.code(steps)})

    assert "That code is wrong, or was used before." in reading.words(answer)
    assert not inside(browser)


def test_a_recovery_code_works_once_and_is_told(app: App, acme: Team) -> None:
    first, second = Client(), Client()
    for client in (first, second):
        by_code(client)
        client.post(SECOND, {"factor": app.recovery[0]})

    assert (inside(first), inside(second)) == (True, False)
    assert journal.kinds(acme)[-1] == "recovery_code.used"
    assert len(journal.mailed("second_factor_changed")) == 2


def test_wrong_tries_are_bounded_for_a_sign_in(app: App, browser: Client) -> None:
    by_code(browser)
    tries = [browser.post(SECOND, {"factor": "000000"}).status_code for _ in range(5)]

    after = browser.post(SECOND, {"factor": app.code(1)})

    assert tries == [200] * 4 + [302] and after.status_code == 302
    assert not inside(browser)


def test_wrong_tries_are_bounded_for_a_person(app: App) -> None:
    clients = [Client() for _ in range(2)]
    for client in clients:
        by_code(client)
    for _ in range(4):
        clients[0].post(SECOND, {"factor": "000000"})
    clients[1].post(SECOND, {"factor": "000000"})

    answer = clients[1].post(SECOND, {"factor": app.code(1)})

    assert "Too many wrong codes." in reading.words(answer)


def test_the_second_step_without_the_first_leads_back(acme: Team, browser: Client) -> None:
    assert browser.get(SECOND)["Location"] == "/sign-in/"
    assert browser.post(f"{SECOND}passkey/", {"answer": "{}"}).status_code == 302


@pytest.mark.parametrize("odd", ["\x00", "\ud7ff", "x" * 500, "'; --", "١٢٣٤٥٦"])
def test_odd_input_is_a_polite_no(app: App, browser: Client, odd: str) -> None:
    by_code(browser)

    assert browser.post(SECOND, {"factor": odd}).status_code == 200


# ── Passkeys ─────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_passkey_alone_signs_in_and_counts_as_both(key: Key, browser: Client) -> None:
    sign_in_by(browser, key)

    assert inside(browser)
    assert "second_at" in browser.session


def test_a_passkey_is_the_second_step_too(key: Key, browser: Client) -> None:
    by_code(browser)
    asked = asked_of(browser.get(SECOND))

    browser.post(f"{SECOND}passkey/", {"answer": key.prove(asked)})

    assert inside(browser)


def test_an_answer_is_good_once(key: Key, browser: Client) -> None:
    asked = asked_of(browser.post("/sign-in/passkey/", {}))
    answer, session = key.prove(asked), dict(browser.session)

    browser.post("/sign-in/passkey/prove/", {"answer": answer})
    replayed = Client()
    replayed.get("/sign-in/")
    replayed.post("/sign-in/passkey/", {})
    stolen = replayed.session
    stolen["passkey"] = session["passkey"]
    stolen.save()
    replayed.post("/sign-in/passkey/prove/", {"answer": answer})

    assert inside(browser) and not inside(replayed)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda key, asked: key.prove(asked, origin="https://evil.test"),
        lambda key, asked: Key(id=key.id, handle=key.handle).prove(asked),
        lambda key, asked: Key(private=key.private, id=key.id, handle=key.handle, flags=0x01).prove(asked),
        lambda key, asked: Key(private=key.private, id=b"another", handle=key.handle).prove(asked),
        lambda key, asked: Key(private=key.private, id=key.id, handle="AAAAAAAAAAAAAAAAAAAAAA").prove(asked),
        lambda key, asked: Key(private=key.private, id=key.id, handle="").prove(asked),
        lambda key, asked: key.prove({"publicKey": {**asked["publicKey"], "challenge": "AAAA"}}),
        lambda key, asked: "{}",
        lambda key, asked: "7",
        lambda key, asked: "{" * 9000,
        lambda key, asked: '{"response": {"userHandle": 5}}',
    ],
)
def test_an_answer_that_does_not_fit_signs_nobody_in(key: Key, browser: Client, spoil: Any) -> None:
    asked = asked_of(browser.post("/sign-in/passkey/", {}))

    answer = browser.post("/sign-in/passkey/prove/", {"answer": spoil(key, asked)})

    assert answer["Location"] == "/sign-in/"
    assert not inside(browser)


def test_a_passkey_reaches_no_team_that_enforces_single_sign_on(key: Key, acme: Team, browser: Client) -> None:
    make.enforced(acme)

    sign_in_by(browser, key)

    assert not inside(browser)


def test_a_passkey_drops_the_session_that_the_browser_had(key: Key, globex: Team, browser: Client) -> None:
    make.sign_in(browser, "greg@globex.test")
    before = browser.cookies["seatgate"].value

    sign_in_by(browser, key)

    assert browser.cookies["seatgate"].value != before
    assert not Entry.every_team.filter(team=globex, ended_at=None).exists()


# ── Proving it again ─────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.fixture
def stale(app: App, browser: Client) -> Client:
    """Olga's browser, whose proof is older than five minutes."""
    by_code(browser)
    browser.post(SECOND, {"factor": app.recovery[9]})
    browser.get("/teams/")
    session = browser.session
    session["sudo_at"] = None
    session.save()
    return browser


def test_again_asks_for_the_factor_and_not_for_a_mail(app: App, stale: Client, acme: Team) -> None:
    page = reading.words(stale.get("/again/?next=/"))
    stale.post("/again/send/", {})
    by_mail = stale.post("/again/prove/", {"code": make.code_for("olga@acme.test"), "next": SECURITY})
    led = stale.post("/again/factor/", {"factor": app.code(1), "next": SECURITY})

    assert "your second factor" in page
    assert by_mail.status_code == 200
    assert led["Location"] == SECURITY
    assert make.press(stale, f"{SECURITY}recovery-codes/make/", acme).status_code == 200


def test_again_takes_a_passkey(stale: Client, acme: Team) -> None:
    other = Client()
    by_code(other)
    key = Key()
    session = stale.session
    session["sudo_at"] = "2999-01-01T00:00:00+00:00"
    session.save()
    asked = asked_of(make.press(stale, f"{SECURITY}passkeys/begin/", acme))
    make.press(stale, f"{SECURITY}passkeys/add/", acme, name="x", answer=key.make(asked))
    session = stale.session
    session["sudo_at"] = None
    session.save()

    stale.post("/again/passkey/", {"answer": key.prove(asked_of(stale.get("/again/?next=/"))), "next": "/"})

    assert make.press(stale, f"{SECURITY}recovery-codes/make/", acme).status_code == 200


def test_nobody_proves_anything_again_without_a_session(db: None, browser: Client) -> None:
    answers = [browser.post(f"/again/{path}/", {}) for path in ("send", "prove", "factor", "passkey")]
    answers.append(browser.get("/again/"))

    assert {answer["Location"].partition("?")[0] for answer in answers} == {"/sign-in/"}


def test_a_proof_is_of_the_user_that_is_signed_in(app: App, acme: Team, browser: Client) -> None:
    make.sign_in(browser, "adam@acme.test")
    session = browser.session
    session["sudo_at"] = None
    session.save()

    browser.post("/again/factor/", {"factor": app.code(1), "next": "/"})

    assert make.press(browser, f"{SECURITY}app/begin/", acme)["Location"].startswith("/again/")
    assert User.objects.count() == 2
