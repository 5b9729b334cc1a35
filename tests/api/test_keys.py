"""Who may call: the key, its scopes, its life, and its team."""

import hashlib
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import time_machine

from portal.api import keys
from portal.api.endpoints import BASE, ENDPOINTS
from portal.api.http import calls
from portal.api.keys import Scope
from portal.api.models import ApiKey
from portal.api.operation import Operation
from portal.teams import bearer, founding
from portal.teams.errors import Conflict, Invalid, Missing, NotAllowed
from portal.teams.models import Event, Team
from tests import make
from tests.api import product
from tests.api.product import Product

# An id that nobody has.
NOBODY = "019f0000-0000-7000-8000-000000000000"
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


def walk() -> Iterator[tuple[str, str, Operation]]:
    """Every operation: its verb, its path with ids nobody has, and what it asks for."""
    for endpoint in ENDPOINTS:
        route = str(endpoint.pattern).removeprefix(BASE.rstrip("/"))
        path = re.sub("<uuid:[a-z_]+>", NOBODY, route)
        view = endpoint.callback.view_class  # type: ignore[attr-defined]
        for verb in ("get", "post"):
            operation = getattr(getattr(view, verb, None), "operation", None)
            if operation is not None:
                yield verb.upper(), path, operation


WALK = list(walk())


def test_every_address_and_verb_says_what_it_asks_for() -> None:
    assert len(WALK) == 15
    assert {operation.scope for _verb, _path, operation in WALK} == set(Scope)
    assert all(operation.writes == (verb == "POST") for verb, _path, operation in WALK)


@pytest.mark.parametrize(("verb", "path", "operation"), WALK)
def test_a_key_opens_what_its_scope_names_and_nothing_else(
    acme: Team, verb: str, path: str, operation: Operation
) -> None:
    others = [scope for scope in Scope.values if scope != operation.scope]

    with_it = product.of(acme, operation.scope).send(verb, path)
    without = product.of(acme, *others).send(verb, path)

    assert with_it.status != 403
    assert without.problem == (403, "scope_missing")
    assert operation.scope in without.body["detail"]


@pytest.mark.parametrize(("verb", "path", "operation"), WALK)
def test_nothing_is_told_without_a_key(acme: Team, verb: str, path: str, operation: Operation) -> None:
    answer = Product("sgk_unknown").send(verb, path)

    assert answer.problem == (401, "no_key")
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="API"'


@pytest.mark.parametrize("path", ["/nowhere", "", "/members/1", "/members/", "/docs", "/team/x"])
def test_an_unknown_path_is_unauthorized_without_a_key_and_unknown_with_one(app: Product, path: str) -> None:
    assert Product("x").get(path).status == 401
    assert app.get(path).problem == (404, "missing")
    assert app.post(path, {}).problem == (404, "missing")


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "{k}", "Basic {k}", "Bearer {k} y", "Bearer x {k}"])
def test_any_other_header_is_unauthorized(app: Product, header: str) -> None:
    assert app.get("/team", Authorization=header.replace("{k}", app.key)).status == 401


def test_a_mistyped_key_costs_no_statement(app: Product, django_assert_num_queries: object) -> None:
    wrong = "1" if app.key[20] != "1" else "2"
    app.key = app.key[:20] + wrong + app.key[21:]

    with django_assert_num_queries(0):  # type: ignore[operator]
        assert app.get("/team").status == 401


def test_of_a_key_only_the_hash_and_a_hint_are_kept(app: Product, acme: Team) -> None:
    kept = ApiKey.every_team.filter(team=acme).values().get()

    assert app.key.startswith("sgk_") and bearer.well_formed(app.key, keys.PREFIX, keys.START)
    assert kept["digest"] == hashlib.sha256(app.key.encode()).hexdigest()
    assert kept["hint"] == app.key[:12]
    assert not any(app.key in str(value) for value in kept.values())
    assert not Event.every_team.filter(data__icontains=app.key[13:]).exists()


def test_guessing_is_slowed_down_by_address_and_never_slows_the_true_key(app: Product) -> None:
    guesser = Product("sgk_guess", address=app.address)

    answers = [guesser.get("/team") for _ in range(30)]

    assert {answer.status for answer in answers} == {401, 429}
    assert answers[-1].problem == (429, "too_many_calls") and int(answers[-1].headers["Retry-After"]) >= 1
    assert app.get("/team").status == 200


def test_a_keys_limit_is_its_own(acme: Team, app: Product, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "rate", 0.001)
    monkeypatch.setattr(calls, "burst", 3)

    statuses = [app.get("/nowhere").status for _ in range(4)]

    assert statuses == [404, 404, 404, 429]
    assert product.of(acme).get("/team").status == 200


def test_a_keys_use_is_noted_with_its_address_once_a_minute(app: Product, acme: Team) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        app.get("/team")
        clock.shift(59)
        app.get("/team")

    seen = ApiKey.every_team.get(team=acme)
    assert (seen.last_used_from, seen.last_used_at) == (app.address, NOON)


# ── Its life ─────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_key_ends_with_its_time(acme: Team) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        app = product.of(acme, days=30)
        clock.shift(timedelta(days=30, seconds=-1))
        before = app.get("/team").status
        clock.shift(timedelta(seconds=2))

        assert (before, app.get("/team").status) == (200, 401)


def test_a_revoked_key_is_unauthorized_at_once_and_the_journal_knows(app: Product, acme: Team) -> None:
    key = ApiKey.every_team.get(team=acme)

    keys.revoke(acme, make.by(make.who(acme, "adam")), key.pk)

    assert app.get("/team").status == 401
    event = Event.every_team.filter(team=acme).latest("number")
    assert (event.kind, event.subject) == ("api_key.revoked", f"Product ({key.hint})")


def test_a_key_of_another_team_cannot_be_revoked(app: Product, acme: Team, globex: Team) -> None:
    with pytest.raises(Missing):
        keys.revoke(globex, make.as_owner(globex), ApiKey.every_team.get(team=acme).pk)

    assert app.get("/team").status == 200


def test_only_an_admin_makes_keys(acme: Team) -> None:
    make.role(acme, make.who(acme, "mia"), "auditor")

    with pytest.raises(NotAllowed):
        keys.make(acme, make.by(make.who(acme, "mia")), "Mine", ["seats:read"], None)


@pytest.mark.parametrize(
    ("name", "scopes", "days"),
    [
        ("", ["seats:read"], 1),
        ("  ", ["seats:read"], 1),
        ("x" * 81, ["seats:read"], 1),
        ("x", [], 1),
        ("x", ["everything"], 1),
        ("x", ["seats:read", "x"], 1),
        ("x", ["seats:read"], 0),
        ("x", ["seats:read"], 4000),
    ],
)
def test_a_key_needs_a_name_a_scope_and_an_end_that_make_sense(
    acme: Team, name: str, scopes: list[str], days: int
) -> None:
    with pytest.raises(Invalid):
        keys.make(acme, make.as_owner(acme), name, scopes, days)


def test_a_team_has_so_many_live_keys_and_no_more(acme: Team) -> None:
    for _ in range(keys.MOST_LIVE):
        product.of(acme)
    with pytest.raises(Conflict):
        product.of(acme)

    keys.revoke(acme, make.as_owner(acme), ApiKey.every_team.filter(team=acme)[0].pk)

    assert product.of(acme).get("/team").status == 200


def test_the_keys_of_a_closed_team_are_gone_and_an_operators_key_no_longer_finds_it(
    acme: Team, app: Product, vendor: Product
) -> None:
    founding.close(acme, make.BY_OPERATOR)

    assert app.get("/team").status == 401
    assert vendor.get("/team?team=acme").problem == (404, "missing")
    assert not ApiKey.every_team.filter(team=acme).exists()


# ── Its team ─────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_teams_key_may_name_its_own_team_and_no_other(acme: Team, globex: Team, app: Product) -> None:
    assert app.get("/team?team=acme").body["slug"] == "acme"
    assert app.get(f"/team?team={acme.pk}").body["slug"] == "acme"
    answers = [app.get(f"/team?team={name}") for name in ("globex", str(globex.pk), "nobody")]
    assert {answer.problem for answer in answers} == {(404, "missing")}


@pytest.mark.parametrize("verb_and_place", ["GET ", "POST /assign", "POST /unassign", "POST /role", "POST /sign-out"])
def test_a_strangers_id_is_answered_like_an_unknown_one(
    acme: Team, globex: Team, app: Product, verb_and_place: str
) -> None:
    verb, _blank, place = verb_and_place.partition(" ")
    greg = make.who(globex, "greg")

    stranger, unknown = (
        app.send(verb, f"/members/{each}{place}", {"role": "admin"} if place == "/role" else None)
        for each in (greg.pk, uuid4())
    )

    assert stranger.problem == unknown.problem == (404, "missing")
    assert stranger.body["detail"] == unknown.body["detail"]
    assert make.who(globex, "greg").version == greg.version


def test_nothing_of_another_team_is_listed(acme: Team, globex: Team, app: Product) -> None:
    make.group(globex, "Secret", make.who(globex, "greg"))

    told = [app.get(path).raw.decode() for path in ("/members", "/groups", "/events", "/waiting", "/teams")]

    assert not any(word in text for text in told for word in ("greg", "globex", "Secret"))
    assert app.get(f"/members/{make.who(globex, 'greg').pk}/seat-check").body["found"] is False
