"""Everybody at once: threads with connections of their own, on SQLite files and on PostgreSQL (SEATGATE_TEST_PG=1)."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import pytest
from django.db import connection, transaction
from django.utils import timezone

from portal.teams import founding, invariants, owners, policy, refused, rescue, roster, seats, standing
from portal.teams.actor import Actor, Door, Role
from portal.teams.acts import acting
from portal.teams.errors import AssignmentLocked, LastOwner, Missing, NoSeatsLeft, Refusal, Taken
from portal.teams.models import Entry, Event, Member, Team
from portal.teams.models.team import Standing
from portal.teams.registry import registry
from portal.teams.seats import Tally
from tests import make
from tests.teams import journal
from tests.teams.browsers import Browser

pytestmark = pytest.mark.django_db(transaction=True)
Work = Callable[[], object]


def at_once(works: Iterable[Work]) -> Counter[type]:
    """Do everything at the same moment, each on a connection of its own; count what came of it by refusal."""
    works = list(works)
    barrier = Barrier(len(works))

    def run(work: Work) -> type:
        try:
            barrier.wait(30)
            work()
        except Refusal as refusal:
            return type(refusal)
        finally:
            connection.close()
        return type(None)

    with ThreadPoolExecutor(len(works)) as pool:
        return Counter(pool.map(run, works))


@pytest.fixture(autouse=True)
def nothing_differs_afterwards(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterable[None]:
    """Check every invariant of the ground floor after the race."""
    monkeypatch.setattr(registry, "checks", [])
    yield
    for team in Team.every_team.all():
        assert list(invariants.check(team)) == []


def adding(team: Team, by: Actor, email: str) -> Work:
    """Add somebody who is new."""
    return lambda: roster.add(team, by, {"user_name": email, "email": email})


# ── Seats ────────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_of_24_people_added_at_once_on_10_free_seats_exactly_10_are_seated(acme: Team) -> None:
    seats.resize(acme, make.BY_OPERATOR, 13)
    by = make.as_owner(acme)

    outcome = at_once(adding(acme, by, f"p{n}@acme.test") for n in range(24))

    assert outcome == {type(None): 10, NoSeatsLeft: 14}
    assert seats.tally(acme) == Tally(bought=13, assigned=13)


def test_of_12_people_woken_at_once_on_5_free_seats_exactly_5_are_seated(acme: Team) -> None:
    make.scim_on(acme)
    people = [make.provisioned(acme, f"p{n}@acme.test", active=False) for n in range(12)]
    seats.resize(acme, make.BY_OPERATOR, 8)
    by = make.scim(acme)

    outcome = at_once(lambda who=who: roster.update(acme, by, who.pk, {"active": True}) for who in people)

    assert outcome == {type(None): 5, NoSeatsLeft: 7}
    assert Member.every_team.filter(team=acme, active=True).count() == 8


def test_no_door_gets_past_the_last_seat_while_others_press(acme: Team) -> None:
    seats.resize(acme, make.BY_OPERATOR, 4)
    by = make.as_owner(acme)
    by_sso = [adding(acme, make.sso(acme), f"s{n}@acme.test") for n in range(4)]
    by_hand = [adding(acme, by, f"h{n}@acme.test") for n in range(4)]
    crowns = [lambda n=n: founding.crown(acme, make.BY_OPERATOR, f"o{n}@acme.test", "help") for n in range(4)]

    outcome = at_once([*by_sso, *by_hand, *crowns])

    assert outcome == {type(None): 1, NoSeatsLeft: 11}


def test_one_seat_that_is_freed_and_wanted_at_once_is_held_by_one(acme: Team) -> None:
    seats.resize(acme, make.BY_OPERATOR, 3)
    by, mia = make.as_owner(acme), make.who(acme, "mia").pk

    at_once([lambda: roster.unassign(acme, by, mia), *(adding(acme, by, f"p{n}@acme.test") for n in range(5))])

    assert seats.tally(acme).assigned in (2, 3)
    assert not Member.every_team.get(pk=mia).active


# ── Names ────────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("names", [("Älice", "ÄLICE", "älice", "a\u0308lice"), ("Straße", "STRASSE", "strasse")])
def test_the_same_user_name_in_different_cases_is_given_once(acme: Team, names: tuple[str, ...]) -> None:
    by = make.as_owner(acme)

    outcome = at_once(lambda name=name: roster.add(acme, by, {"user_name": name}) for name in names * 2)

    assert outcome == {type(None): 1, Taken: 2 * len(names) - 1}


def test_one_person_provisioned_eight_times_at_once_is_adopted_once_under_their_id(acme: Team) -> None:
    make.scim_on(acme)
    by, mia = make.scim(acme), make.who(acme, "mia")

    outcome = at_once([lambda: roster.provision(acme, by, {"user_name": "mlund", "email": "mia@acme.test"})] * 8)

    assert outcome == {type(None): 1, Taken: 7}
    assert Member.every_team.get(user_name="mlund").pk == mia.pk


# ── Owners ───────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    "end",
    [
        lambda team, by, who: owners.set_role(team, by, who.pk, Role.MEMBER),
        lambda team, by, who: owners.suspend(team, by, who.pk),
        lambda team, by, who: roster.unassign(team, by, who.pk),
    ],
    ids=["demote", "suspend", "unassign"],
)
def test_of_two_owners_who_end_each_other_one_is_left(
    acme: Team, end: Callable[[Team, Actor, Member], object]
) -> None:  # fmt: skip
    make.second_owner(acme)
    olga, adam = make.who(acme, "olga"), make.who(acme, "adam")

    outcome = at_once([lambda: end(acme, make.by(olga), adam), lambda: end(acme, make.by(adam), olga)])

    assert outcome == {type(None): 1, LastOwner: 1}
    left = Member.every_team.filter(team=acme, role=Role.OWNER, active=True, suspended_at=None)
    assert left.count() == 1


def test_scim_that_ends_both_owners_at_once_holds_one(acme: Team) -> None:
    make.second_owner(acme)
    make.scim_on(acme)
    by, both = make.scim(acme), [make.who(acme, "olga"), make.who(acme, "adam")]

    outcome = at_once(lambda who=who: roster.update(acme, by, who.pk, {"active": False}) for who in both)

    assert outcome == {type(None): 1, LastOwner: 1}
    assert journal.count(acme, owners.HELD) == 1


# ── Switches ─────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_nobody_is_assigned_by_hand_after_scim_was_turned_on(acme: Team) -> None:
    make.sso_on(acme)
    by = make.as_owner(acme)

    outcome = at_once(
        [*(adding(acme, by, f"p{n}@acme.test") for n in range(6)), lambda: policy.turn_scim_on(acme, by)]
    )  # fmt: skip

    switched = Event.every_team.get(team=acme, kind=policy.SCIM_ON.name).number
    added = Event.every_team.filter(team=acme, kind=roster.ADDED.name, door="dashboard")
    assert not added.filter(number__gt=switched).exists()
    assert outcome[AssignmentLocked] == 6 - added.filter(subject__startswith="p").count()


def test_turning_scim_on_and_sso_off_at_once_end_in_one_of_the_two_orders(acme: Team) -> None:
    make.sso_on(acme)
    by = make.as_owner(acme)

    at_once([lambda: policy.turn_scim_on(acme, by), lambda: policy.turn_sso_off(acme, by)])

    team = make.fresh(acme)
    assert team.scim_on == team.sso_on


# ── The journal ──────────────────────────────────────────────────────────────────────────────────────────────────────
def test_events_of_acts_at_once_are_numbered_without_a_gap(acme: Team, globex: Team) -> None:
    works = [adding(team, make.as_owner(team), f"p{n}@x.test") for team in (acme, globex) for n in range(8)]

    at_once(works)

    for team in (acme, globex):
        assert sorted(journal.numbers(team)) == list(range(1, make.fresh(team).last_event + 1))


def test_a_rescue_code_sent_eight_times_at_once_lets_one_in(acme: Team) -> None:
    codes = rescue.make(acme, make.as_owner(acme))
    entered: list[Member] = []

    def use() -> None:
        found = rescue.claim("acme", "olga@acme.test", codes[0])
        if found is not None:
            entered.append(found)

    at_once([use] * 8)

    assert len(entered) == 1
    assert Event.every_team.filter(kind="break_glass.opened").count() == 1


# ── What the lock brings along ───────────────────────────────────────────────────────────────────────────────────────
def test_an_act_that_waited_for_the_lock_knows_what_the_one_before_it_left(acme: Team) -> None:
    seats.resize(acme, make.BY_OPERATOR, 3)
    by, has_begun, seen = make.as_owner(acme), threading.Event(), list[Standing]()

    def refuse() -> None:
        with acting(acme, by) as act:
            has_begun.set()
            # The other stands before the lock by then.
            time.sleep(0.5)
            refused.record(acme, act.by, NoSeatsLeft(acme.name, 3), "zoe@acme.test")

    def look() -> None:
        has_begun.wait(30)
        with acting(acme, by) as act:
            seen.append(standing.of(act.team))

    at_once([refuse, look])

    assert seen == [Standing(assigned=3, bought=3, somebody_waits=True, notice_is_open=True, next_seat=None)]


# ── Signing in, which takes no team's lock ───────────────────────────────────────────────────────────────────────────
def signing_in(member: Member, has_begun: threading.Event) -> Work:
    """Do what coming back by single sign-on does: the member's row, the browser's old entries, a new one; slowly."""

    def run() -> None:
        now = timezone.now()
        with transaction.atomic():
            Member.every_team.filter(pk=member.pk).update(last_sign_in=now)
            has_begun.set()
            # The other stands before the member's row by then.
            time.sleep(0.5)
            Entry.every_team.filter(member=member).update(ended_at=now, ended_why="entered_anew")
            entered(member, now)

    return run


def entered(member: Member, at: datetime) -> Entry:
    """Enter a member."""
    ends = at + timedelta(hours=1)
    entry: Entry = Entry.every_team.create(
        team=member.team, member=member, door=Door.SSO, proved_at=at, expires_at=ends, last_seen=at
    )
    return entry


@pytest.mark.parametrize("does", ["sign_out_all", "sign_out", "unassign", "suspend"])
def test_who_signs_in_anew_while_their_sessions_are_ended_stops_neither(acme: Team, does: str) -> None:
    by, mia, has_begun = make.as_owner(acme), make.who(acme, "mia"), threading.Event()
    entered(mia, timezone.now())
    acts: dict[str, Work] = {
        "sign_out_all": lambda: owners.sign_out_all(acme, by, [mia]),
        "sign_out": lambda: owners.sign_out(acme, by, mia.pk),
        "unassign": lambda: roster.unassign(acme, by, mia.pk),
        "suspend": lambda: owners.suspend(acme, by, mia.pk),
    }

    outcome = at_once([signing_in(mia, has_begun), lambda: has_begun.wait(30) and acts[does]()])

    assert outcome == {type(None): 2}
    assert not Entry.every_team.filter(member=mia, ended_at=None).exists()


def test_who_is_deleted_while_they_sign_in_is_deleted(acme: Team) -> None:
    make.scim_on(acme)
    nina, has_begun = make.provisioned(acme, "nina@acme.test"), threading.Event()

    remove: Work = lambda: has_begun.wait(30) and roster.remove(acme, make.scim(acme), nina.pk)  # noqa: E731
    outcome = at_once([signing_in(nina, has_begun), remove])

    assert outcome == {type(None): 2}
    assert not Member.every_team.filter(pk=nina.pk).exists()
    assert not Entry.every_team.filter(member=nina.pk).exists()


def test_who_signs_in_by_code_while_they_are_deleted_is_not_entered(acme: Team) -> None:
    make.scim_on(acme)
    nina, is_going = make.provisioned(acme, "nina@acme.test"), threading.Event()
    browser = Browser.by_code(nina.email)

    def remove() -> None:
        with acting(acme, make.scim(acme)):
            roster.remove(acme, make.scim(acme), nina.pk)
            is_going.set()
            time.sleep(0.3)

    outcome = at_once([remove, lambda: is_going.wait(30) and browser.enter_by_code(nina)])

    assert outcome == {type(None): 1, Missing: 1}
    assert not Member.every_team.filter(pk=nina.pk).exists()
    assert not Entry.every_team.filter(member=nina.pk).exists()
