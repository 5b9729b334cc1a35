"""Acts: all or none, and the journal they leave (spec rule 25)."""

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from portal.teams import founding, owners, policy, refused, roster, seats, triggers
from portal.teams.actor import Role
from portal.teams.acts import KINDS, Act, Kind, act, acting
from portal.teams.errors import Missing, NoSeatsLeft, NotAllowed, Refusal, Taken
from portal.teams.models import Event, Member, Team
from tests import make
from tests.teams import journal

TRIED = Kind("test.tried", "{actor} tried")


@act
def twice(act: Act) -> None:
    """Record two events."""
    act.record(TRIED)
    act.record(TRIED)


# ── Numbers ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_events_are_numbered_per_team_without_gaps(acme: Team, globex: Team) -> None:
    make.enforced(acme)
    make.member(globex, "mia@globex.test")
    twice(acme, make.BY_OPERATOR)
    make.suspend(acme, make.who(acme, "mia"))

    for team in (acme, globex):
        assert journal.numbers(team) == list(range(1, make.fresh(team).last_event + 1))


def test_an_act_that_changes_nothing_leaves_no_event_and_no_number(acme: Team) -> None:
    mia, before = make.who(acme, "mia"), make.fresh(acme).last_event

    roster.update(acme, make.as_owner(acme), mia.pk, {"given_name": "Mia"})
    seats.resize(acme, make.BY_OPERATOR, 10)
    policy.turn_sso_off(acme, make.as_owner(acme))
    owners.unsuspend(acme, make.as_owner(acme), mia.pk)
    make.role(acme, mia, "member")

    assert make.fresh(acme).last_event == before == journal.numbers(acme)[-1]


def test_a_refused_act_leaves_no_event_and_no_number(acme: Team) -> None:
    before = make.fresh(acme).last_event

    with pytest.raises(Taken):
        make.member(acme, "mia@acme.test")

    assert make.fresh(acme).last_event == before == journal.numbers(acme)[-1]


def test_a_refusal_is_one_event_that_says_who_which_door_and_why(acme: Team) -> None:
    refused.record(acme, make.by(make.who(acme, "mia")), NotAllowed(), "adam@acme.test", path="/members/")

    event = journal.last(acme)
    assert (event.kind, event.refused, event.door, event.actor) == ("act.refused", True, "dashboard", "Mia Lund")
    assert event.subject == "adam@acme.test"
    assert event.data == {"code": "not_allowed", "reason": str(NotAllowed()), "path": "/members/"}


# ── All or none ──────────────────────────────────────────────────────────────────────────────────────────────────────
def test_acts_inside_an_act_share_its_transaction_and_moment(acme: Team) -> None:
    with acting(acme, make.BY_OPERATOR) as outer:
        seats.resize(acme, make.BY_OPERATOR, 12)
        make.member(acme, "ada@acme.test")
        outer.record(TRIED)

    events = Event.every_team.filter(team=acme).order_by("-number")[:3]
    assert [event.kind for event in events] == ["test.tried", "member.added", "seats.resized"]
    assert len({event.at for event in events}) == 1


def test_an_act_that_fails_takes_the_acts_inside_it_with_it(acme: Team) -> None:
    before = journal.numbers(acme)

    with pytest.raises(Taken), acting(acme, make.BY_OPERATOR):
        seats.resize(acme, make.BY_OPERATOR, 12)
        make.member(acme, "mia@acme.test")

    assert seats.tally(acme).bought == 10
    assert journal.numbers(acme) == before


def test_an_act_refused_inside_another_leaves_nothing_of_itself_where_the_outer_one_goes_on(acme: Team) -> None:
    seats.resize(acme, make.BY_OPERATOR, 4)

    with acting(acme, make.BY_OPERATOR):
        make.member(acme, "ada@acme.test")
        with pytest.raises(NoSeatsLeft):
            make.member(acme, "late@acme.test")

    assert list(Member.every_team.filter(email="late@acme.test")) == []
    assert journal.last(acme).subject == "ada@acme.test"


@act
def changed_its_mind(act: Act) -> None:
    """Record something, then refuse."""
    act.record(TRIED)
    raise NotAllowed


def test_an_act_refused_inside_another_takes_its_events_with_it(acme: Team) -> None:
    with acting(acme, make.BY_OPERATOR):
        make.member(acme, "ada@acme.test")
        with pytest.raises(NotAllowed):
            changed_its_mind(acme, make.BY_OPERATOR)

    assert journal.count(acme, TRIED) == 0
    assert journal.last(acme).subject == "ada@acme.test"


def test_an_act_works_on_the_team_as_it_is_now(acme: Team) -> None:
    stale = make.fresh(acme)
    make.sso_on(acme)

    with acting(stale, make.BY_OPERATOR) as opened:
        assert opened.team.sso_on
        opened.record(TRIED)

    assert not stale.sso_on


def test_an_act_on_a_closed_or_unknown_team_is_missing(acme: Team, globex: Team) -> None:
    founding.close(acme, make.BY_OPERATOR)

    for team in (acme, make.who(globex, "greg").pk):
        with pytest.raises(Missing):
            twice(team, make.BY_OPERATOR)


@pytest.mark.parametrize(
    ("field", "sentence"), [("user_name", "userName is in use"), ("external_id", "externalId is in use")]
)
def test_what_the_database_forbids_is_the_refusal_the_act_would_have_raised(
    acme: Team, field: str, sentence: str
) -> None:
    adam = roster.update(acme, make.as_owner(acme), make.who(acme, "adam").pk, {"external_id": "x"})

    with pytest.raises(Taken, match=sentence), acting(acme, make.BY_OPERATOR):
        mia = make.who(acme, "mia")
        setattr(mia, field, getattr(adam, field))
        mia.save()

    assert make.who(acme, "mia").user_name == "mia@acme.test"


def test_any_other_fault_of_the_database_is_no_refusal(acme: Team) -> None:
    with pytest.raises(IntegrityError) as fault, acting(acme, make.BY_OPERATOR):
        Team.every_team.filter(pk=acme.pk).update(scim_on=True)

    assert not isinstance(fault.value, Refusal)


def test_two_kinds_never_share_a_name() -> None:
    with pytest.raises(ValueError, match="declared twice"):
        Kind("member.added", "another sentence")

    assert KINDS["member.added"] is roster.ADDED


# ── What the database itself forbids ─────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("switch", ["scim_on", "sso_enforced"])
def test_the_database_knows_no_scim_and_no_enforcement_without_sso(acme: Team, switch: str) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Team.every_team.filter(pk=acme.pk).update(**{switch: True})

    assert not getattr(make.fresh(acme), switch)


@pytest.mark.parametrize("statement", ["UPDATE teams_event SET actor = 'nobody'", "DELETE FROM teams_event"])
def test_the_journal_refuses_to_be_changed(acme: Team, statement: str) -> None:
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)

    assert journal.kinds(acme)[0] == "team.created"


def test_the_named_switch_opens_the_journal_and_shuts_it_again(acme: Team) -> None:
    with triggers.opened():
        Event.every_team.filter(team=acme, number=1).delete()

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Event.every_team.filter(team=acme).delete()
    assert journal.numbers(acme)[0] == 2


def test_the_switch_is_shut_where_the_work_under_it_fails(acme: Team) -> None:
    with pytest.raises(ZeroDivisionError), triggers.opened():
        Event.every_team.filter(team=acme).delete()
        _ = 1 / 0

    assert journal.numbers(acme)[0] == 1
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Event.every_team.filter(team=acme).delete()


def test_both_triggers_stand_and_putting_them_up_again_is_harmless(db: None) -> None:
    triggers.install()

    assert triggers.installed() == 2


def test_every_event_names_its_door_and_the_same_subject_as_the_row(acme: Team) -> None:
    mia = make.role(acme, make.who(acme, "mia"), "auditor")

    event = journal.last(acme)

    assert (event.subject_id, event.subject, event.door) == (str(mia.pk), "Mia Lund", "dashboard")
    assert (event.data["before"], event.data["after"]) == (Role.MEMBER, Role.AUDITOR)
