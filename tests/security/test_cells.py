"""No cell of any export is a formula: every table there is, in a team whose names are formulas."""

import csv
import io
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from portal.take_away import FORMULA
from portal.teams.models import Team
from tests import make
from tests.scim.idp import connect, person
from tests.test_roles import READ, address

EXPORTS = {"members_export", "audit_csv", "plan_ledger_csv", "sso:log_csv", "scim:log_csv"}
# Each way in which a spreadsheet begins a formula, the wide signs of Japanese keyboards too.
BEGINNINGS = ["=1+1", "+1", "-1+1", "@SUM(1)", "\t=1", "＝1+1", "＋1", "－1", "＠SUM(1)"]


@pytest.fixture
def exports(acme: Team) -> dict[str, list[list[str]]]:
    """Every table, after a directory, an identity provider and a caller wrote formulas."""
    idp = make.connect_idp(acme)
    cache.clear()
    for beginning in BEGINNINGS[:4]:
        browser = Client(headers={"User-Agent": beginning})
        said = {"email": "mia@acme.test", "firstName": beginning, "lastName": beginning}
        make.sso_sign_in(browser, acme, idp, "mia@acme.test", attributes=said)
        make.sso_sign_in(browser, acme, idp, "mia@acme.test", audience=beginning)
    directory = connect(acme)
    for number, beginning in enumerate(BEGINNINGS[:4] + BEGINNINGS[5:7]):
        mail = [{"value": f"f{number}@acme.test", "primary": True}]
        name = {"givenName": beginning, "familyName": beginning}
        directory.post(
            person(beginning, name=name, displayName=beginning, emails=mail, externalId=beginning), User_Agent=beginning
        )
    directory.group("=group", f"/Users/{make.who(acme, 'f0').pk}")
    olga = make.sign_in(Client(), "olga@acme.test")
    return {name: rows(olga.get(address(name))) for name in EXPORTS}


def rows(answer: Any) -> list[list[str]]:
    """Read a table as a spreadsheet does."""
    text = b"".join(answer.streaming_content).decode() if answer.streaming else answer.content.decode()
    return list(csv.reader(io.StringIO(text)))


def test_every_table_there_is_was_taken_away() -> None:
    assert {name for name in READ if name.endswith(("csv", "export"))} == EXPORTS


def test_no_cell_is_a_formula(exports: dict[str, list[list[str]]]) -> None:
    formulas = {
        name: [cell for row in table for cell in row if cell.startswith(tuple("=+-@\t\r\n＝＋－＠"))]
        for name, table in exports.items()
    }  # fmt: skip

    assert {name: cells for name, cells in formulas.items() if cells} == {}
    assert sum(any(cell.startswith("'=") for row in table for cell in row) for table in exports.values()) >= 3


@pytest.mark.parametrize("beginning", BEGINNINGS)
def test_each_beginning_is_known(beginning: str) -> None:
    assert beginning.startswith(FORMULA)
