"""What a product reads: the team, its seats, members, groups, who waits, and the journal."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from portal.teams import owners, refused, roster
from portal.teams.errors import NoSeatsLeft
from portal.teams.models import Event, Team
from tests import make
from tests.api.product import Product


def all_of(app: Product, path: str, cursor: str | None = "") -> list[Any]:
    """Follow the cursors to the end."""
    found: list[Any] = []
    while cursor is not None:
        mark = "&" if "?" in path else "?"
        page = app.get(f"{path}{mark}cursor={cursor}" if cursor else path).body
        found += page["data"]
        cursor = page["next_cursor"]
    return found


def test_the_team_is_told_with_its_seats_and_open_locks(acme: Team, app: Product) -> None:
    told = app.get("/team").body

    assert (told["slug"], told["plan"]) == ("acme", "enterprise")
    assert told["seats"] == {"bought": 10, "assigned": 3, "free": 7, "waiting": 0}
    assert told["locks"] == {"assign": None, "unassign": None}
    assert told["last_event"] == make.fresh(acme).last_event


def test_the_locks_are_told_in_the_portals_words(acme: Team, app: Product) -> None:
    make.scim_on(acme)

    locks = app.get("/team").body["locks"]

    assert locks["assign"] == locks["unassign"]
    assert locks["assign"].startswith("Members are managed by your identity provider (SCIM is on).")


# ── Does this person hold a seat? ────────────────────────────────────────────────────────────────────────────────────
def test_an_active_member_holds_a_seat_in_any_case_of_their_address(app: Product) -> None:
    told = app.get("/seat-check?email=MIA@acme.test").body

    assert (told["found"], told["holds_seat"], told["may_enter"], told["role"]) == (True, True, True, "member")


def test_an_address_that_only_reads_alike_holds_none(acme: Team, app: Product) -> None:
    make.member(acme, "lena@straße.test")

    told = [app.get(f"/seat-check?email=lena@{host}.test").body["holds_seat"] for host in ("STRA%C3%9FE", "strasse")]

    assert told == [True, False]


def test_somebody_unknown_holds_none(app: Product) -> None:
    told = app.get("/seat-check?email=zoe@acme.test").body

    assert (told["found"], told["holds_seat"], told["member_id"], told["role"]) == (False, False, None, None)


def test_an_inactive_member_is_found_and_holds_none(acme: Team, app: Product) -> None:
    roster.unassign(acme, make.as_owner(acme), make.who(acme, "mia").pk)

    told = app.get(f"/members/{make.who(acme, 'mia').pk}/seat-check").body

    assert (told["found"], told["holds_seat"], told["may_enter"]) == (True, False, False)


def test_a_suspended_member_holds_their_seat_and_may_not_enter(acme: Team, app: Product) -> None:
    owners.suspend(acme, make.as_owner(acme), make.who(acme, "mia").pk)

    told = app.get("/seat-check?email=mia@acme.test").body

    assert (told["holds_seat"], told["may_enter"], told["suspended"]) == (True, False, True)


def test_of_two_with_one_address_who_holds_a_seat_answers(acme: Team, app: Product) -> None:
    make.member(acme, "mia@acme.test", user_name="mia2", active=False)
    make.member(acme, "ann@acme.test", active=False)
    ann = make.member(acme, "ann@acme.test", user_name="ann2")

    assert app.get("/seat-check?email=mia@acme.test").body["holds_seat"]
    assert app.get("/seat-check?email=ann@acme.test").body["member_id"] == str(ann.pk)


# ── Members ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_members_are_paged_and_each_is_met_once_whatever_changes_meanwhile(acme: Team, app: Product) -> None:
    for n in range(7):
        make.member(acme, f"p{n}@acme.test")
    first = app.get("/members?limit=4").body
    roster.remove(acme, make.as_owner(acme), make.who(acme, "adam").pk)

    rest = all_of(app, "/members?limit=2", first["next_cursor"])

    emails = [each["email"] for each in first["data"] + rest]
    assert len(emails) == len(set(emails)) == 10
    assert emails[0] == "olga@acme.test"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("email=MIA@ACME.test", ["mia"]),
        ("user_name=Adam@acme.test", ["adam"]),
        ("external_id=7", ["ext"]),
        ("active=false", ["gone"]),
        ("active=true&email=gone@acme.test", []),
        ("group={group}", ["mia"]),
        ("group={unknown}", []),
    ],
)
def test_members_are_filtered(acme: Team, app: Product, query: str, found: list[str]) -> None:
    make.member(acme, "ext@acme.test", external_id="7")
    make.member(acme, "gone@acme.test", active=False)
    group = make.group(acme, "Staff", make.who(acme, "mia"))

    asked = query.format(group=group.pk, unknown=acme.pk)

    assert [each["email"].partition("@")[0] for each in all_of(app, f"/members?{asked}")] == found


def test_who_changed_since_a_moment_is_listed(acme: Team, app: Product) -> None:
    later = datetime.now(UTC) + timedelta(hours=1)
    with time_machine.travel(later):
        make.member(acme, "new@acme.test")

        since = (later - timedelta(seconds=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
        assert [each["email"] for each in all_of(app, f"/members?updated_since={since}")] == ["new@acme.test"]


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00%2B14:00", "9999-12-31T23:59:59-14:00", "2026-05-04T23:59:60Z"])
def test_moments_at_the_calendars_ends_are_read(app: Product, moment: str) -> None:
    assert app.get(f"/members?updated_since={moment}").status == 200


def test_a_member_is_told_with_groups_and_an_etag_that_moves(acme: Team, app: Product) -> None:
    mia = make.who(acme, "mia")
    make.group(acme, "Staff", mia)
    first = app.get(f"/members/{mia.pk}")

    unchanged = app.get(f"/members/{mia.pk}", If_None_Match=first.headers["ETag"])
    make.role(acme, mia, "auditor")
    changed = app.get(f"/members/{mia.pk}", If_None_Match=first.headers["ETag"])

    assert [each["name"] for each in first.body["groups"]] == ["Staff"]
    assert (unchanged.status, unchanged.raw) == (304, b"")
    assert (changed.status, changed.body["role"]) == (200, "auditor")


def test_nothing_that_identity_providers_keep_beside_is_told(acme: Team, app: Product) -> None:
    """The attributes are the directory's; a product is told what the portal shows."""
    make.scim_on(acme)
    make.provisioned(acme, "zoe@acme.test", attributes={"nickName": "z"})

    told = app.get("/members?email=zoe@acme.test").body["data"][0]

    assert "attributes" not in told and "sign_in_email" not in told
    assert told["managed_by_directory"]


# ── Groups, and who waits ────────────────────────────────────────────────────────────────────────────────────────────
def test_groups_are_counted(acme: Team, app: Product) -> None:
    group = make.group(acme, "Staff", make.who(acme, "mia"), make.who(acme, "adam"))
    make.group(acme, "Empty")

    listed = all_of(app, "/groups?limit=1")

    assert [(each["name"], each["members"]) for each in listed] == [("Staff", 2), ("Empty", 0)]
    assert listed[1]["empty_since"]
    assert app.get(f"/groups/{group.pk}").body == listed[0]


def test_who_waits_is_listed(acme: Team, app: Product) -> None:
    refused.record(acme, make.as_owner(acme), NoSeatsLeft("Acme", 10), "late@acme.test")

    waiting = all_of(app, "/waiting")

    assert [(each["label"], each["times"], each["door"]) for each in waiting] == [("late@acme.test", 1, "dashboard")]
    assert app.get("/team").body["seats"]["waiting"] == 1


# ── Events ───────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_events_are_read_on_by_their_numbers(acme: Team, app: Product) -> None:
    numbers, after = [], 0
    while True:
        page = app.get(f"/events?after={after}&limit=2").body
        numbers += [each["number"] for each in page["data"]]
        after = page["next_after"]
        if not page["more"]:
            break

    again = app.get(f"/events?after={after}").body
    assert numbers == list(range(1, make.fresh(acme).last_event + 1))
    assert (again["data"], again["next_after"], again["lost"]) == ([], after, 0)


def test_an_event_says_who_did_what_in_one_sentence(acme: Team, app: Product) -> None:
    after = make.fresh(acme).last_event
    roster.unassign(acme, make.as_owner(acme), make.who(acme, "mia").pk)

    event = app.get(f"/events?after={after}").body["data"][0]

    assert (event["kind"], event["door"], event["subject"]) == ("member.unassigned", "dashboard", "Mia Lund")
    assert event["sentence"] == "olga@acme.test took the seat of Mia Lund"


def test_events_that_were_purged_are_told_as_lost(acme: Team, app: Product) -> None:
    last = make.fresh(acme).last_event
    Event.every_team.bulk_create(
        [Event(team=acme, number=last + 4, at=timezone.now(), kind="team.created", door="command", actor="x")]
    )

    assert app.get(f"/events?after={last}").body["lost"] == 3


# ── The operator's key ───────────────────────────────────────────────────────────────────────────────────────────────
def test_an_operators_key_names_the_team_by_slug_or_id(acme: Team, globex: Team, vendor: Product) -> None:
    assert vendor.get("/seat-check?team=acme&email=mia@acme.test").body["holds_seat"]
    assert not vendor.get(f"/seat-check?team={globex.pk}&email=mia@acme.test").body["found"]
    assert vendor.get("/members").problem == (400, "invalid")
    assert vendor.get("/members?team=nobody").problem == (404, "missing")


def test_an_operators_key_lists_every_open_team_and_a_teams_its_own(
    acme: Team, globex: Team, vendor: Product, app: Product
) -> None:
    assert [each["slug"] for each in all_of(vendor, "/teams?limit=1")] == ["acme", "globex"]
    assert [each["slug"] for each in all_of(app, "/teams")] == ["acme"]
    assert vendor.get("/teams?team=globex").body["data"][0]["seats"]["bought"] == 5
