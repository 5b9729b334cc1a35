"""Each request, each assertion and each ticket works once; what is stale, forged or meant for others, never."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
import time_machine
from django.db import connections
from django.test import Client

from portal.demo.idp import PracticeIdp
from portal.teams import policy
from portal.teams.models import Entry, Event, Member, Team
from sso import connection, memory
from sso.errors import NotGenuine
from sso.models import LoginTicket, SeenAssertion, SignInAttempt
from tests import make
from tests.sso import attacks
from tests.sso.sign_ins import in_minutes, results


# ── Once ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_ticket_works_once(acme: Team, browser: Client) -> None:
    idp = make.connect_idp(acme)
    arrived = make.post_acs(acme, make.answer(idp, make.ask_idp(browser, acme), "mia@acme.test"))

    first, second = make.follow(browser, arrived), make.follow(browser, arrived)

    assert (first.status_code, second.status_code) == (302, 403)
    assert results(acme) == ["ok", "ticket_ended"]


def test_of_two_who_look_at_a_ticket_before_either_uses_it_one_does(acme: Team, browser: Client) -> None:
    idp = make.connect_idp(acme)
    arrived = make.post_acs(acme, make.answer(idp, make.ask_idp(browser, acme), "mia@acme.test"))
    first, second = (memory.peek(connection.of(acme), arrived["Location"].partition("ticket=")[2]) for _ in range(2))

    memory.redeem(first)

    with pytest.raises(NotGenuine, match="ticket_ended"):
        memory.redeem(second)


def test_a_ticket_works_for_one_minute(acme: Team, browser: Client) -> None:
    idp = make.connect_idp(acme)
    arrived = make.post_acs(acme, make.answer(idp, make.ask_idp(browser, acme), "mia@acme.test"))

    with time_machine.travel(in_minutes(1.1)):
        late = make.follow(browser, arrived)

    assert (late.status_code, results(acme)) == (403, ["ticket_ended"])


def test_a_ticket_opens_nothing_once_single_sign_on_is_off(acme: Team, browser: Client) -> None:
    idp = make.connect_idp(acme)
    arrived = make.post_acs(acme, make.answer(idp, make.ask_idp(browser, acme), "mia@acme.test"))
    policy.turn_sso_off(acme, make.as_owner(acme))

    late = make.follow(browser, arrived)

    assert (late.status_code, results(acme)) == (403, ["not_on"])
    assert not Entry.every_team.exists()


def test_a_ticket_opens_nothing_once_the_connection_trusts_another_key(acme: Team, browser: Client) -> None:
    idp = make.connect_idp(acme)
    make.sso_sign_in(browser, acme, idp, "mia@acme.test")
    arrived = make.post_acs(acme, make.answer(idp, make.ask_idp(browser, acme), "mia@acme.test"))
    make.connect_idp_anew(acme)

    late = make.follow(browser, arrived)

    assert (late.status_code, results(acme)) == (403, ["ok", "connection_changed"])
    assert Entry.every_team.count() == 1


def test_a_ticket_opens_no_other_team(acme: Team, globex: Team, browser: Client) -> None:
    idp = make.connect_idp(acme)
    make.connect_idp(globex)
    arrived = make.post_acs(acme, make.answer(idp, make.ask_idp(browser, acme), "mia@acme.test"))

    elsewhere = browser.get(arrived["Location"].replace("/acme/", "/globex/"))

    assert (elsewhere.status_code, results(globex)) == (403, ["ticket_ended"])


def test_the_same_response_twice_is_taken_once(acme: Team, browser: Client) -> None:
    idp = make.connect_idp(acme)
    response = make.answer(idp, make.ask_idp(browser, acme), "mia@acme.test")

    answers = [make.post_acs(acme, response).status_code for _ in range(2)]

    assert (answers, results(acme)) == ([303, 403], ["request_used"])


def test_a_second_response_to_the_same_request_is_refused(acme: Team, browser: Client) -> None:
    idp = make.connect_idp(acme)
    asked = make.ask_idp(browser, acme)

    answers = [make.post_acs(acme, make.answer(idp, asked, email)) for email in ("mia@acme.test", "adam@acme.test")]

    assert [each.status_code for each in answers] == [303, 403]
    assert results(acme) == ["request_used"]


def test_an_assertion_that_answers_a_second_request_by_the_same_id_is_a_replay(acme: Team, browser: Client) -> None:
    idp = make.connect_idp(acme)

    def post() -> int:
        same = attacks.sets("saml:Assertion", ID="id-same")
        return int(
            make.post_acs(acme, make.answer(idp, make.ask_idp(browser, acme), "x@acme.test", mutate=same)).status_code
        )

    assert [post(), post()] == [303, 403]
    assert results(acme) == ["replayed"]


def test_a_refused_replay_leaves_its_request_unused(acme: Team, browser: Client) -> None:
    idp = make.connect_idp(acme)
    same = attacks.sets("saml:Assertion", ID="id-same")
    make.sso_sign_in(browser, acme, idp, "mia@acme.test", mutate=same)
    asked = make.ask_idp(browser, acme)
    make.post_acs(acme, make.answer(idp, asked, "mia@acme.test", mutate=same))

    arrived = make.post_acs(acme, make.answer(idp, asked, "mia@acme.test"))

    assert arrived.status_code == 303


def test_an_accepted_unasked_response_works_once(acme: Team) -> None:
    idp = make.connect_idp(acme, "accepted")
    response = make.answer(idp, make.unasked(acme), "mia@acme.test")

    assert [make.post_acs(acme, response).status_code for _ in range(2)] == [303, 403]
    assert results(acme) == ["replayed"]


def test_an_assertion_is_remembered_for_as_long_as_it_could_be_replayed(acme: Team) -> None:
    idp = make.connect_idp(acme, "accepted")
    at = datetime.now(UTC)
    response = make.answer(idp, make.unasked(acme), "mia@acme.test", at=at, lifetime=timedelta(days=9))
    make.post_acs(acme, response)

    for minutes in (5, 14, 20, 61, 600):
        with time_machine.travel(at + timedelta(minutes=minutes)):
            memory.forget_old()
            assert make.post_acs(acme, response).status_code == 403


def test_a_request_is_answered_within_ten_minutes(acme: Team, browser: Client) -> None:
    idp = make.connect_idp(acme)
    asked = make.ask_idp(browser, acme)

    with time_machine.travel(in_minutes(10.1)):
        late = make.post_acs(acme, make.answer(idp, asked, "mia@acme.test", at=datetime.now(UTC)))

    assert (late.status_code, results(acme)) == (403, ["request_unknown"])


def test_a_request_we_never_made_is_not_answered(acme: Team, browser: Client) -> None:
    idp = make.connect_idp(acme, "accepted")
    asked = make.ask_idp(browser, acme)

    shown = make.post_acs(acme, make.answer(idp, asked, "mia@acme.test", in_response_to="r" + "0" * 32))

    assert (shown.status_code, results(acme)) == (403, ["request_unknown"])


# ── All at once ──────────────────────────────────────────────────────────────────────────────────────────────────────
def at_once(work: Callable[[], Any], times: int = 8) -> list[Any]:
    """Do the same in several threads at the same moment, each on a database connection of its own."""
    barrier = Barrier(times)

    def run(_number: int) -> Any:
        try:
            barrier.wait(30)
            return work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(run, range(times)))


@pytest.mark.django_db(transaction=True)
def test_a_response_posted_eight_times_at_once_gives_one_ticket(acme: Team, browser: Client) -> None:
    idp = make.connect_idp(acme)
    response = make.answer(idp, make.ask_idp(browser, acme), "mia@acme.test")

    statuses = at_once(lambda: make.post_acs(acme, response).status_code)

    assert sorted(statuses) == [303, *[403] * 7]
    assert (LoginTicket.objects.count(), SeenAssertion.objects.count()) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_a_finish_page_opened_eight_times_at_once_makes_one_session_and_one_member(acme: Team, browser: Client) -> None:
    idp = make.connect_idp(acme)
    arrived = make.post_acs(acme, make.answer(idp, make.ask_idp(browser, acme), "new@acme.test"))

    def finish() -> int:
        client = Client()
        client.cookies = browser.cookies.copy()
        return int(client.get(arrived["Location"]).status_code)

    assert sorted(at_once(finish)) == [302, *[403] * 7]
    assert Entry.every_team.filter(member__email="new@acme.test").count() == 1


@pytest.mark.django_db(transaction=True)
def test_an_unasked_response_posted_eight_times_at_once_gives_one_ticket(acme: Team) -> None:
    idp = make.connect_idp(acme, "accepted")
    response = make.answer(idp, make.unasked(acme), "mia@acme.test")

    statuses = at_once(lambda: make.post_acs(acme, response).status_code)

    assert sorted(statuses) == [303, *[403] * 7]


@pytest.mark.django_db(transaction=True)
def test_somebody_new_who_signs_in_eight_times_at_once_is_added_once(acme: Team) -> None:
    idp = make.connect_idp(acme)
    there = []
    for _ in range(8):
        client = Client()
        request = make.ask_idp(client, acme)
        there.append((client, make.post_acs(acme, make.answer(idp, request, "new@acme.test"))))

    statuses = at_once(lambda: make.follow(*there.pop()).status_code)

    assert statuses == [302] * 8
    assert Member.every_team.filter(email="new@acme.test").count() == 1


# ── Not genuine: one page ────────────────────────────────────────────────────────────────────────────────────────────
def says(**said: Any) -> Callable[[PracticeIdp, Any], str]:
    """A response that differs from a good one in what is `said`."""
    return lambda idp, asked: make.answer(idp, asked, "olga@acme.test", **said)


ROGUE = attacks.rogue()
FORGED: dict[str, tuple[str, Callable[[PracticeIdp, Any], str]]] = {
    "unsigned": ("signature_missing", says(sign="none")),
    "altered": ("signature_invalid", says(tamper=attacks.says(attacks.NAME_ID, "adam@acme.test"))),
    "another key": ("signature_invalid", lambda idp, asked: make.answer(ROGUE, asked, "olga@acme.test")),
    "expired": ("confirmation_expired", lambda *both: make.answer(*both, "olga@acme.test", at=in_minutes(-7))),
    "wrong audience": ("wrong_audience", says(audience="https://other.test")),
    "wrong recipient": ("wrong_recipient", says(recipient="https://other.test/acs")),
    "wrong destination": ("wrong_destination", says(destination="https://other.test/acs")),
    "wrong issuer": ("wrong_issuer", says(issuer="https://other.test")),
    "never asked": ("request_unknown", says(in_response_to="r" + "0" * 32)),
    "not XML": ("not_base64", lambda idp, asked: "!"),
    "transient": ("transient_name_id", says(name_id_format="urn:oasis:names:tc:SAML:2.0:nameid-format:transient")),
}


def neutral(response: Any) -> tuple[str, str]:
    """Split the neutral page into its bytes without the reference, and the reference."""
    text = response.content.decode()
    reference = re.search(r"\b[2-9A-Z]{4}-[2-9A-Z]{4}\b", text)
    assert reference, text
    return text.replace(reference[0], "…"), reference[0]


@pytest.mark.parametrize("name", FORGED)
def test_what_is_not_genuine_gets_one_page_and_its_reason_stands_in_the_log(
    acme: Team, browser: Client, name: str
) -> None:  # fmt: skip
    idp, (code, forge) = make.connect_idp(acme), FORGED[name]
    events = Event.every_team.count()
    plain = neutral(make.post_acs(acme, "AAAA"))[0]

    shown = make.post_acs(acme, forge(idp, make.ask_idp(browser, acme)))

    page, reference = neutral(shown)
    attempt = SignInAttempt.every_team.get(reference=reference)
    assert (shown.status_code, page) == (403, plain)
    assert (attempt.team, attempt.result, attempt.who, attempt.member) == (acme, code, "", None)
    assert attempt.detail
    assert Event.every_team.count() == events


def test_a_replay_and_a_stolen_ticket_get_the_same_page_too(acme: Team, browser: Client) -> None:
    idp = make.connect_idp(acme)
    response = make.answer(idp, make.ask_idp(browser, acme), "mia@acme.test")
    finish = make.post_acs(acme, response)["Location"]

    pages = [make.post_acs(acme, "AAAA"), make.post_acs(acme, response), Client().get(finish), browser.get(finish)]

    assert {each.status_code for each in pages} == {403}
    assert len({neutral(each)[0] for each in pages}) == 1
