"""Members and the directory: the preview before SCIM goes on, and whom the directory has not named after."""

from typing import Any

import pytest
from django.test import Client

from portal.teams.models import Team
from tests import make
from tests.pages import reading
from tests.scim.idp import Idp, person

PEOPLE = "/settings/security/authentication/scim/people/"


@pytest.fixture
def olga(acme: Team, browser: Client) -> Client:
    """Olga's browser."""
    return make.sign_in(browser, "olga@acme.test")


def table(answer: Any) -> dict[str, str]:
    """Who stands there, and whether they came through the identity provider."""
    rows = reading.page(answer).xpath("//tbody/tr")
    return {
        row.xpath("string(.//*[@class='sg-person-names']/*[last()])"): " ".join(
            row.xpath(".//td[@data-label='By single sign-on']")[0].text_content().split()
        )
        for row in rows
    }


def tiles(answer: Any) -> list[str]:
    """The four numbers."""
    drawn = reading.page(answer).xpath("//*[contains(@class, 'sg-tile-value')]")
    return [" ".join(each.text_content().split()) for each in drawn]


def unassign(browser: Client, team: Team, *names: str) -> Any:
    """Choose people and press the button."""
    return make.press(browser, f"{PEOPLE}unassign/", team, member=[str(make.who(team, name).pk) for name in names])


def test_it_tells_who_came_through_the_identity_provider(acme: Team, olga: Client, browser: Client) -> None:
    idp = make.connect_idp(acme)
    make.sso_sign_in(Client(), acme, idp, "mia@acme.test")

    page = olga.get(PEOPLE)

    assert tiles(page) == ["1", "2", "0", "7 of 10"]
    assert "Only one owner" in reading.words(page)
    assert sorted(table(page).values()) == ["Came", "Never", "Never"]


def test_who_was_chosen_is_shown_before_a_seat_is_taken(acme: Team, olga: Client) -> None:
    chosen = [str(make.who(acme, name).pk) for name in ("mia", "adam")]

    shown = make.press(olga, f"{PEOPLE}choose/", acme, member=chosen)

    words = reading.words(shown)
    assert "Take 2 seats?" in words and "mia@acme.test" in words and "adam@acme.test" in words
    assert reading.page(shown).xpath("//form//input[@name='member']/@value") == chosen[::-1]
    assert make.who(acme, "mia").active


def test_the_chosen_are_unassigned_now(acme: Team, olga: Client) -> None:
    answer = unassign(olga, acme, "mia", "adam")

    assert answer.status_code == 302
    assert (make.who(acme, "mia").active, make.who(acme, "adam").active) == (False, False)
    assert "2 seats are free now." in reading.words(olga.get(PEOPLE))


def test_the_last_owner_stays_and_the_others_are_freed_all_the_same(acme: Team, olga: Client) -> None:
    unassign(olga, acme, "olga", "mia")
    words = reading.words(olga.get(PEOPLE))

    assert (make.who(acme, "olga").active, make.who(acme, "mia").active) == (True, False)
    assert "is the last owner of team Acme" in words
    assert "1 seat is free now." in words


@pytest.mark.parametrize("chosen", [[], ["x"], [""]])
def test_nobody_chosen_is_said(acme: Team, olga: Client, chosen: list[str]) -> None:
    answer = make.press(olga, f"{PEOPLE}unassign/", acme, member=chosen)

    assert answer.status_code == 400
    assert "Choose at least one person." in reading.words(answer)


def test_while_scim_is_on_the_button_is_closed_with_its_reason(acme: Team, olga: Client, idp: Idp) -> None:
    page = olga.get(PEOPLE)

    reason = reading.closed(page, "Unassign the chosen")
    answer = unassign(olga, acme, "mia")

    assert "turn SCIM off, unassign them here, turn it on again." in reason
    assert (answer.status_code, make.who(acme, "mia").active) == (409, True)


def test_after_the_first_cycle_it_lists_whom_the_directory_has_not_named(acme: Team, olga: Client, idp: Idp) -> None:
    idp.post(person("mia"))

    page = olga.get(PEOPLE)

    assert set(table(page)) == {"olga@acme.test", "adam@acme.test"}
    assert tiles(page)[2] == "1"


def test_a_strangers_member_cannot_be_chosen(acme: Team, globex: Team, olga: Client) -> None:
    unassign(olga, globex, "greg")
    make.press(olga, f"{PEOPLE}unassign/", acme, member=[str(make.who(globex, "greg").pk)])

    assert make.who(globex, "greg").active
