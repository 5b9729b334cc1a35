"""How an operator comes in: by code and a second factor, set up at the first time, in no team at all."""

import re
from typing import Any

import pytest
from django.test import Client

from portal.teams import factors
from portal.teams.models import Team, User
from tests import make
from tests.factors import code
from tests.pages import reading

SECURITY = "/settings/profile/security/"


def signed_in(client: Client, wanted: str) -> Any:
    """Go to a page, sign in by code as Otto, and follow to where that leads."""
    client.get(wanted)
    client.post("/sign-in/", {"who": "otto@vendor.test", "by_code": "1", "next": wanted})
    return client.post("/sign-in/code/", {"code": make.code_for("otto@vendor.test")}, follow=True)


def test_the_first_time_an_operator_sets_a_second_factor_up_and_then_proves_it_at_each_sign_in(acme: Team) -> None:
    make.vendor_operator()
    first = Client()

    led = signed_in(first, "/operator/teams/acme/")
    shown = reading.page(first.post(f"{SECURITY}app/begin/"))
    secret = str(shown.xpath("//main//textarea")[0].text_content())
    first.post(f"{SECURITY}app/confirm/", {"code": code(secret)})
    opened = first.get("/operator/teams/acme/").status_code
    second = Client()
    asked = signed_in(second, "/operator/teams/acme/")
    before = second.get("/operator/").status_code
    arrived = second.post("/sign-in/second/", {"factor": code(secret, 1)}, follow=True)

    assert led.redirect_chain[-1][0] == SECURITY and "Operators need a second factor." in reading.words(led)
    assert (opened, before) == (200, 302)
    assert asked.redirect_chain[-1][0] == "/sign-in/second/"
    assert arrived.redirect_chain[-1][0] == "/operator/teams/acme/"


def test_an_operator_in_no_team_who_is_no_operator_any_more_reaches_nothing(otto: Client) -> None:
    User.objects.update(is_operator=False)

    assert otto.get("/operator/").status_code == 403
    assert otto.get(SECURITY)["Location"] == "/teams/"


def test_a_session_from_before_the_factor_was_set_up_elsewhere_is_asked_for_it(otto: Client) -> None:
    session = otto.session
    del session["second_at"]
    session.save()

    assert otto.get("/operator/teams/")["Location"] == "/again/?next=%2Foperator%2Fteams%2F"


def test_an_operator_whose_factor_is_gone_is_led_to_set_up_another(otto: Client) -> None:
    user = User.objects.get(is_operator=True)
    factors.rows(user.pk).delete()

    assert otto.get("/operator/")["Location"] == SECURITY


def test_a_one_time_link_opens_no_operator_page_by_itself(acme: Team) -> None:
    make.at_operator_pages(Client(), "olga@acme.test")
    answer = make.manage("sign_in_link", "olga@acme.test", "--reason", "lost mail")
    client = Client()

    led = client.post(answer["url"])

    assert led["Location"] == "/sign-in/second/"
    assert client.get("/operator/")["Location"].startswith("/sign-in/")


@pytest.mark.parametrize("path", ["/operator/teams/", "/operator/create/", "/operator/closed/"])
def test_the_rail_marks_the_page_that_another_lies_below_whatever_its_address(otto: Client, path: str) -> None:
    page = otto.get(path).content.decode()

    assert re.findall(r'<a href="([^"]*)" aria-current', page) == ["/operator/teams/"]
