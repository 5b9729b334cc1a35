"""The page of one person: what it says of them, what the identity provider owns, and their one timeline."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from portal.pages.members import timeline
from portal.teams import refused, roster
from portal.teams.actor import Role
from portal.teams.errors import NoSeatsLeft
from portal.teams.models import Event, Member, Team
from scim import tokens
from tests import make
from tests.pages import reading

EVERY = ("", "sign_in", "provisioning", "seat", "admin")


@pytest.fixture
def olgas(acme: Team, browser: Client) -> Client:
    """Olga's browser, signed in."""
    return make.sign_in(browser, "olga@acme.test")


def read(client: Client, who: Member, query: str = "") -> str:
    """Read a person's page."""
    return reading.words(client.get(f"/members/{who.pk}/{query}"))


def lines(client: Client, who: Member, query: str = "") -> list[str]:
    """What the timeline tells, newest first."""
    drawn = reading.page(client.get(f"/members/{who.pk}/{query}"))
    return [" ".join(cell.text_content().split()) for cell in drawn.xpath("//section[@id='timeline']//tbody//th")]


def scim_call(team: Team, method: str, path: str, body: str) -> int:
    """Call as the team's directory would; returns the status."""
    token = tokens.rotate(team, make.as_owner(team))
    headers = {"Authorization": f"Bearer {token}"}
    answer = Client().generic(method, f"/scim/v2{path}", body, "application/scim+json", headers=headers)
    return int(answer.status_code)


def test_the_page_says_who_it_is_here_and_elsewhere(acme: Team, olgas: Client) -> None:
    make.group(acme, "Leads", make.who(acme, "mia"), gives=Role.ADMIN)

    told = read(olgas, make.who(acme, "mia"))

    for words in ("Mia Lund", "mia@acme.test", "Active", "Seat 3 since", "Leads", "Never signed in", "externalId none"):
        assert words in told.replace("externalIdnone", "externalId none"), words
    assert "Admin by group Leads, in single sign-on sessions" in told
    assert str(make.who(acme, "mia").pk) in told


def test_fields_that_the_identity_provider_owns_are_marked(acme: Team, olgas: Client) -> None:
    sue = make.provisioned(make.scim_on(acme), "sue@acme.test", given_name="Sue")

    drawn = olgas.get(f"/members/{sue.pk}/")

    assert "Your identity provider owns these (SCIM): change them there." in reading.words(drawn)
    assert len(reading.page(drawn).xpath("//main//*[@aria-label='From your identity provider']")) == 2
    assert "owns these" not in read(olgas, make.who(acme, "mia"))


def test_the_profile_tells_every_attribute_that_the_directory_sent(acme: Team, olgas: Client) -> None:
    sent = {
        "title": "Engineer", "nickName": "", "shoeSize": 38, "phoneNumbers": [{"value": "+47 1", "type": "work"}, {}],
        "addresses": [{"streetAddress": "Main 1", "locality": "Oslo"}],
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {
            "department": "Tools", "manager": {"value": "42", "displayName": "Adam"},
        },
    }  # fmt: skip
    sue = make.provisioned(make.scim_on(acme), "sue@acme.test", attributes=sent)

    rows = reading.page(olgas.get(f"/members/{sue.pk}/")).xpath("//main//ul[@class='sg-facts'][1]/li")
    told = {row.xpath("string(b)"): " ".join(row.xpath("string(span)").split()) for row in rows}

    assert told.items() >= {
        "Title": "Engineer", "shoeSize": "38", "Phone": "+47 1 (work)", "Address": "Main 1, Oslo",
        "Department": "Tools", "Manager": "Adam",
    }.items()  # fmt: skip
    assert "Nickname" not in told


def test_single_sign_on_tells_the_name_id_and_the_sign_in(acme: Team, olgas: Client) -> None:
    idp = make.connect_idp(acme)
    make.sso_sign_in(Client(), acme, idp, "mia@acme.test")
    mia = make.who(acme, "mia")

    assert f"Connection{idp.entity_id}" in read(olgas, mia)
    assert "NameIDmia@acme.test" in read(olgas, mia)
    assert lines(olgas, mia, "?show=sign_in") == ["Signed in by single sign-on"]
    led = reading.page(olgas.get(f"/members/{mia.pk}/")).xpath("//section[@id='timeline']//tbody//a/@href")[0]
    assert "mia@acme.test" in reading.words(olgas.get(led))


def test_the_directory_tells_its_last_call_and_what_changed_nothing(acme: Team, olgas: Client) -> None:
    make.scim_on(acme)
    mia = make.who(acme, "mia")
    patch = '{"schemas": [], "Operations": [{"op": "replace", "path": "active", "value": false}]}'

    assert scim_call(acme, "PATCH", f"/Users/{mia.pk}", patch) == 200
    assert scim_call(acme, "PATCH", f"/Users/{mia.pk}", patch) == 200

    assert "Last syncjust now" in read(olgas, mia).replace("Last sync ", "Last sync")
    assert [line for line in lines(olgas, mia) if "took the seat" in line]
    assert len(lines(olgas, mia, "?show=provisioning")) == 1


def test_the_timeline_tells_each_sort_apart_and_all_together(acme: Team, olgas: Client) -> None:
    mia, olga = make.who(acme, "mia"), make.as_owner(acme)
    make.sign_in(Client(), "mia@acme.test")
    make.suspend(acme, mia)
    roster.unassign(acme, olga, mia.pk)
    refused.record(acme, olga, NoSeatsLeft("Acme", 3), make.who(acme, "mia"))

    told = {sort: lines(olgas, mia, f"?show={sort}" if sort else "") for sort in EVERY}

    assert told["sign_in"] == ["Signed in with Unknown browser"]
    assert [line.partition(" ")[2] for line in told["seat"]][1:] == ["took the seat of Mia Lund", "added Mia Lund"]
    assert "was refused" in told["seat"][0]
    assert told["admin"] == ["olga@acme.test suspended Mia Lund"]
    assert sorted(told[""]) == sorted(line for sort in EVERY[1:] for line in told[sort])


def test_what_they_did_themself_stands_there_too(acme: Team, olgas: Client) -> None:
    adam = make.who(acme, "adam")
    roster.unassign(acme, make.by(adam), make.who(acme, "mia").pk)

    assert lines(olgas, adam)[0] == "Adam took the seat of Mia Lund"


@pytest.mark.parametrize("size", [1, 3, 7])
def test_every_moment_is_met_once_page_by_page(
    acme: Team, olgas: Client, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    mia = make.who(acme, "mia")
    for number in range(9):
        refused.record(acme, make.as_owner(acme), NoSeatsLeft("Acme", number), mia)
        if number % 4 == 0:
            make.sign_in(Client(), "mia@acme.test")
    whole = lines(olgas, mia)
    monkeypatch.setattr(timeline, "PER_PAGE", size)

    met: list[str] = []
    query = ""
    for _ in range(20):
        met += lines(olgas, mia, query)
        drawn = reading.page(olgas.get(f"/members/{mia.pk}/{query}"))
        further = drawn.xpath("//nav[@aria-label='Pages']//a[normalize-space()='Older']/@href")
        if not further:
            break
        query = further[0].partition("#")[0]

    assert met == whole
    assert len(whole) == 13


def test_one_act_on_many_does_not_end_the_timeline_of_who_did_it(acme: Team, olgas: Client) -> None:
    """All its events are of one instant, and more of them than a page has lines."""
    adam = make.who(acme, "adam")
    at = timezone.now()
    Event.every_team.bulk_create(
        Event(team=acme, number=1_000 + n, at=at, kind="member.assigned", door="dashboard",
              actor_id=str(adam.pk), actor="Adam", subject=f"p{n}") for n in range(60)
    )  # fmt: skip

    page, met, places = "", 0, []
    while True:
        shown, page = timeline.page(adam, "", page)
        met += len(shown)
        places.append(page)
        if not page:
            break

    assert met > 60
    assert len(set(places)) == len(places)


@pytest.mark.parametrize("query", ["?before=x", "?before=%00~", "?before=2020-99-99~a", "?show=king", "?before=~",
                                   "?before=0001-01-01T00:00:00%2B23:00~x"])  # fmt: skip
def test_a_place_that_does_not_exist_begins_anew(acme: Team, olgas: Client, query: str) -> None:
    assert len(lines(olgas, make.who(acme, "mia"), query)) == 1


def test_the_page_asks_the_database_the_same_however_much_happened(acme: Team, olgas: Client) -> None:
    mia = make.who(acme, "mia")
    olgas.get(f"/members/{mia.pk}/")

    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert olgas.get(f"/members/{mia.pk}/").status_code == 200
        return len(asked)

    before = queries()
    make.group(acme, "Leads", mia)
    make.group(acme, "Runners", mia)
    for _ in range(3):
        make.sign_in(Client(), "mia@acme.test")
        refused.record(acme, make.as_owner(acme), NoSeatsLeft("Acme", 3), mia)

    # With SCIM on a role by group is looked for.
    assert queries() <= before + 4 <= 36


def test_the_emergency_is_confirmed_in_its_words(acme: Team, olgas: Client) -> None:
    mia = make.who(acme, "mia")

    assert "Ends access now. The seat stays until somebody takes it." in read(olgas, mia)
    make.scim_on(acme)
    assert "Ends access now. The seat stays until your identity provider removes the person." in read(olgas, mia)


def test_a_list_s_rows_lead_to_the_page(acme: Team, olgas: Client) -> None:
    led = reading.page(olgas.get("/members/?q=mia")).xpath("//tbody//th//a/@href")

    assert led == [f"/members/{make.who(acme, 'mia').pk}/"]


def test_old_calls_are_told_as_such(acme: Team, olgas: Client) -> None:
    sue = make.provisioned(make.scim_on(acme), "sue@acme.test")
    Member.every_team.filter(pk=sue.pk).update(updated_at=timezone.now() - timedelta(days=60))

    assert "Last syncmore than 30 days ago" in read(olgas, sue)
