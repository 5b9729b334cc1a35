"""The pages of notices: what is told, who gets which, and what one wants by mail."""

import pytest
from django.test import Client

from portal.teams import notice_rules, seats
from portal.teams.actor import Role
from portal.teams.models import Notice, Team
from portal.teams.registry import registry
from tests import make
from tests.pages import reading

RULES, MINE = "/settings/notices/", "/settings/profile/notices/"


@pytest.fixture
def full(acme: Team) -> Team:
    """Acme without a free seat, which it was told."""
    seats.resize(acme, make.BY_OPERATOR, 3)
    return acme


def bell(client: Client) -> str:
    """What the bell says."""
    return str(
        reading.page(client.get("/members/")).xpath(
            "string(//header//summary[contains(@aria-label, 'Notices')]/@aria-label)"
        )
    )


def test_a_notice_is_read_and_put_away_by_each_for_themself(full: Team, browser: Client) -> None:
    olga, adam = make.sign_in(browser, "olga@acme.test"), make.sign_in(Client(), "adam@acme.test")
    row = Notice.every_team.get()
    assert "No seats are left." in reading.words(olga.get("/notices/"))
    assert row.reference in reading.words(olga.get("/notices/"))

    make.press(olga, f"/notices/{row.pk}/read/", full)
    read = bell(olga)
    make.press(olga, f"/notices/{row.pk}/dismiss/", full)

    assert (read, bell(adam)) == ("Notices, 0 new", "Notices, 1 new")
    assert "Nothing needs you" in reading.words(olga.get("/notices/"))
    assert "No seats are left." in reading.words(olga.get("/notices/", {"show": "earlier"}))


def test_everything_is_marked_as_read_at_once(full: Team, browser: Client) -> None:
    make.sign_in(browser, "olga@acme.test")

    answer = browser.post("/notices/read/", {"team": str(full.pk)}, follow=True)

    assert "1 notice marked as read." in reading.words(answer)
    assert bell(browser) == "Notices, 0 new"


def test_an_unknown_notice_is_not_found(full: Team, globex: Team, browser: Client) -> None:
    make.sign_in(browser, "greg@globex.test")

    assert make.press(browser, f"/notices/{Notice.every_team.get().pk}/dismiss/", globex).status_code == 404


def test_the_overview_shows_two_banners_the_worst_first_and_counts_the_rest(full: Team, browser: Client) -> None:
    for number in range(3):
        data = {"domain": f"d{number}.test", "record": "x", "until": "2026-12-01T00:00:00+00:00"}
        Notice.every_team.create(
            team=full, kind="domain_lapsing", key=str(number), step="lapsed", tone="bad", data=data, reference="X",
            began_at=full.created_at, told_at=full.created_at,
        )  # fmt: skip
    make.sign_in(browser, "olga@acme.test")

    drawn = reading.page(browser.get("/"))

    titles = drawn.xpath("//main//*[contains(@class, 'sg-alert')]//b/text()")
    assert [title.partition(" ")[2] for title in titles] == ["is verified no longer."] * 2
    # The third domain, the last seat, and the advice to set up a second factor.
    assert drawn.xpath("string(//main//a[@href='/notices/'])") == "3 more notices"


def test_an_admin_chooses_who_gets_a_kind(acme: Team, browser: Client) -> None:
    make.sign_in(browser, "adam@acme.test")
    assert "No seats left" in reading.words(browser.get(RULES))

    given = {"audience": "chosen", "people": [str(make.who(acme, "adam").pk)], "mail": "on"}
    answer = browser.post(f"{RULES}seats_full/set/", {"team": str(acme.pk), **given}, follow=True)

    assert "1 chosen person" in reading.words(answer)
    rule = notice_rules.rules(acme)["seats_full"]
    assert (rule.audience, rule.mail, rule.in_page) == ("chosen", True, False)


def test_nobody_chosen_is_said_at_the_field_and_nothing_is_lost(acme: Team, browser: Client) -> None:
    make.sign_in(browser, "adam@acme.test")

    answer = make.press(browser, f"{RULES}seats_full/set/", acme, audience="chosen", mail="on")

    assert answer.status_code == 400
    assert "Choose at least one person." in reading.words(answer)
    assert reading.page(answer).xpath("//input[@name='mail']/@checked")


def test_what_concerns_security_is_drawn_closed_and_stays_on(acme: Team, browser: Client) -> None:
    make.sign_in(browser, "adam@acme.test")
    page = reading.page(browser.get(f"{RULES}rescue_code_used/"))

    make.press(browser, f"{RULES}rescue_code_used/set/", acme, audience="admins")

    assert len(page.xpath("//input[@type='checkbox'][@disabled][@checked]")) == 2
    assert notice_rules.rules(acme)["rescue_code_used"].mail
    assert notice_rules.rules(acme)["rescue_code_used"].audience == "admins"


def test_an_auditor_reads_and_is_offered_no_change(acme: Team, browser: Client) -> None:
    make.member(acme, "aud@acme.test", role=Role.AUDITOR)
    make.sign_in(browser, "aud@acme.test")

    assert "Changing it takes an admin." in reading.words(browser.get(RULES))
    assert reading.actions(browser.get(RULES)) == []
    rule = browser.get(f"{RULES}seats_full/")
    assert reading.closed(rule, "Save").startswith("You can read this page.")
    fields = reading.page(rule).xpath("//main//form//*[self::input or self::select][not(@type='hidden')]")
    assert [field.name for field in fields if not field.xpath("ancestor::fieldset[@disabled]")] == []
    assert fields


def test_somebody_turns_mail_off_for_themself(acme: Team, browser: Client) -> None:
    make.sign_in(browser, "olga@acme.test")
    everything = [name for name in registry.notices if name != "people_waiting"]

    answer = browser.post(f"{MINE}save/", {"team": str(acme.pk), "mail": everything}, follow=True)

    assert notice_rules.no_mail_for(make.who(acme, "olga")) == {"people_waiting"}
    assert not reading.page(answer).xpath("//input[@value='people_waiting']/@checked")
    assert reading.page(answer).xpath("//input[@value='owner_held']/@disabled")
