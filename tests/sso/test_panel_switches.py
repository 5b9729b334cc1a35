"""The single sign-on panel: test, turn on and off, enforce and relax."""

import pytest
from django.test import Client

from portal.teams import policy
from portal.teams.errors import NotReady
from portal.teams.models import Team
from sso import connection
from tests import make
from tests.pages import reading
from tests.sso.panels import ACTS, LOG, NO_VALUES, PANEL, as_owner, break_glass, onward, passed_test, send


# ── Test, on, off ────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_test_leads_on_and_comes_back_passed(acme: Team, browser: Client) -> None:
    idp = make.draft_idp(acme)
    as_owner(browser)

    back = passed_test(browser, acme, idp)

    assert back["Location"] == PANEL
    assert "Passed by you within the hour" in reading.words(browser.get(PANEL))
    assert "Last test: passed by olga@acme.test" in reading.words(browser.get(PANEL))


def test_a_test_by_somebody_else_is_not_yours(acme: Team, browser: Client) -> None:
    idp = make.draft_idp(acme)
    passed_test(as_owner(Client()), acme, idp)

    words = reading.words(make.sign_in(browser, "adam@acme.test").get(PANEL))

    assert "Last test: passed by olga@acme.test" in words
    assert "Passed by you" not in words


def test_a_failed_test_says_why_and_leads_to_the_log(acme: Team, browser: Client) -> None:
    idp = make.draft_idp(acme)
    as_owner(browser)

    denied = passed_test(browser, acme, idp, "mia@acme.test")
    panel = browser.get(PANEL)

    assert (denied.status_code, "Back to single sign-on" in reading.words(denied)) == (403, True)
    assert "Last test: failed. Somebody else came back" in reading.words(panel)
    assert reading.page(panel).xpath(f"//main//a[starts-with(@href, '{LOG}?q=')]")


@pytest.mark.parametrize("word", ["Test", "Turn on"])
def test_nothing_starts_without_the_identity_providers_values(acme: Team, browser: Client, word: str) -> None:
    page = as_owner(browser).get(PANEL)
    answer = send(browser, acme, {"Test": "test", "Turn on": "on"}[word])

    assert reading.closed(page, word) == NO_VALUES
    assert (answer.status_code, NO_VALUES in reading.words(answer)) == (409, True)


def test_an_owner_turns_it_on_and_off(acme: Team, browser: Client) -> None:
    make.draft_idp(acme)
    as_owner(browser)

    on = reading.page(browser.get(PANEL)).xpath("//dialog[@id='turn-on']")[0].text_content()
    send(browser, acme, "on")
    off = reading.page(browser.get(PANEL)).xpath("//dialog[@id='turn-off']")[0].text_content()
    send(browser, acme, "off")

    assert "3 members can sign in through your identity provider." in on
    assert "3 members stay" in off
    assert [name for name in ("JumpCloud:", "Okta:", "Entra ID:") if name not in off] == []
    assert not make.fresh(acme).sso_on


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("scim", "SCIM is on and needs single sign-on. Turn SCIM off first."),
        ("enforced", "Single sign-on is enforced. Lift Enforce SSO first."),
    ],
)
def test_what_needs_it_keeps_it_on(acme: Team, browser: Client, state: str, words: str) -> None:
    make.connect_idp(acme)
    turn = {"scim": policy.turn_scim_on, "enforced": policy.enforce}[state]
    turn(acme, make.as_owner(acme))
    make.enter_by_sso(browser, make.who(acme, "olga"))

    page, answer = browser.get(PANEL), send(browser, acme, "off")

    assert reading.closed(page, "Turn off") == words
    assert (answer.status_code, words in reading.words(answer)) == (409, True)
    # The rule under the team's lock says it in the same words as the panel.
    with pytest.raises(NotReady, match=words):
        policy.turn_sso_off(acme, make.as_owner(acme))


# ── Enforce and relax ────────────────────────────────────────────────────────────────────────────────────────────────
def test_enforcing_wants_ones_own_test(acme: Team, browser: Client) -> None:
    make.connect_idp(acme)
    as_owner(browser)

    page, answer = browser.get(PANEL), send(browser, acme, "enforce", confirm="Acme")

    assert reading.closed(page, "Enforce single sign-on").startswith("Test the connection first")
    assert (answer.status_code, make.fresh(acme).sso_enforced) == (409, False)


def test_enforcing_ends_code_sessions_and_leads_to_the_identity_provider(acme: Team, browser: Client) -> None:
    idp = make.connect_idp(acme)
    adam = make.sign_in(Client(), "adam@acme.test")
    passed_test(as_owner(browser), acme, idp)

    dialog = reading.page(browser.get(PANEL)).xpath("//dialog[@id='enforce']")[0]
    answer = send(browser, acme, "enforce", confirm="Acme")

    assert "2 sign-ins by e-mail code end now" in dialog.text_content()
    assert dialog.xpath(".//input[@name='confirm']/@data-confirm-text") == ["Acme"]
    assert onward(answer) == connection.url(acme, "login")
    assert make.fresh(acme).sso_enforced
    assert [each.get("/").status_code for each in (adam, browser)] == [302, 302]


def test_enforcing_wants_the_teams_name(acme: Team, browser: Client) -> None:
    passed_test(as_owner(browser), acme, make.connect_idp(acme))

    answer = send(browser, acme, "enforce", confirm="acme?")

    assert (answer.status_code, make.fresh(acme).sso_enforced) == (400, False)


@pytest.mark.parametrize(("ticked", "enforced"), [({}, False), ({"nobody_added": "1"}, True)])
def test_enforcing_with_no_way_in_for_new_people_wants_a_tick(
    acme: Team, browser: Client, ticked: dict[str, str], enforced: bool
) -> None:
    passed_test(as_owner(browser), acme, make.connect_idp(acme))
    send(browser, acme, "jit", on="0")

    page = browser.get(PANEL)
    send(browser, acme, "enforce", confirm="Acme", **ticked)

    assert "SCIM is off and the first sign-in adds nobody." in reading.words(page)
    assert reading.page(page).xpath("//dialog[@id='enforce']//input[@name='nobody_added' and @required]")
    assert make.fresh(acme).sso_enforced is enforced


def losing(browser: Client) -> tuple[str, list[str]]:
    """Read who will lose access: the sentence, and the names below it."""
    part = reading.page(browser.get(PANEL)).xpath("//main//p[contains(., 'will lose access')]")[0]
    return part.text_content(), [row.text_content().split()[0] for row in part.getnext().xpath("li")]


def test_who_never_came_through_the_identity_provider_is_named(acme: Team, browser: Client) -> None:
    idp = make.connect_idp(acme)
    make.sso_sign_in(Client(), acme, idp, "mia@acme.test")

    assert losing(as_owner(browser)) == ("1 of 3 signs in by SSO. 2 will lose access:", ["Adam", "olga@acme.test"])


def test_who_passed_the_test_is_not_among_those_who_lose_access(acme: Team, browser: Client) -> None:
    idp = make.connect_idp(acme)
    make.sso_sign_in(Client(), acme, idp, "mia@acme.test")
    passed_test(as_owner(browser), acme, idp)

    assert losing(browser) == ("2 of 3 sign in by SSO. 1 will lose access:", ["Adam"])


def test_a_failed_test_and_one_of_another_configuration_save_nobody(acme: Team, browser: Client) -> None:
    idp = make.connect_idp(acme)
    passed_test(make.sign_in(Client(), "adam@acme.test"), acme, idp)
    connection.configure(acme, make.as_owner(acme), force_authn=True)
    passed_test(as_owner(browser), acme, idp, "mia@acme.test")

    assert losing(browser) == ("0 of 3 sign in by SSO. 3 will lose access:", ["Adam", "Mia", "olga@acme.test"])


def test_where_everybody_comes_through_nobody_loses_access(acme: Team, browser: Client) -> None:
    idp = make.connect_idp(acme)
    for name in ("olga", "adam", "mia"):
        make.sso_sign_in(Client(), acme, idp, f"{name}@acme.test")

    assert "All members sign in by SSO: nobody will lose access." in reading.words(as_owner(browser).get(PANEL))


def test_a_single_owner_is_warned(acme: Team, browser: Client) -> None:
    alone = reading.words(as_owner(browser).get(PANEL))
    make.second_owner(acme)
    together = reading.words(browser.get(PANEL))

    assert ("Only one owner" in alone, "Only one owner" in together) == (True, False)


def test_an_owner_relaxes(acme: Team, browser: Client) -> None:
    make.connect_idp(acme)
    policy.enforce(acme, make.as_owner(acme))
    make.enter_by_sso(browser, make.who(acme, "olga"))

    page = browser.get(PANEL)
    send(browser, acme, "relax")

    assert f"{PANEL}relax/" in reading.actions(page)
    assert not make.fresh(acme).sso_enforced


def test_emergency_access_reads_and_relaxes_and_nothing_else(acme: Team, browser: Client) -> None:
    make.connect_idp(acme)
    policy.enforce(acme, make.as_owner(acme))
    break_glass(browser, acme)

    page = browser.get(PANEL)
    others = [send(browser, acme, verb, answer="accepted", on="0") for verb in ACTS if verb != "relax"]
    send(browser, acme, "relax")

    assert reading.actions(page) == [f"{PANEL}relax/"]
    assert {answer["Location"] for answer in others} == {PANEL}
    assert connection.of(acme).idp_initiated == "converted"
    assert not make.fresh(acme).sso_enforced
