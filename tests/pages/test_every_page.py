"""What holds on every page: the strict CSP, one heading, unique ids, no cache, forms that name their team."""

import re
from typing import Any

import pytest
from django.test import Client

from portal.teams import links, refused, setup
from portal.teams.actor import Role
from portal.teams.errors import NoSeatsLeft
from portal.teams.models import Team
from tests import make
from tests.pages import reading

INSIDE = [
    "/", "/members/", "/members/?q=mia", "/members/?q=nobody", "/members/waiting/", "/groups/", "/groups/?q=nobody",
    "/members/add/", "/members/import/",
    "/members/?group=x", "/log/audit/",
    "/log/audit/?q=nobody", "/settings/general/", "/settings/profile/", "/settings/profile/security/",
    "/settings/profile/rescue-codes/", "/teams/", "/again/",
    "/settings/security/domains/", "/settings/security/sessions/", "/settings/plan/request/",
    "/search/", "/search/?q=m", "/search/?q=nobody",
    "/notices/", "/notices/?show=earlier", "/settings/notices/", "/settings/notices/seats_full/",
    "/settings/notices/owner_held/", "/settings/profile/notices/",
    "/settings/plan/", "/settings/plan/?door=csv&days=365",
    "/settings/developers/webhooks/",
    "/settings/security/directory-import/", "/settings/security/directory-import/add/",
    "/settings/developers/",
    "/settings/setup-links/", "/settings/security/authentication/sso/attributes/", "/log/sign-ins/",
    "/log/sign-ins/?q=nobody", *(
        f"/settings/security/authentication/sso/connect/{step}/"
        for step in ("choose", "copy", "metadata", "test", "on")
    ),
]  # fmt: skip
OUTSIDE = ["/sign-in/", "/sign-in/?who=mia", "/sign-in/trouble/", "/api/v1/docs/", "/no-such-page/"]


@pytest.fixture
def busy(acme: Team, browser: Client) -> Client:
    """Olga's browser in a team in which something is going on."""
    refused.record(acme, make.by(make.who(acme, "adam")), NoSeatsLeft("Acme", 3), "late@acme.test")
    make.suspend(acme, make.who(acme, "mia"))
    return make.sign_in(browser, "olga@acme.test")


def check(answer: Any) -> None:
    """Hold a page to the house's rules."""
    drawn = reading.page(answer)
    policy = answer["Content-Security-Policy"]
    assert "script-src 'self'" in policy and "unsafe-inline" not in policy
    assert drawn.xpath("//*[@style] | //style | //script[not(@src)] | //@*[starts-with(name(), 'on')]") == []
    assert len(drawn.xpath("//h1")) == 1
    ids = drawn.xpath("//@id")
    assert len(ids) == len(set(ids))
    pointed = " ".join(drawn.xpath("//@for | //@aria-labelledby | //@aria-describedby")).split()
    assert set(pointed) <= set(ids)
    assert not re.search(r"<c-|{{|{%", answer.content.decode())


@pytest.mark.parametrize("path", INSIDE)
def test_a_page_of_the_team_keeps_the_rules(busy: Client, path: str) -> None:
    answer = busy.get(path)

    check(answer)
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize("path", OUTSIDE)
def test_a_page_outside_the_team_keeps_the_rules(db: None, browser: Client, path: str) -> None:
    check(browser.get(path))


@pytest.mark.parametrize("lock", [make.fresh, make.sso_on, make.scim_on, make.enforced])
def test_the_dialogs_of_a_person_keep_the_rules(acme: Team, browser: Client, lock: Any) -> None:
    make.enter_by_sso(browser, make.who(make.sso_on(acme), "olga"))
    lock(acme)

    for name in ("mia", "adam", "olga"):
        check(browser.get(f"/members/{make.who(acme, name).pk}/"))


@pytest.mark.parametrize("state", [make.scim_on, make.fresh])
def test_the_pages_of_groups_keep_the_rules(acme: Team, busy: Client, state: Any) -> None:
    state(acme)
    group = make.group(acme, "Engineering", make.who(acme, "mia"), gives=Role.ADMIN)
    empty = make.group(acme, "Interns")

    for path in ("/groups/", f"/groups/{group.pk}/", f"/groups/{empty.pk}/", f"/members/?group={group.pk}"):
        check(busy.get(path))


def test_the_pages_of_signing_in_keep_the_rules(acme: Team, browser: Client) -> None:
    token, _row = links.make(make.BY_OPERATOR, "mia@acme.test", "lost mail")

    check(browser.post("/sign-in/", {"who": "mia@acme.test"}, follow=True))
    check(browser.post("/sign-in/code/", {"code": "wrong"}))
    check(browser.post("/sign-in/", {"who": "acme"}))
    check(browser.get(f"/sign-in/link/{token}/"))
    check(browser.post("/sign-in/link/wrong/"))


def test_refusals_keep_the_rules(busy: Client, acme: Team, globex: Team) -> None:
    olga = make.who(acme, "olga")

    check(make.press(busy, f"/members/{olga.pk}/unassign/", acme))
    check(make.press(busy, f"/members/{olga.pk}/unassign/", globex))
    check(make.press(busy, "/members/assign/", acme, email="x"))


def test_every_form_names_the_team_and_the_way_back(busy: Client, acme: Team) -> None:
    drawn = reading.page(busy.get(f"/members/{make.who(acme, 'mia').pk}/"))

    forms = drawn.xpath("//main//form[@method='post']")

    assert len(forms) >= 4
    assert {form.fields["team"] for form in forms} == {str(acme.pk)}
    assert {form.fields["back"] for form in forms} == {f"/members/{make.who(acme, 'mia').pk}/"}


def test_a_form_without_its_token_is_refused_in_words(acme: Team) -> None:
    strict = make.sign_in(Client(), "olga@acme.test")
    strict.handler.enforce_csrf_checks = True

    answer = make.press(strict, f"/members/{make.who(acme, 'mia').pk}/unassign/", acme)

    assert answer.status_code == 403
    assert "This page is too old" in reading.words(answer)
    assert make.who(acme, "mia").active


def test_the_pages_of_a_setup_link_keep_the_rules(acme: Team, browser: Client) -> None:
    token, link = setup.make(acme, make.as_owner(acme), ["sso", "scim", "domains"], 24, "Ben")

    check(browser.get(f"/setup/open/{token}/"))
    browser.post(f"/setup/open/{token}/")
    for page in ("", "sso/", "scim/", "domains/", "log/sign-ins/", "log/provisioning/"):
        check(browser.get(f"/setup/{link.pk}/{page}"))
    check(Client().get(f"/setup/open/{token}/"))
    check(make.sign_in(Client(), "olga@acme.test").get("/settings/setup-links/"))
