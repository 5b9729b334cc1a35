"""The setup link in browsers: one claims it by its button, reaches its own pages alone, and is out at once."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from portal.teams import policy, setup
from portal.teams.models import Draft, SetupLink, Team
from tests import make
from tests.pages import reading
from tests.teams import journal
from tests.test_roles import READ, SETUP, WRITE, address

LINKS = "/settings/setup-links/"


def make_link(browser: Client, team: Team, **fields: Any) -> Any:
    """Make a link by the page's form."""
    given = {"scopes": ["sso", "scim"], "hours": "24", "note": "Ben"} | fields
    return make.press(browser, f"{LINKS}make/", team, back=LINKS, **given)


def path_of(shown: Any) -> str:
    """Read a fresh link's address from the page that shows it."""
    found = re.search(r"/setup/open/[\w-]+/", shown.content.decode())
    assert found
    return found[0]


@pytest.fixture
def link(acme: Team, browser: Client) -> str:
    """The path of a link that Olga made in her browser."""
    return path_of(make_link(make.sign_in(browser, "olga@acme.test"), acme))


@pytest.fixture
def holder(link: str) -> Client:
    """The browser that claimed the link."""
    client = Client()
    client.post(link)
    return client


def home() -> str:
    """The first page of the newest link."""
    return reverse("setup", args=[SetupLink.every_team.order_by("-made_at")[0].pk])


# ── For the team ─────────────────────────────────────────────────────────────────────────────────────────────────────
def test_the_address_is_shown_once_and_never_kept(acme: Team, browser: Client) -> None:
    make.sign_in(browser, "olga@acme.test")

    shown = make_link(browser, acme)

    assert "no-store" in shown["Cache-Control"]
    assert path_of(shown).split("/")[3] not in browser.get(LINKS).content.decode()


@pytest.mark.parametrize(
    "fields", [{"scopes": []}, {"scopes": ["x"]}, {"hours": "0"}, {"hours": "9999"}, {"note": "n" * 201}]
)
def test_a_form_filled_in_wrongly_is_drawn_again_with_its_reason(acme: Team, browser: Client, fields: Any) -> None:
    shown = make_link(make.sign_in(browser, "olga@acme.test"), acme, **fields)

    assert (shown.status_code, SetupLink.every_team.count()) == (400, 0)
    assert reading.page(shown).xpath("//*[@class='sg-field-errors']")


def test_the_list_says_who_opened_it_and_from_where(browser: Client, holder: Client) -> None:
    words = reading.words(browser.get(LINKS))

    assert "Ben" in words and "Opened" in words and "from 127.0.0.1" in words


def test_an_auditor_reads_and_is_offered_nothing_to_press(acme: Team, link: str) -> None:
    make.member(acme, "aud@acme.test", role=make.Role.AUDITOR)

    shown = make.sign_in(Client(), "aud@acme.test").get(LINKS)

    assert "Changing it takes an admin" in reading.words(shown)
    assert reading.actions(shown) == []


def test_without_the_plan_the_page_says_so(acme: Team, browser: Client) -> None:
    policy.entitle(acme, make.BY_OPERATOR, sso=False, scim=False)

    shown = make.sign_in(browser, "olga@acme.test").get(LINKS)

    assert "Ask your account executive" in reading.words(shown)
    assert reading.actions(shown) == []


# ── For who runs the identity provider ───────────────────────────────────────────────────────────────────────────────
def test_looking_at_the_link_does_not_claim_it(link: str) -> None:
    scanners = [Client().get(link) for _ in range(3)]

    assert {answer.status_code for answer in scanners} == {200}
    assert SetupLink.every_team.get().claimed_at is None


def test_the_button_claims_it_for_this_browser(link: str) -> None:
    client = Client()

    answer = client.post(link)

    assert (answer.status_code, answer["Location"]) == (302, home())
    assert "Acme" in reading.words(client.get(home()))
    assert client.get(link)["Location"] == home()


def test_its_cookie_is_out_of_reach_of_scripts_and_other_sites(link: str) -> None:
    client = Client()
    client.post(link)

    (cookie,) = [value for name, value in client.cookies.items() if "setup" in name]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")
    assert cookie["max-age"] <= 24 * 3600


def test_another_browser_is_told_so_by_get_and_by_post(link: str, holder: Client) -> None:
    for answer in (Client().get(link), Client().post(link)):
        assert answer.status_code == 410
        assert "This link has been opened in another browser. Ask olga@acme.test for a new one." in reading.words(
            answer
        )
    assert Client().get(home()).status_code == 404


def test_a_revoked_link_is_over_on_the_next_request(acme: Team, browser: Client, link: str, holder: Client) -> None:
    make.press(browser, f"{LINKS}{SetupLink.every_team.get().pk}/revoke/", acme)

    for answer in (holder.get(home()), holder.get(link), Client().get(link)):
        assert answer.status_code == 410
        assert "This link has ended. Ask olga@acme.test for a new one." in reading.words(answer)


def test_an_unknown_link_names_nobody(acme: Team) -> None:
    answer = Client().get("/setup/open/nobody-made-this/")

    assert answer.status_code == 410
    assert "Acme" not in reading.words(answer)


def test_the_holder_reaches_no_page_of_the_team(acme: Team, holder: Client) -> None:
    answers = [holder.get(address(name)) for name in READ]
    answers += [holder.post(address(name), {"team": str(acme.pk)}) for name in WRITE]

    assert {answer.headers.get("Location", "").partition("?")[0] for answer in answers} == {reverse("sign_in")}


@pytest.mark.parametrize("name", ["mia", "adam", "olga"])
def test_no_member_reaches_the_links_pages(acme: Team, holder: Client, name: str) -> None:
    member = make.sign_in(Client(), f"{name}@acme.test")
    link_id = SetupLink.every_team.get().pk

    for page in SETUP:
        path = address(page, link_id=link_id)
        assert {member.get(path).status_code, member.post(path, {"team": str(acme.pk)}).status_code} <= {404, 405}


def test_a_link_opens_no_other_links_pages(acme: Team, globex: Team, holder: Client) -> None:
    _token, other = setup.make(globex, make.as_owner(globex), ["sso"], 1)

    for page in SETUP:
        assert holder.get(address(page, link_id=other.pk)).status_code in (404, 405)


def test_whoever_is_signed_in_to_the_same_browser_stays_out_of_the_page(globex: Team, link: str) -> None:
    greg = make.sign_in(Client(), "greg@globex.test")
    greg.post(link)

    shown = greg.get(home())

    assert "Globex" not in shown.content.decode() and "greg@" not in shown.content.decode()
    assert greg.get("/members/").status_code == 200


def test_a_browser_may_hold_two_links(acme: Team, globex: Team, holder: Client) -> None:
    first = home()
    token, _link = setup.make(globex, make.as_owner(globex), ["sso"], 1)

    holder.post(f"/setup/open/{token}/")

    assert "Acme" in reading.words(holder.get(first))
    assert "Globex" in reading.words(holder.get(home()))


# ── Domains ──────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.fixture
def domains_holder(acme: Team) -> Client:
    """The browser that holds a link for Acme's domains."""
    token, _link = setup.make(acme, make.as_owner(acme), ["domains"], 24, "Ben")
    client = Client()
    client.post(f"/setup/open/{token}/")
    return client


def test_a_proposed_domain_is_claimed_by_an_admins_word(acme: Team, domains_holder: Client) -> None:
    make.press(domains_holder, f"{home()}domains/propose/", acme, domain="Acme.Test")
    before = acme.domains.count()

    adam = make.sign_in(Client(), "adam@acme.test")
    shown = reading.words(adam.get(LINKS))
    make.press(adam, f"{LINKS}drafts/{Draft.every_team.get().pk}/confirm/", acme)

    assert (before, "acme.test" in shown) == (0, True)
    assert [(row.name, row.verified_at) for row in acme.domains.all()] == [("acme.test", None)]
    assert "_seatgate-challenge.acme.test" in domains_holder.get(f"{home()}domains/").content.decode()


@pytest.mark.parametrize("name", ["", "acme", "x@", "a" * 300])
def test_what_is_no_domain_is_refused_in_words(acme: Team, domains_holder: Client, name: str) -> None:
    answer = make.press(domains_holder, f"{home()}domains/propose/", acme, domain=name)

    assert (answer.status_code, Draft.every_team.count()) == (400, 0)
    assert "Enter a domain" in reading.words(answer)


def test_a_link_for_domains_opens_nothing_else(acme: Team, domains_holder: Client) -> None:
    assert domains_holder.get(f"{home()}sso/").status_code == 404
    assert domains_holder.get(f"{home()}scim/").status_code == 404


def test_who_decides_is_mailed(acme: Team, domains_holder: Client) -> None:
    make.press(domains_holder, f"{home()}domains/propose/", acme, domain="acme.test")

    assert journal.mailed("draft_proposed") == ["adam@acme.test", "olga@acme.test"]


def test_the_menu_says_how_many_drafts_wait(acme: Team, browser: Client, domains_holder: Client) -> None:
    make.sign_in(browser, "olga@acme.test")
    make.press(domains_holder, f"{home()}domains/propose/", acme, domain="acme.test")

    counted = reading.page(browser.get("/")).xpath("//aside//a[@href='/settings/setup-links/']//*[@class='sg-count']")

    assert [" ".join(each.text_content().split()) for each in counted] == ["1 waiting for confirmation"]
