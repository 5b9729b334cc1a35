"""A part of a page that is fetched anew belongs to the team that the page was drawn for, or the page is loaded anew."""

import pytest
from django.test import Client

from portal.teams.models import Team
from tests import make
from tests.test_roles import READ, address

LIVE = ["/members/", "/log/provisioning/new/", "/log/sign-ins/new/"]


@pytest.mark.parametrize("path", LIVE)
def test_a_live_page_of_another_team_is_loaded_anew_and_told_nothing(
    acme: Team, globex: Team, browser: Client, path: str
) -> None:
    make.sign_in(browser, "olga@acme.test")

    own = browser.get(path, headers={"X-Team": str(acme.pk)})
    left = browser.get(path, headers={"X-Team": str(globex.pk)})

    assert own.status_code == 200 and "HX-Refresh" not in own.headers
    assert (left.status_code, left["HX-Refresh"], left.content) == (204, "true", b"")


def test_every_part_of_a_team_s_page_is_so_guarded(acme: Team, globex: Team, browser: Client) -> None:
    make.sign_in(browser, "olga@acme.test")

    answers = {name: browser.get(address(name), headers={"X-Team": str(globex.pk)}) for name in READ}

    assert {name for name, answer in answers.items() if answer.headers.get("HX-Refresh") != "true"} == set()
