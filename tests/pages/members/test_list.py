"""Finding people on the members page."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from portal.teams import owners, roster
from portal.teams.actor import Door, Role
from portal.teams.errors import LastOwner
from portal.teams.models import Member, Team
from tests import make
from tests.pages import reading


@pytest.fixture
def olgas(acme: Team, browser: Client) -> Client:
    """Olga's browser, signed in."""
    return make.sign_in(browser, "olga@acme.test")


def shown(client: Client, query: str) -> list[str]:
    """The people the table names."""
    return [name.text_content() for name in reading.page(client.get(f"/members/?{query}")).xpath("//tbody//th//b")]


@pytest.mark.parametrize("words", ["ä", "Ä", "a\u0308", "ärn", "ÖBERG", "Ärne öb", "öb är", "aerne.o"])
def test_people_are_found_by_the_beginning_of_a_name_whatever_its_case(acme: Team, olgas: Client, words: str) -> None:
    make.member(acme, "aerne.oberg@acme.test", given_name="Ärne", family_name="Öberg")

    assert shown(olgas, f"q={words}") == ["Ärne Öberg"]


@pytest.mark.parametrize("words", ["rne", "lund mia x", "%", "_", "nobody", "\x00\x00zzz", "(", "x" * 5000])
def test_what_nobody_begins_with_finds_nobody(olgas: Client, words: str) -> None:
    answer = olgas.get("/members/", {"q": words})

    assert answer.status_code == 200
    assert "Nobody found" in reading.words(answer)


def test_people_of_another_team_are_not_found(acme: Team, globex: Team, olgas: Client) -> None:
    assert shown(olgas, "q=greg") == []


def test_people_are_filtered_by_status_and_role(acme: Team, olgas: Client) -> None:
    make.member(acme, "aud@acme.test", role=Role.AUDITOR)
    roster.unassign(acme, make.as_owner(acme), make.who(acme, "mia").pk)
    make.suspend(acme, make.who(acme, "aud"))

    assert shown(olgas, "status=inactive") == ["Mia Lund"]
    assert shown(olgas, "status=suspended") == ["aud@acme.test"]
    assert shown(olgas, "status=active") == ["Adam", "olga@acme.test"]
    assert shown(olgas, "role=admin&status=active") == ["Adam"]


@pytest.mark.parametrize(
    "query",
    [
        "status=king&role=%00", "group=x&source=%00", "seen=8&sort=age", "after=%00&before=x", "after=1",
        "before=00000000-0000-0000-0000-000000000000", "status=active&status=king", "sort=--name",
    ],
)  # fmt: skip
def test_a_filter_that_does_not_exist_is_ignored(acme: Team, olgas: Client, query: str) -> None:
    assert len(shown(olgas, query)) == 3


def test_held_people_are_found(acme: Team, olgas: Client) -> None:
    make.scim_on(acme)
    make.second_owner(acme)
    # Olga's own session would end with the hold: Adam is held, the last owner while she is suspended.
    adam = make.who(acme, "adam")
    with pytest.raises(LastOwner):
        make.suspend(acme, make.who(acme, "mia"))
        owners.suspend(acme, make.by(adam), make.who(acme, "olga").pk)
        roster.remove(acme, make.scim(acme), adam.pk)
    owners.unsuspend(acme, make.as_owner(acme), make.who(acme, "olga").pk)
    make.sign_in(olgas, "olga@acme.test")

    assert (shown(olgas, "status=held"), shown(olgas, "status=suspended")) == (["Adam"], ["Mia Lund"])


def test_people_are_found_by_a_role_that_a_group_gives(acme: Team, olgas: Client) -> None:
    make.group(acme, "Leads", make.who(acme, "mia"), make.who(acme, "adam"), gives=Role.ADMIN)

    assert shown(olgas, "role=group-admin") == ["Mia Lund"]
    assert shown(olgas, "role=admin") == ["Adam"]
    assert shown(olgas, "role=group-auditor") == []


def test_people_are_found_by_group_and_their_groups_are_named(acme: Team, globex: Team, olgas: Client) -> None:
    mia = make.who(acme, "mia")
    leads, *_others = [make.group(acme, name, mia) for name in ("Leads", "Runners", "Singers", "Walkers")]
    strangers = make.group(globex, "Strangers", make.who(globex, "greg"))

    assert shown(olgas, f"group={leads.pk}") == ["Mia Lund"]
    assert shown(olgas, f"group={strangers.pk}") == []
    cell = reading.page(olgas.get("/members/?q=mia")).xpath("//td[@data-label='Groups']")[0]
    assert cell.text_content() == "Leads, Runnersand 2 more"


def test_people_are_found_by_source(acme: Team, olgas: Client) -> None:
    make.provisioned(make.scim_on(acme), "sue@acme.test")
    roster.add(acme, make.through(Door.IMPORT), {"user_name": "ida@acme.test", "email": "ida@acme.test"})

    assert shown(olgas, "source=scim") == ["sue@acme.test"]
    assert shown(olgas, "source=import") == ["ida@acme.test"]
    assert shown(olgas, "source=dashboard") == ["Adam", "Mia Lund"]


def test_people_are_found_by_their_last_sign_in(acme: Team, olgas: Client) -> None:
    now = timezone.now()
    for name, days in (("adam", 20), ("mia", 100)):
        Member.every_team.filter(pk=make.who(acme, name).pk).update(last_sign_in=now - timedelta(days=days))
    make.member(acme, "nia@acme.test")

    found = {seen: shown(olgas, f"seen={seen}") for seen in ("7", "30", "90", "not-90", "never")}

    assert found == {
        "7": ["olga@acme.test"],
        "30": ["Adam", "olga@acme.test"],
        "90": ["Adam", "olga@acme.test"],
        "not-90": ["Mia Lund"],
        "never": ["nia@acme.test"],
    }


def test_the_source_of_a_member_is_named(acme: Team, olgas: Client) -> None:
    make.provisioned(make.scim_on(acme), "sue@acme.test")

    drawn = reading.page(olgas.get("/members/"))

    cells = {
        row.xpath(".//b")[0].text_content(): row.xpath("td[@data-label='Source']")[0].text_content()
        for row in drawn.xpath("//tbody/tr")
    }
    assert cells == {
        "Adam": "By hand",
        "Mia Lund": "By hand",
        "olga@acme.test": "Operator's command",
        "sue@acme.test": "SCIM",
    }


def test_somebody_alone_is_led_to_adding_people(acme: Team, olgas: Client) -> None:
    assert "Only you so far" not in reading.words(olgas.get("/members/"))
    for name in ("mia", "adam"):
        roster.remove(acme, make.as_owner(acme), make.who(acme, name).pk)

    assert "Only you so far Add people, import a CSV, or connect your identity provider." in reading.words(
        olgas.get("/members/")
    )
    assert "Only you so far" not in reading.words(olgas.get("/members/?q=olga"))
