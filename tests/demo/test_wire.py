"""Whatever an application answers, the person who pressed the button reads a sentence, and the exchange is kept."""

import json

import pytest

from portal.demo import groups, provisioning
from portal.demo.state import KEPT, State
from tests.demo.application import Answer, Application, obliging, scim

ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
FULL = "No unassigned seats left in team Acme: 5 of 5 seats are in use. Unassign a user or add seats, then retry."


def refusing(status: int, detail: str) -> Answer:
    return scim(status, {"schemas": [ERROR], "status": str(status), "detail": detail})


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ((200, "text/html; charset=utf-8", "<h1>Hello</h1>"), "A web page came back (200), not SCIM."),
        ((404, "text/html", "<h1>Not found</h1>"), "A web page came back (404), not SCIM."),
        ((302, "http://elsewhere.example/", ""), "The application sends us on (302) instead of answering."),
        (refusing(401, "The token is not known."), "The application refused the token (401): The token is not known."),
        (refusing(403, "SCIM is off."), "Refused (403): SCIM is off."),
        ((500, "application/scim+json", ""), "Refused (500): no reason given"),
        ((200, "application/scim+json", "[1]"), "What came back is no SCIM answer."),
        ((200, "application/scim+json", "[" * 50_000), "What came back is no SCIM answer."),
    ],
)
def test_an_odd_answer_is_told_in_a_sentence(
    application: Application, state: State, answer: Answer, words: str
) -> None:
    application.answer = lambda method, path: answer

    outcome = provisioning.push(state, state.people[0])

    assert words in outcome.words
    assert outcome.ok is False
    assert len(state.log) >= 1


def test_an_application_that_is_down_is_told_in_a_sentence(state: State) -> None:
    state.scim_url = "http://127.0.0.1:9"

    outcome = provisioning.test_connection(state)

    assert outcome.words.startswith("Nobody answers at http://127.0.0.1:9/ResourceTypes. Is the portal running?")
    assert state.log[0].status == 0


def test_without_a_connection_nothing_is_sent(application: Application, state: State) -> None:
    state.scim_token = ""

    outcome = provisioning.push(state, state.people[0])

    assert outcome.words == "Connect the application first: paste its SCIM base URL and token."
    assert application.take() == []


@pytest.mark.parametrize("url", ["http://192.0.2.1/scim", "http://localhost.example/scim", "file:///etc/passwd"])
def test_only_this_machine_is_spoken_to(state: State, url: str) -> None:
    state.scim_url = url

    outcome = provisioning.push(state, state.people[0])

    assert outcome.words.startswith("The practice IdP talks to this machine only")


def test_a_redirect_is_not_followed(application: Application, state: State) -> None:
    application.answer = lambda method, path: (302, f"{application.url}/elsewhere", "")

    provisioning.test_connection(state)

    assert [each["send"][1] for each in application.take()] == ["/ResourceTypes"]


def test_an_exchange_shows_the_request_and_the_answer_but_not_the_token(application: Application, state: State) -> None:
    provisioning.push(state, state.people[0])

    created = state.log[0]
    assert created.sent.startswith("POST /Users\nUser-Agent: ")
    assert json.loads(created.sent.partition("\n\n")[2])["userName"] == "ada"
    assert created.answer.startswith("HTTP 201\nContent-Type: application/scim+json")
    assert state.scim_token not in created.sent


def test_the_log_keeps_the_last_twenty_newest_first(application: Application, state: State) -> None:
    provisioning.over_push(state)

    assert len(state.log) == KEPT
    assert state.log[0].act == "Push Ada Okafor"
    assert state.log[0].when >= state.log[-1].when


def test_pushing_until_refused_ends_with_the_refusal(application: Application, state: State) -> None:
    full_after = iter([False, False, True])
    application.answer = lambda method, path: (
        refusing(403, FULL) if method == "POST" and next(full_after) else obliging(method, path)
    )

    outcome = provisioning.over_push(state)

    assert outcome.words == f"Pushed: Otto Brandt, Nora Quinn. Malik Aziz: Refused (403): {FULL}"
    assert [person.given_name for person in state.people if person.scim_id] == ["Nora", "Otto"]


def test_a_person_the_application_lost_is_created_again(application: Application, state: State) -> None:
    state.dialect, state.people[0].scim_id = "okta", "gone"
    application.answer = lambda method, path: (
        refusing(404, "There is no such user.") if path == "/Users/gone" else obliging(method, path)
    )

    provisioning.push(state, state.people[0])

    assert [each["send"][0] for each in application.take()] == ["GET", "GET", "POST"]
    assert state.people[0].scim_id == "u1"


def test_a_full_team_fails_jumpclouds_test_in_the_applications_words(application: Application, state: State) -> None:
    application.answer = lambda method, path: refusing(403, FULL) if method == "POST" else obliging(method, path)

    outcome = provisioning.test_connection(state)

    assert outcome.words == f"Refused (403): {FULL}"


def test_a_test_user_that_cannot_be_deleted_is_deactivated(application: Application, state: State) -> None:
    application.answer = lambda method, path: (
        refusing(405, "No.") if (method, path) == ("DELETE", "/Users/u1") else obliging(method, path)
    )

    outcome = provisioning.test_connection(state)

    assert outcome.words == "Refused (405): No."
    assert application.take()[-1]["body"]["Operations"] == [{"op": "replace", "path": "active", "value": False}]


def test_an_import_counts_everybody_and_says_who_is_inactive(application: Application, state: State) -> None:
    outcome = provisioning.import_people(state)

    assert outcome.words == "3 of 3 people came, page by page; 1 of them inactive."
    assert state.imported is not None
    assert [each["active"] for each in state.imported.people] == [True, False, True]


def test_an_import_that_misses_somebody_says_so(application: Application, state: State) -> None:
    application.answer = lambda method, path: scim(200, {"totalResults": 9, "Resources": []})

    outcome = provisioning.import_people(state)

    assert (outcome.ok, outcome.words[:10]) == (False, "0 of 9 peo")


def test_without_groups_at_the_application_none_is_pushed(application: Application, state: State) -> None:
    application.answer = lambda method, path: (
        scim(200, {"Resources": [{"name": "User"}]}) if path == "/ResourceTypes" else obliging(method, path)
    )
    provisioning.test_connection(state)
    sent = application.take()

    outcome = groups.push(state, state.groups[0])

    assert outcome.words == "Groups are not served by this application."
    assert [each for each in sent + application.take() if "/Groups" in each["send"][1]] == []


def test_a_group_removed_at_the_application_is_made_again(application: Application, state: State) -> None:
    state.serves_groups, state.dialect = True, "okta"
    state.groups[0].scim_id = "gone"
    application.answer = lambda method, path: (
        refusing(404, "There is no such group.") if path == "/Groups/gone" else obliging(method, path)
    )

    outcome = groups.push(state, state.groups[0])

    assert (outcome.ok, state.groups[0].scim_id) == (True, "g1")
