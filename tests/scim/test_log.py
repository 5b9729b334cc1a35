"""The provisioning log: what the identity provider did and what was refused, to be read and searched."""

import pytest
from django.test import Client

from portal.teams import seats
from portal.teams.models import Team
from scim.panel import log
from tests import make
from tests.pages import reading
from tests.scim.idp import Idp, person

LOG = "/log/provisioning/"


def lines(browser: Client, **asked: str) -> list[str]:
    """What each line says before it is opened, newest first."""
    drawn = reading.page(browser.get(LOG, asked))
    return [" ".join(each.text_content().split()) for each in drawn.xpath("//details[.//code]/summary")]


@pytest.fixture
def olga(acme: Team, browser: Client) -> Client:
    """Olga's browser."""
    return make.sign_in(browser, "olga@acme.test")


def test_an_empty_log_leads_to_the_panel(acme: Team, olga: Client) -> None:
    words = reading.words(olga.get(LOG))

    assert "No request yet" in words
    assert "Open provisioning" in words


def test_a_write_is_one_line_in_words(acme: Team, olga: Client, idp: Idp) -> None:
    path = idp.make("zoe")
    idp.active(path, False)

    assert lines(olga) == [
        f"PATCH /Users/…{path[-4:]} Zoe Test Deactivated, seat freed 200 just now",
        "POST /Users zoe@acme.test Added, seat assigned 201 just now",
    ]


def test_a_read_that_succeeded_leaves_no_line(acme: Team, olga: Client, idp: Idp) -> None:
    idp.find('userName eq "nobody"')

    assert lines(olga) == []


def test_a_line_opens_to_both_bodies_laid_out_and_without_secrets(acme: Team, olga: Client, idp: Idp) -> None:
    idp.post(person("zoe", password="hunter2-secret"), User_Agent="Okta SCIM Client 1.0.0")

    page = olga.get(LOG)
    sent, answered = (each.text_content() for each in reading.page(page).xpath("//pre[@tabindex='0']"))

    assert '\n  "userName": "zoe",' in sent
    assert '"password": "•••"' in sent
    assert '\n  "userName": "zoe",' in answered
    assert "hunter2" not in page.content.decode()
    assert "Okta SCIM Client 1.0.0" in reading.words(page)


def test_what_an_identity_provider_sends_is_only_text(acme: Team, olga: Client, idp: Idp) -> None:
    idp.post(person("<script>alert(1)</script>"), User_Agent="<img src=x>")

    drawn = reading.page(olga.get(LOG))

    assert drawn.xpath("//main//script | //main//img") == []


def test_only_what_was_refused_is_listed_when_asked_for(acme: Team, olga: Client, idp: Idp) -> None:
    seats.resize(acme, make.BY_OPERATOR, 4)
    idp.make("zoe")
    idp.post(person("yan"))

    refused = lines(olga, refused="1")

    assert len(refused) == 1
    assert "yan@acme.test No unassigned seats left in team Acme: 4 of 4 seats are in use." in refused[0]
    assert refused[0].endswith("403 just now")


@pytest.mark.parametrize(("asked", "found"), [("ZOE", 1), ("/Users", 2), ("nobody", 0), ("zo\x00e", 1), ("%", 0)])
def test_it_is_searched_by_person_and_path(acme: Team, olga: Client, idp: Idp, asked: str, found: int) -> None:
    idp.make("zoe")
    idp.make("yan")

    assert len(lines(olga, q=asked)) == found


def test_a_body_that_was_cut_off_is_shown_as_it_is(acme: Team, olga: Client, idp: Idp) -> None:
    idp.post(person("zoe", nickName="n" * 20_000))

    sent = reading.page(olga.get(LOG)).xpath("//pre")[0].text_content()

    assert sent.startswith('{"schemas"')


def test_a_long_log_says_that_there_is_more(
    acme: Team, olga: Client, idp: Idp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "LOG_PAGE", 2)
    idp.make("zoe")
    idp.make("yan")
    two = reading.words(olga.get(LOG))

    idp.make("xia")

    assert "Search to find older ones." not in two
    assert "Search to find older ones." in reading.words(olga.get(LOG))
    assert len(lines(olga)) == 2
