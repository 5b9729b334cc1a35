"""The sign-in log: one line an attempt, found by its reference, bounded, and apart from the journal."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from portal.teams.models import Event, Team
from portal.teams.registry import registry
from sso import attempts, memory
from sso.models import SignInAttempt
from tests import make
from tests.pages import reading

LOG = "/log/sign-ins/"


def test_a_sign_in_is_one_line_that_says_who_whence_and_by_what(acme: Team) -> None:
    idp = make.connect_idp(acme)
    browser = Client(headers={"user-agent": "Firefox/140"}, REMOTE_ADDR="192.0.2.7")

    make.sso_sign_in(browser, acme, idp, "mia@acme.test")

    line = SignInAttempt.every_team.get()
    assert (line.team, line.result, line.purpose) == (acme, "ok", "sign_in")
    assert (line.who, line.member) == ("mia@acme.test", make.who(acme, "mia"))
    assert (line.address, line.browser) == ("192.0.2.7", "Firefox/140")
    assert line.trust_version == acme.sso_connection.trust_version


def test_the_reference_on_the_neutral_page_finds_the_reason(acme: Team, browser: Client) -> None:
    idp = make.connect_idp(acme)
    shown = make.post_acs(acme, make.answer(idp, make.ask_idp(browser, acme), "mia@acme.test", audience="other"))
    reference = SignInAttempt.every_team.get().reference
    make.sign_in(browser, "olga@acme.test")

    log = reading.words(browser.get(LOG, {"q": reference.lower()}))

    assert reference in reading.words(shown)
    assert "The assertion is meant for another service provider. Found: “other”." in log


def test_another_team_s_lines_are_not_found(acme: Team, globex: Team, browser: Client) -> None:
    make.connect_idp(acme)
    make.post_acs(acme, "AAAA")
    make.sign_in(browser, "greg@globex.test")

    reference = SignInAttempt.every_team.get().reference

    assert browser.get(LOG, {"q": reference}).context["rows"] == []


def test_failures_that_prove_nothing_leave_the_journal_alone(acme: Team, browser: Client) -> None:
    idp = make.connect_idp(acme)
    before = Event.every_team.count()

    make.post_acs(acme, "AAAA")
    browser.get("/sso/acme/finish?ticket=x")
    make.post_acs(acme, make.answer(idp, make.ask_idp(browser, acme), "olga@acme.test", sign="none"))

    assert SignInAttempt.every_team.count() == 3
    assert Event.every_team.count() == before


def test_what_an_identity_provider_says_is_shown_as_text(acme: Team, browser: Client) -> None:
    idp = make.connect_idp(acme)
    shown = make.sso_sign_in(browser, acme, idp, "mia@acme.test", name_id="<script>x</script>", attributes={})
    make.sign_in(browser, "olga@acme.test")

    log = browser.get(LOG)

    assert SignInAttempt.every_team.get().who == "<script>x</script>"
    assert b"<script>x" not in shown.content + log.content
    assert "<script>x</script>" in reading.words(log)


def test_the_neutral_page_has_the_reference_to_copy_and_no_reason(acme: Team, browser: Client) -> None:
    make.connect_idp(acme)

    shown = make.post_acs(acme, "AAAA")

    attempt = SignInAttempt.every_team.get()
    copied = reading.page(shown).xpath("//textarea[@id = substring-after(//button/@data-copy, '#')]")[0].text_content()
    assert copied == f"I could not sign in. Reference number: {attempt.reference}. The sign-in log says why."
    assert attempt.detail not in reading.words(shown)
    assert "reference" not in reading.words(browser.get("/sso/nobody/login"))


def test_a_reference_is_made_of_letters_that_are_not_mistaken(acme: Team) -> None:
    references = {attempts.new_reference() for _ in range(200)}

    assert len(references) == 200
    assert not set("".join(references)) & set("01ILOU")
    assert {len(each) for each in references} == {9}


# ── Bounded ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def lines(team: Team, result: str, count: int, days_ago: int = 0) -> None:
    """Write lines, a second apart."""
    at = timezone.now() - timedelta(days=days_ago)
    SignInAttempt.every_team.bulk_create(
        SignInAttempt(team=team, result=result, reference=f"{result}{n}", at=at - timedelta(seconds=n))
        for n in range(count)
    )


def test_lines_are_kept_for_thirty_days(acme: Team) -> None:
    lines(acme, "ok", 1, days_ago=29)
    lines(acme, "replayed", 1, days_ago=31)

    attempts.purge(timezone.now() - timedelta(days=30))

    assert [line.result for line in SignInAttempt.every_team.all()] == ["ok"]


@pytest.mark.parametrize("kept", [3, 5])
def test_of_a_team_s_failures_the_newest_are_kept_and_of_its_successes_all(
    acme: Team, globex: Team, monkeypatch: pytest.MonkeyPatch, kept: int
) -> None:  # fmt: skip
    monkeypatch.setattr(attempts, "KEEP_FAILED", kept)
    lines(acme, "replayed", 5)
    lines(acme, "ok", 9)
    lines(globex, "expired", 2)

    attempts.purge(timezone.now() - timedelta(days=30))

    failed = SignInAttempt.every_team.filter(team=acme, result="replayed").order_by("-at")
    assert [line.reference for line in failed] == [f"replayed{n}" for n in range(kept)]
    assert SignInAttempt.every_team.exclude(result="replayed").count() == 11


def test_the_worker_forgets_what_is_old() -> None:
    assert memory.forget_old in registry.clean_ups
    assert attempts.purge in [kept.purge for kept in registry.retentions]


def test_the_team_s_journal_is_not_locked_by_noise(acme: Team) -> None:
    make.connect_idp(acme)
    before = make.fresh(acme).last_event

    for _ in range(3):
        make.post_acs(acme, "AAAA")

    assert make.fresh(acme).last_event == before
    assert settings.ACS_RATE_LIMIT > 0
