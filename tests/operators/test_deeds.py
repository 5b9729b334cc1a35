"""What an operator does to a team: each deed by its page, with a reason, refused in the rule's own words."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from portal.teams import sentences
from portal.teams.access import SUDO_AT
from portal.teams.actor import Role
from portal.teams.models import Domain, SignInLink, Team
from portal.teams.seats import tally
from tests import make
from tests.pages import reading
from tests.teams import journal

REASON = "Signed on Monday"


def do(client: Client, team: str, deed: str, **said: Any) -> Any:
    """Send the form of a deed."""
    return client.post(f"/operator/teams/{team}/{deed}/", {"reason": REASON, **said})


def told(answer: Any) -> str:
    """The words of the page, followed where the answer leads on."""
    return reading.words(answer)


# ── Each deed ────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_team_is_created_with_its_owner_seated(otto: Client) -> None:
    said = {"slug": "new", "name": "New", "seats": "3", "owner": "ann@new.test", "plan": "enterprise", "sso": "on"}

    answer = otto.post("/operator/create/", {"reason": REASON, **said})

    team = Team.every_team.get(slug="new")
    assert answer["Location"] == "/operator/teams/new/"
    assert (tally(team).bought, team.entitled_sso, team.entitled_scim) == (3, True, False)
    assert make.who(team, "ann").rank is Role.OWNER
    first = team.events.get(number=1)
    assert (first.door, first.actor, first.data["reason"]) == ("operator", "otto@vendor.test", REASON)


@pytest.mark.parametrize(
    ("change", "words"),
    [({"slug": "acme"}, "slugs are never reused"), ({"slug": "A b"}, "Use 1 to 50"), ({"seats": "0"}, "greater than"),
     ({"owner": "x"}, "valid email"), ({"reason": ""}, "required")],
)  # fmt: skip
def test_a_team_that_can_t_be_is_refused_and_nothing_typed_is_lost(
    acme: Team, otto: Client, change: dict[str, str], words: str
) -> None:
    said = {"slug": "new", "name": "New Ltd", "seats": "3", "owner": "ann@new.test", "plan": "business"}

    answer = otto.post("/operator/create/", {"reason": REASON, **said, **change})

    assert 400 <= answer.status_code < 500
    assert words in told(answer)
    assert reading.page(answer).xpath("//input[@name='name']/@value") == ["New Ltd"]


def test_seats_are_set_and_the_reason_is_read_by_the_team(acme: Team, otto: Client) -> None:
    answer = do(otto, "acme", "seats", seats="20")

    assert answer.status_code == 302
    assert tally(acme).bought == 20
    words = reading.words(make.sign_in(Client(), "olga@acme.test").get("/log/audit/"))
    assert f"otto@vendor.test changed the seats from 10 to 20: {REASON}" in words


def test_fewer_seats_than_are_in_use_are_refused_in_words_and_the_refusal_is_recorded(acme: Team, otto: Client) -> None:
    answer = do(otto, "acme", "seats", seats="2")

    assert "3 seats are in use: choose 3 or more, or unassign people first." in told(answer)
    assert (answer.status_code, tally(acme).bought) == (400, 10)


def test_an_entitlement_in_use_is_refused_unless_forced(acme: Team, otto: Client) -> None:
    make.connect_idp(acme)
    make.scim_on(make.fresh(acme))
    page = told(otto.get("/operator/teams/acme/plan/"))

    refused = do(otto, "acme", "plan", plan="enterprise", sso="on")
    between = make.fresh(acme)
    forced = do(otto, "acme", "plan", plan="business", force="on")

    assert "SCIM is turned off and its tokens end for good." in page and "Single sign-on is turned off." in page
    assert (refused.status_code, between.scim_on, forced.status_code) == (409, True, 302)
    after = make.fresh(acme)
    assert (after.scim_on, after.sso_on, after.plan, after.entitled_sso) == (False, False, "business", False)
    assert journal.kinds(acme)[-3:] == ["scim.turned_off", "sso.turned_off", "team.entitled"]
    assert {event.data["reason"] for event in acme.events.order_by("-number")[:3]} == {REASON}


def test_enforce_sso_is_lifted_recorded_and_mailed(acme: Team, otto: Client) -> None:
    make.enforced(acme)

    do(otto, "acme", "release")

    assert not make.fresh(acme).sso_enforced
    assert (journal.last(acme).kind, journal.last(acme).data["reason"]) == ("sso.relaxed", REASON)
    assert journal.mailed("sso_relaxed") == ["olga@acme.test"]


def test_where_sso_is_not_enforced_the_control_is_closed_and_the_post_refused_in_the_same_words(
    acme: Team, otto: Client
) -> None:
    why = reading.closed(otto.get("/operator/teams/acme/release/"), "Lift Enforce SSO")

    answer = do(otto, "acme", "release")

    assert why == "Single sign-on is not enforced in this team."
    assert (answer.status_code, why in told(answer)) == (409, True)
    assert (journal.last(acme).refused, journal.last(acme).door) == (True, "operator")


def test_an_owner_is_set_under_every_lock_and_the_owners_are_mailed(acme: Team, otto: Client) -> None:
    make.scim_on(make.enforced(acme))

    do(otto, "acme", "owner", email="ada@acme.test")

    assert make.who(acme, "ada").rank is Role.OWNER
    assert journal.last(acme).data["reason"] == REASON
    assert journal.mailed("owner_set") == ["ada@acme.test", "olga@acme.test"]


def test_a_domain_is_vouched_for_and_who_would_be_refused_is_named_first(acme: Team, otto: Client) -> None:
    make.sso_on(acme)

    first = do(otto, "acme", "domain", domain="other.test")
    sure = do(otto, "acme", "domain", domain="other.test", sure="on")

    assert "3 people would be refused" in told(first) and "mia@acme.test" in told(first)
    assert (first.status_code, sure.status_code) == (400, 302)
    assert Domain.every_team.get(team=acme).vouched


def test_the_reason_for_a_link_stands_in_the_journal_of_the_team_concerned_alone(
    acme: Team, globex: Team, otto: Client
) -> None:
    make.member(globex, "mia@acme.test")

    do(otto, "acme", "link", email="mia@acme.test", opens="code")

    assert (journal.last(acme).kind, journal.last(acme).data["reason"]) == ("sign_in_link.made", REASON)
    assert (journal.last(globex).kind, journal.last(globex).data) == ("sign_in_link.noted", {})
    assert REASON not in sentences.in_words(journal.last(globex))


@pytest.mark.parametrize(("opens", "who"), [("code", "mia@acme.test"), ("break_glass", "olga@acme.test")])
def test_a_sign_in_link_is_shown_once_and_told_to_its_person(acme: Team, otto: Client, opens: str, who: str) -> None:
    answer = do(otto, "acme", "link", email=who, opens=opens)

    url = reading.page(answer).xpath("//main//input[@readonly]/@value")[0]
    assert "no-store" in answer["Cache-Control"]
    assert journal.mailed("sign_in_link" if opens == "code" else "break_glass") == [who]
    assert journal.last(acme).data["reason"] == REASON
    assert Client().post(url).status_code == 302
    assert SignInLink.objects.get().used_at


@pytest.mark.parametrize(("opens", "who"), [("code", "greg@globex.test"), ("break_glass", "mia@acme.test")])
def test_no_link_is_made_for_a_stranger_nor_emergency_access_for_who_is_no_owner(
    acme: Team, globex: Team, otto: Client, opens: str, who: str
) -> None:
    answer = do(otto, "acme", "link", email=who, opens=opens)

    assert 400 <= answer.status_code < 500
    assert not SignInLink.objects.exists()


def test_a_team_is_deleted_only_with_its_slug_typed(acme: Team, otto: Client) -> None:
    page = told(otto.get("/operator/teams/acme/delete/"))

    wrong = do(otto, "acme", "delete", confirm="acne")
    still = make.fresh(acme).closed_at
    right = do(otto, "acme", "delete", confirm="acme")

    assert "3 members are deleted." in page and "Its 10 seats" in page
    assert (wrong.status_code, still) == (400, None)
    assert (right["Location"], make.fresh(acme).closed_at is not None) == ("/operator/teams/", True)
    assert journal.mailed("team_closed") == ["olga@acme.test"]


# ── The door ─────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("deed", ["plan", "owner", "release", "domain", "link", "delete"])
def test_what_hurts_asks_for_re_authentication_before_anything_is_typed(acme: Team, otto: Client, deed: str) -> None:
    session = otto.session
    session[SUDO_AT] = (timezone.now() - timedelta(minutes=6)).isoformat()
    session.save()

    shown, pressed = otto.get(f"/operator/teams/acme/{deed}/"), do(otto, "acme", deed, email="x@acme.test")

    assert {shown["Location"], pressed["Location"]} == {f"/again/?next=%2Foperator%2Fteams%2Facme%2F{deed}%2F"}
    assert otto.get(shown["Location"]).status_code == 200


def test_an_operator_who_is_a_member_too_keeps_both(acme: Team) -> None:
    mia = make.at_operator_pages(Client(), "mia@acme.test")

    home, pages = mia.get("/"), mia.get("/operator/")

    assert (home.status_code, pages.status_code) == (200, 200)
    assert "/operator/" in reading.page(home).xpath("//header//a/@href")
    assert "/teams/" in reading.page(pages).xpath("//header//a/@href")


def test_whoever_is_an_operator_no_longer_is_out_at_the_next_click(acme: Team, otto: Client) -> None:
    make.manage("remove_operator", "OTTO@vendor.test")

    assert otto.get("/operator/").status_code == 403


def test_an_operator_who_signs_in_is_led_to_where_they_wanted(acme: Team) -> None:
    make.vendor_operator("otto@vendor.test")
    client = Client()
    client.get("/operator/teams/acme/")
    client.post("/sign-in/", {"who": "otto@vendor.test", "by_code": "1", "next": "/operator/teams/acme/"})
    client.post("/sign-in/code/", {"code": make.code_for("otto@vendor.test")})

    assert client.get("/teams/")["Location"] == "/operator/teams/acme/"


def test_an_operator_s_pages_hold_no_secret_of_a_member_and_no_body_of_the_directory(acme: Team, otto: Client) -> None:
    make.scim_on(acme)
    make.provisioned(acme, "pia@acme.test", external_id="ext-4711")

    page = otto.get("/operator/teams/acme/").content.decode()

    assert "ext-4711" not in page and json.dumps("schemas") not in page
    assert otto.get("/log/provisioning/").status_code == 302
