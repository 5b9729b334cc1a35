"""The list of checks: what passed, what failed and what to do, on the panel and in the sign-in log."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from portal.teams import domains, policy
from portal.teams.models import Member, Session, Team
from sso import attempts, checks
from sso.errors import SENTENCES
from sso.models import SignInAttempt
from tests import make
from tests.pages import reading
from tests.sso.panels import LOG, PANEL, as_owner, onward, send
from tests.sso.sign_ins import in_minutes

Answer = Callable[..., Any]


@pytest.fixture
def test_answer(acme: Team, browser: Client) -> Answer:
    """Press Test as Olga and come back with what the identity provider answers."""
    idp = make.draft_idp(acme)
    as_owner(browser)

    def come_back(email: str = "olga@acme.test", **said: Any) -> Any:
        request = make.asked({"Location": onward(send(browser, acme, "test"))})
        return make.follow(browser, make.post_acs(acme, make.answer(idp, request, email, **said)))

    return come_back


def states() -> dict[str, str]:
    """The checks of the newest attempt."""
    return {row["check"]: row["state"] for row in SignInAttempt.every_team.order_by("-at")[0].checks}


def test_every_code_belongs_to_one_check() -> None:
    assert {checks.failed(code) for code in SENTENCES} <= set(checks.EVERY)
    assert {name for code in SENTENCES if (name := checks.failed(code)) in checks.MESSAGE} == set(checks.MESSAGE)


def test_a_good_test_passes_every_check_and_says_what_it_found(test_answer: Answer, browser: Client) -> None:
    said = {"email": "olga@acme.test", "firstName": "Olga", "lastName": "Berg"}

    answer = test_answer(attributes=said)

    assert answer["Location"] == PANEL
    assert set(states().values()) == {"ok"} and set(states()) == set(checks.EVERY) - {"encryption"}
    words = reading.words(browser.get(PANEL))
    for found in ("assertion, rsa-sha256", "CN=Seatgate practice IdP", "behind ours", "olga@acme.test, from email"):
        assert found in words
    assert "Olga (firstName) · Berg (lastName)" in words and "known" not in words and "Has a seat." in words


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("readable", {"tamper": lambda response: response.set("Destination", "x" * 300_000)}),
        ("signature", {"sign": "none"}),
        ("certificate", {"tamper": lambda response: response[-1].set("IssueInstant", "2020-01-01T00:00:00Z")}),
        ("issuer", {"issuer": "https://evil.test"}),
        ("clock", {"minutes": 7}),
        ("destination", {"destination": "https://elsewhere.test/"}),
        ("audience", {"audience": "https://other.test"}),
        ("recipient", {"recipient": "https://elsewhere.test/"}),
        ("once", {"in_response_to": "r" + "0" * 32}),
    ],
)
def test_a_failed_test_names_one_check_and_judges_none_after_it(
    test_answer: Answer, acme: Team, browser: Client, wrong: str, said: dict[str, Any]
) -> None:
    before = Member.every_team.count(), Session.objects.count()
    # Counted from when the test runs, which may be long after it was collected.
    minutes = said.get("minutes")

    test_answer(**({"at": in_minutes(minutes)} if minutes else said))

    found = list(states().items())
    place = [name for name, _ in found].index(wrong)
    assert [state for _, state in found] == ["ok"] * place + ["bad"] + ["todo"] * (len(found) - place - 1)
    assert (Member.every_team.count(), Session.objects.count()) == before
    if wrong not in ("once", "readable"):
        assert SignInAttempt.every_team.get().purpose == "test"
        assert str(checks.EVERY[wrong].advice) in reading.words(browser.get(PANEL))


@pytest.mark.parametrize(
    ("wrong", "email", "said"),
    [
        ("email", "olga@acme.test", {"name_id": "42", "attributes": {}}),
        ("domain", "olga@acme.test", {"attributes": {"email": "olga@else.test"}}),
        ("who", "mia@acme.test", {}),
    ],
)
def test_a_genuine_message_shows_every_check_of_the_person(
    test_answer: Answer, acme: Team, wrong: str, email: str, said: dict[str, Any]
) -> None:
    domains.vouch(acme, make.BY_OPERATOR, "acme.test")

    answer = test_answer(email, **said)

    assert answer.status_code == 403
    assert states()[wrong] == "bad"
    assert {state for name, state in states().items() if name in checks.MESSAGE} == {"ok"}


def test_a_stranger_s_test_says_whether_a_seat_waits_and_makes_nobody(test_answer: Answer, acme: Team) -> None:
    before = Member.every_team.count()

    test_answer("zoe@acme.test")

    row = SignInAttempt.every_team.get()
    notes = {each["check"]: each["note"] for each in row.checks}
    assert "7 free" in notes["seat"] and row.result == "other_subject"
    assert Member.every_team.count() == before


def test_a_stranger_s_test_says_that_no_seat_would_be_given(test_answer: Answer, acme: Team) -> None:
    policy.set_jit(acme, make.as_owner(acme), False)

    test_answer("zoe@acme.test")

    assert states()["seat"] == "bad"


# ── What the log keeps ───────────────────────────────────────────────────────────────────────────────────────────────
def test_the_log_shows_the_message_without_what_could_be_replayed(test_answer: Answer, browser: Client) -> None:
    test_answer(attributes={"email": "olga@acme.test", "department": "<b>R&D</b>"})

    answer = browser.get(LOG)

    words = reading.words(answer)
    xml = SignInAttempt.every_team.get().evidence["xml"]
    assert "<ds:SignatureValue>…</ds:SignatureValue>" in xml and "<ds:X509Certificate>…" in xml
    assert "department" in words and b"<b>R&D" not in answer.content
    assert SignInAttempt.every_team.get().evidence["fingerprint"] in words


def test_the_log_goes_with_you_as_csv_and_json_lines(test_answer: Answer, browser: Client) -> None:
    test_answer()
    row = SignInAttempt.every_team.get()

    table, lines = browser.get(f"{LOG}csv/").getvalue().decode(), browser.get(f"{LOG}jsonl/").getvalue().decode()

    assert table.splitlines()[0].startswith("at,reference,purpose,result") and row.reference in table
    assert f'"reference":"{row.reference}"' in lines and '"check":"audience"' in lines


def test_new_attempts_come_by_themselves(test_answer: Answer, browser: Client) -> None:
    drawn = reading.page(browser.get(LOG))
    address = drawn.xpath("//@hx-get")[0]
    test_answer()

    came = browser.get(address)

    assert SignInAttempt.every_team.get().reference in came.content.decode()
    assert drawn.xpath("//button[@data-pause]")


# ── Floods ───────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_flood_of_forged_messages_writes_few_rows_and_says_how_many_it_left_out(
    acme: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    make.connect_idp(acme)
    monkeypatch.setattr(attempts.pace, "burst", 3)

    answers = [make.post_acs(acme, "AAAA").status_code for _ in range(9)]
    monkeypatch.setattr(attempts.pace, "rate", 0)
    make.post_acs(acme, "AAAA")

    assert set(answers) == {403}
    assert SignInAttempt.every_team.count() == 4
    assert "6 refused messages before this one were not kept." in SignInAttempt.every_team.order_by("-at")[0].detail


def test_forged_messages_push_out_only_their_like(acme: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    idp = make.connect_idp(acme)
    make.sso_sign_in(Client(), acme, idp, "mia@acme.test")
    monkeypatch.setattr(attempts, "KEEP_UNPROVEN", 2)

    for _ in range(5):
        make.post_acs(acme, "AAAA")

    assert SignInAttempt.every_team.filter(result="ok").count() == 1
    assert SignInAttempt.every_team.filter(proven=False).count() == 2


def test_a_huge_message_leaves_a_small_line(acme: Team) -> None:
    idp = make.connect_idp(acme)
    many = {f"a{n}": ["v" * 310] * 11 for n in range(50)}

    make.post_acs(acme, make.answer(idp, make.unasked(acme), "mia@acme.test", attributes=many, sign="none"))

    said = SignInAttempt.every_team.get().evidence
    assert len(said["attributes"]) == 40 and len(said["xml"]) < 17_000
    assert max(len(value) for values in said["attributes"].values() for value in values) <= 300
