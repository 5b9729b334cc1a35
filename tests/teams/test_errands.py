"""Acts on many members at once: who is left out, seats that do not suffice, batches that go on, and taking back."""

from collections.abc import Callable
from uuid import uuid4

import pytest

from portal.outbound import work
from portal.teams import batches, errands, finding, invariants, owners, roster, seats
from portal.teams.actor import Role
from portal.teams.errands import Order, Verb
from portal.teams.errors import AssignmentLocked, Conflict, Invalid, NotAllowed
from portal.teams.finding import Choice, Wanted
from portal.teams.models import Errand, Event, Member, Team
from tests import make


def crowd(team: Team, count: int, *, active: bool = True) -> list[Member]:
    """Add so many people."""
    return [
        roster.add(
            team, make.BY_OPERATOR,
            {"user_name": f"c{n:03}@acme.test", "email": f"c{n:03}@acme.test", "active": active},
        )
        for n in range(count)
    ]  # fmt: skip


def done(team: Team, verb: Verb, *people: Member, by: str = "olga", role: str = "") -> Errand:
    """Ask for it and do it to the end."""
    choice = Choice(named=[each.pk for each in people])
    errand = errands.begin(team, make.by(make.who(team, by)), Order(verb, choice, role))
    while not errands.go_on(errand):
        pass
    return Errand.of(team, errand.pk)


def told(errand: Errand) -> dict[str, str]:
    """Who was refused, and why."""
    return {label: why for batch in errand.batches.all() for _pk, label, why in batch.refused}


def test_seats_are_freed_and_owners_and_oneself_left_out(acme: Team) -> None:
    people = crowd(acme, 3)
    everybody = [*people, make.who(acme, "olga"), make.who(acme, "adam")]

    errand = done(acme, Verb.UNASSIGN, *everybody, by="adam")

    assert (errand.done, errand.same, errand.refused, errand.due_at) == (3, 0, 2, None)
    assert told(errand) == {"olga@acme.test": errands.why_owners(), "Adam": errands.why_oneself()}
    assert not Member.every_team.filter(pk__in=[each.pk for each in people], active=True).exists()
    assert [event.kind for event in acme.events.order_by("number")][-4:] == ["errand.started"] + 3 * [
        "member.unassigned"
    ]
    assert list(invariants.check(make.fresh(acme))) == []


def test_whoever_finds_no_seat_is_refused_and_waits(acme: Team) -> None:
    people = crowd(acme, 4, active=False)
    seats.resize(acme, make.BY_OPERATOR, 5)

    errand = done(acme, Verb.ASSIGN, *people)

    assert (errand.done, errand.refused) == (2, 2)
    assert set(told(errand)) == {"c002@acme.test", "c003@acme.test"}
    assert all("5 of 5 seats are in use" in why for why in told(errand).values())
    assert set(acme.waiting.values_list("label", flat=True)) == set(told(errand))
    assert seats.tally(acme).free == 0


def test_roles_are_changed_and_who_has_the_role_is_left_as_they_are(acme: Team) -> None:
    errand = done(acme, Verb.ROLE, make.who(acme, "mia"), make.who(acme, "adam"), role="auditor")

    assert (errand.done, errand.same) == (2, 0)
    again = done(acme, Verb.ROLE, make.who(acme, "mia"), make.who(acme, "adam"), role="auditor")
    assert (again.done, again.same, again.finished_at is not None) == (0, 2, True)


def test_a_role_goes_to_who_was_shown_and_by_the_address_that_was_shown(acme: Team) -> None:
    mia, ben, cara = make.who(acme, "mia"), make.member(acme, "ben@acme.test"), make.member(acme, "cara@acme.test")
    shown = {str(each.pk): each.sign_in_email for each in (mia, ben)}
    order = Order(Verb.ROLE, Choice(named=[mia.pk, ben.pk, cara.pk]), "auditor", shown)
    errand = errands.begin(acme, make.as_owner(acme), order)
    # A worker may do it a minute later.
    roster.update(acme, make.as_owner(acme), ben.pk, {"email": "thief@evil.test"})

    errands.go_on(errand)

    assert [make.who(acme, name).role for name in ("mia", "thief", "cara")] == ["auditor", "member", "member"]
    assert (errand.done, errand.refused) == (1, 2)


@pytest.mark.parametrize("role", ["owner", "", "king"])
def test_a_list_makes_no_owners(acme: Team, role: str) -> None:
    with pytest.raises(Invalid):
        done(acme, Verb.ROLE, make.who(acme, "mia"), role=role)


def test_signing_out_ends_what_was_proved_before(acme: Team) -> None:
    mia = make.who(acme, "mia")

    errand = done(acme, Verb.SIGN_OUT, mia)

    assert errand.done == 1
    assert make.who(acme, "mia").entry_after > mia.entry_after
    assert make.who(acme, "mia").active


def test_many_are_met_in_batches_each_its_own_act(acme: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "MOST", 2)
    crowd(acme, 5)
    order = Order(Verb.UNASSIGN, Choice(Wanted(q="c0", status="active")))
    errand = errands.begin(acme, make.as_owner(acme), order)

    met = []
    while not errands.go_on(errand := Errand.of(acme, errand.pk)):
        met.append(Errand.of(acme, errand.pk).met)

    assert (met, Errand.of(acme, errand.pk).done) == ([2, 4], 5)
    assert not acme.members.filter(user_name__startswith="c0", active=True).exists()


def test_a_batch_that_fails_is_done_again_and_nothing_twice(acme: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "MOST", 2)
    people = crowd(acme, 4)
    errand = errands.begin(acme, make.as_owner(acme), Order(Verb.UNASSIGN, Choice(named=[each.pk for each in people])))
    errands.go_on(errand)
    with monkeypatch.context() as broken:
        broken.setattr(errands, "_keep", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            errands.go_on(Errand.of(acme, errand.pk))
    assert acme.members.filter(pk__in=[each.pk for each in people], active=True).count() == 2

    Errand.every_team.filter(pk=errand.pk).update(due_at=errand.made_at)
    work.run_due("many")

    errand = Errand.of(acme, errand.pk)
    assert (errand.done, errand.due_at, errand.finished_at is not None) == (4, None, True)
    assert Event.every_team.filter(team=acme, kind="member.unassigned").count() == 4


def test_a_lock_that_falls_on_the_way_stops_the_rest(acme: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "MOST", 2)
    people = crowd(acme, 4)
    errand = errands.begin(acme, make.as_owner(acme), Order(Verb.UNASSIGN, Choice(named=[each.pk for each in people])))
    errands.go_on(errand)
    make.scim_on(acme)

    assert errands.go_on(Errand.of(acme, errand.pk))

    errand = Errand.of(acme, errand.pk)
    assert "SCIM is on" in errand.stopped
    assert (errand.done, acme.members.filter(pk__in=[each.pk for each in people], active=True).count()) == (2, 2)
    assert acme.events.order_by("-number")[0].refused


def test_who_is_no_admin_any_more_goes_no_further(acme: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "MOST", 2)
    people = crowd(acme, 4)
    by = make.by(make.who(acme, "adam"))
    errand = errands.begin(acme, by, Order(Verb.UNASSIGN, Choice(named=[each.pk for each in people])))
    errands.go_on(errand)
    owners.set_role(acme, make.as_owner(acme), make.who(acme, "adam").pk, Role.MEMBER)

    assert errands.go_on(Errand.of(acme, errand.pk))

    assert "Your role does not allow this" in Errand.of(acme, errand.pk).stopped
    assert acme.members.filter(pk__in=[each.pk for each in people], active=True).count() == 2


@pytest.mark.parametrize("lock", [make.scim_on, make.enforced])
def test_a_lock_refuses_the_whole(acme: Team, lock: object) -> None:
    inactive = crowd(acme, 1, active=False)
    lock(acme)  # type: ignore[operator]

    with pytest.raises(AssignmentLocked):
        done(acme, Verb.ASSIGN, *inactive)


def test_a_member_may_not(acme: Team) -> None:
    with pytest.raises(NotAllowed):
        done(acme, Verb.SIGN_OUT, make.who(acme, "adam"), by="mia")


def test_people_of_another_team_are_not_met(acme: Team, globex: Team) -> None:
    with pytest.raises(Invalid):
        done(acme, Verb.SIGN_OUT, make.who(globex, "greg"))
    errand = done(acme, Verb.SIGN_OUT, make.who(globex, "greg"), make.who(acme, "mia"))

    assert errand.met == 1


def test_what_was_freed_is_given_back_once(acme: Team) -> None:
    people = crowd(acme, 3)
    freed = done(acme, Verb.UNASSIGN, *people, make.who(acme, "mia"))
    gone = people[0]
    roster.remove(acme, make.as_owner(acme), gone.pk)

    back = errands.take_back(acme, make.as_owner(acme), freed)
    while not errands.go_on(back):
        pass

    assert Errand.of(acme, back.pk).done == 3
    assert make.who(acme, "mia").active
    with pytest.raises(Conflict):
        errands.take_back(acme, make.as_owner(acme), freed)


def test_more_people_are_given_their_seats_back_than_a_statement_takes_values(
    acme: Team, monkeypatch: pytest.MonkeyPatch, few_values: Callable[[], None]
) -> None:
    monkeypatch.setattr(finding, "PIECE", 50)
    freed = done(acme, Verb.UNASSIGN, *crowd(acme, 3))
    batch = freed.batches.get()
    batch.done = [*batch.done, *(str(uuid4()) for _ in range(200))]
    batch.save()

    few_values()
    back = errands.take_back(acme, make.as_owner(acme), freed)

    assert back.expected == 3


def test_old_errands_are_forgotten(acme: Team) -> None:
    errand = done(acme, Verb.SIGN_OUT, make.who(acme, "mia"))
    Errand.every_team.filter(pk=errand.pk).update(finished_at=errand.made_at - 2 * errands.KEEP)
    younger = done(acme, Verb.SIGN_OUT, make.who(acme, "mia"))

    errands.purge()

    assert list(acme.errands.all()) == [younger]
