"""The signed-in person's own page, and the theme."""

import pytest
from django.test import Client

from portal.pages.profile import browser_in_words
from portal.teams import owners
from portal.teams.models import Entry, Team
from tests import make
from tests.pages import reading
from tests.teams import journal

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile Safari/604.1"
EDGE = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0"


def test_the_profile_names_address_team_role_and_kind_of_session(acme: Team, browser: Client) -> None:
    make.sign_in(browser, "adam@acme.test")

    answer = reading.words(browser.get("/settings/profile/"))

    assert "E-mail adam@acme.test" in answer
    assert "Team Acme" in answer
    assert "Role in this session Admin" in answer
    assert "By e-mail code." in answer


def test_the_profile_shows_the_address_for_codes_where_it_differs(acme: Team, browser: Client) -> None:
    owners.set_sign_in_email(acme, make.as_owner(acme), make.who(acme, "adam").pk, "adam.private@acme.test")
    make.sign_in(browser, "adam.private@acme.test")

    answer = reading.words(browser.get("/settings/profile/"))

    assert "E-mail adam@acme.test You sign in by code as adam.private@acme.test" in answer


def test_a_session_of_single_sign_on_is_managed_by_the_organisation(acme: Team, browser: Client) -> None:
    make.enter_by_sso(browser, make.who(make.sso_on(acme), "adam"), full_role=False)

    answer = reading.words(browser.get("/settings/profile/"))

    assert "Managed by your organisation" in answer
    assert "This session is for team Acme only." in answer
    assert "Role in this session Member" in answer
    assert "Your role is admin, but this sign-in does not count for it." in answer


def test_another_sign_in_of_ones_own_can_be_ended(acme: Team, browser: Client) -> None:
    elsewhere = make.sign_in(Client(headers={"User-Agent": FIREFOX}), "mia@acme.test")
    make.sign_in(browser, "mia@acme.test")
    page = browser.get("/settings/profile/")
    ends = [action for action in reading.actions(page) if action.endswith("/end/")]

    make.press(browser, ends[0], acme)

    assert "Firefox on Linux" in reading.words(page)
    assert len(ends) == 1
    assert elsewhere.get("/")["Location"] == "/teams/"
    assert browser.get("/").status_code == 200


def test_signing_out_elsewhere_ends_a_browser_that_could_still_enter(acme: Team, browser: Client) -> None:
    waiting, inside, adams = Client(), make.sign_in(Client(), "mia@acme.test"), make.sign_in(Client(), "adam@acme.test")
    make.sign_in(waiting, "mia@acme.test")
    Entry.every_team.filter(member=make.who(acme, "mia")).order_by("-made_at")[0].delete()
    make.sign_in(browser, "mia@acme.test")

    said = browser.post("/settings/profile/sign-ins/end-others/", {"team": str(acme.pk)}, follow=True)

    assert [client.get("/teams/").status_code for client in (waiting, inside)] == [302, 302]
    assert [client.get("/settings/profile/").status_code for client in (browser, adams)] == [200, 200]
    assert "Signed out in 2 other browsers." in reading.words(said)
    assert journal.last(acme).kind == "other_sessions.ended"


def test_somebody_elses_sign_in_cannot_be_ended(acme: Team, browser: Client) -> None:
    olgas = make.sign_in(Client(), "olga@acme.test")
    entry = Entry.every_team.get(member=make.who(acme, "olga"))
    make.sign_in(browser, "mia@acme.test")

    answer = make.press(browser, f"/settings/profile/sign-ins/{entry.pk}/end/", acme)

    assert answer.status_code == 404
    assert olgas.get("/").status_code == 200


@pytest.mark.parametrize(
    ("header", "words"),
    [
        (FIREFOX, "Firefox on Linux"),
        (SAFARI, "Safari on iPhone"),
        (EDGE, "Edge on Windows"),
        ("curl/8", "Unknown browser"),
        ("", "Unknown browser"),
    ],
)
def test_a_browser_is_named_as_far_as_it_tells(header: str, words: str) -> None:
    assert browser_in_words(header) == words


@pytest.mark.parametrize(("chosen", "kept"), [("dark", "dark"), ("light", "light"), ("auto", "auto"), ("<x>", "auto")])
def test_a_theme_is_kept_in_a_cookie_and_drawn_by_the_server(
    acme: Team, browser: Client, chosen: str, kept: str
) -> None:
    make.sign_in(browser, "mia@acme.test")

    answer = browser.post("/theme/", {"theme": chosen, "next": "/settings/profile/"})

    cookie = answer.cookies["theme"]
    assert (answer["Location"], cookie.value, cookie["samesite"]) == ("/settings/profile/", kept, "Lax")
    assert cookie["max-age"] == 365 * 24 * 3600
    assert reading.page(browser.get("/")).get("data-bs-theme") == kept


def test_choosing_a_theme_leads_nowhere_else(db: None, browser: Client) -> None:
    assert browser.post("/theme/", {"theme": "dark", "next": "//evil.test/"})["Location"] == "/"
