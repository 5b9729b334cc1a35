"""The list of members as CSV."""

import csv
import io
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from portal.pages.members import export
from portal.teams import roster
from portal.teams.actor import Role
from portal.teams.models import Team
from tests import make


@pytest.fixture
def olgas(acme: Team, browser: Client) -> Client:
    """Olga's browser, signed in."""
    return make.sign_in(browser, "olga@acme.test")


def table(client: Client, query: str = "") -> list[dict[str, Any]]:
    """Read the file."""
    answer = client.get(f"/members/export.csv?{query}")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode())))  # type: ignore[attr-defined]


def test_the_file_says_what_the_list_shows_and_the_ids(acme: Team, olgas: Client) -> None:
    mia = make.who(acme, "mia")
    make.group(acme, "Leads", mia, gives=Role.ADMIN)

    rows = {row["email"]: row for row in table(olgas)}

    assert rows["mia@acme.test"] == {
        "name": "Mia Lund", "given_name": "Mia", "family_name": "Lund", "email": "mia@acme.test",
        "user_name": "mia@acme.test", "external_id": "", "role": "member", "role_by_group": "admin", "groups": "Leads",
        "status": "Active", "seat_since": mia.seat.since.isoformat(timespec="seconds"), "source": "By hand",
        "last_sign_in": "", "id": str(mia.pk),
    }  # fmt: skip
    assert set(rows) == {"olga@acme.test", "adam@acme.test", "mia@acme.test"}


def test_the_file_follows_filters_order_and_ticks(acme: Team, olgas: Client) -> None:
    mia, adam = make.who(acme, "mia"), make.who(acme, "adam")

    assert [row["name"] for row in table(olgas, "sort=-name")] == ["olga@acme.test", "Mia Lund", "Adam"]
    assert [row["name"] for row in table(olgas, "role=admin")] == ["Adam"]
    assert [row["name"] for row in table(olgas, f"who={mia.pk}&who={adam.pk}&q=nobody")] == ["Adam", "Mia Lund"]
    assert [row["name"] for row in table(olgas, f"who={mia.pk}&all=1&role=admin")] == ["Adam"]
    led = olgas.get(f"/members/many/?act=export&who={mia.pk}")
    assert led["Location"] == f"/members/export.csv?act=export&who={mia.pk}"


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@x", "\tx", "\rx"])
def test_a_cell_that_a_spreadsheet_would_run_is_defused(acme: Team, olgas: Client, name: str) -> None:
    make.member(acme, "evil@acme.test", display_name=name)

    assert {row["name"] for row in table(olgas, "q=evil")} == {f"'{name}"}


def test_a_long_list_is_read_piece_by_piece(acme: Team, olgas: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(9):
        person = {"user_name": f"p{number}@acme.test", "email": f"p{number}@acme.test", "active": False}
        roster.add(acme, make.BY_OPERATOR, person)
    whole = table(olgas, "sort=-seat")

    def pieces(size: int) -> int:
        monkeypatch.setattr(export, "AT_ONCE", size)
        with CaptureQueriesContext(connection) as asked:
            assert table(olgas, "sort=-seat") == whole
        return len(asked)

    assert len(whole) == 12
    assert pieces(5) - pieces(100) <= 2 * 6


def test_the_file_of_a_team_holds_nobody_else(acme: Team, globex: Team, olgas: Client) -> None:
    greg = make.who(globex, "greg")

    assert table(olgas, f"who={greg.pk}") == []
