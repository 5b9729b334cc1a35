"""The journal in words."""

import csv
import io
import json
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from portal.pages.journal import asked
from portal.teams import journal, owners
from portal.teams.acts import KINDS
from portal.teams.models import Event, Team
from portal.teams.sentences import in_words
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


# ── What is looked for ───────────────────────────────────────────────────────────────────────────────────────────────
def test_what_it_is_about_door_and_result_can_be_asked_for_together(acme: Team, olgas: Client) -> None:
    make.suspend(acme, make.who(acme, "mia"))
    make.scim_on(acme)

    assert rows(olgas, "?what=scim") == ["olga@acme.test turned SCIM on"]
    assert "olga@acme.test suspended Mia Lund" in rows(olgas, "?what=people&door=dashboard&refused=0")
    assert rows(olgas, "?what=people&door=scim") == rows(olgas, "?what=people&refused=1") == []


def test_days_are_those_of_the_teams_time_zone_and_count_whole(acme: Team, olgas: Client) -> None:
    Team.every_team.filter(pk=acme.pk).update(time_zone="Pacific/Auckland")
    with time_machine.travel("2027-03-09 23:30+00:00", tick=False):
        make.suspend(acme, make.who(acme, "mia"))
    with time_machine.travel("2027-03-10 13:00+00:00", tick=False):
        make.member(acme, "late@acme.test")
        make.sign_in(olgas, "olga@acme.test")
        found = [rows(olgas, f"?since={day}&until={day}") for day in ("2027-03-09", "2027-03-10", "2027-03-11")]

    assert found[0] == []
    assert found[1] == ["olga@acme.test suspended Mia Lund"]
    assert found[2] == ["olga@acme.test added late@acme.test"]


@pytest.mark.parametrize(
    "query",
    [
        "?since=x&until=2026-13-45", "?since=0001-01-01", "?until=9999-12-31", "?what=cats&door=window&refused=7",
        "?since=2026-05-02&until=2026-05-01", "?who=" + "x" * 5000, "?before=0",
    ],
)  # fmt: skip
def test_nonsense_in_the_filters_is_passed_over(olgas: Client, query: str) -> None:
    assert olgas.get(f"/log/audit/{query}").status_code == 200


def many(team: Team, number: int) -> None:
    """Fill the journal with this many events of one kind, the oldest of them Zoe's."""
    first = make.fresh(team).last_event + 1
    facts = {"team": team, "at": timezone.now(), "kind": "member.updated", "door": "scim", "actor": "SCIM"}
    Event.every_team.bulk_create(
        [Event(number=first + n, subject="Zoe" if n == 0 else "Bo", **facts) for n in range(number)], batch_size=5000
    )
    Team.every_team.filter(pk=team.pk).update(last_event=first + number - 1)


def test_a_rare_word_is_looked_for_so_far_and_then_on_request(
    acme: Team, olgas: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asked, "FIRST_WINDOW", 20)
    monkeypatch.setattr(asked, "MOST_AT_ONCE", 100)
    many(acme, 250)
    first = reading.page(olgas.get("/log/audit/?q=zoe"))

    further = [str(first.xpath("//nav[@aria-label='Pages']//a/@href")[-1])]
    for _ in range(2):
        drawn = reading.page(olgas.get(f"/log/audit/{further[-1]}"))
        further += drawn.xpath("//nav[@aria-label='Pages']//a[contains(., 'further')]/@href")

    assert "Nothing so far" in first.text_content() and "Looked through everything since" in first.text_content()
    assert len(drawn.xpath("//tbody/tr")) == 1 and "Zoe" in drawn.xpath("//tbody")[0].text_content()


def test_a_page_asks_the_database_no_more_often_in_a_long_journal(
    acme: Team, olgas: Client, django_assert_max_num_queries: Any
) -> None:
    many(acme, 500)
    with CaptureQueriesContext(connection) as short:
        olgas.get("/log/audit/?refused=0")
    many(acme, 30_000)

    with django_assert_max_num_queries(len(short)):
        olgas.get("/log/audit/?refused=0")


# ── Taking it away ───────────────────────────────────────────────────────────────────────────────────────────────────
def test_the_exports_give_all_of_what_is_asked_for(acme: Team, olgas: Client) -> None:
    many(acme, 1200)
    query = "?what=people&door=scim"

    table = list(csv.DictReader(io.StringIO(body(olgas.get(f"/log/audit/export.csv{query}")))))
    lines = [json.loads(line) for line in body(olgas.get(f"/log/audit/export.jsonl{query}")).splitlines()]

    assert len(table) == len(lines) == 1200
    assert table[0]["what"] == lines[0]["what"] == "SCIM updated Bo"
    assert [row["number"] for row in table] == [str(line["number"]) for line in lines]
    assert lines[0]["number"] > lines[-1]["number"]


def test_a_cell_that_a_spreadsheet_would_run_is_disarmed(acme: Team, olgas: Client) -> None:
    make.member(acme, "eve@acme.test", given_name="=cmd|1", family_name="x")

    assert "\n'=" in body(olgas.get("/log/audit/export.csv")).replace(",", "\n")


def test_a_stranger_takes_nothing_of_it_away(acme: Team, globex: Team, browser: Client) -> None:
    make.sign_in(browser, "greg@globex.test")

    assert "acme" not in body(browser.get("/log/audit/export.jsonl"))


def body(answer: Any) -> str:
    """What a streamed file holds."""
    return b"".join(answer.streaming_content).decode()


# ── The check of the day ─────────────────────────────────────────────────────────────────────────────────────────────
def test_the_days_check_is_shown(acme: Team, olgas: Client) -> None:
    before = reading.words(olgas.get("/log/audit/"))

    journal.check_due()

    assert "the first check is due" in before
    assert "Journal checked just now: no gap." in reading.words(olgas.get("/log/audit/"))


def test_a_gap_is_told(acme: Team, olgas: Client) -> None:
    Team.every_team.filter(pk=acme.pk).update(last_event=99)
    make.member(acme, "late@acme.test")

    journal.check_due()

    assert "The check of the journal found something." in reading.words(olgas.get("/log/audit/"))


def test_a_journal_is_checked_once_a_day(acme: Team) -> None:
    journal.check_due()
    first = make.fresh(acme).journal_checked_at

    journal.check_due()

    assert make.fresh(acme).journal_checked_at == first
