"""Profile › Security: an app, passkeys and recovery codes set up and taken away (spec rules 6, 12, 29)."""

import json
from io import StringIO
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client

from portal.outbound import mail
from portal.teams import factors, roster, second_factor
from portal.teams.models import Challenge, Letter, Team, User
from tests import make
from tests.factors import SECURITY, Key, asked_of, set_up_app, set_up_passkey, sign_in_by
from tests.pages import reading
from tests.teams import journal


@pytest.fixture(autouse=True)
def no_limits_of_before(db: None) -> None:
    """Forget the tries of the tests before."""
    cache.clear()


@pytest.fixture
def olgas(acme: Team, browser: Client) -> Client:
    """Olga's browser, freshly signed in by code."""
    return make.sign_in(browser, "olga@acme.test")


def olga() -> User:
    """Olga as a User."""
    return User.objects.get(email="olga@acme.test")


# ── An app ───────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_an_app_counts_once_its_first_code_was_typed(acme: Team, olgas: Client) -> None:
    shown = make.press(olgas, f"{SECURITY}app/begin/", acme)
    before = factors.has(olga().pk)
    wrong = make.press(olgas, f"{SECURITY}app/confirm/", acme, code="000000")

    app = set_up_app(olgas, acme)

    assert not before and "no-store" in shown["Cache-Control"]
    assert reading.page(shown).xpath("//main//svg[contains(@class, 'sg-qr')]")
    assert "That code does not fit." in reading.words(wrong)
    assert factors.has(olga().pk) and len(app.recovery) == 10


def test_a_key_lies_sealed_before_and_after(acme: Team, olgas: Client) -> None:
    app = set_up_app(olgas, acme)

    kept = json.dumps(
        [*Authenticator.objects.values_list("data", flat=True), *Challenge.objects.values_list("state", flat=True)]
    )

    assert app.secret.replace(" ", "") not in kept
    assert not any(code.replace("-", "") in kept for code in app.recovery)


def test_each_change_is_in_the_journal_and_in_the_persons_mail(acme: Team, olgas: Client) -> None:
    set_up_app(olgas, acme)
    set_up_passkey(olgas, acme)
    passkey = factors.of(olga().pk).passkeys[0]
    make.press(olgas, f"{SECURITY}passkeys/{passkey.id}/rename/", acme, name="Desk")
    make.press(olgas, f"{SECURITY}passkeys/{passkey.id}/remove/", acme)
    make.press(olgas, f"{SECURITY}recovery-codes/make/", acme)
    make.press(olgas, f"{SECURITY}app/remove/", acme)

    assert journal.kinds(acme)[-6:] == [
        "totp.added", "passkey.added", "passkey.renamed", "passkey.removed", "recovery_codes.made", "totp.removed",
    ]  # fmt: skip
    assert len(journal.mailed("second_factor_changed")) == 6


def test_recovery_codes_end_with_the_last_factor(acme: Team, olgas: Client) -> None:
    set_up_app(olgas, acme)

    make.press(olgas, f"{SECURITY}app/remove/", acme)

    assert not Authenticator.objects.exists()


def test_new_recovery_codes_end_the_old_ones(acme: Team, olgas: Client) -> None:
    app = set_up_app(olgas, acme)

    make.press(olgas, f"{SECURITY}recovery-codes/make/", acme)

    assert not second_factor.check(olga(), app.recovery[0])


def test_saying_that_the_codes_are_saved_quiets_the_warning(acme: Team, olgas: Client) -> None:
    set_up_app(olgas, acme)
    before = reading.words(olgas.get(SECURITY))

    make.press(olgas, f"{SECURITY}recovery-codes/saved/", acme)

    assert "You did not say that your recovery codes are saved." in before
    assert "You did not say" not in reading.words(olgas.get(SECURITY))


def test_the_key_can_be_sealed_anew(acme: Team, olgas: Client) -> None:
    app = set_up_app(olgas, acme)

    sealed = second_factor.seal_anew()

    assert sealed == 2
    assert second_factor.check(olga(), app.code(1))


# ── Passkeys ─────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_passkey_is_listed_with_its_last_use(acme: Team, olgas: Client) -> None:
    key = set_up_passkey(olgas, acme, "Work laptop")
    before = factors.of(olga().pk).passkeys[0]

    sign_in_by(Client(), key)

    assert "Work laptop" in reading.words(olgas.get(SECURITY))
    assert before.used_at is None and factors.of(olga().pk).passkeys[0].used_at


@pytest.mark.parametrize(
    "spoil",
    [
        lambda key, asked: key.make(asked, origin="https://evil.test"),
        lambda key, asked: key.make(asked, origin="http://localhost:1"),
        lambda key, asked: Key(flags=0x01).make(asked),
        lambda key, asked: key.make({"publicKey": {**asked["publicKey"], "challenge": "AAAA"}}),
        lambda key, asked: key.make({"publicKey": {**asked["publicKey"], "rp": {"id": "evil.test"}}}),
        lambda key, asked: "",
        lambda key, asked: "[]",
        lambda key, asked: "null",
        lambda key, asked: '{"response": {"clientDataJSON": 7}}',
        lambda key, asked: "[" * 19_000,
        lambda key, asked: key.make(asked)[:-30],
        lambda key, asked: key.make(asked).replace("o2NmbXRk", "o2NmbXRkAA"),
    ],
)
def test_an_answer_that_does_not_fit_adds_nothing(acme: Team, olgas: Client, spoil: Any) -> None:
    asked = asked_of(make.press(olgas, f"{SECURITY}passkeys/begin/", acme))

    answer = make.press(olgas, f"{SECURITY}passkeys/add/", acme, name="x", answer=spoil(Key(), asked))

    assert answer.status_code == 400
    assert not Authenticator.objects.exists()


def test_the_same_answer_adds_one_passkey(acme: Team, olgas: Client) -> None:
    key = Key()
    asked = asked_of(make.press(olgas, f"{SECURITY}passkeys/begin/", acme))
    answer = key.make(asked)

    tries = [make.press(olgas, f"{SECURITY}passkeys/add/", acme, name="x", answer=answer).status_code for _ in "ab"]

    assert tries == [200, 404]
    assert len(factors.of(olga().pk).passkeys) == 1


# ── Who may ──────────────────────────────────────────────────────────────────────────────────────────────────────────
ACTS = ("app/begin/", "app/confirm/", "app/remove/", "passkeys/begin/", "passkeys/add/", "recovery-codes/make/")


@pytest.mark.parametrize("path", ACTS)
def test_a_session_by_single_sign_on_has_no_control_and_is_refused(acme: Team, browser: Client, path: str) -> None:
    make.enter_by_sso(browser, make.who(make.sso_on(acme), "olga"))

    page, pressed = browser.get(SECURITY), make.press(browser, f"{SECURITY}{path}", acme)

    assert "Managed by your organisation" in reading.words(page)
    assert not reading.page(page).xpath(f"//main//form[contains(@action, '{SECURITY}')]")
    assert pressed.status_code == 403 and "Managed by your organisation" in reading.words(pressed)


@pytest.mark.parametrize("path", ACTS)
def test_every_change_asks_for_a_fresh_proof(acme: Team, olgas: Client, path: str) -> None:
    session = olgas.session
    session["sudo_at"] = None
    session.save()

    assert make.press(olgas, f"{SECURITY}{path}", acme)["Location"].startswith("/again/")


def test_a_session_from_before_the_factor_proves_it_before_changing_it(acme: Team, olgas: Client) -> None:
    elsewhere = make.sign_in(Client(), "olga@acme.test")
    set_up_app(olgas, acme)

    asked = make.press(elsewhere, f"{SECURITY}app/remove/", acme)

    assert asked["Location"].startswith("/again/")
    assert factors.has(olga().pk)


def test_a_strangers_passkey_is_missing(acme: Team, olgas: Client) -> None:
    set_up_passkey(make.sign_in(Client(), "adam@acme.test"), acme)
    theirs = Authenticator.objects.get(type="webauthn").pk

    assert make.press(olgas, f"{SECURITY}passkeys/{theirs}/remove/", acme).status_code == 404


def test_an_operator_removes_what_somebody_lost_recorded_and_mailed(acme: Team, olgas: Client) -> None:
    set_up_app(olgas, acme)
    said = StringIO()

    call_command("reset_second_factor", "Olga@acme.test", "--reason", "phone lost", "--json", stdout=said)

    assert json.loads(said.getvalue()) == {"email": "Olga@acme.test", "removed": 2}
    assert not factors.has(olga().pk)
    # Whoever had proved the lost one is out, in every browser.
    assert olgas.get(SECURITY).status_code == 302
    assert journal.kinds(acme)[-1] == "second_factor.removed"
    assert len(journal.mailed("second_factor_changed")) == 2
    with pytest.raises(CommandError):
        call_command("reset_second_factor", "olga@acme.test", "--reason", "again")


@pytest.mark.parametrize(
    ("named", "reasons"), [((), ["lost", "lost"]), (("--concerning", "globex"), [None, "lost"])]
)  # fmt: skip
def test_the_reason_to_remove_factors_is_every_teams_or_that_of_the_team_concerned(
    acme: Team, globex: Team, olgas: Client, named: tuple[str, ...], reasons: list[str | None]
) -> None:
    make.member(globex, "olga@acme.test")
    set_up_app(olgas, acme)

    call_command("reset_second_factor", "olga@acme.test", "--reason", "lost", *named, stdout=StringIO())

    told = [journal.last(team) for team in (acme, globex)]
    assert [event.kind for event in told] == ["second_factor.removed"] * 2
    assert [event.data.get("reason") for event in told] == reasons


def test_where_no_journal_has_the_reason_the_person_s_mail_has_it(db: None) -> None:
    make.at_operator_pages(Client(), "otto@vendor.test")

    call_command("reset_second_factor", "otto@vendor.test", "--reason", "phone lost", stdout=StringIO())

    letter = Letter.objects.get(kind="second_factor_changed", to="otto@vendor.test")
    assert json.loads(letter.words)["reason"] == "phone lost"
    assert "phone lost" in mail.compose(letter).body


# ── Ending with the address (rule 29) ────────────────────────────────────────────────────────────────────────────────
def test_an_address_whose_last_active_member_is_gone_loses_its_factors(acme: Team, globex: Team) -> None:
    make.member(globex, "mia@acme.test")
    mias = make.sign_in(Client(), "mia@acme.test", "acme")
    set_up_app(mias, acme)
    mia = User.objects.get(email="mia@acme.test")

    make.press(make.sign_in(Client(), "olga@acme.test"), f"/members/{make.who(acme, 'mia').pk}/unassign/", acme)
    still = factors.has(mia.pk)
    make.press(make.sign_in(Client(), "greg@globex.test"), f"/members/{make.who(globex, 'mia').pk}/unassign/", globex)

    assert still and not factors.has(mia.pk)


def test_an_address_whose_only_member_is_removed_loses_its_factors(acme: Team) -> None:
    set_up_app(make.sign_in(Client(), "mia@acme.test"), acme)

    roster.remove(acme, make.as_owner(acme), make.who(acme, "mia").pk)

    assert not factors.has(User.objects.get(email="mia@acme.test").pk)


def test_an_address_that_the_directory_replaces_loses_its_factors(acme: Team) -> None:
    set_up_app(make.sign_in(Client(), "mia@acme.test"), acme)
    make.scim_on(acme)

    roster.update(acme, make.scim(acme), make.who(acme, "mia").pk, {"given_name": "Maria"})
    still = factors.has(User.objects.get(email="mia@acme.test").pk)
    roster.update(acme, make.scim(acme), make.who(acme, "mia").pk, {"email": "mia.lund@acme.test"})

    assert still and not factors.has(User.objects.get(email="mia@acme.test").pk)


def test_an_operators_address_keeps_them(acme: Team) -> None:
    set_up_app(make.sign_in(Client(), "mia@acme.test"), acme)
    User.objects.filter(email="mia@acme.test").update(is_operator=True)

    make.press(make.sign_in(Client(), "olga@acme.test"), f"/members/{make.who(acme, 'mia').pk}/unassign/", acme)

    assert factors.has(User.objects.get(email="mia@acme.test").pk)


def test_the_sweep_finds_what_ended_with_its_team(acme: Team, olgas: Client) -> None:
    set_up_app(olgas, acme)
    Team.every_team.filter(pk=acme.pk).update(closed_at=acme.created_at)

    factors.forget_gone()

    assert not Authenticator.objects.exists()
