"""The pages of webhooks: the secret once, what is asked before, locked controls, and who sees how much."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from portal.outbound.webhooks import endpoints, lines, sending
from portal.outbound.webhooks.models import Endpoint, State
from portal.outbound.webhooks.topics import TOPICS
from portal.teams.models import Team
from tests import make
from tests.pages import reading
from tests.pages.test_every_page import check
from tests.teams import journal

WEBHOOKS = "/settings/developers/webhooks/"
HOOK = "https://hooks.example.com/in?key=sesame"


@pytest.fixture(autouse=True)
def reachable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every name leads to an address of the internet; nothing is sent by these tests."""
    monkeypatch.setattr("portal.outbound.http.look_up", lambda host, port: ["93.184.215.14"])


@pytest.fixture
def adam(acme: Team, browser: Client) -> Client:
    """Adam's browser."""
    return make.sign_in(browser, "adam@acme.test")


@pytest.fixture
def hook(acme: Team) -> Endpoint:
    """A webhook of Acme's."""
    return endpoints.add(acme, make.as_owner(acme), "Billing", HOOK)


def one(endpoint: Endpoint, verb: str = "") -> str:
    """The address of a webhook's page, or of an act on it."""
    return f"{WEBHOOKS}{endpoint.pk}/" + (f"{verb}/" if verb else "")


def add(client: Client, team: Team, **changes: Any) -> Any:
    """Send the form of a new webhook."""
    return make.press(
        client, f"{WEBHOOKS}add/", team, **{"name": "Billing", "url": HOOK, "topics": [*TOPICS], **changes}
    )


def test_the_secret_is_shown_in_the_answer_that_made_it_and_never_again(adam: Client, acme: Team) -> None:
    answer = add(adam, acme)
    made = Endpoint.every_team.get()

    later = [adam.get(one(made)), adam.get(WEBHOOKS)]

    assert made.secret.startswith("whsec_") and made.secret in answer.content.decode()
    assert all(made.secret not in page.content.decode() for page in later)
    assert "no-store" in answer["Cache-Control"]
    assert (made.topics, journal.kinds(acme)[-1]) == ([], "webhook.added")
    assert "sesame" not in str(journal.last(acme).data) and made.secret not in str(journal.last(acme).data)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"url": "http://hooks.example.com/"}, "must start with https://"),
        ({"url": "https://user:pw@hooks.example.com/"}, "holds a user name"),
        ({"url": "https://2130706433/"}, "written as a number"),
        ({"url": "hooks"}, "must start with https://"),
        ({"url": ""}, "This field is required."),
        ({"url": "https://x.test/" + "x" * 2100}, "at most 2048 characters"),
        ({"topics": []}, "Choose at least one."),
        ({"topics": ["nonsense"]}, "Select a valid choice."),
        ({"name": ""}, "This field is required."),
    ],
)
def test_what_can_t_be_is_told_in_the_form_and_nothing_is_lost(
    adam: Client, acme: Team, changes: dict[str, Any], words: str
) -> None:
    answer = add(adam, acme, **changes)

    assert (answer.status_code, words in reading.words(answer)) == (400, True)
    assert not Endpoint.every_team.exists()
    check(answer)


def test_an_address_inside_our_network_is_refused_in_the_form(
    adam: Client, acme: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.outbound.http.look_up", lambda host, port: ["169.254.169.254"])

    answer = add(adam, acme)

    assert "leads to an address inside a private network" in reading.words(answer)


def test_adding_and_rotating_ask_who_it_is(adam: Client, acme: Team, hook: Endpoint) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("portal.teams.access.is_sudo", lambda request: False)
        answers = [add(adam, acme), *(make.press(adam, one(hook, verb), acme) for verb in ("rotate", "change"))]

    assert {answer["Location"].partition("?")[0] for answer in answers} == {"/again/"}
    assert Endpoint.every_team.count() == 1


def test_a_rotation_shows_the_new_secret_once_and_two_sign(adam: Client, acme: Team, hook: Endpoint) -> None:
    answer = make.press(adam, one(hook, "rotate"), acme, grace="24")
    hook.refresh_from_db()

    assert hook.secret in answer.content.decode() and len(hook.secrets) == 2
    assert "The former secret signs too; it ends in 23 h" in reading.words(adam.get(one(hook)))
    assert make.press(adam, one(hook, "rotate"), acme, grace="9999").status_code == 400


def test_the_eleventh_webhook_is_refused_in_the_words_of_its_locked_button(adam: Client, acme: Team) -> None:
    for _ in range(endpoints.MOST):
        add(adam, acme)

    why = reading.closed(adam.get(WEBHOOKS), "Add it")
    answer = add(adam, acme)

    assert (answer.status_code, why in reading.words(answer)) == (409, True)
    assert why == "A team has at most 10 webhooks. Remove one first."


def test_a_pause_says_what_waits_and_resuming_asks_what_becomes_of_it(adam: Client, acme: Team, hook: Endpoint) -> None:
    make.press(adam, one(hook, "pause"), acme)
    make.suspend(acme, make.who(acme, "mia"))

    page = adam.get(one(hook))

    assert "3 events wait and are sent first, in order." in reading.words(page)
    assert "3 events that wait are not sent." in reading.words(page)
    make.press(adam, one(hook, "skip"), acme)
    hook.refresh_from_db()
    assert (hook.is_live, lines.backlog(hook)) == (True, 0)


def test_an_auditor_reads_the_host_and_no_more_and_presses_nothing(acme: Team, browser: Client, hook: Endpoint) -> None:
    make.role(acme, make.who(acme, "mia"), "auditor")
    make.sign_in(browser, "mia@acme.test")
    lines.follow()

    pages = [browser.get(path) for path in (WEBHOOKS, one(hook), one(hook, f"deliveries/{hook.deliveries.first().pk}"))]

    assert all("hooks.example.com" in reading.words(page) for page in pages)
    assert all("sesame" not in page.content.decode() for page in pages)
    assert [reading.actions(page) for page in pages] == [[], [], []]


def test_a_stranger_s_webhook_is_a_404(acme: Team, globex: Team, browser: Client, hook: Endpoint) -> None:
    lines.follow()
    row = hook.deliveries.first()
    make.sign_in(browser, "greg@globex.test")
    verbs = ("rotate", "pause", "resume", "skip", "remove", "test", f"deliveries/{row.pk}/resend")

    answers = [make.press(browser, one(hook, verb), globex) for verb in verbs]
    answers += [browser.get(one(hook)), browser.get(one(hook, f"deliveries/{row.pk}"))]

    assert {answer.status_code for answer in answers} == {404}


def test_a_delivery_shows_request_and_answer_in_words_and_is_sent_again(
    adam: Client, acme: Team, hook: Endpoint
) -> None:
    lines.follow()
    row = sending.take(hook.deliveries.get().pk)
    assert row is not None
    sending.settle(
        row, sending.Outcome(404, "It did not take the message.", 12, "<b>no such hook</b>", {"server": "x"})
    )

    page = adam.get(one(hook, f"deliveries/{row.pk}"))
    early = make.press(adam, one(hook, f"deliveries/{row.pk}/resend"), acme)
    hook.deliveries.update(state=State.FAILED)
    make.press(adam, one(hook, f"deliveries/{row.pk}/resend"), acme)

    words = reading.words(page)
    assert "Answered 404. It did not take the message." in words and "<b>no such hook</b>" in words
    assert f"webhook-id: {row.message_id}" in words and '"type": "webhook.added"' in words
    assert reading.closed(page, "Send again") == "It still waits and is sent by itself."
    assert early.status_code == 409
    assert hook.deliveries.get().state == State.WAITING


def test_the_pages_of_a_webhook_keep_the_rules_in_every_state(adam: Client, acme: Team, hook: Endpoint) -> None:
    lines.follow()
    row = hook.deliveries.get()
    for change in ({}, {"state": State.FAILED, "attempts": 3}, {"state": State.DELIVERED, "status": 204}):
        hook.deliveries.update(**change)
        for path in ("", f"deliveries/{row.pk}"):
            check(adam.get(one(hook, path)))
    for state in ("waiting", "nonsense", "\x00"):
        check(adam.get(one(hook), {"state": state}))
    make.press(adam, one(hook, "pause"), acme)
    check(adam.get(one(hook)))


def test_a_stopped_webhook_is_told_on_the_overview_and_in_the_rail(adam: Client, acme: Team, hook: Endpoint) -> None:
    endpoints.stop(hook, "It said that it wants no more (410).")

    overview = adam.get("/")

    assert "The webhook Billing was stopped" in reading.words(overview)
    assert "1 stopped" in " ".join(reading.page(overview).xpath("//nav")[0].text_content().split())


def test_the_pages_ask_as_often_with_many_rows_as_with_few(adam: Client, acme: Team, hook: Endpoint) -> None:
    def asked(path: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert adam.get(path).status_code == 200
        return len(queries)

    lines.follow()
    few = [asked(WEBHOOKS), asked(one(hook))]
    for n in range(4):
        add(adam, acme, name=f"More {n}")
        make.member(acme, f"new{n}@acme.test")
    lines.follow()

    assert [asked(WEBHOOKS), asked(one(hook))] == few
