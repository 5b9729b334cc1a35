"""The operator's commands around single sign-on, as scripts use them (spec section 4)."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from portal.teams import owners, policy, sentences
from portal.teams.models import Event, Team
from sso import connection
from sso.models import SsoConnection
from tests import make
from tests.pages import reading
from tests.teams import journal

BASE = f"{settings.BASE_URL}/sso/acme"


def run(*words: str) -> dict[str, Any]:
    """Run a command with --json; returns the one object on its one line."""
    out = StringIO()
    call_command(*words, "--json", stdout=out)
    (line,) = out.getvalue().splitlines()
    found: dict[str, Any] = json.loads(line)
    return found


@pytest.fixture
def file(tmp_path: Path) -> str:
    """A file with the metadata of Acme's identity provider."""
    path = tmp_path / "idp.xml"
    path.write_bytes(make.idp_of("acme").metadata())
    return str(path)


# ── configure_sso ────────────────────────────────────────────────────────────────────────────────────────────────────
def test_configure_sso_turns_it_on_and_prints_what_to_copy(acme: Team, file: str, browser: Client) -> None:
    printed = run("configure_sso", "acme", "--metadata", file)

    assert printed == {
        "sp_entity_id": f"{BASE}/metadata",
        "acs_url": f"{BASE}/acs",
        "metadata_url": f"{BASE}/metadata",
        "login_url": f"{BASE}/login",
        "slo_url": f"{BASE}/slo",
    }
    assert make.sso_sign_in(browser, acme, make.idp_of("acme"), "mia@acme.test").status_code == 302


@pytest.mark.parametrize(
    ("flag", "answer"), [(None, "converted"), ("--idp-initiated", "accepted"), ("--no-idp-initiated", "refused")]
)
def test_configure_sso_says_what_an_unasked_sign_in_leads_to(
    acme: Team, file: str, flag: str | None, answer: str
) -> None:  # fmt: skip
    run("configure_sso", "acme", "--metadata", file, *([flag] if flag else []))

    assert SsoConnection.every_team.get(team=acme).idp_initiated == answer


@pytest.mark.parametrize(("flag", "jit"), [("--jit", True), ("--no-jit", False)])
def test_configure_sso_says_whether_a_first_sign_in_adds_people(acme: Team, file: str, flag: str, jit: bool) -> None:
    policy.set_jit(acme, make.as_owner(acme), not jit)

    run("configure_sso", "acme", "--metadata", file, flag)

    assert make.fresh(acme).jit_on is jit


def test_configure_sso_enforces_without_a_test_and_is_recorded(acme: Team, file: str) -> None:
    run("configure_sso", "acme", "--metadata", file, "--enforce")

    enforced = Event.every_team.get(team=acme, kind="sso.enforced")
    assert make.fresh(acme).sso_enforced
    assert (enforced.door, enforced.actor) == ("command", "Operator")


def test_configure_sso_again_changes_nothing(acme: Team, file: str) -> None:
    run("configure_sso", "acme", "--metadata", file)
    before = Event.every_team.count()

    run("configure_sso", "acme", "--metadata", file)

    assert Event.every_team.count() == before


def refused(*words: str) -> str:
    """Run a command that is refused; returns its sentence."""
    with pytest.raises(CommandError) as error:
        call_command(*words)
    return str(error.value)


def test_configure_sso_refuses_in_words_and_changes_nothing(acme: Team, file: str, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text("<!doctype html><html></html>")

    sentences = [
        refused("configure_sso", "acme", "--metadata", str(page)),
        refused("configure_sso", "acme", "--metadata", str(tmp_path / "none.xml")),
        refused("configure_sso", "nobody", "--metadata", file),
    ]

    assert sentences[0].startswith("This is a web page, not metadata.")
    assert "can't be read" in sentences[1]
    assert sentences[2] == "There is no team 'nobody'."
    assert not SsoConnection.every_team.exists()


def test_configure_sso_needs_the_entitlement(acme: Team, file: str) -> None:
    policy.entitle(acme, make.BY_OPERATOR, sso=False)

    assert "Ask your account executive" in refused("configure_sso", "acme", "--metadata", file)
    assert not make.fresh(acme).sso_on


# ── release_sso ──────────────────────────────────────────────────────────────────────────────────────────────────────
def test_release_sso_lifts_enforce_with_its_reason_recorded_and_mailed(acme: Team, file: str) -> None:
    run("configure_sso", "acme", "--metadata", file, "--enforce")

    run("release_sso", "acme", "--reason", "IdP is down")

    relaxed = journal.last(acme)
    assert (relaxed.kind, relaxed.door, relaxed.data["reason"]) == ("sso.relaxed", "command", "IdP is down")
    assert (make.fresh(acme).sso_on, make.fresh(acme).sso_enforced) == (True, False)
    assert journal.mailed("sso_relaxed") == ["olga@acme.test"]


# ── sign_in_link ─────────────────────────────────────────────────────────────────────────────────────────────────────
def path_of(printed: dict[str, Any]) -> str:
    """The path of a printed link."""
    return str(printed["url"]).removeprefix(settings.BASE_URL)


def test_sign_in_link_opens_a_code_session_for_ten_minutes(acme: Team, browser: Client) -> None:
    printed = run("sign_in_link", "mia@acme.test", "--reason", "lost mail")

    browser.post(path_of(printed), follow=True)

    assert set(printed) == {"url", "expires_at"}
    left = datetime.fromisoformat(printed["expires_at"]) - timezone.now()
    assert timedelta(minutes=9) < left <= timedelta(minutes=10)
    assert "mia@acme.test" in reading.words(browser.get("/settings/profile/"))
    assert journal.last(acme).kind == "sign_in_link.made"
    assert journal.mailed("sign_in_link") == ["mia@acme.test"]


def reasons(*teams: Team) -> list[list[str | None]]:
    """The reasons for sign-in links in each team's journal."""
    return [[event.data.get("reason") for event in journal.links(team)] for team in teams]


def test_sign_in_link_tells_its_reason_to_every_team_or_to_the_one_concerned_alone(acme: Team, globex: Team) -> None:
    make.member(globex, "mia@acme.test")

    run("sign_in_link", "mia@acme.test", "--reason", "lost mail")
    run("sign_in_link", "mia@acme.test", "--reason", "lost phone", "--concerning", "globex")

    assert reasons(acme, globex) == [["lost mail", None], ["lost mail", "lost phone"]]


def test_sign_in_link_tells_no_team_of_another(acme: Team, globex: Team) -> None:
    make.member(globex, "mia@acme.test")

    run("sign_in_link", "mia@acme.test", "--reason", "lost mail", "--concerning", "globex")

    assert sentences.in_words(journal.last(acme)).endswith(" made a sign-in link for Mia Lund")
    assert journal.last(acme).data == {}


SHUT: dict[str, Callable[[Team], object]] = {
    "enforced": make.enforced,
    "suspended": lambda team: owners.suspend(team, make.as_owner(team), make.who(team, "mia").pk),
}


@pytest.mark.parametrize("shut", SHUT)
def test_sign_in_link_tells_a_team_that_it_does_not_open_nothing(acme: Team, globex: Team, shut: str) -> None:
    make.member(globex, "mia@acme.test")
    SHUT[shut](acme)

    run("sign_in_link", "mia@acme.test", "--reason", "lost mail")

    assert reasons(acme, globex) == [[], ["lost mail"]]


@pytest.mark.parametrize("named", [(), ("--concerning", "acme")])
def test_the_reason_for_a_sign_in_link_that_opens_nothing_is_kept(acme: Team, named: tuple[str, ...]) -> None:
    make.enforced(acme)

    run("sign_in_link", "mia@acme.test", "--reason", "lost mail", *named)

    assert reasons(acme) == [["lost mail"]]


def test_sign_in_link_can_concern_only_a_team_of_theirs(acme: Team, globex: Team) -> None:
    sentence = refused("sign_in_link", "mia@acme.test", "--reason", "lost mail", "--concerning", "globex")

    assert "Nobody active in this team" in sentence
    assert reasons(acme, globex) == [[], []]


def test_sign_in_link_does_not_open_a_team_that_enforces(acme: Team, browser: Client) -> None:
    make.enforced(acme)
    printed = run("sign_in_link", "mia@acme.test", "--reason", "lost mail")

    browser.post(path_of(printed), follow=True)

    assert "Acme" not in browser.get("/teams/").content.decode()


def test_sign_in_link_with_a_team_is_emergency_access(acme: Team, browser: Client) -> None:
    make.connect_idp(acme)
    connection.enforce(acme, make.BY_OPERATOR, without_test=True)
    printed = run("sign_in_link", "olga@acme.test", "--team", "acme", "--reason", "IdP is down")

    entered = browser.post(path_of(printed))

    assert set(printed) == {"url", "expires_at"}
    assert entered["Location"] == "/settings/security/authentication/sso/"


@pytest.mark.parametrize("email", ["mia@acme.test", "adam@acme.test", "nobody@acme.test"])
def test_emergency_access_is_an_owner_s_alone(acme: Team, email: str) -> None:
    sentence = refused("sign_in_link", email, "--team", "acme", "--reason", "x")

    assert "exactly one active owner" in sentence
