"""The listening wizard: what an identity provider's first calls mean, in words."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from portal.teams import seats
from portal.teams.models import Team
from scim import listening, tokens
from scim.models import Exchange, Knock, Listening
from tests import make
from tests.pages import reading
from tests.scim.idp import Idp, person

WIZARD = "/settings/security/authentication/scim/connect/"
LOOK_UP = "/Users?filter=userName%20eq%20%22probe%22"


@pytest.fixture
def olga(acme: Team, browser: Client) -> Client:
    """Olga's browser."""
    return make.sign_in(browser, "olga@acme.test")


@pytest.fixture
def listens(acme: Team, idp: Idp) -> Idp:
    """Acme's identity provider, to which the Okta wizard listens."""
    listening.open_for(acme, make.as_owner(acme), "okta")
    return idp


def at(provider: str, step: int) -> str:
    """The address of a step."""
    return f"{WIZARD}?with={provider}&step={step}"


def heard(browser: Client, provider: str = "okta") -> list[str]:
    """What the wizard says it heard, each with its state."""
    drawn = reading.page(browser.get(at(provider, 3)))
    signs = drawn.xpath("//*[@id='heard']//li[contains(@class, 'sg-check')]")
    return [
        f"{sign.xpath('.//svg/@aria-label')[0]}: {' '.join(' '.join(sign.itertext()).split())}" for sign in signs
    ] or [" ".join(each.text_content().split()) for each in drawn.xpath("//*[@id='heard']//*[@class='sg-live']")]


def probe_of_jumpcloud(idp: Idp) -> None:
    """JumpCloud's Test Connection: a test user is looked up, made, deactivated and deleted."""
    idp.get(LOOK_UP)
    path = idp.make("probe")
    idp.active(path, False)
    idp.delete(path)


# ── Steps ────────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("provider", "names"),
    [
        ("jumpcloud", ["Base URL", "Token Key", "Enable management of User Groups and Group Membership"]),
        ("okta", ["SCIM connector base URL", "Authorization (Authentication Mode = HTTP Header)",
                  "Unique identifier field for users"]),
        ("entra", ["Tenant URL", "Secret Token"]),
        ("other", ["Base URL", "Bearer token"]),
    ],
)  # fmt: skip
def test_each_provider_is_told_in_its_own_words(acme: Team, olga: Client, provider: str, names: list[str]) -> None:
    words = reading.words(olga.get(at(provider, 2)))

    assert [name for name in names if name not in words] == []


@pytest.mark.parametrize(
    ("provider", "test"),
    [("jumpcloud", "Test Connection"), ("okta", "Test Connector Configuration"), ("entra", "Test Connection")],
)
def test_the_test_is_called_what_it_is_called_there(acme: Team, olga: Client, provider: str, test: str) -> None:
    assert f"press {test}." in reading.words(olga.get(at(provider, 3)))


def test_okta_is_told_to_use_the_email(acme: Team, olga: Client) -> None:
    copied = reading.page(olga.get(at("okta", 2))).xpath("//main//input[@readonly]/@value")

    assert copied == [f"http://localhost:8000/scim/v2/{acme.pk}", "email"]


@pytest.mark.parametrize("query", ["", "?step=3", "?with=nobody&step=2", "?with=okta", "?with=okta&step=9"])
def test_an_address_that_names_no_step_begins_at_the_first(acme: Team, olga: Client, query: str) -> None:
    words = reading.words(olga.get(WIZARD + query))

    assert "Step 1 of 5" in words
    assert "Which identity provider keeps your people?" in words


def test_the_token_made_in_the_wizard_is_shown_there_once(acme: Team, olga: Client) -> None:
    make.sso_on(acme)

    answer = make.press(olga, "/settings/security/authentication/scim/on/", acme, provider="okta")
    token = reading.page(answer).xpath("//main//input[starts-with(@value, 'sgs_')]/@value")[0]

    assert "Step 2 of 5" in reading.words(answer)
    assert Idp(str(token)).get("/Users").status == 200
    assert str(token) not in olga.get(at("okta", 2)).content.decode()


def test_before_scim_is_on_nothing_listens(acme: Team, olga: Client) -> None:
    make.sso_on(acme)

    answer = make.press(olga, f"{WIZARD}listen/", acme, provider="okta")

    assert answer.status_code == 409
    assert "Turn SCIM on first" in reading.words(answer)
    assert not Listening.every_team.exists()


def test_an_auditor_sees_the_wizard_and_can_press_nothing(acme: Team, browser: Client, listens: Idp) -> None:
    make.role(acme, make.who(acme, "mia"), "auditor")
    make.sign_in(browser, "mia@acme.test")

    assert [reading.actions(browser.get(at("okta", step))) for step in range(1, 6)] == [[]] * 5


# ── What is heard ────────────────────────────────────────────────────────────────────────────────────────────────────
def test_it_waits_and_after_two_minutes_asks_whether_it_can_be_reached(acme: Team, olga: Client, listens: Idp) -> None:
    at_first = heard(olga)
    with time_machine.travel(timezone.now() + timedelta(minutes=3)):
        later = heard(olga)

    assert "Listening for Okta…" in at_first[0]
    assert "Press “Test Connector Configuration” there." in at_first[0]
    assert "Nothing yet after 2 min: is the address reachable from the internet?" in later[0]


def test_oktas_test_is_a_look_up(acme: Team, olga: Client, listens: Idp) -> None:
    listens.get(LOOK_UP, User_Agent="Okta SCIM Client 1.0.0")

    signs = heard(olga)

    assert signs[0].startswith("Done: Okta reached us. Token correct.")
    assert signs[1] == "Done: 1 test user looked up."


def test_jumpclouds_test_makes_and_removes_a_user(acme: Team, olga: Client, listens: Idp) -> None:
    probe_of_jumpcloud(listens)

    signs = heard(olga, "jumpcloud")

    assert signs[0].startswith("Done: JumpCloud reached us. Token correct.")
    assert "Done: Created and removed a test user." in signs


def test_somebody_who_stays_was_added(acme: Team, olga: Client, listens: Idp) -> None:
    listens.make("zoe", photos=[{"value": "x" * 20_000}])

    assert "Done: Added 1 person." in heard(olga)


def test_in_a_full_team_the_test_of_jumpcloud_says_what_is_missing(acme: Team, olga: Client, listens: Idp) -> None:
    """Requirement 11."""
    seats.resize(acme, make.BY_OPERATOR, 3)
    listens.post(person("probe"))

    page = reading.words(olga.get(at("jumpcloud", 3)))

    assert "Failed: 403: No unassigned seats left in team Acme: 3 of 3 seats are in use." in heard(olga, "jumpcloud")[1]
    assert "JumpCloud’s connection test adds a test user for a moment: it needs one free seat too." in page


def test_groups_that_are_off_are_no_failure(acme: Team, olga: Client, listens: Idp) -> None:
    listens.get("/Users")
    Exchange.every_team.update(path="/scim/v2/Groups", status=404)

    assert "Warning: Asked for groups, which are switched off. People are provisioned all the same." in heard(olga)


# ── Who was shut out ─────────────────────────────────────────────────────────────────────────────────────────────────
def test_an_old_token_is_named(acme: Team, olga: Client, listens: Idp) -> None:
    hint = tokens.live(acme)[0].hint
    tokens.rotate(acme, make.as_owner(acme), 0)

    assert listens.get("/Users").status == 401

    assert heard(olga)[0].startswith(f"Failed: A request came with an old token ({hint}).")
    assert "Paste the present token into “Authorization" in heard(olga)[0]


def shut_out(acme: Team, listens: Idp, stranger: Idp) -> dict[str, Callable[[], Any]]:
    """Calls that reach nobody, by what is said of them."""
    own, theirs = f"/scim/v2/{acme.pk}", f"/scim/v2/{make.Team.every_team.get(slug='globex').pk}"
    return {
        "your token to the address of another tenant": Idp(listens.token, theirs).get,
        "a token that is not this team’s": Idp(stranger.token, own).get,
        "that is not this team’s.": Idp(tokens.new_text(), own).get,
        "not this team’s": Idp("nonsense", own).get,
        "without a token": Idp("", own).get,
    }


@pytest.mark.parametrize("n", range(5))
def test_whoever_is_shut_out_is_noticed(acme: Team, olga: Client, listens: Idp, stranger: Idp, n: int) -> None:
    said, call = list(shut_out(acme, listens, stranger).items())[n]

    assert call("/Users").status == 401

    signs = heard(olga)
    assert len(signs) == 1
    assert signs[0].startswith("Failed: A request came") and said in signs[0]


def test_another_teams_token_is_told_to_nobody(acme: Team, olga: Client, listens: Idp, stranger: Idp) -> None:
    Idp(stranger.token, f"/scim/v2/{acme.pk}").get("/Users")

    knock = Knock.every_team.get()

    assert (knock.team, knock.token_hint) == (acme, "")
    assert stranger.token[-4:] not in heard(olga)[0]


def test_what_works_afterwards_makes_an_old_token_a_warning(acme: Team, olga: Client, listens: Idp) -> None:
    fresh = tokens.rotate(acme, make.as_owner(acme), 0)
    listens.get("/Users")
    Idp(fresh).get("/Users")

    assert [sign.partition(":")[0] for sign in heard(olga)] == ["Warning", "Done", "Done"]


# ── Bounds ───────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_reads_are_kept_while_it_listens_and_no_more_than_200(
    acme: Team, listens: Idp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listening, "MOST_READS", 3)

    for _ in range(5):
        listens.get(LOOK_UP)

    assert [row.verb for row in Exchange.every_team.all()] == ["look_up"] * 3


def test_after_half_an_hour_reads_are_not_kept(acme: Team, listens: Idp) -> None:
    with time_machine.travel(timezone.now() + timedelta(minutes=31)):
        listens.get(LOOK_UP)

    assert not Exchange.every_team.exists()


def test_nobody_is_noticed_while_nobody_listens(acme: Team, idp: Idp) -> None:
    with CaptureQueriesContext(connection) as caught:
        Idp("nonsense", f"/scim/v2/{acme.pk}").get("/Users")

    assert [query["sql"][:6] for query in caught] == ["SELECT"]
    assert not Knock.every_team.exists()


def test_a_flood_of_strangers_leaves_50_rows(acme: Team, listens: Idp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listening, "MOST_KNOCKS", 5)

    for _ in range(12):
        Idp("nonsense", f"/scim/v2/{acme.pk}").get("/Users")

    assert Knock.every_team.count() == 5


def test_listening_anew_forgets_what_was_heard(acme: Team, olga: Client, listens: Idp) -> None:
    listens.get(LOOK_UP)
    Idp("nonsense", f"/scim/v2/{acme.pk}").get("/Users")

    make.press(olga, f"{WIZARD}listen/", acme, provider="okta")

    assert "Listening for Okta…" in heard(olga)[0]


# ── Live ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_the_page_asks_again_and_is_answered_only_where_something_is_new(
    acme: Team, olga: Client, listens: Idp
) -> None:
    asks = reading.page(olga.get(at("okta", 3))).xpath("//*[@id='heard']/@hx-get")[0]

    quiet = olga.get(asks)
    listens.get(LOOK_UP)
    news = olga.get(asks)

    assert (quiet.status_code, news.status_code) == (204, 200)
    assert "1 test user looked up." in news.content.decode()
    assert "Continue" in news.content.decode() and "Skip test" not in news.content.decode()


def test_a_stranger_hears_nothing(acme: Team, globex: Team, browser: Client, listens: Idp) -> None:
    listens.get(LOOK_UP, User_Agent="Okta SCIM Client 1.0.0")
    make.sign_in(browser, "greg@globex.test")

    assert "looked up" not in browser.get(f"{WIZARD}heard/?with=okta").content.decode()


def test_the_result_says_whom_the_directory_has_not_named(acme: Team, olga: Client, listens: Idp) -> None:
    listens.make("zoe")
    listens.post(person("mia"))

    words = reading.words(olga.get(at("okta", 5)))

    assert "2 members are kept by your directory" in words
    assert "1 added, 1 linked to somebody who was here already." in words
    assert "2 members were not named by your directory" in words
