"""The page of certificates and encryption: what it shows to whom, what its buttons do, and what they refuse."""

from typing import Any

import pytest
from cryptography import x509
from django.test import Client

from portal.demo.idp import PracticeIdp
from portal.teams.models import Event, Team
from sso import connection, keys
from sso.models import KeyState
from tests import make
from tests.pages import reading
from tests.pages.test_every_page import check
from tests.sso import panels
from tests.sso.attacks import rogue
from tests.sso.sign_ins import entered

PAGE = panels.PANEL + "keys/"
SWITCHES = {"name_id_format": "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent", "idp_slo_url": ""}


def send(browser: Client, team: Team, verb: str, **fields: Any) -> Any:
    """Press a button of the page."""
    return make.press(browser, f"{PAGE}{verb}/", team, back=PAGE, **fields)


def states(team: Team) -> list[str]:
    """The states of our keys."""
    return [row.state for row in keys.every(connection.of(team))]


@pytest.mark.parametrize("state", ["nothing", "draft", "live", "rolling"])
@pytest.mark.parametrize("name", ["olga", "adam"])
def test_the_page_keeps_the_rules_in_every_state(acme: Team, browser: Client, state: str, name: str) -> None:
    if state != "nothing":
        make.draft_idp(acme)
    if state in {"live", "rolling"}:
        connection.turn_on(acme, make.as_owner(acme))
    if state == "rolling":
        by = make.as_owner(acme)
        _old, new = keys.make(acme, by), keys.make(acme, by)
        keys.make_current(acme, by, new.pk)
        keys.make(acme, by)
    make.sign_in(browser, f"{name}@acme.test")

    check(browser.get(PAGE))
    check(browser.get(panels.PANEL))


def test_a_key_is_made_rolled_over_and_removed_by_buttons(acme: Team, browser: Client) -> None:
    make.connect_idp(acme)
    panels.as_owner(browser)

    send(browser, acme, "make")
    send(browser, acme, "make")
    old, new = keys.every(connection.of(acme))
    send(browser, acme, f"{new.pk}/current")
    during = states(acme)
    send(browser, acme, f"{old.pk}/remove")

    assert (during, states(acme)) == ([KeyState.CURRENT, KeyState.RETIRED], [KeyState.CURRENT])


def test_the_certificate_is_downloaded_and_never_the_key(acme: Team, browser: Client) -> None:
    make.draft_idp(acme)
    row = keys.make(acme, make.as_owner(acme))
    panels.as_owner(browser)

    file = browser.get(f"{PAGE}{row.pk}/certificate.pem")

    assert x509.load_pem_x509_certificate(file.content).not_valid_after_utc == row.not_after
    assert "attachment" in file["Content-Disposition"]
    assert b"PRIVATE" not in file.content + browser.get(PAGE).content + browser.get(panels.PANEL).content


def test_a_stranger_s_key_is_not_there(acme: Team, globex: Team, browser: Client) -> None:
    make.draft_idp(globex)
    row = keys.make(globex, make.as_owner(globex))
    make.draft_idp(acme)
    panels.as_owner(browser)

    answers = [browser.get(f"{PAGE}{row.pk}/certificate.pem"), send(browser, acme, f"{row.pk}/remove")]

    assert [each.status_code for each in answers] == [404, 404]
    assert states(globex) == [KeyState.CURRENT]


def test_the_sp_certificate_stands_among_the_values_to_copy(acme: Team, browser: Client) -> None:
    make.draft_idp(acme)
    panels.as_owner(browser)
    before = reading.words(browser.get(panels.PANEL))

    row = keys.make(acme, make.as_owner(acme))

    assert "not generated" in before
    assert row.certificate.splitlines()[1] in browser.get(panels.PANEL).content.decode()


def test_a_second_certificate_is_added_and_the_first_removed(acme: Team, browser: Client) -> None:
    idp = make.connect_idp(acme)
    panels.as_owner(browser)
    (first,) = connection.certificates(connection.of(acme))

    send(browser, acme, "certificates/add", certificates=rogue().certificate_pem)
    send(browser, acme, f"certificates/{first.pk}/remove")
    anew = PracticeIdp(idp.entity_id, idp.sso_url, rogue().key, rogue().certificate)
    make.sso_sign_in(Client(), acme, anew, "mia@acme.test")

    assert [row.pem for row in connection.certificates(connection.of(acme))] == [rogue().certificate_pem]
    assert entered()[-1] == make.who(acme, "mia")


def test_the_last_certificate_of_a_live_connection_stays(acme: Team, browser: Client) -> None:
    make.connect_idp(acme)
    panels.as_owner(browser)
    (only,) = connection.certificates(connection.of(acme))

    shown = send(browser, acme, f"certificates/{only.pk}/remove")

    assert "Add the next one first" in follow(browser, shown)
    assert connection.certificates(connection.of(acme)) == [only]


def follow(browser: Client, shown: Any) -> str:
    """The words of an answer, or of the page it leads to."""
    return reading.words(browser.get(shown["Location"]) if shown.status_code == 302 else shown)


@pytest.mark.parametrize(
    ("pasted", "words"),
    [("", "This is empty"), ("hello", "valid base64"), (panels.KEY, "private key"), ("same", "here already")],
)
def test_a_wrong_paste_is_refused_in_words_and_not_kept(acme: Team, browser: Client, pasted: str, words: str) -> None:
    idp = make.connect_idp(acme)
    panels.as_owner(browser)

    shown = send(browser, acme, "certificates/add", certificates=idp.certificate_pem if pasted == "same" else pasted)

    assert words in follow(browser, shown)
    assert "secretsecret" not in follow(browser, shown)
    assert len(connection.certificates(connection.of(acme))) == 1


def test_the_switches_are_kept_and_asked_of_the_identity_provider(acme: Team, browser: Client) -> None:
    make.connect_idp(acme)
    panels.as_owner(browser)

    send(browser, acme, "protocol", **SWITCHES, sign_requests="on", force_authn="on", allow_sha1="on")
    asked = make.ask_idp(Client(), acme)

    kept = connection.of(acme)
    assert (kept.sign_requests, kept.force_authn, kept.allow_sha1, kept.require_encrypted) == (True, True, True, False)
    assert asked.force_authn and SWITCHES["name_id_format"] in asked.xml
    assert states(acme) == [KeyState.CURRENT]
    assert "can be forged" in reading.words(browser.get(PAGE))


def test_a_logout_address_that_is_none_is_refused(acme: Team, browser: Client) -> None:
    make.connect_idp(acme)
    panels.as_owner(browser)

    shown = send(browser, acme, "protocol", **SWITCHES | {"idp_slo_url": "javascript:alert(1)"})

    assert (shown.status_code, connection.of(acme).idp_slo_url) == (400, "")
    assert "starts with https://" in reading.words(shown)


@pytest.mark.parametrize("verb", ["make", "protocol", "certificates/add"])
def test_a_live_connection_is_an_owner_s(acme: Team, browser: Client, verb: str) -> None:
    make.connect_idp(acme)
    make.sign_in(browser, "adam@acme.test")
    events = Event.every_team.filter(refused=False).count()

    shown = send(browser, acme, verb, **SWITCHES, certificates=rogue().certificate_pem)

    assert panels.LIVE in follow(browser, shown)
    assert Event.every_team.filter(refused=False).count() == events
