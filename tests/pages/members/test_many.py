"""Acts on many members by the page: ticked or all that match, said in numbers before, told one by one after."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from portal.outbound import work
from portal.teams import batches, errands, owners, roster, seats
from portal.teams.actor import Role
from portal.teams.errands import Order, Verb
from portal.teams.errors import Invalid
from portal.teams.finding import Choice
from portal.teams.models import Member, Team
from tests import make
from tests.pages import reading

BY_SCIM = "Members are managed by your identity provider (SCIM is on). Assign and unassign them there."


@pytest.fixture
def olgas(acme: Team, browser: Client) -> Client:
    """Olga's browser, signed in."""
    return make.sign_in(browser, "olga@acme.test")


def crowd(team: Team, count: int, *, active: bool = True) -> list[Member]:
    """Add so many people."""
    profiles = [
        {"user_name": f"c{n:02}@acme.test", "email": f"c{n:02}@acme.test", "active": active} for n in range(count)
    ]
    return [roster.add(team, make.BY_OPERATOR, profile) for profile in profiles]


def press(client: Client, team: Team, question: str) -> str:
    """Ask what would happen, press the button below it as it is drawn, and read what became of it."""
    form = reading.page(client.get(question)).xpath("//main//form[@method='post']")[0]
    fields = dict(form.form_values())
    chosen = [value for name, value in form.form_values() if name == "who"]
    answer = client.post(form.get("action"), {**fields, "who": chosen})
    return reading.words(client.get(answer["Location"]))


def asking(act: str, *people: Member) -> str:
    """The address to which the list's bar leads with these ticked."""
    return f"/members/many/?act={act}&" + "&".join(f"who={each.pk}" for each in people)


def test_seats_that_do_not_suffice_are_said_before(acme: Team, olgas: Client) -> None:
    people = crowd(acme, 25, active=False)
    seats.resize(acme, make.BY_OPERATOR, 22)

    told = reading.words(olgas.get(asking("assign", *people)))

    assert "19 free, 25 chosen: 6 will not get a seat" in told
    assert "19 people get a seat" in told
    assert "c00@acme.test, c01@acme.test" in told and "and 11 more" in told
    assert "6 people get none c19@acme.test" in told.replace("nonec19", "none c19")
    assert acme.members.filter(active=True).count() == 3


def test_nothing_is_done_before_it_is_confirmed_and_then_told_one_by_one(acme: Team, olgas: Client) -> None:
    people = crowd(acme, 6, active=False)
    seats.resize(acme, make.BY_OPERATOR, 7)

    told = press(olgas, acme, asking("assign", *people, make.who(acme, "mia"), make.who(acme, "olga")))

    assert "4 got a seat" in told
    assert "1 was so already" in told
    assert "3 were left out" in told
    assert "No unassigned seats left in team Acme" in told
    assert "c04@acme.test" in told and "c00@acme.test" not in told


def test_owners_and_oneself_are_left_out_with_the_reason(acme: Team, browser: Client) -> None:
    make.sign_in(browser, "adam@acme.test")

    told = reading.words(browser.get(asking("unassign", *Member.every_team.all())))

    assert "1 person loses the seat" in told
    assert "1 owner is left out" in told and "Owners are changed one by one" in told
    assert "You are left out" in told


def test_all_that_match_are_found_anew_by_the_server(acme: Team, olgas: Client) -> None:
    crowd(acme, 5)
    question = "/members/many/?act=unassign&all=1&q=c0&status=active"
    assert "5 people lose their seat" in reading.words(olgas.get(question))
    late = roster.add(acme, make.BY_OPERATOR, {"user_name": "c09@acme.test", "email": "c09@acme.test"})

    told = press(olgas, acme, question)

    assert "6 gave their seat back" in told
    assert not Member.every_team.get(pk=late.pk).active
    assert make.who(acme, "mia").active


def test_what_was_freed_is_given_back_by_one_button(acme: Team, olgas: Client) -> None:
    people = crowd(acme, 3)
    press(olgas, acme, asking("unassign", *people))
    errand = acme.errands.get()

    answer = make.press(olgas, f"/members/many/{errand.pk}/take-back/", acme)

    assert "3 got a seat" in reading.words(olgas.get(answer["Location"]))
    assert "It was taken back." in reading.words(olgas.get(f"/members/many/{errand.pk}/"))
    assert make.press(olgas, f"/members/many/{errand.pk}/take-back/", acme).status_code == 409


def test_roles_and_signing_out(acme: Team, olgas: Client) -> None:
    mia, adam = make.who(acme, "mia"), make.who(acme, "adam")

    assert "Now: 1 × Member, 1 × Admin" in reading.words(olgas.get(asking("role", mia, adam)))
    answer = promote(olgas, asking("role", mia), role_to="auditor", sure="on")
    assert "have the new role" in reading.words(olgas.get(answer["Location"]))
    assert make.who(acme, "mia").role == "auditor"
    assert "1 are signed out" in press(olgas, acme, asking("sign_out", mia)).replace("is signed", "are signed")


def promote(client: Client, question: str, **said: str) -> Any:
    """Send the form of a change of role as it was drawn, with what was ticked."""
    form = reading.page(client.get(question)).xpath("//main//form[@action='/members/many/role/']")[0]
    return client.post("/members/many/role/", {**dict(form.form_values()), **said})


def test_a_role_for_many_shows_the_addresses_they_sign_in_with_and_wants_them_confirmed(
    acme: Team, olgas: Client
) -> None:
    mia, adam = make.who(acme, "mia"), make.who(acme, "adam")
    owners.set_sign_in_email(acme, make.as_owner(acme), adam.pk, "adam@elsewhere.test")

    words = reading.words(olgas.get(asking("role", mia, adam)))
    unsure = promote(olgas, asking("role", mia), role_to="admin")
    down = promote(olgas, asking("role", adam), role_to="member")

    assert "mia@acme.test" in words and "adam@elsewhere.test" in words
    assert (unsure.status_code, make.who(acme, "mia").role) == (400, "member")
    assert (down.status_code, make.who(acme, "adam").role) == (302, "member")


def test_everybody_that_a_filter_finds_is_who_was_shown(acme: Team, olgas: Client) -> None:
    promote(olgas, "/members/many/?act=role&all=1", role_to="auditor", sure="on")

    errand, members = acme.errands.get(), list(acme.members.all())
    assert errand.chosen == sorted(str(each.pk) for each in members)
    assert errand.shown == {str(each.pk): each.sign_in_email for each in members if each.rank is not Role.OWNER}


def test_an_address_that_changed_since_it_was_shown_gets_no_role(acme: Team, olgas: Client) -> None:
    mia = make.who(acme, "mia")
    form = reading.page(olgas.get(asking("role", mia))).xpath("//main//form[@action='/members/many/role/']")[0]
    roster.update(acme, make.as_owner(acme), mia.pk, {"email": "thief@evil.test"})

    answer = olgas.post(form.get("action"), {**dict(form.form_values()), "role_to": "admin", "sure": "on"})

    mia.refresh_from_db()
    assert (answer.status_code, mia.role) == (409, "member")


def test_more_than_anybody_can_look_at_get_no_role_at_once(
    acme: Team, olgas: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "MOST", 1)
    mia, adam = make.who(acme, "mia"), make.who(acme, "adam")

    with pytest.raises(Invalid, match="At most 1 people"):
        errands.begin(acme, make.as_owner(acme), Order(Verb.ROLE, Choice(named=[mia.pk, adam.pk]), "auditor"))


def test_a_change_of_role_asks_who_one_is(acme: Team, browser: Client) -> None:
    make.enter_by_sso(browser, make.who(make.sso_on(acme), "olga"))
    session = browser.session
    session["sudo_at"] = "2020-01-01T00:00:00+00:00"
    session.save()

    answer = make.press(browser, "/members/many/role/", acme, who=[str(make.who(acme, "mia").pk)], role_to="admin")

    assert answer["Location"].startswith("/again/")
    assert make.who(acme, "mia").role == "member"


@pytest.mark.parametrize(("act", "verb"), [("assign", "assign"), ("unassign", "unassign")])
def test_a_lock_closes_the_bar_and_the_question_and_the_post_with_one_sentence(
    acme: Team, olgas: Client, act: str, verb: str
) -> None:
    make.scim_on(acme)
    mia = make.who(acme, "mia")

    bar = reading.closed(olgas.get("/members/"), "Assign seat" if act == "assign" else "Free seat")
    question = olgas.get(asking(act, mia))
    refused = make.press(olgas, f"/members/many/{verb}/", acme, who=[str(mia.pk)])

    assert bar == BY_SCIM
    assert reading.page(question).xpath("//main//form[@method='post']//button[@disabled]")
    assert BY_SCIM in reading.words(question)
    assert (refused.status_code, BY_SCIM in reading.words(refused)) == (409, True)
    assert not acme.errands.exists()


@pytest.mark.parametrize("query", ["act=assign", "act=assign&who=x&who=%00", "act=sign_out&all=1&q=nobody"])
def test_nobody_chosen_leads_back_with_a_word(acme: Team, olgas: Client, query: str) -> None:
    answer = olgas.get(f"/members/many/?{query}", follow=True)

    assert "Nobody is chosen" in reading.words(answer)


@pytest.mark.parametrize("act", ["", "delete", "assign\x00"])
def test_an_unknown_act_is_not_found(acme: Team, olgas: Client, act: str) -> None:
    assert olgas.get("/members/many/", {"act": act, "all": "1"}).status_code == 404


def test_an_owner_is_made_by_no_list(acme: Team, olgas: Client) -> None:
    mia = make.who(acme, "mia")

    assert make.press(olgas, "/members/many/role/", acme, who=[str(mia.pk)], role_to="owner").status_code == 400
    assert make.who(acme, "mia").role == "member"


def test_many_go_on_in_the_background_and_the_page_shows_how_far(
    acme: Team, olgas: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "MOST", 2)
    crowd(acme, 5)
    question = "/members/many/?act=unassign&all=1&q=c0"

    assert "0 of 5 done" in press(olgas, acme, question)
    assert "0 of 5 done" in reading.words(olgas.get("/members/"))
    work.run_due("many")

    errand = acme.errands.get()
    assert "5 gave their seat back" in reading.words(olgas.get(f"/members/many/{errand.pk}/"))
    assert "hx-get" not in olgas.get(f"/members/many/{errand.pk}/progress/").content.decode()


def test_a_stranger_s_errand_is_unknown(acme: Team, olgas: Client, globex: Team) -> None:
    press(olgas, acme, asking("sign_out", make.who(acme, "mia")))
    errand = acme.errands.get()
    gregs = make.sign_in(Client(), "greg@globex.test")

    assert gregs.get(f"/members/many/{errand.pk}/").status_code == 404
    assert make.press(gregs, f"/members/many/{errand.pk}/take-back/", globex).status_code == 404


def test_the_question_asks_the_database_the_same_however_many_are_chosen(acme: Team, olgas: Client) -> None:
    people = crowd(acme, 5)

    def queries(chosen: list[Member]) -> int:
        with CaptureQueriesContext(connection) as asked:
            assert olgas.get(asking("unassign", *chosen)).status_code == 200
        return len(asked)

    assert queries(people[:2]) == queries(people) <= 20
