"""The single sign-on panel: how people arrive, and whose identity is whose."""

import pytest
from django.test import Client

from portal.teams.actor import Role
from portal.teams.models import Team
from sso import connection
from sso.models import Subject
from tests import make
from tests.pages import reading
from tests.sso.panels import PANEL, as_owner, attempt, send


# ── How people arrive ────────────────────────────────────────────────────────────────────────────────────────────────
def test_adding_people_at_their_first_sign_in_is_switched(acme: Team, browser: Client) -> None:
    as_owner(browser)

    send(browser, acme, "jit", on="0")
    page = browser.get(PANEL)
    send(browser, acme, "jit", on="1")

    assert "refused until an admin assigns one" in reading.words(page)
    assert make.fresh(acme).jit_on


def test_while_scim_is_on_the_first_sign_in_adds_nobody(acme: Team, browser: Client) -> None:
    make.scim_on(acme)

    reason = reading.closed(as_owner(browser).get(PANEL), "Stop adding people")
    answer = send(browser, acme, "jit", on="0")

    assert reason == "SCIM is on: the directory decides who is in the team."
    assert (answer.status_code, reason in reading.words(answer), make.fresh(acme).jit_on) == (409, True, True)


@pytest.mark.parametrize(("chosen", "status"), [("accepted", 302), ("refused", 302), ("whatever", 400)])
def test_the_answer_to_unasked_sign_ins_is_chosen(acme: Team, browser: Client, chosen: str, status: int) -> None:
    as_owner(browser)

    answer = send(browser, acme, "idp-initiated", answer=chosen)
    ticked = reading.page(browser.get(PANEL)).xpath("//input[@name='answer' and @checked]/@value")

    assert answer.status_code == status
    assert ticked == [chosen if status == 302 else "converted"]


# ── Identities ───────────────────────────────────────────────────────────────────────────────────────────────────────
def unconfirmed(team: Team) -> Subject:
    """Adam's identity at the identity provider, which nobody has confirmed."""
    row = connection.of(team)
    adam = make.who(team, "adam")
    made: Subject = Subject.every_team.create(
        connection=row, idp_entity_id=row.idp_entity_id, name_id="adam-7", member=adam
    )
    return made


def test_an_owner_confirms_an_identity(acme: Team, browser: Client) -> None:
    make.connect_idp(acme)
    subject = unconfirmed(acme)
    as_owner(browser)

    words = reading.words(browser.get(PANEL))
    send(browser, acme, f"subjects/{subject.pk}/confirm")
    subject.refresh_from_db()

    assert "The identity provider calls them adam-7." in words
    assert subject.confirmed_at is not None
    assert "Identities to confirm" not in reading.words(browser.get(PANEL))


def test_an_owner_lets_somebody_link_again(acme: Team, browser: Client) -> None:
    make.connect_idp(acme)
    adam = make.who(acme, "adam")
    attempt(acme, "link_needed", "New here.", member=adam)
    as_owner(browser)

    before = browser.get(PANEL)
    send(browser, acme, f"members/{adam.pk}/link-again")

    assert f"{PANEL}members/{adam.pk}/link-again/" in reading.actions(before)
    assert "Identities to confirm" not in reading.words(browser.get(PANEL))


def test_somebody_who_signed_in_since_needs_no_new_link(acme: Team, browser: Client) -> None:
    make.connect_idp(acme)
    attempt(acme, "link_needed", "New here.", member=make.who(acme, "adam"))
    attempt(acme, "ok", member=make.who(acme, "adam"))

    assert "Link again" not in reading.words(as_owner(browser).get(PANEL))


def test_only_owners_see_identities(acme: Team, browser: Client) -> None:
    make.connect_idp(acme)
    subject = unconfirmed(acme)
    make.member(acme, "amy@acme.test", role=Role.ADMIN)
    make.sign_in(browser, "amy@acme.test")

    page, answer = browser.get(PANEL), send(browser, acme, f"subjects/{subject.pk}/confirm")

    assert "adam-7" not in reading.words(page)
    assert answer.status_code == 403
