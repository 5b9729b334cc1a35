"""The start page of each role."""

import pytest
from django.test import Client, override_settings

from portal.teams import refused, seats
from portal.teams.actor import Role
from portal.teams.errors import NoSeatsLeft
from portal.teams.models import Team
from portal.teams.registry import Tile, registry
from tests import make
from tests.pages import reading


def turn_away(team: Team, *emails: str) -> None:
    """Refuse people for want of a seat."""
    for email in emails:
        refused.record(team, make.by(make.who(team, "adam")), NoSeatsLeft(team.name, 3), email)


def test_the_overview_counts_seats(acme: Team, browser: Client) -> None:
    make.sign_in(browser, "olga@acme.test")

    answer = browser.get("/")

    assert "Assigned seats 3 / 10" in reading.words(answer)
    assert "Free seats 7" in reading.words(answer)
    assert reading.page(answer).xpath("//main//*[name()='svg' and @aria-label='3 of 10 seats assigned']")
    assert "No seats are left." not in reading.words(answer)


def test_without_a_free_seat_the_overview_says_who_waits(acme: Team, browser: Client) -> None:
    seats.resize(acme, make.BY_OPERATOR, 3)
    turn_away(acme, "late@acme.test", "later@acme.test")
    make.sign_in(browser, "olga@acme.test")

    answer = reading.words(browser.get("/"))

    told = "No seats are left. All 3 seats are in use. 2 people are waiting: late@acme.test, later@acme.test."
    assert told in answer
    assert "Free seats 0 2 people are waiting" in answer


def test_tiles_of_other_apps_stand_on_the_overview(
    acme: Team, browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "tiles", [lambda team: Tile("Weather", "ok", "Sunny", f"over {team.name}", "/x/")])
    make.sign_in(browser, "olga@acme.test")

    answer = browser.get("/")

    assert "Weather Sunny Open Weather over Acme" in reading.words(answer)
    assert reading.page(answer).xpath("//main//a[@href='/x/']")


def test_the_overview_ends_with_the_last_five_events_in_words(acme: Team, browser: Client) -> None:
    turn_away(acme, *(f"late{number}@acme.test" for number in range(9)))
    make.sign_in(browser, "olga@acme.test")

    rows = reading.page(browser.get("/")).xpath("//*[@id='latest']/li")

    assert len(rows) == 5
    assert "Adam was refused: No unassigned seats left in team Acme" in rows[0].text_content()


@pytest.mark.parametrize(("role", "title"), [(Role.MEMBER, "Welcome, "), (Role.AUDITOR, "Overview")])
def test_members_have_a_home_and_auditors_the_overview(acme: Team, browser: Client, role: Role, title: str) -> None:
    make.member(acme, "new@acme.test", role=role)
    make.sign_in(browser, "new@acme.test")

    assert reading.words(browser.get("/")).startswith(title)


def test_a_members_home_shows_seat_team_role_and_this_sign_in(acme: Team, browser: Client) -> None:
    make.sign_in(browser, "mia@acme.test")

    answer = reading.words(browser.get("/"))

    assert "Seat Number 3" in answer
    assert "Team Acme" in answer
    assert "Role in this session Member" in answer
    assert "This one" in answer


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (make.fresh, "Your team's admins give and take seats. You sign in by e-mail code."),
        (make.sso_on, "You sign in through your organisation, or by e-mail code."),
        (make.enforced, "You sign in through your organisation (single sign-on)."),
        (make.scim_on, "Your organisation's directory manages your seat, name and e-mail."),
    ],
)
def test_a_members_home_says_what_the_organisation_manages(
    acme: Team, browser: Client, state: object, words: str
) -> None:
    team = state(acme)  # type: ignore[operator]
    make.enter_by_sso(browser, make.who(acme, "mia")) if team.sso_on else make.sign_in(browser, "mia@acme.test")

    assert words in reading.words(browser.get("/"))


@override_settings(PRODUCT_URL="https://product.test/", PRODUCT_NAME="Rocket")
def test_a_members_home_leads_to_the_product(acme: Team, browser: Client) -> None:
    make.sign_in(browser, "mia@acme.test")

    links = reading.page(browser.get("/")).xpath("//main//a[@href='https://product.test/']")

    assert [link.text_content().strip() for link in links] == ["Open Rocket"]


def test_an_admin_whose_sso_session_does_not_count_sees_a_members_home(acme: Team, browser: Client) -> None:
    make.enter_by_sso(browser, make.who(make.sso_on(acme), "adam"), full_role=False)

    assert reading.words(browser.get("/")).startswith("Welcome, Adam")
    assert browser.get("/members/").status_code == 403


def test_a_member_sees_their_groups(acme: Team, browser: Client) -> None:
    make.group(acme, "Engineering", make.who(acme, "mia"))
    make.group(acme, "Sales")

    words = reading.words(make.sign_in(browser, "mia@acme.test").get("/"))

    assert "Groups Engineering" in words and "Sales" not in words
