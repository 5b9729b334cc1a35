"""The operators' list: teams found, filtered and sorted, each with how it is, in a number of queries that stays."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from portal.teams import domains, founding, policy, refused, roster, seats
from portal.teams.actor import Role
from portal.teams.errors import NoSeatsLeft
from portal.teams.models import Team
from tests import make
from tests.pages import reading

TEAMS = "/operator/teams/"


def shown(client: Client, query: str = "") -> list[str]:
    """The teams the table names."""
    return [link.text_content() for link in reading.page(client.get(f"{TEAMS}?{query}")).xpath("//tbody//th/a")]


def health(client: Client, team: Team) -> str:
    """What the table says of a team's health."""
    row = reading.page(client.get(TEAMS)).xpath(f"//tbody/tr[th/a[.='{team.name}']]/td[last()]")[0]
    return " ".join(row.text_content().split())


@pytest.fixture
def both(acme: Team, globex: Team) -> None:
    """Acme with a domain of its own, and Globex."""
    domains.vouch(acme, make.BY_OPERATOR, "anvils.test")


@pytest.mark.parametrize("words", ["ACM", "cme", "acme", "anvils", "olga@acme.test", "OLGA@", "acme olga"])
def test_a_team_is_found_by_name_slug_domain_and_owner(both: None, otto: Client, words: str) -> None:
    assert shown(otto, f"q={words}") == ["Acme"]


@pytest.mark.parametrize("words", ["mia@acme.test", "nobody", "%", "%00zzz", "acme greg", "x" * 5000, "z " * 2000])
def test_what_names_no_team_finds_none(both: None, otto: Client, words: str) -> None:
    answer = otto.get(f"{TEAMS}?q={words}")

    assert answer.status_code == 200
    assert "No team found" in reading.words(answer)


def test_teams_are_filtered_by_what_is_on_and_by_how_full_they_are(acme: Team, globex: Team, otto: Client) -> None:
    make.scim_on(make.enforced(acme))
    policy.entitle(globex, make.BY_OPERATOR, plan="business")
    seats.resize(acme, make.BY_OPERATOR, 3)

    assert shown(otto, "plan=enterprise") == ["Acme"]
    assert shown(otto, "sso=enforced") == shown(otto, "sso=on") == shown(otto, "scim=on") == ["Acme"]
    assert shown(otto, "sso=off") == shown(otto, "scim=off") == ["Globex"]
    assert shown(otto, "used=full") == ["Acme"]
    assert shown(otto, "plan=gold&sso=x&trouble=x&used=x&sort=x&page=999999999999999999999") == ["Acme", "Globex"]


def test_teams_are_sorted_by_name_age_size_and_use(acme: Team, globex: Team, otto: Client) -> None:
    seats.resize(globex, make.BY_OPERATOR, 50)

    assert shown(otto) == ["Acme", "Globex"]
    assert shown(otto, "sort=newest") == shown(otto, "sort=seats") == ["Globex", "Acme"]
    assert shown(otto, "sort=used") == ["Acme", "Globex"]


def test_a_closed_team_is_not_listed(acme: Team, globex: Team, otto: Client) -> None:
    founding.close(globex, make.BY_OPERATOR)

    assert shown(otto) == ["Acme"]
    assert otto.get(f"{TEAMS}globex/").status_code == 404


def test_a_closed_team_is_told_apart_with_when_it_ended(acme: Team, globex: Team, otto: Client) -> None:
    assert "/operator/closed/" not in otto.get(TEAMS).content.decode()
    founding.close(globex, make.BY_OPERATOR)

    assert "1 deleted team" in reading.words(otto.get(TEAMS))
    told = reading.page(otto.get("/operator/closed/")).xpath("//tbody/tr")
    assert [" ".join(row.text_content().split()) for row in told] == ["Globex globex just now just now"]


def test_the_staff_page_tells_who_has_no_second_factor(otto: Client) -> None:
    make.vendor_operator("new@vendor.test")

    words = reading.words(otto.get("/operator/staff/"))

    assert "otto@vendor.test You Second factor" in words
    assert "new@vendor.test No second factor yet" in words


def test_a_healthy_team_is_said_to_be_well(acme: Team, otto: Client) -> None:
    assert health(otto, acme) == "Well"
    assert shown(otto, "trouble=any") == []


def test_what_is_wrong_stands_beside_the_team_and_is_filtered_by(acme: Team, globex: Team, otto: Client) -> None:
    refused.record(acme, make.by(make.who(acme, "adam")), NoSeatsLeft("Acme", 3), "late@acme.test")
    seats.resize(acme, make.BY_OPERATOR, 3)

    assert health(otto, acme) == "People wait for a seat No seat free"
    assert shown(otto, "trouble=any") == shown(otto, "trouble=waiting") == shown(otto, "trouble=full") == ["Acme"]
    assert shown(otto, "trouble=held") == []


def test_a_held_owner_is_seen(acme: Team, globex: Team, otto: Client) -> None:
    make.scim_on(acme)
    with pytest.raises(Exception, match="last owner"):
        roster.remove(acme, make.scim(acme), make.who(acme, "olga").pk)

    assert "Last owner held" in health(otto, acme)


def test_a_directory_that_is_silent_and_a_certificate_that_ends_are_seen(acme: Team, otto: Client) -> None:
    make.connect_idp(acme)
    make.scim_on(make.fresh(acme))

    assert "Directory silent for a day" in health(otto, acme)


@pytest.mark.parametrize("query", ["", "q=team", "trouble=any", "used=full", "sort=used"])
def test_the_list_asks_as_often_for_fifty_teams_as_for_two(acme: Team, otto: Client, query: str) -> None:
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert otto.get(f"{TEAMS}?{query}").status_code == 200
        return len(asked)

    make_teams(2)
    few = queries()
    make_teams(30, start=2)

    assert queries() == few


def make_teams(count: int, start: int = 0) -> None:
    """Found small full teams."""
    for n in range(start, start + count):
        founding.create(make.BY_OPERATOR, f"team-{n}", f"Team {n}", bought=1, owner=f"o{n}@x.test")


def test_the_overview_tells_totals_troubles_and_asks_a_fixed_number_of_queries(acme: Team, otto: Client) -> None:
    make_teams(3)
    words = reading.words(otto.get("/operator/"))
    with CaptureQueriesContext(connection) as few:
        otto.get("/operator/")
    make_teams(20, start=3)
    with CaptureQueriesContext(connection) as many:
        otto.get("/operator/")

    assert "Teams 4" in words and "Assigned seats 6 / 13" in words
    assert "No seat free 3 teams" in words
    assert len(many) == len(few)


def test_the_page_of_a_team_says_how_it_stands(acme: Team, otto: Client) -> None:
    make.member(acme, "aud@acme.test", role=Role.AUDITOR)

    words = reading.words(otto.get(f"{TEAMS}acme/"))

    assert "olga@acme.test" in words and "mia@acme.test" not in words.partition("Owners")[2].partition("Domains")[0]
    assert "4 active members." in words and "Entitled to SSO and SCIM" in words
    assert "Single sign-on is not enforced in this team." in words
