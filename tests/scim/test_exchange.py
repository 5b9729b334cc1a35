"""What the provisioning log keeps of each exchange, and what it never does (requirements 20, 28 and 29)."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError
from django.test import Client
from django.utils import timezone

from portal.teams.models import Member, Team
from portal.throttle import Throttle
from scim import exchange, http
from scim.models import Exchange
from tests import make
from tests.scim.idp import USER, Idp, person

SECRET = "hunter2"


def rows(team: Team) -> list[Any]:
    """The log, oldest first."""
    return list(Exchange.every_team.filter(team=team).order_by("at", "id"))


def last(team: Team) -> Any:
    """The newest row."""
    return rows(team)[-1]


# ── What is told ─────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_write_is_kept_with_who_what_and_what_came_of_it(idp: Idp, acme: Team) -> None:
    """Requirement 29."""
    idp.send("POST", "/Users", person("nina"), User_Agent="Okta SCIM Client 1.0.0")

    row = last(acme)
    assert (row.method, row.path, row.status) == ("POST", "/scim/v2/Users", 201)
    assert (row.agent, row.token_hint) == ("Okta SCIM Client 1.0.0", f"{idp.token[:8]}…{idp.token[-4:]}")
    assert (row.subject, row.words) == ("nina@acme.test", "Added, seat assigned")
    assert '"userName":"nina"' in row.request
    assert '"userName":"nina"' in row.answer


def test_a_message_that_is_refused_unread_is_kept_with_whom_it_was_about(idp: Idp, acme: Team) -> None:
    path = idp.make("nina")

    answers = [idp.put(path, {"userName": 7}).status, idp.send("PATCH", path, {"Operations": "none"}).status]

    assert answers == [400, 400]
    assert [(row.subject, row.about) for row in rows(acme)[-2:]] == [("Nina Test", path.rpartition("/")[2])] * 2


def test_somebody_deleted_is_kept_by_their_id_though_rows_referred_to_them(idp: Idp, acme: Team) -> None:
    path = idp.make("nina")
    make.enter_by_sso(Client(), Member.every_team.get(team=acme, user_name="nina"))

    assert idp.delete(path).status == 204

    assert (last(acme).subject, last(acme).about) == ("Nina Test", path.rpartition("/")[2])


def test_a_stranger_is_unknown_whatever_the_message_says(idp: Idp) -> None:
    nobody = f"/Users/{uuid4()}"

    assert idp.put(nobody, {"userName": 7}).status == idp.patch(nobody, {"op": "dance"}).status == 404
    assert idp.put(nobody, person("x")).status == idp.delete(nobody).status == idp.delete("/Users/none").status == 404


def test_each_kind_of_write_says_in_words_what_happened(idp: Idp, acme: Team) -> None:
    """Requirement 29."""
    path = idp.make("nina", active=False)
    idp.active(path, True)
    idp.active(path, True)
    idp.put(path, person("nina", title="Lead"))
    idp.active(path, False)
    idp.delete(path)
    idp.delete(idp.make("omar"))

    assert [row.words for row in rows(acme)] == [
        "Added, inactive", "Activated, seat assigned", "Nothing to change", "Updated", "Deactivated, seat freed",
        "Deleted", "Added, seat assigned", "Deleted, seat freed",
    ]  # fmt: skip


@pytest.mark.parametrize("path", ["/Users", "/Users?filter=userName%20eq%20%22x%22", "/ServiceProviderConfig", "$id"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_read_leaves_no_row(idp: Idp, acme: Team, method: str, path: str) -> None:
    nina = idp.make("nina")
    Exchange.every_team.all().delete()

    assert idp.send(method, path.replace("$id", nina)).status == 200
    assert rows(acme) == []


@pytest.mark.parametrize(
    ("path", "status"), [("/Users?filter=x", 400), ("/Users/1", 404), ("/Nowhere", 404), ("/Schemas?filter=x", 403)]
)
def test_a_read_that_was_refused_is_kept_with_the_reason(idp: Idp, acme: Team, path: str, status: int) -> None:
    """Requirement 29."""
    said = idp.get(path).detail

    assert (last(acme).status, last(acme).words) == (status, said)


def test_a_call_without_a_known_token_is_nobodys(idp: Idp) -> None:
    Idp("sgs_unknown").post(person("nina"))

    assert not Exchange.every_team.exists()


# ── What is never kept ───────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    "body",
    [
        {"password": SECRET}, {"Password": SECRET}, {"PASSWORD": {"value": SECRET}}, {f"{USER}:password": SECRET},
        {"Operations": [{"op": "replace", "path": "password", "value": SECRET}]},
        {"Operations": [{"op": "replace", "value": SECRET, "path": " PassWord "}]},
        {"Operations": [{"OP": "replace", "Path": "password", "Value": SECRET}]},
        {"Operations": [{"op": "replace", "path": f"{USER}:password", "value": {"x": [SECRET]}}]},
        {"Operations": [{"op": "replace", "value": {"password": SECRET, "active": True}}]},
        {"Operations": [{"op": "replace", "value": {USER: {"password": SECRET}}}]},
        {"Operations": [{"op": "replace", "value": {f"{USER}:password": SECRET}}]},
        {"Operations": [{"op": "add", "path": "password.x", "value": SECRET}]},
        {"a": [{"b": [{"password": [SECRET]}]}]},
    ],
)  # fmt: skip
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_a_password_is_never_kept(idp: Idp, acme: Team, method: str, body: dict[str, Any]) -> None:
    """Requirement 20."""
    path = "/Users" if method == "POST" else idp.make("nina")

    idp.send(method, path, {"userName": "nina", **body})

    kept = str(list(Exchange.every_team.values())) + str(list(Member.every_team.values()))
    assert SECRET not in kept
    assert "nina" in kept


@pytest.mark.parametrize("query", ["filter=password%20eq%20%22hunter2%22", "filter=Pass%77ord%20eq%20%22hunter2%22"])
def test_a_password_in_a_query_is_not_kept(idp: Idp, acme: Team, query: str) -> None:
    """Requirement 20."""
    assert idp.get(f"/Users?{query}").status == 400

    assert SECRET not in str(list(Exchange.every_team.values()))


def test_the_token_is_not_kept(idp: Idp, acme: Team) -> None:
    idp.make("nina")
    idp.get("/Users/1")

    assert idp.token not in str(list(Exchange.every_team.values()))


@pytest.mark.parametrize("raw", [b"{ not JSON hunter2", b"[" * 60_000, b"x" * 1_100_000])
def test_a_body_that_could_not_be_read_is_not_kept(idp: Idp, acme: Team, raw: bytes) -> None:
    idp.post(raw)

    assert last(acme).request == ""


def test_what_is_kept_of_a_call_is_bounded(idp: Idp, acme: Team) -> None:
    """Requirement 29."""
    photos = [{"value": "x" * 60_000}]

    idp.send("POST", "/Users?x=" + "y" * 5_000, person("nina", photos=photos), User_Agent="z" * 5_000)

    row = last(acme)
    assert row.status == 201
    assert len(row.request) == len(row.answer) == exchange.BODY_LIMIT
    assert (len(row.path), len(row.agent)) == (500, 200)


def test_what_is_older_than_30_days_is_purged(idp: Idp, acme: Team) -> None:
    idp.make("nina")
    Exchange.every_team.update(at=timezone.now() - timedelta(days=31))
    idp.make("omar")

    exchange.purge(timezone.now() - timedelta(days=30))

    assert [row.subject for row in rows(acme)] == ["omar@acme.test"]


# ── Floods and failures ──────────────────────────────────────────────────────────────────────────────────────────────
def test_a_flood_is_429_with_retry_after_and_one_row(idp: Idp, acme: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    """Requirement 28."""
    monkeypatch.setattr(http, "calls", Throttle(rate=0.5, burst=3))

    answers = [idp.get("/Users") for _ in range(10)]

    assert [answer.status for answer in answers] == [200] * 3 + [429] * 7
    assert int(answers[-1].headers["Retry-After"]) in (1, 2)
    assert [row.status for row in rows(acme)] == [429]


def test_a_flood_of_one_team_slows_no_other(idp: Idp, stranger: Idp, monkeypatch: pytest.MonkeyPatch) -> None:
    """Requirement 28."""
    monkeypatch.setattr(http, "calls", Throttle(rate=0.5, burst=3))

    for _ in range(5):
        idp.get("/Users")

    assert stranger.get("/Users").status == 200


def test_an_initial_cycle_passes(idp: Idp) -> None:
    """Requirement 28: 40 creates, each after a look-up."""
    answers = [(idp.get("/Users?count=1").status, idp.make(f"p{n}", active=False)) for n in range(40)]

    assert {status for status, _path in answers} == {200}


def test_a_database_that_does_not_answer_is_503_and_worth_a_retry(idp: Idp, monkeypatch: pytest.MonkeyPatch) -> None:
    """Requirement 28."""

    def away(*_args: Any, **_more: Any) -> None:
        raise DatabaseError("server closed the connection: host=10.0.0.1")

    monkeypatch.setattr("portal.teams.roster.provision", away)

    answer = idp.post(person("nina"))

    assert (answer.status, answer.headers["Retry-After"]) == (503, "2")
    assert "10.0.0.1" not in answer.detail


def test_a_failure_of_ours_names_nothing_internal(idp: Idp, monkeypatch: pytest.MonkeyPatch) -> None:
    """Requirement 3."""

    def broken(*_args: Any, **_more: Any) -> None:
        raise RuntimeError("secret path /srv/x.py")

    monkeypatch.setattr("portal.teams.roster.provision", broken)

    answer = idp.post(person("nina"))

    assert (answer.status, answer.detail) == (500, "The service failed. The call was not carried out.")
