"""Signing in by single sign-on, there and back over HTTP: the way that works, and what is on it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
import time_machine
from django.conf import settings
from django.test import Client

from portal.teams.models import Entry, Member, Team
from portal.throttle import Throttle
from sso import login, memory, saml, views
from sso.models import AuthnRequest, LoginTicket, SeenAssertion, SignInAttempt, Subject
from tests import make
from tests.pages import reading


# ── There and back ───────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_member_signs_in_and_lands_where_they_wanted(acme: Team, browser: Client) -> None:
    idp = make.connect_idp(acme)

    done = make.sso_sign_in(browser, acme, idp, "mia@acme.test", next="/settings/profile/?tab=1")

    assert (done.status_code, done["Location"]) == (302, "/settings/profile/?tab=1")
    assert "mia@acme.test" in reading.words(browser.get("/settings/profile/"))


def test_the_format_of_the_name_is_kept_for_the_logout_that_names_it_again(acme: Team, browser: Client) -> None:
    idp = make.connect_idp(acme)

    for name_id_format in (saml.EMAIL, saml.PERSISTENT):
        make.sso_sign_in(browser, acme, idp, "mia@acme.test", name_id_format=name_id_format)

        assert Subject.every_team.get().name_id_format == name_id_format


def test_an_owner_signs_in_with_their_role(acme: Team, browser: Client) -> None:
    idp = make.connect_idp(acme)

    make.sso_sign_in(browser, acme, idp, "olga@acme.test")

    assert browser.get("/members/").status_code == 200
    assert browser.get("/settings/security/authentication/sso/").status_code == 200


@pytest.mark.parametrize(
    "wanted", ["//evil.test", "/\\evil.test", "\\\\evil.test", "https://evil.test/", "javascript:alert(1)", "/\x00", ""]
)
def test_the_way_on_is_a_path_of_this_site_or_the_start_page(acme: Team, browser: Client, wanted: str) -> None:
    idp = make.connect_idp(acme)

    done = make.sso_sign_in(browser, acme, idp, "mia@acme.test", next=wanted)

    assert done["Location"] == "/"


def test_several_tabs_sign_in_at_once(acme: Team, browser: Client) -> None:
    idp = make.connect_idp(acme)
    first, second = make.ask_idp(browser, acme, next="/?tab=1"), make.ask_idp(browser, acme, next="/?tab=2")

    there = [make.post_acs(acme, make.answer(idp, request, "mia@acme.test")) for request in (second, first)]

    assert [make.follow(browser, each)["Location"] for each in there] == ["/?tab=2", "/?tab=1"]


def test_the_request_says_who_we_are_by_the_configured_address_whatever_host_was_called(acme: Team) -> None:
    make.connect_idp(acme)

    asked = make.ask_idp(Client(headers={"host": "testserver"}), acme)

    assert asked.acs_url == f"{settings.BASE_URL}/sso/acme/acs"
    assert asked.issuer == f"{settings.BASE_URL}/sso/acme/metadata"


def test_where_to_go_afterwards_does_not_travel_through_the_identity_provider(acme: Team, browser: Client) -> None:
    idp = make.connect_idp(acme)
    asked = make.ask_idp(browser, acme, next="/settings/profile/")

    arrived = make.post_acs(acme, make.answer(idp, asked, "mia@acme.test"), RelayState="/members/")

    assert "profile" not in asked.relay_state
    assert make.follow(browser, arrived)["Location"] == "/settings/profile/"


def test_nothing_of_the_team_is_changed_before_the_browser_came_back(acme: Team, browser: Client) -> None:
    idp = make.connect_idp(acme)
    events = make.fresh(acme).last_event
    asked = make.ask_idp(browser, acme)

    arrived = make.post_acs(acme, make.answer(idp, asked, "new@acme.test"))

    assert arrived.status_code == 303
    assert not arrived.cookies
    assert not Member.every_team.filter(email="new@acme.test").exists()
    assert make.fresh(acme).last_event == events
    assert not Entry.every_team.exists()


def test_the_answer_to_the_identity_provider_s_post_is_not_kept_by_any_cache(acme: Team, browser: Client) -> None:
    idp = make.connect_idp(acme)
    arrived = make.post_acs(acme, make.answer(idp, make.ask_idp(browser, acme), "mia@acme.test"))

    done = make.follow(browser, arrived)

    assert all("no-store" in each["Cache-Control"] for each in (arrived, done))


def test_what_can_no_longer_matter_is_forgotten(acme: Team, browser: Client) -> None:
    idp = make.connect_idp(acme)
    make.sso_sign_in(browser, acme, idp, "mia@acme.test")
    kept = (AuthnRequest, LoginTicket, SeenAssertion)

    memory.forget_old()
    assert all(model.objects.count() == 1 for model in kept)

    with time_machine.travel(datetime.now(UTC) + timedelta(hours=3)):
        memory.forget_old()
    assert not any(model.objects.exists() for model in kept)


# ── Doors that are shut ──────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("slug", ["", "a\x00b", "A Team", "x" * 300])
def test_what_can_be_no_teams_name_is_not_even_looked_up(
    acme: Team, slug: str, django_assert_num_queries: Callable[[int], Any]
) -> None:
    with django_assert_num_queries(0):
        assert login.connection_of(slug) is None


@pytest.mark.parametrize("page", ["login", "acs", "finish"])
def test_an_unknown_team_and_one_without_single_sign_on_look_the_same(acme: Team, page: str) -> None:
    def visit(slug: str) -> tuple[int, str]:
        client = Client()
        shown = (client.post if page == "acs" else client.get)(f"/sso/{slug}/{page}")
        return shown.status_code, reading.words(shown)

    assert visit("acme") == visit("nobody") == (404, visit("nobody")[1])
    assert visit("nobody")[1].startswith("We could not sign you in.")


def test_a_draft_sends_nobody_to_its_identity_provider(acme: Team, browser: Client) -> None:
    make.draft_idp(acme)

    assert browser.get("/sso/acme/login").status_code == 404
    assert not AuthnRequest.objects.exists()


@pytest.mark.parametrize("slug", ["%00", "%0A", "a%00b", "ACME", "acme%20", "..", "%F0%9F%98%80", "%FF", "x" * 300])
@pytest.mark.parametrize("page", ["login", "acs", "finish", "metadata"])
def test_an_odd_slug_is_an_unknown_team(acme: Team, page: str, slug: str) -> None:
    make.connect_idp(acme)

    client = Client()
    shown = (client.post if page == "acs" else client.get)(f"/sso/{slug}/{page}")

    assert shown.status_code == 404


def test_a_closed_team_is_an_unknown_team(acme: Team, browser: Client) -> None:
    make.connect_idp(acme)

    Team.every_team.filter(pk=acme.pk).update(closed_at=datetime.now(UTC))

    assert browser.get("/sso/acme/login").status_code == 404


# ── Bad input at the ACS ─────────────────────────────────────────────────────────────────────────────────────────────
FORM = "application/x-www-form-urlencoded"
# body, content type, and the reason in the sign-in log.
BAD_POSTS = {
    "no body": ("", FORM, "too_large"),
    "no SAMLResponse": ("RelayState=%2F", FORM, "post_malformed"),
    "empty": ("SAMLResponse=", FORM, "not_base64"),
    "twice": ("SAMLResponse=AAAA&SAMLResponse=AAAA", FORM, "post_malformed"),
    "garbage": ("SAMLResponse=%F0%28%8C%28", FORM, "not_base64"),
    "NUL": ("SAMLResponse=%00", FORM, "not_base64"),
    "NUL in base64": ("SAMLResponse=AAAA", FORM, "nul_byte"),
    "XML that is no response": ("SAMLResponse=PGEvPg%3D%3D", FORM, "not_a_response"),
    "two RelayStates": ("SAMLResponse=AAAA&RelayState=%2F&RelayState=%2F", FORM, "post_malformed"),
    "NUL in RelayState": ("SAMLResponse=AAAA&RelayState=%00", FORM, "nul_byte"),
    "too many fields": ("&".join(f"f{n}=1" for n in range(2000)), FORM, "post_malformed"),
    "another charset": ("SAMLResponse=AAAA", f"{FORM}; charset=utf-7", "post_malformed"),
    "multipart": ("--x\r\nbroken", "multipart/form-data; boundary=x", "post_malformed"),
    "multipart without boundary": ("SAMLResponse=AAAA", "multipart/form-data", "post_malformed"),
    "JSON": ("{}", "application/json", "post_malformed"),
    "no type": ("SAMLResponse=AAAA", "", "post_malformed"),
}


@pytest.mark.parametrize("name", BAD_POSTS)
def test_a_malformed_post_is_refused_by_the_neutral_page(acme: Team, browser: Client, name: str) -> None:
    make.connect_idp(acme)
    body, content_type, code = BAD_POSTS[name]

    shown = browser.post("/sso/acme/acs", body, content_type)

    assert (shown.status_code, SignInAttempt.every_team.get().result) == (403, code)
    assert SignInAttempt.every_team.get().reference in reading.words(shown)


@pytest.mark.parametrize("length", ["", "²", "-1", "1e3", "0x10", "9" * 5000, "٣"])
def test_an_odd_content_length_is_refused(acme: Team, browser: Client, length: str) -> None:
    make.connect_idp(acme)

    shown = browser.post("/sso/acme/acs", "SAMLResponse=AAAA", FORM, CONTENT_LENGTH=length)

    assert shown.status_code == 403


def test_a_body_over_512_kilobytes_is_refused_before_it_is_read(acme: Team, browser: Client) -> None:
    make.connect_idp(acme)

    shown = browser.post("/sso/acme/acs", f"SAMLResponse={'A' * 512 * 1024}", FORM)

    assert shown.status_code == 403
    assert SignInAttempt.every_team.get().result == "too_large"
    assert not shown.wsgi_request._read_started


def test_the_acs_takes_nothing_but_a_post(acme: Team, browser: Client) -> None:
    make.connect_idp(acme)

    assert {getattr(browser, method)("/sso/acme/acs").status_code for method in ("get", "put", "delete")} == {405}


def test_too_many_posts_from_one_address_wait(acme: Team, browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    make.connect_idp(acme)
    monkeypatch.setattr(views, "throttle", Throttle(rate=0.5, burst=2))

    answers = [browser.post("/sso/acme/acs", "", FORM, REMOTE_ADDR="192.0.2.1") for _ in range(3)]

    assert [each.status_code for each in answers] == [403, 403, 429]
    assert answers[2]["Retry-After"] == "2"
    assert browser.post("/sso/acme/acs", "", FORM, REMOTE_ADDR="192.0.2.2").status_code == 403


def test_too_many_tickets_tried_from_one_address_wait(
    acme: Team, browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    make.connect_idp(acme)
    monkeypatch.setattr(views, "returns", Throttle(rate=0.5, burst=2))

    answers = [browser.get(f"/sso/acme/finish?ticket=guess{n}", REMOTE_ADDR="192.0.2.1") for n in range(3)]

    assert [each.status_code for each in answers] == [403, 403, 429]
    assert answers[2]["Retry-After"] == "2"
    assert browser.get("/sso/acme/finish?ticket=guess", REMOTE_ADDR="192.0.2.2").status_code == 403
    assert browser.get("/sso/acme/login", REMOTE_ADDR="192.0.2.1").status_code == 302


@pytest.mark.parametrize("name_id", ["x" * 257, "".join(chr(0x4E00 + n * 7919 % 20000) for n in range(1024))])
def test_a_name_id_nobody_can_index_is_refused(acme: Team, browser: Client, name_id: str) -> None:
    idp = make.connect_idp(acme)

    shown = make.sso_sign_in(browser, acme, idp, "mia@acme.test", name_id=name_id)

    assert (shown.status_code, SignInAttempt.every_team.get().result) == (403, "value_too_long")


# ── Our metadata ─────────────────────────────────────────────────────────────────────────────────────────────────────
def test_metadata_is_served_while_single_sign_on_is_off_and_while_it_is_on(acme: Team, browser: Client) -> None:
    off = browser.get("/sso/acme/metadata")
    make.connect_idp(acme)

    on = browser.get("/sso/acme/metadata", headers={"host": "testserver"})

    assert (off.status_code, off.content) == (200, on.content)
    assert f'Location="{settings.BASE_URL}/sso/acme/acs"' in on.content.decode()
    assert on["Content-Type"] == "application/samlmetadata+xml"


def test_metadata_is_downloaded_as_a_file(acme: Team, browser: Client) -> None:
    assert browser.get("/sso/acme/metadata?download")["Content-Disposition"] == (
        'attachment; filename="seatgate-acme.xml"'
    )


def test_the_sign_on_link_goes_to_the_identity_provider_by_redirect(acme: Team, browser: Client) -> None:
    idp = make.connect_idp(acme)

    away = browser.get("/sso/acme/login")

    assert away.status_code == 302
    assert urlsplit(away["Location"])._replace(query="").geturl() == idp.sso_url
