"""A sign-in that is under way while what it rests on ends: it is waited for and ended too, or refused."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from django.db import connection
from django.http import HttpRequest
from django.test import Client

from portal.demo.idp import PracticeIdp
from portal.teams import access, policy
from portal.teams.models import Entry, Team
from sso import connection as connections
from sso import identity
from sso.attributes import Person
from sso.models import Subject
from tests import make
from tests.sso.sign_ins import Enter, is_in, refusal, results

FORMER, NEW = "x-81", "x-82"


def arrived(browser: Client, team: Team, idp: PracticeIdp, name_id: str) -> str:
    """Bring a browser as far as its finish page, which it has not opened yet."""
    answer = make.answer(idp, make.ask_idp(browser, team), "mia@acme.test", name_id=name_id)
    return str(make.post_acs(team, answer)["Location"])


def relink(team: Team) -> None:
    """Link Mia anew, as a sign-in by her new identity does."""
    identity.settle(connections.of(team), Person(NEW, "mia@acme.test", "", ""), make.by(make.who(team, "mia")))


def turn_off(team: Team) -> None:
    """Turn single sign-on off."""
    policy.turn_sso_off(team, make.as_owner(team))


@pytest.mark.parametrize("meanwhile", [relink, turn_off])
def test_what_ended_before_the_member_was_held_lets_nobody_in(
    acme: Team, idp: PracticeIdp, enter: Enter, monkeypatch: pytest.MonkeyPatch, meanwhile: Callable[[Team], None]
) -> None:
    enter("mia@acme.test", name_id=FORMER)
    before, browser = make.who(acme, "mia").last_sign_in, Client()
    where, plain = arrived(browser, acme, idp, FORMER), identity.note_format

    def after_the_look(subject: Subject, name_id_format: str) -> None:
        plain(subject, name_id_format)
        meanwhile(acme)

    monkeypatch.setattr(identity, "note_format", after_the_look)

    assert refusal(acme, browser.get(where)) == (403, "connection_changed")
    assert not is_in(browser)
    assert make.who(acme, "mia").last_sign_in == before
    assert not Entry.every_team.filter(ended_at=None).exists()


@pytest.mark.django_db(transaction=True)
def test_a_sign_in_that_holds_the_member_is_waited_for_and_ended_by_linking_anew(
    acme: Team, idp: PracticeIdp, enter: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    enter("mia@acme.test", name_id=FORMER)
    former, new, holds = Client(), Client(), Event()
    where = {browser: arrived(browser, acme, idp, name_id) for browser, name_id in ((former, FORMER), (new, NEW))}
    plain = access.leave

    def slowly(request: HttpRequest) -> None:
        if not holds.is_set():
            holds.set()
            # The other stands before the member's row by then.
            time.sleep(1)
        plain(request)

    monkeypatch.setattr(access, "leave", slowly)

    def finish(browser: Client) -> int:
        try:
            return int(browser.get(where[browser]).status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(finish, former)
        assert holds.wait(30)
        second = pool.submit(finish, new)

        assert (first.result(30), second.result(30)) == (302, 302)
    assert results(acme) == ["ok", "ok", "ok"]
    assert (is_in(former), is_in(new)) == (False, True)


def test_an_entry_made_while_single_sign_on_was_off_is_not_revived_by_turning_it_on(
    acme: Team, idp: PracticeIdp
) -> None:
    turn_off(acme)
    late = make.enter_by_sso(Client(), make.who(acme, "mia"))

    policy.turn_sso_on(acme, make.as_owner(acme))

    assert not is_in(late)
