"""Every form of every page, filled in with what nobody means: a polite no, and never a fault of ours."""

import os

import pytest
from django.core.cache import cache
from django.test import Client

from portal.teams.models import Team
from tests import make
from tests.security import hostile
from tests.security.hostile import Form

LONG = bool(os.environ.get("SEATGATE_LONG"))
# So many forms are met at least: a walk that finds none proves nothing.
MET = {"an owner": 30, "an operator": 5, "nobody": 3}
# What is written into every field at once; with --long also into one field after the other.
WRITTEN = [
    "x" * 100_000,
    "a\x00b",
    "9" * 40,
    "é" * 400 + "\uffff\u202e",
    "0001-01-01",
    "[" * 5_000,
    "<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
]
MORE = [
    "", "-1", "٣", "1e999", "NaN", "'\"><script>", "a@" + "b" * 400 + ".test", "https://" + "x" * 3_000, "9999-12-31",
    "2026-99-99", "../../etc/passwd", "%00", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----",
]  # fmt: skip


@pytest.fixture
def furnished(acme: Team, monkeypatch: pytest.MonkeyPatch) -> Team:
    """Acme with a row of each kind; names lead to an address of the internet that nobody calls."""
    monkeypatch.setattr("portal.outbound.http.look_up", lambda host, port: ["93.184.215.14"])
    hostile.furnish(acme)
    cache.clear()
    return acme


def browsers(team: Team) -> dict[str, tuple[Client, list[Form]]]:
    """An owner, an operator and somebody who signs in, each with the forms they meet."""
    olga, otto, nobody = (Client(raise_request_exception=False) for _ in range(3))
    make.sign_in(olga, "olga@acme.test")
    make.at_operator_pages(otto)
    nobody.post("/sign-in/", {"who": "mia@acme.test", "by_code": "1"})
    met = {
        "an owner": (olga, hostile.paths(team)),
        "an operator": (otto, list(hostile.OPERATOR_PAGES)),
        "nobody": (nobody, list(hostile.OUTSIDE)),
    }
    return {who: (client, list(hostile.forms(client, pages))) for who, (client, pages) in met.items()}


def faults(client: Client, form: Form, value: str) -> list[str]:
    """Send a form so filled in, and undo what came of it; name what was answered by a fault of ours."""
    found = []
    filled = [form.filled(value)]
    if LONG:
        filled += [dict(form.fields) | {name: value} for name in form.written]
    for fields in filled:
        with make.undone():
            answer = client.post(form.action, fields)
        if answer.status_code >= 500:
            found.append(f"{form.page}: {form.action} {value[:20]!r} {answer.status_code}")
    return found


def test_no_form_breaks_whatever_is_written_into_it(furnished: Team) -> None:
    met = browsers(furnished)

    found = [
        fault
        for client, forms in met.values() for form in forms for value in (WRITTEN + MORE if LONG else WRITTEN)
        for fault in faults(client, form, value)
    ]  # fmt: skip

    assert {who: len(forms) >= MET[who] for who, (_, forms) in met.items()} == dict.fromkeys(MET, True)
    assert found == []


@pytest.mark.parametrize("size", [1_200_000, 3_000_000])
def test_a_form_larger_than_a_mebibyte_is_refused_unread(furnished: Team, size: int) -> None:
    for client, forms in browsers(furnished).values():
        answer = client.post(forms[0].action, dict(forms[0].fields) | {"who": "x" * size})

        assert answer.status_code in (400, 413)


def test_a_form_of_thousands_of_fields_is_refused(furnished: Team) -> None:
    for client, forms in browsers(furnished).values():
        answer = client.post(forms[0].action, {f"field{number}": "x" for number in range(5_000)})

        assert answer.status_code == 400
