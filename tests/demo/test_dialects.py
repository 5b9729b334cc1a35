"""Each dialect sends what scim.md says of its identity provider: the whole life of a person and a group, as data."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from portal.demo import groups, provisioning
from portal.demo.dialects import DIALECTS
from portal.demo.state import State
from portal.demo.wire import Outcome
from tests.demo.application import Application

FILES = Path(__file__).parent / "dialects"
OTTO, NORA, SALES = "otto@northwind.test", "nora@northwind.test", "Sales"
NOBODY = "00000000-0000-4000-8000-000000000000"


def person(state: State) -> Any:
    return state.person(OTTO)


def joins(state: State) -> Outcome:
    """Otto, who is pushed, is the group's only member."""
    state.groups[1].members = [OTTO]
    return groups.push(state, state.groups[1])


def leaves(state: State) -> Outcome:
    state.groups[1].members = []
    return groups.push(state, state.groups[1])


ACTS: dict[str, Callable[[State], Outcome]] = {
    "test connection": provisioning.test_connection,
    "push somebody new": lambda state: provisioning.push(state, person(state)),
    "change the family name": lambda state: provisioning.rename(state, person(state), "Brandt-Weiß"),
    "deactivate": lambda state: provisioning.set_active(state, person(state), False),
    "activate": lambda state: provisioning.set_active(state, person(state), True),
    "push a group with a member": joins,
    "take the member out": leaves,
    "detach the group": lambda state: groups.detach(state, state.groups[1]),
    "import": provisioning.import_people,
    "delete": lambda state: provisioning.delete(state, person(state)),
}


def played(application: Application, state: State, dialect: str) -> list[dict[str, Any]]:
    """Do everything once and return what was sent for each act."""
    state.dialect = dialect
    lines = []
    for name, act in ACTS.items():
        with patch("portal.demo.provisioning.uuid4", return_value=NOBODY):
            outcome = act(state)
        lines.append({"do": name, "ok": outcome.ok, "sent": application.take()})
    return lines


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_dialect_sends_what_its_identity_provider_sends(application: Application, state: State, dialect: str) -> None:
    expected = json.loads((FILES / f"{dialect}.json").read_text())

    assert played(application, state, dialect) == expected


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_request_carries_the_dialects_own_headers(application: Application, state: State, dialect: str) -> None:
    played(application, state, dialect)

    agent, media = DIALECTS[dialect].agent, DIALECTS[dialect].media
    seen = {(each["User-Agent"], each["Content-Type"], each["Authorization"]) for each in application.headers}
    assert seen == {(agent, media, "Bearer sgs_0123456789")}


def test_okta_never_deletes_and_entra_never_imports(application: Application, state: State) -> None:
    okta = {line["do"]: line for line in played(application, state, "okta")}
    entra = {line["do"]: line for line in played(application, state, "entra")}

    assert (okta["delete"]["ok"], okta["delete"]["sent"]) == (False, [])
    assert (entra["import"]["ok"], entra["import"]["sent"]) == (False, [])


def test_jumpcloud_sends_a_username_that_is_no_email_for_the_same_person(
    application: Application, state: State
) -> None:
    state.dialect = "jumpcloud"

    provisioning.push(state, person(state))

    created = application.take()[-1]["body"]
    assert (created["userName"], created["emails"][0]["value"]) == ("otto", OTTO)


def test_a_change_of_dialect_keeps_the_person_it_pushed(application: Application, state: State) -> None:
    provisioning.push(state, person(state))
    application.take()

    for dialect in DIALECTS:
        state.dialect = dialect
        provisioning.push(state, person(state))

    assert [each for each in application.take() if each["send"][0] == "POST"] == []
