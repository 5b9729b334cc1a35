"""Confirming in an SSO session that it is you: a fresh round trip of the same Subject (spec rule 12)."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
import time_machine
from django.http import QueryDict
from django.test import Client

from portal.demo.idp import PracticeIdp, read_request
from portal.teams.models import Entry, Event, Team
from sso import connection
from sso.models import SignInAttempt, SsoConnection
from tests import make
from tests.pages import reading
from tests.sso import panels

PANEL = "/settings/security/authentication/sso/"


@pytest.fixture
def olgas(acme: Team, idp: PracticeIdp) -> Iterator[Client]:
    """Olga's browser, ten minutes after she signed in by single sign-on."""
    browser = Client()
    make.sso_sign_in(browser, acme, idp, "olga@acme.test")
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=10)):
        yield browser


def is_confirmed(browser: Client, team: Team) -> bool:
    """Say whether a button that wants a fresh proof lets this browser through."""
    return not make.press(browser, f"{PANEL}relax/", team)["Location"].startswith("/again/")


def again(browser: Client, team: Team, email: str = "olga@acme.test", **said: Any) -> Any:
    """Go to the identity provider once more, and come back as this person."""
    request = make.ask_idp(browser, team, again="", next=PANEL)
    said = {"at": datetime.now(UTC), **said}
    return make.follow(browser, make.post_acs(team, make.answer(make.idp_of(team.slug), request, email, **said)))


def test_a_sign_in_counts_as_a_proof_for_five_minutes(acme: Team, idp: PracticeIdp, browser: Client) -> None:
    make.sso_sign_in(browser, acme, idp, "olga@acme.test")

    assert is_confirmed(browser, acme)
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=6)):
        assert not is_confirmed(browser, acme)


def test_the_way_leads_to_the_identity_provider_and_asks_it_to_ask_again(acme: Team, olgas: Client) -> None:
    asked_for = make.press(olgas, f"{PANEL}relax/", acme, back=PANEL)

    page = olgas.get(asked_for["Location"])

    way = page.content.decode()
    assert "/sso/acme/login?again" in way
    assert make.ask_idp(olgas, acme, again="", next=PANEL).force_authn
    assert not make.ask_idp(olgas, acme).force_authn


def test_a_fresh_round_trip_of_the_same_subject_confirms_and_changes_nothing_else(acme: Team, olgas: Client) -> None:
    before = (olgas.cookies["seatgate"].value, Entry.every_team.get().pk, Event.every_team.count())

    done = again(olgas, acme)

    assert (done.status_code, done["Location"]) == (302, PANEL)
    assert (olgas.cookies["seatgate"].value, Entry.every_team.get().pk, Event.every_team.count()) == before
    assert is_confirmed(olgas, acme)
    attempt = SignInAttempt.every_team.order_by("-at")[0]
    assert (attempt.purpose, attempt.result, attempt.member) == ("again", "ok", make.who(acme, "olga"))


@pytest.mark.parametrize(
    ("email", "said"),
    [("adam@acme.test", {}), ("new@acme.test", {}), ("olga@acme.test", {"name_id": "x-82"})],
    ids=["a colleague", "a stranger", "another identity with the same address"],
)
def test_another_subject_confirms_nothing(acme: Team, olgas: Client, email: str, said: dict[str, Any]) -> None:
    shown = again(olgas, acme, email, **said)

    assert shown.status_code == 403
    words = reading.words(shown)
    assert words.startswith("Somebody else came back")
    assert "Sign out at your identity provider, then start again as yourself." in words
    assert SignInAttempt.every_team.order_by("-at")[0].result == "other_subject"
    assert not is_confirmed(olgas, acme)
    assert "olga@acme.test" in reading.words(olgas.get("/settings/profile/"))


@pytest.mark.parametrize(("minutes", "confirmed"), [(4, True), (6, False)])
def test_an_identity_provider_that_did_not_ask_again_confirms_nothing_in_the_strict_form(
    acme: Team, olgas: Client, minutes: int, confirmed: bool
) -> None:  # fmt: skip
    SsoConnection.every_team.update(strict_again=True)

    shown = again(olgas, acme, authn_instant=datetime.now(UTC) - timedelta(minutes=minutes))

    assert is_confirmed(olgas, acme) is confirmed
    assert ("did not ask the person to sign in again" in shown.content.decode()) is not confirmed


@pytest.mark.parametrize("minutes", [6, 90, 24 * 60])
def test_by_default_its_live_session_confirms_and_event_and_page_say_so(
    acme: Team, olgas: Client, minutes: int
) -> None:
    again(olgas, acme, authn_instant=datetime.now(UTC) - timedelta(minutes=minutes))
    page = reading.words(olgas.get(PANEL))

    assert is_confirmed(olgas, acme)
    assert "did not ask you to sign in again" in page
    assert Event.every_team.filter(kind="sso.old_sign_in_accepted").count() == 1


def test_a_fresh_one_is_not_called_old(acme: Team, olgas: Client) -> None:
    again(olgas, acme)

    assert not Event.every_team.filter(kind="sso.old_sign_in_accepted").exists()


# ── The strict form ──────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(("minutes", "off", "asks"), [(0, 0, True), (30, 0, False), (0.5, 0, False), (0, -2, True)])
def test_a_test_shows_whether_it_asks_again(
    acme: Team, idp: PracticeIdp, browser: Client, *, minutes: float, off: int, asks: bool
) -> None:
    """Neither a sign-in of half a minute ago nor a clock two minutes off is taken for the other."""
    panels.as_owner(browser)
    request = read_request(QueryDict(urlsplit(panels.onward(panels.send(browser, acme, "test"))).query).dict())
    now = datetime.now(UTC) + timedelta(minutes=off)

    instant = now - timedelta(minutes=minutes)
    answer = make.answer(idp, request, "olga@acme.test", at=now, authn_instant=instant)
    make.follow(browser, make.post_acs(acme, answer))

    assert request.force_authn
    assert connection.of(acme).asks_again is asks


def test_the_strict_form_can_be_demanded_once_a_test_has_shown_that_it_can_be_met(
    acme: Team, idp: PracticeIdp, browser: Client
) -> None:
    panels.as_owner(browser)
    early = panels.send(browser, acme, "again", strict="1")
    panels.passed_test(browser, acme, idp)

    panels.send(browser, acme, "again", strict="1")

    assert early.status_code == 409
    assert connection.of(acme).strict_again
    assert Event.every_team.get(kind="sso.confirmation_set").data["strict"] is True


@pytest.mark.parametrize("changed", ["idp_entity_id", "idp_sso_url"])
def test_another_identity_provider_brings_the_lenient_form_back(acme: Team, idp: PracticeIdp, changed: str) -> None:
    SsoConnection.every_team.update(strict_again=True, asks_again=True, asks_again_at=datetime.now(UTC))

    connection.configure(acme, make.as_owner(acme), **{changed: "https://other.test/"})

    now = connection.of(acme)
    assert (now.strict_again, now.asks_again, now.asks_again_at) == (False, None, None)
    assert Event.every_team.get(kind="sso.confirmation_set").data["strict"] is False


def test_other_changes_keep_the_strict_form(acme: Team, idp: PracticeIdp) -> None:
    SsoConnection.every_team.update(strict_again=True, asks_again=True)

    connection.configure(acme, make.as_owner(acme), idp_slo_url="https://idp.test/slo", sign_requests=True)
    connection.configure_from_metadata(acme, make.as_owner(acme), idp.metadata())

    assert (connection.of(acme).strict_again, connection.of(acme).asks_again) == (True, True)
    assert not Event.every_team.filter(kind="sso.confirmation_set").exists()


def test_another_identity_provider_s_word_for_the_same_name_confirms_nothing(acme: Team, olgas: Client) -> None:
    other = make.idp_of("other")
    connection.configure_from_metadata(acme, make.as_owner(acme), other.metadata())
    request = make.ask_idp(olgas, acme, again="", next=PANEL)

    arrived = make.post_acs(acme, make.answer(other, request, "olga@acme.test", at=datetime.now(UTC)))

    assert make.follow(olgas, arrived).status_code == 403
    assert not is_confirmed(olgas, acme)


def test_a_second_identity_of_the_same_member_at_another_identity_provider_confirms_nothing(
    acme: Team, olgas: Client
) -> None:  # fmt: skip
    other = make.idp_of("other")
    connection.configure_from_metadata(acme, make.as_owner(acme), other.metadata())
    said = {"name_id": "x-9", "at": datetime.now(UTC)}
    assert make.sso_sign_in(Client(), acme, other, "olga@acme.test", **said).status_code == 302

    request = make.ask_idp(olgas, acme, again="")
    make.follow(olgas, make.post_acs(acme, make.answer(other, request, "olga@acme.test", **said)))

    assert not is_confirmed(olgas, acme)


def test_another_browser_can_t_bring_the_proof(acme: Team, idp: PracticeIdp, olgas: Client) -> None:
    request = make.ask_idp(olgas, acme, again="")
    arrived = make.post_acs(acme, make.answer(idp, request, "olga@acme.test", at=datetime.now(UTC)))

    assert make.follow(Client(), arrived).status_code == 403
    assert not is_confirmed(olgas, acme)


def test_a_proof_that_another_member_of_the_same_browser_asked_for_confirms_nothing(acme: Team, olgas: Client) -> None:
    asked_by_olga = make.ask_idp(olgas, acme, again="")
    adam = {"at": datetime.now(UTC)}
    make.sso_sign_in(olgas, acme, make.idp_of("acme"), "adam@acme.test", **adam)

    arrived = make.post_acs(acme, make.answer(make.idp_of("acme"), asked_by_olga, "adam@acme.test", **adam))

    assert make.follow(olgas, arrived).status_code == 403


def test_a_session_that_ended_meanwhile_is_not_confirmed(acme: Team, idp: PracticeIdp, olgas: Client) -> None:
    request = make.ask_idp(olgas, acme, again="")
    olgas.post("/sign-out/")

    arrived = make.post_acs(acme, make.answer(idp, request, "olga@acme.test", at=datetime.now(UTC)))

    assert make.follow(olgas, arrived).status_code == 403
    assert olgas.get("/")["Location"] == "/sign-in/"


def test_a_code_session_is_not_confirmed_by_single_sign_on(acme: Team, idp: PracticeIdp, browser: Client) -> None:
    make.sign_in(browser, "olga@acme.test")

    request = make.ask_idp(browser, acme, again="")

    assert not request.force_authn


def test_a_session_of_another_team_is_not_confirmed(acme: Team, globex: Team, idp: PracticeIdp, olgas: Client) -> None:
    make.connect_idp(globex)

    assert not make.ask_idp(olgas, globex, again="").force_authn
