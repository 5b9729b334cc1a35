"""The wizard: the providers' own words, metadata shown before it is taken, attributes by other names."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from lxml import etree

from portal.outbound import http, turn
from portal.teams import policy
from portal.teams.models import Event, Team
from sso import connection, providers
from sso.models import SsoConnection
from tests import make
from tests.pages import reading
from tests.sso.panels import KEY, LIVE, PANEL, as_owner, onward, send

FIELDS = json.loads((Path(__file__).parent / "provider_fields.json").read_text())
WIZARD = f"{PANEL}connect/"


def look(browser: Client, team: Team, **fields: Any) -> Any:
    """Give metadata to look at."""
    return make.press(browser, f"{WIZARD}look/", team, back=f"{WIZARD}metadata/", **fields)


def take(browser: Client, team: Team, shown: Any, number: int = 0) -> Any:
    """Take one of the proposals on the page."""
    form = reading.page(shown).xpath(f"//form[@action='{WIZARD}take/']")[number]
    fields = {each.get("name"): each.get("value") for each in form.xpath(".//input")}
    return make.press(browser, f"{WIZARD}take/", team, **{key: value for key, value in fields.items() if key != "team"})


def federation(*idps: Any) -> str:
    """One file with the metadata of several identity providers."""
    root = etree.Element("{urn:oasis:names:tc:SAML:2.0:metadata}EntitiesDescriptor")
    root.extend(etree.fromstring(idp.metadata()) for idp in idps)
    return etree.tostring(root).decode()


def test_every_provider_has_its_fixture() -> None:
    assert set(FIELDS) == set(providers.PROVIDERS) == {*providers.CARDS, *providers.PRESETS}


@pytest.mark.parametrize("key", FIELDS)
def test_the_wizard_speaks_the_provider_s_words_and_remembers_it(acme: Team, browser: Client, key: str) -> None:
    as_owner(browser)

    went = make.press(browser, f"{WIZARD}chosen/", acme, provider=key)
    page = browser.get(went["Location"])

    words = reading.words(page) + reading.words(browser.get(f"{WIZARD}metadata/"))
    copied = " ".join(reading.page(page).xpath("//main//label/text()"))
    assert [field for field in FIELDS[key] if field not in words + copied] == []
    values = reading.page(page).xpath("//main//input[@readonly]/@value")
    assert {connection.url(acme, "acs"), connection.url(acme, "metadata")} <= set(values)
    assert SsoConnection.every_team.get(team=acme).provider == key


@pytest.mark.parametrize("step", ["choose", "copy", "metadata", "test", "on"])
def test_each_step_is_drawn_for_an_admin_and_for_a_team_without_the_plan(
    acme: Team, browser: Client, step: str
) -> None:
    make.sign_in(browser, "adam@acme.test")
    open_page = browser.get(f"{WIZARD}{step}/")
    policy.entitle(acme, make.BY_OPERATOR, plan="business")

    locked = browser.get(f"{WIZARD}{step}/")

    assert (open_page.status_code, locked.status_code) == (200, 200)
    assert "Ask your account executive" in reading.words(locked)


# ── Metadata ─────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("way", ["file", "text", "url"])
def test_metadata_is_shown_before_it_is_taken(
    acme: Team, browser: Client, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    idp = make.idp_of("acme")
    monkeypatch.setattr(http, "fetch", lambda url, accept: idp.metadata())
    url = "https://idp.test/metadata"
    given = {"file": SimpleUploadedFile("m.xml", idp.metadata()), "text": idp.metadata().decode(), "url": url}
    as_owner(browser)

    shown = look(browser, acme, **{way: given[way]})
    before = SsoConnection.every_team.filter(team=acme).exists()
    taken = take(browser, acme, shown)

    words = reading.words(shown)
    assert idp.entity_id in words and idp.sso_url in words and "CN=Seatgate practice IdP" in words
    assert (before, taken["Location"]) == (False, f"{WIZARD}test/")
    assert SsoConnection.every_team.get(team=acme).metadata_url == (url if way == "url" else "")
    assert connection.is_complete(connection.of(acme))


def test_what_would_change_is_shown_as_a_difference(acme: Team, browser: Client) -> None:
    make.connect_idp(acme)
    other = make.idp_of("other")

    shown = look(as_owner(browser), acme, text=other.metadata().decode())

    words = reading.words(shown)
    assert "New" in words and "Would be removed" in words and f"now: {make.idp_of('acme').entity_id}" in words


def test_of_several_identity_providers_one_is_chosen(acme: Team, browser: Client) -> None:
    one, two = make.idp_of("one"), make.idp_of("two")

    shown = look(as_owner(browser), acme, text=federation(one, two))
    take(browser, acme, shown, number=1)

    assert "several identity providers" in reading.words(shown)
    assert connection.of(acme).idp_entity_id == two.entity_id


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "Give an address, a file or the XML."),
        ("hello", "not XML"),
        ("<!DOCTYPE html><html></html>", "a web page"),
        (KEY, "private key. We did not store it."),
        ("<a/>", "not SAML metadata"),
        ("<!DOCTYPE x [<!ENTITY y 'z'>]><a/>", "DOCTYPE"),
        ("x" * 1_000_000 + "<", "not XML"),
    ],
)
def test_a_wrong_paste_gets_a_sentence(acme: Team, browser: Client, text: str, words: str) -> None:
    answer = look(as_owner(browser), acme, text=text)

    assert (answer.status_code, words in reading.words(answer)) == (400, True)
    assert "secretsecret" not in answer.content.decode()


def test_our_own_metadata_and_old_metadata_are_refused_in_words(acme: Team, browser: Client) -> None:
    as_owner(browser)
    old = make.idp_of("acme").metadata().decode().replace("entityID=", 'validUntil="2020-01-02T00:00:00Z" entityID=')

    ours = look(browser, acme, text=browser.get("/sso/acme/metadata").content.decode())
    ended = look(browser, acme, text=old)

    assert "such as ours" in reading.words(ours)
    assert "ran out on 2 Jan 2020" in reading.words(ended)


@pytest.mark.parametrize("host", ["127.0.0.1", "[::ffff:10.0.0.1]", "169.254.169.254"])
def test_a_url_that_leads_into_the_house_is_refused_in_words(acme: Team, browser: Client, host: str) -> None:
    answer = look(as_owner(browser), acme, url=f"https://{host}/m")

    assert (answer.status_code, "private network" in reading.words(answer)) == (400, True)


def test_a_team_has_us_go_to_one_address_at_a_time(
    acme: Team, browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(http, "fetch", lambda url, accept: asked.append(url) or make.idp_of("acme").metadata())
    as_owner(browser)

    answers = [look(browser, acme, url=f"https://idp.test/{number}") for number in range(3)]

    assert [each.status_code for each in answers] == [200, 429, 429]
    assert "Wait a little" in reading.words(answers[1])
    assert asked == ["https://idp.test/0"]


def test_of_all_teams_one_page_at_a_time_waits_for_somebody_else_s_server(
    acme: Team, browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    metadata = make.idp_of("acme").metadata()

    def fetch(url: str, accept: str) -> bytes:
        asked.append(url)
        with pytest.raises(turn.Busy), turn.taken():
            pass
        return metadata

    asked: list[str] = []
    monkeypatch.setattr(http, "fetch", fetch)
    as_owner(browser)

    with turn.taken():
        refused = look(browser, acme, url="https://idp.test/0")
    cache.clear()
    taken = look(browser, acme, url="https://idp.test/1")

    assert (refused.status_code, "in a few seconds" in reading.words(refused)) == (400, True)
    assert (taken.status_code, asked) == (200, ["https://idp.test/1"])


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("idp_slo_url", "javascript:alert(1)"),
        ("idp_slo_url", "http://idp.test/slo"),
        ("metadata_url", "javascript:alert(1)"),
        ("metadata_url", "https://idp.test/" + "a" * 2048),
    ],
)
def test_what_is_taken_holds_no_address_that_is_none(acme: Team, browser: Client, field: str, value: str) -> None:
    idp = make.idp_of("acme")
    good = {"idp_entity_id": idp.entity_id, "idp_sso_url": idp.sso_url, "certificates": idp.certificate_pem}

    answer = make.press(as_owner(browser), f"{WIZARD}take/", acme, **good, **{field: value})

    assert answer.status_code == 400
    assert not SsoConnection.every_team.filter(team=acme).exists()


def test_an_admin_may_not_take_metadata_for_a_live_connection(acme: Team, browser: Client) -> None:
    idp = make.connect_idp(acme)
    make.sign_in(browser, "adam@acme.test")

    answers = [look(browser, acme, text=idp.metadata().decode()), make.press(browser, f"{WIZARD}take/", acme)]

    assert [(each.status_code, LIVE in reading.words(each)) for each in answers] == [(403, True)] * 2


@pytest.mark.parametrize("field", ["idp_entity_id", "idp_sso_url", "sp_entity_id"])
def test_a_live_connection_keeps_its_last_good_values(acme: Team, field: str) -> None:
    make.connect_idp(acme)
    before = getattr(connection.of(acme), field)

    with pytest.raises(Exception, match="Single sign-on is on"):
        connection.configure(acme, make.as_owner(acme), **{field: ""})

    assert getattr(connection.of(acme), field) == before


def test_a_test_begun_in_the_wizard_comes_back_there(acme: Team, browser: Client) -> None:
    idp = make.draft_idp(acme)
    as_owner(browser)
    pressed = make.press(browser, f"{PANEL}test/", acme, back=f"{WIZARD}test/")

    request = make.asked({"Location": onward(pressed)})
    back = make.follow(browser, make.post_acs(acme, make.answer(idp, request, "olga@acme.test")))

    assert back["Location"] == f"{WIZARD}test/"
    assert "Passed by you within the hour" in reading.words(browser.get(back["Location"]))


# ── Attributes ───────────────────────────────────────────────────────────────────────────────────────────────────────
def test_an_attribute_by_another_name_is_read_and_its_sample_shown(acme: Team, browser: Client) -> None:
    idp = make.connect_idp(acme)
    as_owner(browser)

    saved = make.press(browser, f"{PANEL}attributes/save/", acme, email_attribute="workMail")
    sent = {"workMail": "mia@acme.test", "email": "private@home.test", "team": "Sales"}
    make.sso_sign_in(Client(), acme, idp, "42", attributes=sent)
    drawn = reading.page(browser.get(f"{PANEL}attributes/"))

    rows = [" ".join(row.text_content().split()) for row in drawn.xpath("//tbody/tr")]
    assert saved.status_code == 302
    assert rows[0] == "E-mail address required workMail mia@acme.test".replace(" workMail ", "workMail")
    assert [row for row in rows if "team" in row and "Sales" in row]


def test_choosing_a_provider_is_an_event(acme: Team, browser: Client) -> None:
    make.press(as_owner(browser), f"{WIZARD}chosen/", acme, provider="okta")

    assert Event.every_team.filter(team=acme, kind="sso.provider_set").count() == 1
    assert send(browser, acme, "connect/chosen", provider="nobody").status_code == 400
