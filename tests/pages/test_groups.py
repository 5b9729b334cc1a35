"""The groups page: what was pushed, which role it gives, and what was left empty."""

import pytest
from django.test import Client

from portal.teams import groups, policy
from portal.teams.actor import Role
from portal.teams.models import Group, Team
from tests import make
from tests.pages import reading


@pytest.fixture
def olga(acme: Team, browser: Client) -> Client:
    """The owner's browser."""
    return make.sign_in(browser, "olga@acme.test")


def emptied(team: Team, name: str = "Interns") -> Group:
    """A group whose members were taken out at the identity provider."""
    group = make.group(team, name, make.who(team, "mia"))
    return groups.update(team, make.scim(team), group.pk, {}, groups.Change(whole=True)).group


def test_a_team_without_groups_is_told_where_they_come_from(acme: Team, olga: Client) -> None:
    assert "Groups come from your identity provider" in reading.words(olga.get("/groups/"))

    make.scim_on(acme)

    assert "In Okta open Push Groups" in reading.words(olga.get("/groups/"))


def test_groups_are_listed_with_members_source_and_what_they_give(acme: Team, olga: Client) -> None:
    make.group(acme, "Engineering", make.who(acme, "mia"), make.who(acme, "adam"), gives=Role.ADMIN)

    row = reading.page(olga.get("/groups/")).xpath("//tbody/tr")[0]

    told = [" ".join(cell.text_content().split()) for cell in row.xpath("./th | ./td")]
    assert told[:4] == ["Engineering", "2", "Admin", "SCIM"]


def test_names_are_locked_where_the_directory_keeps_them(acme: Team, olga: Client) -> None:
    make.group(acme, "Engineering")

    assert "Names and members come from your identity provider" in reading.words(olga.get("/groups/"))
    policy.serve_groups(acme, make.as_owner(acme), False)
    assert "Pushed groups are turned off" in reading.words(olga.get("/groups/"))
    policy.turn_scim_off(acme, make.as_owner(acme))
    assert "SCIM is off: groups stay as they were" in reading.words(olga.get("/groups/"))


def test_a_group_is_searched_by_a_part_of_its_name(acme: Team, olga: Client) -> None:
    make.group(acme, "Engineering")
    make.group(acme, "Sales")

    words = reading.words(olga.get("/groups/?q=GINEER"))

    assert "Engineering" in words and "Sales" not in words
    assert "No group found" in reading.words(olga.get("/groups/?q=%00nobody"))


def test_a_group_shows_a_page_of_its_members_and_the_reason_of_a_role(acme: Team, olga: Client) -> None:
    group = make.group(acme, "Engineering", make.who(acme, "mia"), gives=Role.ADMIN)

    words = reading.words(olga.get(f"/groups/{group.pk}/"))

    assert "Mia Lund" in words and "adam@acme.test" not in words
    assert "Admin by group Engineering, in single sign-on sessions" in words


def test_a_members_row_shows_the_role_that_a_group_gives(acme: Team, olga: Client) -> None:
    group = make.group(acme, "Engineering", make.who(acme, "mia"), make.who(acme, "olga"), gives=Role.AUDITOR)

    words = reading.words(olga.get(f"/members/?group={group.pk}"))

    assert words.count("Auditor by group Engineering, in single sign-on sessions") == 1
    assert "Mia Lund" in words and "Adam" not in words


@pytest.mark.parametrize("wrong", ["x", "%00", "01890000-0000-7000-8000-000000000000"])
def test_a_group_that_is_none_filters_nobody_in(acme: Team, olga: Client, wrong: str) -> None:
    assert olga.get(f"/members/?group={wrong}").status_code == 200


def test_an_admin_chooses_what_a_group_gives(acme: Team, olga: Client) -> None:
    group = make.group(acme, "Engineering")

    answer = make.press(olga, f"/groups/{group.pk}/role/", acme, role="auditor")

    assert answer.status_code == 302
    assert Group.every_team.get().role == "auditor"


@pytest.mark.parametrize("role", ["owner", "x", ""])
def test_no_group_makes_an_owner(acme: Team, olga: Client, role: str) -> None:
    group = make.group(acme, "Engineering")

    assert make.press(olga, f"/groups/{group.pk}/role/", acme, role=role).status_code == 400
    assert Group.every_team.get().role == "member"


def test_an_owner_removes_an_emptied_group(acme: Team, olga: Client) -> None:
    group = emptied(acme)

    assert "Empty since" in reading.words(olga.get("/groups/"))
    assert "Remove group" in reading.words(olga.get(f"/groups/{group.pk}/"))
    assert make.press(olga, f"/groups/{group.pk}/remove/", acme).status_code == 302
    assert not Group.every_team.exists()


def test_a_group_that_the_directory_keeps_is_not_removed_by_hand(acme: Team, olga: Client) -> None:
    group = make.group(acme, "Engineering", make.who(acme, "mia"))

    answer = make.press(olga, f"/groups/{group.pk}/remove/", acme)

    assert answer.status_code == 409
    assert "Detach it there" in reading.words(answer)
    assert Group.every_team.count() == 1


def test_a_strangers_group_is_not_found(acme: Team, globex: Team, olga: Client) -> None:
    theirs = make.group(globex, "Theirs")

    answers = [olga.get(f"/groups/{theirs.pk}/")]
    answers += [make.press(olga, f"/groups/{theirs.pk}/{act}/", acme, role="admin") for act in ("role", "remove")]

    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert "Theirs" not in reading.words(olga.get("/groups/"))
    assert Group.every_team.get().role == "member"
