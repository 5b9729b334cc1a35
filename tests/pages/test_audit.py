"""The journal in words."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from portal.pages.audit import in_words
from portal.teams import owners
from portal.teams.acts import KINDS
from portal.teams.models import Event, Team
from tests import make
from tests.pages import reading


@pytest.fixture
def olgas(acme: Team, browser: Client) -> Client:
    """Olga's browser, signed in."""
    return make.sign_in(browser, "olga@acme.test")


def rows(client: Client, query: str = "") -> list[str]:
    """What the journal's rows say."""
    drawn = reading.page(client.get(f"/log/audit/{query}"))
    return [" ".join(cell.text_content().split()) for cell in drawn.xpath("//tbody//th")]


def event(kind: str, **data: Any) -> Event:
    """An event of a kind, not stored."""
    return Event(kind=kind, actor="Ada", subject="Bo", data=data, at=datetime.now(UTC))


def test_a_change_is_said_with_actor_subject_and_data(acme: Team, olgas: Client) -> None:
    owners.set_role(acme, make.as_owner(acme), make.who(acme, "mia").pk, owners.Role.AUDITOR)

    assert rows(olgas)[0] == "olga@acme.test changed the role of Mia Lund from member to auditor"


def test_an_unknown_kind_is_shown_by_its_name() -> None:
    assert in_words(event("planet.moved")) == "Ada: planet.moved Bo"


def test_missing_data_leaves_a_dash() -> None:
    assert in_words(event("role.changed", before="member")) == "Ada changed the role of Bo from member to –"


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_declared_kind_can_be_said_without_its_data(kind: str) -> None:
    assert "{" not in in_words(event(kind))


def test_braces_in_a_name_stay_braces() -> None:
    odd = Event(kind="member.added", actor="{0} {reason}", subject="{actor.__class__}", data={})

    assert in_words(odd) == "{0} {reason} added {actor.__class__}"


def test_a_refusal_is_marked_and_can_be_asked_for_alone(acme: Team, olgas: Client) -> None:
    make.press(olgas, f"/members/{make.who(acme, 'olga').pk}/unassign/", acme)

    found = reading.page(olgas.get("/log/audit/?refused=1"))

    assert len(found.xpath("//tbody/tr")) == 1
    assert "Refused" in found.xpath("//tbody/tr")[0].text_content()
    assert len(rows(olgas)) > 1


def test_one_persons_events_can_be_asked_for(acme: Team, olgas: Client) -> None:
    make.suspend(acme, make.who(acme, "mia"))

    by_id, by_name = rows(olgas, f"?who={make.who(acme, 'mia').pk}"), rows(olgas, "?q=mia")

    assert by_id == ["olga@acme.test suspended Mia Lund", "olga@acme.test added Mia Lund"]
    assert by_name == by_id


def test_older_events_follow_without_gap_or_repetition(acme: Team, olgas: Client) -> None:
    for number in range(60):
        make.press(olgas, f"/members/{make.who(acme, 'olga').pk}/role/", acme, role=["admin", "member"][number % 2])
    first = reading.page(olgas.get("/log/audit/?refused=1"))

    older = first.xpath("//nav[@aria-label='Pages']//a/@href")

    assert len(first.xpath("//tbody/tr")) == 50
    assert len(rows(olgas, older[0])) == 10
    assert "refused=1" in older[0]


@pytest.mark.parametrize(
    "query", ["?before=x", "?before=-1", "?before=9" + "9" * 40, "?before=²", "?q=%00", "?who=%00"]
)
def test_nonsense_in_the_address_is_no_fault_of_ours(olgas: Client, query: str) -> None:
    assert olgas.get(f"/log/audit/{query}").status_code == 200


def test_a_stranger_reads_nothing_of_this_journal(acme: Team, globex: Team, browser: Client) -> None:
    make.sign_in(browser, "greg@globex.test")

    assert "acme" not in reading.words(browser.get("/log/audit/"))


def test_a_member_may_not_read_the_journal(acme: Team, browser: Client) -> None:
    make.sign_in(browser, "mia@acme.test")

    assert browser.get("/log/audit/").status_code == 403
