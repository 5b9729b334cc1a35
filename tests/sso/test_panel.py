"""The single sign-on panel: who sees and presses what, and the values that are given."""

from datetime import timedelta

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from portal.teams import policy
from portal.teams.models import Event, Team
from sso import connection
from sso.models import IdpCertificate, SsoConnection
from tests import make
from tests.pages import reading
from tests.sso.panels import (
    ACTS,
    KEY,
    LIVE,
    LOG,
    NO_PLAN,
    NO_VALUES,
    PANEL,
    as_owner,
    attempt,
    passed_test,
    send,
    values,
)


# ── Who sees what ────────────────────────────────────────────────────────────────────────────────────────────────────
def test_the_panel_shows_everything_to_copy(acme: Team, browser: Client) -> None:
    shown = reading.page(as_owner(browser).get(PANEL)).xpath("//main//input[@readonly]/@value")

    urls = [connection.url(acme, page) for page in ("acs", "metadata", "metadata", "login")]
    assert shown == [*urls, "acme"]


@pytest.mark.parametrize("path", [PANEL, LOG])
def test_a_member_may_not_open_it(acme: Team, browser: Client, path: str) -> None:
    make.sign_in(browser, "mia@acme.test")

    assert browser.get(path).status_code == 403


@pytest.mark.parametrize("verb", ACTS)
def test_an_auditor_reads_and_is_refused_every_act(acme: Team, browser: Client, verb: str) -> None:
    make.role(acme, make.who(acme, "adam"), "auditor")
    make.connect_idp(acme)
    make.sign_in(browser, "adam@acme.test")

    page, answer = browser.get(PANEL), send(browser, acme, verb)

    assert make.idp_of("acme").entity_id in reading.words(page)
    assert reading.actions(page) == []
    assert answer.status_code == 403


@pytest.mark.parametrize("word", ["Take the metadata", "Test", "Turn on", "Enforce single sign-on", "Save"])
def test_a_team_without_the_plan_sees_everything_closed(acme: Team, browser: Client, word: str) -> None:
    policy.entitle(acme, make.BY_OPERATOR, plan="business")

    page = as_owner(browser).get(PANEL)

    assert reading.closed(page, word) == NO_PLAN


@pytest.mark.parametrize("verb", ["metadata", "connection", "idp-initiated", "jit", "test", "on"])
def test_a_team_without_the_plan_is_refused_in_the_same_words(acme: Team, browser: Client, verb: str) -> None:
    policy.entitle(acme, make.BY_OPERATOR, plan="business")
    as_owner(browser)

    answer = send(browser, acme, verb, on="0", answer="accepted")

    assert answer.status_code in (403, 409)
    assert (NO_PLAN if verb != "on" else NO_VALUES) in reading.words(answer)


@pytest.mark.parametrize("verb", ["metadata", "connection", "idp-initiated"])
def test_an_admin_reads_a_live_connection_and_may_not_change_it(acme: Team, browser: Client, verb: str) -> None:
    make.connect_idp(acme)
    make.sign_in(browser, "adam@acme.test")

    page, answer = browser.get(PANEL), send(browser, acme, verb, answer="accepted")

    assert reading.closed(page, "Take the metadata") == LIVE
    assert (answer.status_code, LIVE in reading.words(answer)) == (403, True)
    assert Event.every_team.filter(team=acme, refused=True).exists()


def test_an_admin_sets_up_and_tests_but_only_an_owner_turns_on(acme: Team, browser: Client) -> None:
    idp = make.idp_of("acme")
    make.sign_in(browser, "adam@acme.test")

    saved = send(browser, acme, "connection", **values(idp))

    assert saved["Location"] == PANEL
    assert passed_test(browser, acme, idp, "adam@acme.test")["Location"] == PANEL
    assert "Only an owner does this." in reading.closed(browser.get(PANEL), "Turn on")
    assert send(browser, acme, "on").status_code == 403


def test_a_stranger_sees_nothing_of_the_team(acme: Team, globex: Team, browser: Client) -> None:
    idp = make.connect_idp(acme)
    reference = attempt(acme, "expired", "The assertion has expired.", who="mia@acme.test")
    make.sign_in(browser, "greg@globex.test")

    pages = [browser.get(path, {"q": q}).content.decode() for path in (PANEL, LOG) for q in ("mia@acme.test", "")]

    assert [text for text in pages if idp.entity_id in text or reference in text or "/sso/acme/" in text] == []


def test_an_old_sign_in_is_asked_to_confirm_before_it_changes_anything(acme: Team, browser: Client) -> None:
    as_owner(browser)

    with time_machine.travel(timezone.now() + timedelta(minutes=6)):
        page, answer = browser.get(PANEL), send(browser, acme, "connection", **values(make.idp_of("acme")))

    assert "Confirm now" in reading.words(page)
    assert answer["Location"].startswith("/again/")
    assert not SsoConnection.every_team.filter(team=acme).exists()


# ── Values ───────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("way", ["file", "text"])
def test_metadata_is_taken_as_a_file_or_as_text(acme: Team, browser: Client, way: str) -> None:
    idp, as_olga = make.idp_of("acme"), as_owner(browser)
    given = SimpleUploadedFile("idp.xml", idp.metadata()) if way == "file" else idp.metadata().decode()

    answer = send(as_olga, acme, "metadata", **{way: given})

    assert answer["Location"] == PANEL
    assert idp.entity_id in reading.words(as_olga.get(PANEL))
    assert "Ready to turn on" in reading.words(as_olga.get(PANEL))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "Choose a file or paste the XML."),
        ("<!doctype html><html>Sign in</html>", "This is a web page, not metadata."),
        ("https://idp.test/metadata", "This is an address, not metadata."),
        ("<a>\x00</a>", "Null characters are not allowed."),
        (KEY, "This holds a private key. We did not store it."),
        ("our own", "This is a service provider's metadata"),
    ],
)
def test_what_is_no_metadata_is_refused_in_words_and_not_drawn_again(
    acme: Team, browser: Client, text: str, words: str
) -> None:
    as_owner(browser)
    text = browser.get("/sso/acme/metadata").content.decode() if text == "our own" else text

    answer = send(browser, acme, "metadata", text=text)

    assert (answer.status_code, words in reading.words(answer)) == (400, True)
    assert reading.page(answer).xpath("//textarea[@name='text']")[0].text_content().strip() == ""
    assert not SsoConnection.every_team.filter(team=acme).exists()


def test_a_metadata_file_that_is_too_large_is_refused(acme: Team, browser: Client) -> None:
    file = SimpleUploadedFile("idp.xml", b"<a>" + b" " * 1024 * 1024 + b"</a>")

    answer = send(as_owner(browser), acme, "metadata", file=file)

    assert (answer.status_code, "larger than 1 MiB" in reading.words(answer)) == (400, True)


@pytest.mark.parametrize("spoilt", ["", "\x00"])
def test_a_private_key_among_the_certificates_is_neither_stored_nor_shown(
    acme: Team, browser: Client, spoilt: str
) -> None:
    pasted = make.idp_of("acme").certificate_pem + KEY + spoilt

    answer = send(as_owner(browser), acme, "connection", **values(make.idp_of("acme"), certificates=pasted))

    assert answer.status_code == 400
    assert "secretsecret" not in answer.content.decode() + browser.get(PANEL).content.decode()
    assert not IdpCertificate.every_team.exists()
    assert not Event.every_team.filter(data__icontains="secretsecret").exists()


@pytest.mark.parametrize(
    "url", ["http://idp.test/sso", "http://localhost:1@idp.test/", "javascript:alert(1)", "http://localhost:1/\r\nX: 1"]
)
def test_a_sign_on_url_is_https_unless_on_this_machine(acme: Team, browser: Client, url: str) -> None:
    as_owner(browser)

    answer = send(browser, acme, "connection", **values(make.idp_of("acme"), idp_sso_url=url))

    assert answer.status_code == 400
    assert reading.page(answer).xpath("//input[@name='idp_sso_url' and @aria-invalid='true']")


def test_an_entity_id_with_a_character_that_cannot_be_seen_is_refused(acme: Team, browser: Client) -> None:
    idp = make.connect_idp(acme)

    answer = send(as_owner(browser), acme, "connection", **values(idp, sp_entity_id="https://a\x01b"))

    assert answer.status_code == 400
    assert "a character that cannot be seen" in reading.words(answer)
    assert browser.get("/sso/acme/metadata").status_code == 200


@pytest.mark.parametrize(("days", "words"), [(-1, "Expired"), (12, "Ends in 12 days"), (59, "Ends"), (61, "Valid")])
def test_a_certificate_that_ends_soon_is_a_warning(acme: Team, browser: Client, days: int, words: str) -> None:
    make.connect_idp(acme)
    IdpCertificate.every_team.update(not_after=timezone.now() + timedelta(days=days, minutes=5))

    badges = reading.page(as_owner(browser).get(PANEL)).xpath("//li[.//code]/span[contains(@class, 'sg-badge')]")

    assert words in badges[0].text_content()
