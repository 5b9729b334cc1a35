"""The seat rule over SCIM (requirements 10 and 11, spec rule 2)."""

from typing import Any

import pytest

from portal.teams import seats
from portal.teams.models import Event, Team, Waiting
from portal.teams.seats import Tally
from scim.models import Exchange
from tests import make
from tests.scim.idp import USER, Idp, at, person
from tests.scim.test_order import fill
from tests.teams import journal

FULL = (
    "No unassigned seats left in team Acme: {n} of {n} seats are in use. Unassign a user or add seats, then retry."
)  # fmt: skip


def waiting(team: Team) -> list[tuple[str, int]]:
    """Who waits for a seat, and how often they were refused."""
    return list(Waiting.every_team.filter(team=team).order_by("label").values_list("label", "times"))


def refusals(team: Team) -> list[Any]:
    """What the journal holds of refusals."""
    return list(Event.every_team.filter(team=team, refused=True).order_by("number"))


def test_a_create_without_a_free_seat_is_403_with_the_numbers_and_no_scim_type(idp: Idp, acme: Team) -> None:
    """Requirement 10."""
    fill(acme)

    answer = idp.post(person("nina"))

    assert answer.status == 403
    assert answer.body == {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
        "status": "403",
        "detail": FULL.format(n=3),
    }


def test_a_refused_create_stores_nobody(idp: Idp, acme: Team) -> None:
    """Requirement 10."""
    fill(acme)

    idp.post(person("nina"))

    assert idp.find('userName eq "nina"') == []
    assert seats.tally(acme) == Tally(bought=3, assigned=3)


def test_the_log_and_the_journal_tell_a_refusal_in_the_same_words(idp: Idp, acme: Team) -> None:
    """Requirement 29."""
    fill(acme)

    said = idp.post(person("nina")).detail

    row, event = Exchange.every_team.get(team=acme), refusals(acme)[0]
    assert (row.words, row.subject, row.status) == (said, "nina@acme.test", 403)
    assert (event.data["reason"], event.subject, event.door) == (said, "nina@acme.test", "scim")


def test_who_was_refused_waits_once_however_often_their_directory_retries(idp: Idp, acme: Team) -> None:
    fill(acme)

    for _ in range(3):
        idp.post(person("nina"))

    assert waiting(acme) == [("nina@acme.test", 3)]


def test_who_gets_a_seat_waits_no_longer(idp: Idp, acme: Team) -> None:
    fill(acme)
    idp.post(person("nina"))
    seats.resize(acme, make.BY_OPERATOR, 4)

    assert idp.post(person("nina")).status == 201
    assert waiting(acme) == []


@pytest.mark.parametrize("emails", [[], [{"value": "nina@acme.test"}]])
def test_who_was_refused_to_come_back_waits_until_they_do(idp: Idp, acme: Team, emails: Any) -> None:
    path = idp.make("nina", active=False, displayName="Nina Displayed", emails=emails)
    fill(acme)
    assert idp.active(path, True).status == 403
    assert len(waiting(acme)) == 1
    seats.resize(acme, make.BY_OPERATOR, 4)

    assert idp.active(path, True).status == 200
    assert waiting(acme) == []


@pytest.mark.parametrize("again", ["the whole", "active alone"])
def test_who_was_refused_with_a_new_name_waits_under_the_one_they_keep_until_they_are_seated(
    idp: Idp, acme: Team, again: str
) -> None:
    path = idp.make("nina", active=False, displayName="Nina Old")
    anew = person("nina", displayName="Nina New", emails=[{"value": "new@acme.test"}])
    fill(acme)
    assert idp.put(path, anew).status == 403
    assert waiting(acme) == [("nina@acme.test", 1)]
    assert refusals(acme)[-1].subject == Exchange.every_team.filter(team=acme).latest("at").subject == "Nina Old"
    seats.resize(acme, make.BY_OPERATOR, 4)

    assert (idp.put(path, anew) if again == "the whole" else idp.active(path, True)).status == 200
    assert waiting(acme) == []


def test_an_inactive_create_needs_no_seat(idp: Idp, acme: Team) -> None:
    """Requirement 10."""
    fill(acme)

    answer = idp.post(person("nina", active=False))

    assert (answer.status, answer.body["active"]) == (201, False)


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_a_reactivation_needs_a_seat(idp: Idp, acme: Team, method: str) -> None:
    """Requirement 10."""
    path = idp.make("nina", active=False)
    fill(acme)

    answer = idp.put(path, person("nina", title="Lead")) if method == "PUT" else idp.active(path, "True")

    assert (answer.status, answer.detail) == (403, FULL.format(n=3))
    assert not at(path).active
    assert at(path).version == 1


def test_updating_who_holds_a_seat_needs_none(idp: Idp, acme: Team) -> None:
    """Requirement 10."""
    path = idp.make("nina")
    fill(acme)

    assert idp.put(path, person("nina", title="Lead")).status == 200
    assert idp.active(path, True).status == 200


@pytest.mark.parametrize("leaving", ["deactivated", "deleted"])
def test_who_leaves_frees_their_seat_at_once(idp: Idp, acme: Team, leaving: str) -> None:
    """Requirement 10."""
    path = idp.make("nina")
    fill(acme)

    if leaving == "deleted":
        idp.delete(path)
    else:
        idp.active(path, False)

    assert idp.post(person("omar")).status == 201


def test_nobody_is_evicted_for_somebody_new(idp: Idp, acme: Team) -> None:
    """Requirement 10."""
    path = idp.make("nina")
    fill(acme)

    idp.post(person("omar"))

    assert at(path).active


def test_jumpclouds_connection_test_in_a_full_team_is_told_why_it_fails(idp: Idp, acme: Team) -> None:
    """Requirement 11: its test user needs a free seat."""
    fill(acme)

    answer = idp.post({"schemas": [USER], "userName": "jumpcloud-test", "active": True})

    assert answer.detail == FULL.format(n=3)
    assert waiting(acme) == [("jumpcloud-test", 1)]


def test_a_refusal_is_one_event(idp: Idp, acme: Team) -> None:
    fill(acme)
    before = len(journal.kinds(acme))

    idp.post(person("nina"))

    assert journal.kinds(acme)[before:] == ["act.refused"]
