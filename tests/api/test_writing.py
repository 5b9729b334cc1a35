"""What a product changes: by the same acts, under the same locks and in the same words as everywhere."""

from typing import Any

import pytest

from portal.teams import policy, roster, seats
from portal.teams.actor import Door
from portal.teams.models import Event, Letter, Member, Team, Waiting
from portal.teams.policy import Task
from tests import make
from tests.api.product import Answer, Product

ACTS: dict[str, Any] = {"assign": None, "unassign": None, "role": {"role": "admin"}, "sign-out": None}


def latest(team: Team) -> Event:
    """The newest event of a team."""
    found: Event = Event.every_team.filter(team=team).latest("number")
    return found


def on(app: Product, member: Member, act: str, **headers: str) -> Answer:
    """Act on a member."""
    return app.post(f"/members/{member.pk}/{act}", ACTS[act], **headers)


def test_somebody_new_is_seated_mailed_and_in_the_journal_as_the_keys_doing(acme: Team, app: Product) -> None:
    answer = app.post("/members", {"email": "zoe@acme.test", "given_name": "Zoe", "family_name": ""})

    zoe = make.who(acme, "zoe")
    assert (answer.status, answer.body["id"], answer.body["active"]) == (201, str(zoe.pk), True)
    assert app.get(answer.headers["Location"].removeprefix("/api/v1")).headers["ETag"] == answer.headers["ETag"]
    assert Letter.objects.filter(kind="seated", to="zoe@acme.test").exists()
    event = latest(acme)
    assert (event.kind, event.door, event.actor) == ("member.added", Door.API, f"API key Product ({app.key[:12]})")


def test_whoever_has_a_seat_is_a_conflict_and_the_inactive_one_is_woken(acme: Team, app: Product) -> None:
    again = app.post("/members", {"email": "MIA@acme.test"})
    roster.unassign(acme, make.as_owner(acme), make.who(acme, "mia").pk)
    woken = app.post("/members", {"email": "mia@acme.test"})

    assert again.problem == (409, "conflict")
    assert (woken.status, woken.body["id"]) == (201, str(make.who(acme, "mia").pk))


def test_without_a_free_seat_nobody_is_added_and_they_wait(acme: Team, app: Product) -> None:
    seats.resize(acme, make.BY_OPERATOR, 3)

    answer = app.post("/members", {"email": "zoe@acme.test"})

    assert answer.problem == (409, "no_seats_left")
    assert answer.body["detail"].startswith("No unassigned seats left in team Acme: 3 of 3 seats are in use.")
    assert Waiting.every_team.get(team=acme).label == "zoe@acme.test"
    assert (latest(acme).kind, latest(acme).refused) == ("act.refused", True)


def test_a_seat_is_taken_and_given_again(acme: Team, app: Product) -> None:
    mia = make.who(acme, "mia")

    taken, given = on(app, mia, "unassign"), on(app, mia, "assign")

    assert (taken.body["active"], given.body["active"]) == (False, True)
    assert seats.tally(acme).assigned == 3


def test_a_role_is_given_up_to_admin(acme: Team, app: Product) -> None:
    mia = make.who(acme, "mia")

    given = on(app, mia, "role")
    refused = app.post(f"/members/{mia.pk}/role", {"role": "owner"})

    assert given.body["role"] == "admin"
    assert refused.problem == (403, "owners_only")
    assert make.who(acme, "mia").role == "admin"


def test_a_member_is_signed_out_under_every_lock(acme: Team, app: Product) -> None:
    make.scim_on(acme)

    assert on(app, make.who(acme, "mia"), "sign-out").body == {"ended": 0}
    assert latest(acme).kind == "member.signed_out"


@pytest.mark.parametrize("act", ["unassign", "role", "sign-out", "assign"])
def test_acts_on_an_owner_are_an_owners(acme: Team, app: Product, act: str) -> None:
    """Spec, roles and acts: API keys count as admin."""
    second = make.second_owner(acme)

    answer = on(app, second, act)

    assert answer.problem == (403, "owners_only")
    assert make.who(acme, "adam").role == "owner" and make.who(acme, "adam").active
    assert latest(acme).data["reason"] == "Only an owner of the team can do this."


@pytest.mark.parametrize(
    ("state", "act", "task"),
    [
        (make.scim_on, "assign", Task.ASSIGN),
        (make.scim_on, "unassign", Task.UNASSIGN),
        (make.enforced, "assign", Task.ASSIGN),
    ],
)
def test_what_is_locked_is_refused_in_the_portals_words(
    acme: Team, app: Product, state: Any, act: str, task: Task
) -> None:
    state(acme)

    answer = on(app, make.who(acme, "mia"), act)

    assert answer.problem == (409, "assignment_locked")
    assert answer.body["detail"] == str(policy.lock(make.fresh(acme), Door.DASHBOARD, task))
    assert latest(acme).refused


def test_while_sso_is_enforced_a_key_works_and_frees_a_leavers_seat(acme: Team, app: Product) -> None:
    make.enforced(acme)

    assert on(app, make.who(acme, "mia"), "unassign").body["active"] is False


# ── If-Match ─────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_member_who_changed_since_they_were_read_is_left_alone(acme: Team, app: Product) -> None:
    mia = make.who(acme, "mia")
    etag = app.get(f"/members/{mia.pk}").headers["ETag"]
    make.role(acme, mia, "auditor")

    stale = on(app, mia, "unassign", If_Match=etag)
    fresh = on(app, mia, "unassign", If_Match=app.get(f"/members/{mia.pk}").headers["ETag"])

    assert stale.problem == (412, "stale_version")
    assert (fresh.status, fresh.body["active"]) == (200, False)


# ── Bad input ────────────────────────────────────────────────────────────────────────────────────────────────────────
BODIES: dict[str, Any] = {
    "nothing": b"",
    "no JSON": b"{",
    "a list": b"[]",
    "null": b"null",
    "NUL": b'{"email": "a\\u0000b@acme.test"}',
    "invalid UTF-8": b'{"email": "\xff@acme.test"}',
    "lone surrogate": b'{"email": "\\ud800@acme.test"}',
    "NaN": b'{"email": NaN}',
    "50,000 brackets": b"[" * 50_000,
    "deep": b'{"email":' + b"[" * 60 + b"]" * 60 + b"}",
    "no address": {},
    "a number": {"email": 5},
    "a list for it": {"email": ["zoe@acme.test"]},
    "no e-mail": {"email": "zoe"},
    "too long": {"email": f"{'z' * 300}@acme.test"},
    "a field nobody knows": {"email": "zoe@acme.test", "role": "owner"},
    "a team": {"email": "zoe@acme.test", "team": "globex"},
    "a long name": {"email": "zoe@acme.test", "given_name": "x" * 256},
    "a name of NULs": {"email": "zoe@acme.test", "given_name": "\x00"},
}


@pytest.mark.parametrize("sent", BODIES.values(), ids=BODIES.keys())
def test_a_body_that_cant_be_used_is_said_so_and_makes_nobody(acme: Team, app: Product, sent: Any) -> None:
    answer = app.post("/members", sent)

    assert answer.status == 400
    assert answer.body["detail"]
    assert Member.every_team.filter(team=acme).count() == 3


def test_every_wrong_field_is_named(app: Product) -> None:
    answer = app.post("/members", {"email": "zoe", "given_name": 5, "more": 1, "family_name": "x" * 256})

    assert {each["field"] for each in answer.body["errors"]} == {"email", "more", "family_name"}


def test_another_media_type_and_a_huge_body_are_refused(app: Product) -> None:
    assert app.send("POST", "/members", b"<a/>", Content_Type="application/xml").problem == (415, "unreadable")
    assert app.post("/members", b" " * 2_000_000).problem == (413, "unreadable")


@pytest.mark.parametrize(
    "query",
    [
        "limit=0", "limit=201", "limit=x", "limit=1.5", "limit=", "active=1", "active=True", "active=", "group=1",
        "updated_since=2026", "updated_since=2026-05-04T12:00:00", "updated_since=2026-13-04T12:00:00Z", "email=",
        "cursor=x", "cursor=1_2", f"cursor={'9' * 18}_{'0' * 32}", f"cursor=1_{'0' * 32}%0A",
        f"email={'x' * 321}", "unknown=1", "limit=1&limit=2",
        "email=%00", "team=", "team=%00", "external_id=",
    ],
)  # fmt: skip
def test_a_query_that_cant_be_used_is_said_so(app: Product, query: str) -> None:
    answer = app.get(f"/members?{query}")

    assert answer.status == 400, answer.body
    assert answer.body["detail"]


@pytest.mark.parametrize("query", ["after=-1", "after=x", "after=9223372036854775808", "limit=0"])
def test_a_place_in_the_journal_that_cant_be_is_said_so(app: Product, query: str) -> None:
    assert app.get(f"/events?{query}").status == 400
    assert app.get("/events?after=9223372036854775807").body["data"] == []


@pytest.mark.parametrize(
    ("verb", "path"), [("PUT", "/members"), ("DELETE", "/team"), ("OPTIONS", "/team"), ("POST", "/team")]
)
def test_a_verb_that_is_not_served_is_405_and_says_which_are(app: Product, verb: str, path: str) -> None:
    answer = app.send(verb, path)

    assert answer.problem == (405, "method_not_allowed")
    assert "GET" in answer.headers["Allow"]


def test_a_head_has_no_body(app: Product) -> None:
    assert app.send("HEAD", "/team").status == 200
    assert app.send("HEAD", "/nowhere").status == 404


def test_a_failure_of_ours_names_nothing_internal(app: Product, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seats, "tallies", lambda _teams: 1 / 0)

    answer = app.get("/team")

    assert answer.problem == (500, "failed")
    assert b"Zero" not in answer.raw
