"""Single sign-on with an identity provider nobody here wrote: in, encrypted, over new keys, and out both ways."""

import base64
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from portal.teams.models import Team
from sso import certificates, connection, keys
from tests import make
from tests.pages import reading
from tests.sso.foreign import SSO, Foreign, needs_xmlsec
from tests.sso.sign_ins import entered, is_in, results

pytestmark = needs_xmlsec


def our_metadata(team: Team) -> bytes:
    """What the team publishes."""
    return bytes(Client().get(f"/sso/{team.slug}/metadata").content)


@pytest.fixture
def foreign(acme: Team, tmp_path: Path) -> Foreign:
    """Acme's identity provider, each side set up by the other's metadata."""
    idp = Foreign(tmp_path, our_metadata(acme), make.idp_of("foreign"))
    connection.configure_from_metadata(acme, make.as_owner(acme), idp.metadata())
    connection.configure(acme, make.as_owner(acme), sign_requests=True)
    connection.turn_on(acme, make.as_owner(acme))
    acme.refresh_from_db()
    idp.knows(our_metadata(acme))
    return idp


def respond(idp: Foreign, team: Team, email: str, in_response_to: str | None, **how: Any) -> str:
    """Its response as a form field."""
    sp, acs = connection.of(team).sp_entity_id, connection.url(team, "acs")
    return base64.b64encode(idp.respond(sp, acs, email, in_response_to, **how).encode()).decode()


def sign_in(client: Client, idp: Foreign, team: Team, email: str, **how: Any) -> Any:
    """Go there and come back."""
    away = client.get(f"/sso/{team.slug}/login")["Location"]
    asked = idp.asked(away).message
    return make.follow(client, make.post_acs(team, respond(idp, team, email, asked.id, **how)))


def test_it_reads_and_verifies_our_request(acme: Team, foreign: Foreign, browser: Client) -> None:
    away = browser.get("/sso/acme/login")["Location"]

    asked = foreign.asked(away).message

    assert away.startswith(SSO + "?") and "Signature=" in away
    assert asked.issuer.text == connection.of(acme).sp_entity_id
    assert asked.assertion_consumer_service_url == connection.url(acme, "acs")


def test_somebody_signs_in_from_our_page(acme: Team, foreign: Foreign, browser: Client) -> None:
    sign_in(browser, foreign, acme, "mia@acme.test")

    assert (entered(), results(acme)) == ([make.who(acme, "mia")], ["ok"])


def test_somebody_signs_in_from_its_tile(acme: Team, foreign: Foreign, browser: Client) -> None:
    connection.set_idp_initiated(acme, make.as_owner(acme), "accepted")

    make.follow(browser, make.post_acs(acme, respond(foreign, acme, "mia@acme.test", None)))

    assert entered() == [make.who(acme, "mia")]


@pytest.mark.parametrize("how", [{}, {"sign_response": True}, {"sign_assertion": False, "sign_response": True}])
def test_it_encrypts_for_us(acme: Team, foreign: Foreign, browser: Client, how: dict[str, bool]) -> None:
    expected = "assertion" if how.get("sign_assertion", True) else "response"
    connection.configure(acme, make.as_owner(acme), require_encrypted=True, signature_expected=expected)

    sign_in(browser, foreign, acme, "mia@acme.test", encrypt_assertion=True, **how)

    assert (results(acme), entered()) == (["ok"], [make.who(acme, "mia")])


def test_what_it_sends_in_the_clear_is_refused_where_it_must_encrypt(
    acme: Team, foreign: Foreign, browser: Client
) -> None:  # fmt: skip
    connection.configure(acme, make.as_owner(acme), require_encrypted=True)

    sign_in(browser, foreign, acme, "mia@acme.test")

    assert results(acme) == ["assertion_not_encrypted"]


def test_our_key_rolls_over_while_it_goes_on_encrypting_for_the_old_one(acme: Team, foreign: Foreign) -> None:
    by = make.as_owner(acme)
    following = keys.make(acme, by)
    keys.make_current(acme, by, following.pk)
    late, new = Client(), Client()

    old = respond(foreign, acme, "mia@acme.test", asked_id(late), encrypt_assertion=True)
    make.follow(late, make.post_acs(acme, old))
    foreign.knows(our_metadata(acme))
    sign_in(new, foreign, acme, "adam@acme.test", encrypt_assertion=True)

    assert (is_in(late), is_in(new), results(acme)) == (True, True, ["ok", "ok"])


def asked_id(client: Client) -> str:
    """The id of the request that this browser is sent away with."""
    return make.asked(client.get("/sso/acme/login")).id


def test_its_key_changes_once_the_next_certificate_was_added(acme: Team, foreign: Foreign, tmp_path: Path) -> None:
    anew = make.idp_of("foreign-anew")
    (tmp_path / "anew").mkdir()
    changed = Foreign(tmp_path / "anew", our_metadata(acme), anew)
    before, after = Client(), Client()

    sign_in(before, changed, acme, "mia@acme.test")
    certificates.add(acme, make.as_owner(acme), anew.certificate_pem)
    sign_in(after, changed, acme, "mia@acme.test")
    sign_in(Client(), foreign, acme, "adam@acme.test")

    assert results(acme) == ["signature_invalid", "ok", "ok"]
    assert (is_in(before), is_in(after)) == (False, True)


def test_it_signs_somebody_out_here(acme: Team, foreign: Foreign, browser: Client) -> None:
    sign_in(browser, foreign, acme, "mia@acme.test")
    parts = urlsplit(foreign.logout_request(connection.url(acme, "slo"), "mia@acme.test"))

    back = Client().get(f"{parts.path}?{parts.query}")["Location"]

    assert not is_in(browser)
    assert foreign.logged_out(back).status_ok()
    assert parse_qs(urlsplit(back).query)["RelayState"] == ["state-1"]


def test_we_sign_somebody_out_there(acme: Team, foreign: Foreign, browser: Client) -> None:
    sign_in(browser, foreign, acme, "mia@acme.test")

    away = str(reading.page(browser.post("/sign-out/")).xpath("//main//a/@href")[0])
    parts = urlsplit(foreign.answer_logout(away))
    shown = browser.get(f"{parts.path}?{parts.query}", follow=True)

    assert "here and at your identity provider" in reading.words(shown)
    assert not is_in(browser)
