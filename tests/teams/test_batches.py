"""Many people at once: the rules are those that hold for one."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.teams import batches, invariants, owners, roster, seats
from portal.teams.actor import Actor, Door, Role
from portal.teams.errors import AssignmentLocked, Invalid, NoSeatsLeft, NotAllowed
from portal.teams.models import Member, Team
from portal.teams.verdicts import Outcome, Person, Verdict
from tests import make
from tests.teams import journal


def by_csv(team: Team, name: str = "adam") -> Actor:
    """Act as an import that this person began."""
    member = make.who(team, name)
    return Actor(Door.CSV, member.label, id=str(member.pk), role=Role.ADMIN, member_id=member.pk)


def admit(team: Team, *people: Person, **how: bool) -> list[Verdict]:
    """Admit these people as Adam's import does."""
    return batches.admit(team, by_csv(team), list(people), **how)


def crowd(number: int) -> list[Person]:
    """So many people whom nobody knows."""
    return [Person(f"p{n}@acme.test", {"given_name": f"P{n}"}) for n in range(number)]


def outcomes(verdicts: list[Verdict]) -> list[str]:
    """Name what became of each."""
    return [verdict.outcome.value for verdict in verdicts]


def test_new_people_are_seated_mailed_and_in_the_journal_each(acme: Team) -> None:
    verdicts = admit(acme, *crowd(3))

    assert outcomes(verdicts) == ["new"] * 3
    assert seats.tally(acme).assigned == 6
    assert journal.count(acme, roster.ADDED) == 6
    assert sorted(journal.mailed("seated"))[-3:] == ["p0@acme.test", "p1@acme.test", "p2@acme.test"]
    assert make.who(acme, "p0").sign_in_email_key == "p0@acme.test"
    assert list(invariants.check(make.fresh(acme))) == []


def test_nobody_is_mailed_where_that_was_not_wanted(acme: Team) -> None:
    admit(acme, *crowd(2), mail=False)

    assert journal.mailed("seated") == []


def test_whoever_comes_after_the_last_seat_is_refused_and_waits(acme: Team) -> None:
    seats.resize(acme, make.BY_OPERATOR, 5)

    verdicts = admit(acme, *crowd(4))

    assert outcomes(verdicts) == ["new", "new", "over", "over"]
    assert verdicts[2].reason.startswith("No unassigned seats left in team Acme: 5 of 5")
    assert sorted(acme.waiting.values_list("label", flat=True)) == ["p2@acme.test", "p3@acme.test"]
    assert journal.last(acme).data["people"] == 2


def test_who_waits_already_waits_once_more_and_no_longer_once_seated(acme: Team) -> None:
    seats.resize(acme, make.BY_OPERATOR, 3)
    admit(acme, *crowd(2))
    admit(acme, *crowd(2))
    assert list(acme.waiting.values_list("times", flat=True)) == [2, 2]

    seats.resize(acme, make.BY_OPERATOR, 5)
    admit(acme, *crowd(2))

    assert acme.waiting.count() == 0


def test_all_or_none_writes_nothing_where_one_finds_no_seat(acme: Team) -> None:
    seats.resize(acme, make.BY_OPERATOR, 5)
    before = journal.numbers(acme)

    with pytest.raises(NoSeatsLeft):
        admit(acme, *crowd(4), all_or_none=True)

    assert journal.numbers(acme) == before and acme.members.count() == 3


def test_known_people_are_changed_where_they_differ_and_only_there(acme: Team) -> None:
    title = {"title": "Chief"}

    verdicts = admit(
        acme, Person("MIA@acme.test", {"given_name": "Maria"}, title), Person("adam@acme.test", {"given_name": "Adam"})
    )

    mia = make.who(acme, "mia")
    assert outcomes(verdicts) == ["changed", "same"]
    assert verdicts[0].changes["given_name"] == ["Mia", "Maria"]
    assert (mia.given_name, mia.given_name_key, mia.family_name, mia.version) == ("Maria", "maria", "Lund", 2)
    assert mia.attributes == title and mia.attributes_folded == {"title": "chief"}
    assert seats.tally(acme).assigned == 3


def test_the_same_list_again_changes_nothing_and_leaves_no_event(acme: Team) -> None:
    people = [*crowd(3), Person("mia@acme.test", role=Role.AUDITOR)]
    admit(acme, *people)
    before = journal.numbers(acme)

    verdicts = admit(acme, *people)

    assert outcomes(verdicts) == ["same"] * 4
    assert journal.numbers(acme) == before


def test_somebody_without_a_seat_gets_one_again_and_must_sign_in_anew(acme: Team) -> None:
    mia = make.who(acme, "mia")
    roster.unassign(acme, make.as_owner(acme), mia.pk)

    verdicts = admit(acme, Person("mia@acme.test"))

    back = make.who(acme, "mia")
    assert outcomes(verdicts) == ["changed"] and verdicts[0].changes == {"active": [False, True]}
    assert back.active and back.entry_after > mia.entry_after
    assert journal.mailed("seated") == ["mia@acme.test"]


def test_roles_up_to_admin_are_given(acme: Team) -> None:
    admit(acme, Person("mia@acme.test", role=Role.AUDITOR), Person("nia@acme.test", role=Role.ADMIN))

    assert (make.who(acme, "mia").role, make.who(acme, "nia").role) == ("auditor", "admin")
    assert journal.count(acme, owners.ROLE_CHANGED) == 2


@pytest.mark.parametrize(
    ("person", "reason"),
    [
        (Person("new@acme.test", role=Role.OWNER), "neither makes owners"),
        (Person("mia@acme.test", role=Role.OWNER), "neither makes owners"),
        (Person("olga@acme.test", {"given_name": "X"}), "neither makes owners nor changes them"),
        (Person("adam@acme.test", role=Role.MEMBER), "your own role"),
        (Person("new@acme.test", {"user_name": "Mia@acme.test"}), "userName Mia@acme.test is in use"),
    ],
)
def test_what_one_by_one_is_refused_is_refused_in_a_list(acme: Team, person: Person, reason: str) -> None:
    verdicts = admit(acme, person, Person("fine@acme.test"))

    assert outcomes(verdicts) == ["bad", "new"]
    assert reason in verdicts[0].reason


def test_two_of_the_list_cannot_have_one_user_name(acme: Team) -> None:
    verdicts = admit(acme, Person("a@acme.test", {"user_name": "same"}), Person("b@acme.test", {"user_name": "SAME"}))

    assert outcomes(verdicts) == ["new", "bad"]


def test_an_address_of_two_members_is_refused(acme: Team) -> None:
    roster.add(acme, make.as_owner(acme), {"user_name": "other", "email": "mia@acme.test"})

    assert admit(acme, Person("mia@acme.test", {"given_name": "M"}))[0].outcome is Outcome.BAD


def test_what_the_identity_provider_wrote_stays_its_own(acme: Team) -> None:
    make.scim_on(acme)
    make.provisioned(acme, "ida@acme.test", given_name="Ida")
    Team.every_team.filter(pk=acme.pk).update(scim_on=False)

    verdicts = admit(acme, Person("ida@acme.test", {"given_name": "Other"}, role=Role.AUDITOR))

    assert (make.who(acme, "ida").given_name, make.who(acme, "ida").role) == ("Ida", "auditor")
    assert "belong to your identity provider" in verdicts[0].reason


@pytest.mark.parametrize("lock", [make.scim_on, make.enforced])
def test_a_lock_closes_the_list_too(acme: Team, lock: object) -> None:
    lock(acme)  # type: ignore[operator]

    with pytest.raises(AssignmentLocked):
        admit(acme, *crowd(1))


def test_an_import_counts_as_an_admin_and_no_less(acme: Team) -> None:
    with pytest.raises(NotAllowed):
        batches.admit(acme, make.by(make.who(acme, "mia"), Door.CSV), crowd(1))


def test_a_batch_has_its_limit(acme: Team) -> None:
    with pytest.raises(Invalid, match="At most 500"):
        admit(acme, *crowd(batches.MOST + 1))


def test_a_list_is_written_in_few_statements_however_long_it_is(acme: Team) -> None:
    seats.resize(acme, make.BY_OPERATOR, 500)
    counts = []
    for number in (10, 90):
        with CaptureQueriesContext(connection) as seen:
            admit(acme, *[Person(f"{number}-{n}@acme.test") for n in range(number)])
        counts.append(len(seen))

    # SQLite takes so many values a statement; eighty people more are two statements more.
    assert counts[1] - counts[0] <= 3


# ── Taking it back ───────────────────────────────────────────────────────────────────────────────────────────────────
def seated(acme: Team, number: int) -> list[Member]:
    """Admit so many and return them."""
    return [verdict.member for verdict in admit(acme, *crowd(number)) if verdict.member is not None]


def test_seats_are_taken_back_and_sessions_end(acme: Team) -> None:
    members = seated(acme, 3)

    assert batches.take_back(acme, by_csv(acme), [member.pk for member in members]) == 3

    assert seats.tally(acme).assigned == 3
    assert journal.count(acme, roster.UNASSIGNED) == 3
    assert make.who(acme, "p0").entry_after > members[0].entry_after
    assert list(invariants.check(make.fresh(acme))) == []


def test_taking_back_leaves_out_who_became_an_owner_or_left(acme: Team) -> None:
    members = seated(acme, 3)
    make.role(acme, members[0], "owner")
    roster.unassign(acme, make.as_owner(acme), members[1].pk)

    assert batches.take_back(acme, by_csv(acme), [member.pk for member in members]) == 1
    assert make.who(acme, "p0").active


def test_taking_back_touches_no_other_team(acme: Team, globex: Team) -> None:
    greg = make.who(globex, "greg")

    assert batches.take_back(acme, by_csv(acme), [greg.pk]) == 0
    assert make.who(globex, "greg").active


def test_taking_back_is_closed_while_scim_is_on(acme: Team) -> None:
    members = seated(acme, 1)
    make.scim_on(acme)

    with pytest.raises(AssignmentLocked):
        batches.take_back(acme, by_csv(acme), [members[0].pk])
