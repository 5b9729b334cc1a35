"""A statement that is compiled once finds, changes and writes what the ORM's own would."""

from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.db import models
from django.db.models import Q
from django.utils import timezone

from portal.teams import names, rows
from portal.teams.actor import Role
from portal.teams.compiled import Bound, Select, Update
from portal.teams.models import Event, GroupMember, Member, SeatDay, Team, Waiting
from tests import make


def test_it_finds_what_the_orm_finds_whatever_the_values(acme: Team, globex: Team) -> None:
    build = lambda team, name: Member.every_team.filter(team=team, user_name_key=name)  # noqa: E731
    find = Select(build, UUID, str)

    for team in (acme, globex):
        for name in ("olga@acme.test", "greg@globex.test", "nobody", "100%", "'"):
            assert find(team.pk, name) == list(build(team.pk, name))


def test_a_row_is_whole_and_what_was_joined_comes_with_it(acme: Team, django_assert_num_queries: object) -> None:
    find = Select(lambda key: Member.every_team.filter(pk=key).select_related("team"), UUID)
    mia = make.who(acme, "mia")
    columns = [field.attname for field in Member._meta.concrete_fields]

    with django_assert_num_queries(1):  # type: ignore[operator]
        found = find.first(mia.pk)

        assert [getattr(found, name) for name in columns] == [getattr(mia, name) for name in columns]
        assert (found.team, found._state.adding) == (acme, False)


def test_tuples_and_moments_come_as_the_orm_gives_them(acme: Team) -> None:
    build = lambda since: Member.every_team.filter(created_at__gte=since).order_by("pk").values_list("pk", "created_at")  # noqa: E731
    since = make.who(acme, "adam").created_at

    assert Select(build, datetime)(since) == list(build(since))


def test_a_slice_takes_its_bounds_from_call_to_call(acme: Team) -> None:
    build = lambda team, skip, count: Member.every_team.filter(team=team).order_by("pk")[skip : skip + count]  # noqa: E731
    find = Select(build, UUID, Bound, Bound)

    for bounds in ((0, 2), (1, 1), (2, 40_000), (70_000, 3), (0, 1)):
        assert find(acme.pk, *bounds) == list(build(acme.pk, *bounds))
    assert len(find(acme.pk, 0, 2)) == 2


def test_a_value_without_a_place_is_an_error_at_the_first_use(acme: Team) -> None:
    find = Select(lambda team, _unused: Member.every_team.filter(team=team), UUID, str)

    with pytest.raises(ValueError, match="has no place"):
        find(acme.pk, "x")


def test_a_constant_is_spelled_out_and_keeps_its_meaning(acme: Team) -> None:
    build = lambda team, name: Member.every_team.filter(  # noqa: E731
        Q(user_name_key=name) | Q(given_name="It's 100%") | Q(version=7), ~Q(external_id=""), team=team
    )
    find = Select(build, UUID, str)
    everybody = Member.every_team.filter(team=acme)
    everybody.filter(pk=make.who(acme, "mia").pk).update(given_name="It's 100%", external_id="x")
    everybody.filter(pk=make.who(acme, "adam").pk).update(version=7, external_id="%s")

    found = find(acme.pk, "olga@acme.test")

    assert {*found} == {make.who(acme, "mia"), make.who(acme, "adam")} == {*build(acme.pk, "olga@acme.test")}


def test_an_update_changes_these_rows_and_says_how_many(acme: Team, globex: Team) -> None:
    put = Update(lambda team, at: (Member.every_team.filter(team=team), {"last_sign_in": at}), UUID, datetime)
    at = timezone.now()

    changed = put(acme.pk, at)

    assert changed == Member.every_team.filter(last_sign_in=at).count() == Member.every_team.filter(team=acme).count()


def test_an_insert_and_a_rewrite_leave_what_save_would(acme: Team) -> None:
    mia = make.who(acme, "mia")
    twin = Member.every_team.get(pk=mia.pk)
    twin.pk, twin.user_name, twin.attributes = uuid4(), "ÄTwin", {"title": "Größe", "list": [1, None, {"a": True}]}
    twin.insert()
    mia.given_name, mia.attributes = "MÍA", {"x": 'a "quote" and 100%'}
    mia.rewrite()

    for row in (twin, mia):
        stored = Member.every_team.get(pk=row.pk)
        row.save(force_update=True)
        saved = Member.every_team.get(pk=row.pk)
        assert {**vars(stored), "_state": 0} == {**vars(saved), "_state": 0}


def test_a_rewrite_of_a_row_that_is_gone_is_no_insert(acme: Team) -> None:
    mia = make.who(acme, "mia")
    Member.every_team.filter(pk=mia.pk).delete()

    mia.rewrite()

    assert not Member.every_team.filter(pk=mia.pk).exists()


def test_a_number_of_its_own_is_drawn_by_the_database(acme: Team) -> None:
    before = Event.every_team.filter(team=acme).count()
    event = Event(team=acme, number=9999, at=timezone.now(), kind="test.made", door="command", actor="x", data={"a": 1})

    rows.insert(event)

    assert Event.every_team.get(team=acme, number=9999).data == {"a": 1}
    assert Event.every_team.filter(team=acme).count() == before + 1


def test_json_is_stored_as_django_would(acme: Team) -> None:
    data = {"ä": [1.5, None, True, 2**70, "50 %"], "deep": {"7": {"x": "\u2028"}}}
    odd = {7: "a number's name", "tuple": (1, 2)}
    for number, said in enumerate((data, odd, {})):
        known = {"team": acme, "at": timezone.now(), "kind": "t", "door": "x", "actor": "x", "data": said}
        rows.insert(Event.made(number=9000 + number, **known))
        Event.every_team.create(number=9100 + number, **known)

        ours, theirs = (Event.every_team.get(team=acme, number=first + number).data for first in (9000, 9100))
        assert ours == theirs


def test_a_moment_that_sets_itself_is_set_each_time(acme: Team) -> None:
    for name in ("nina", "omar"):
        rows.insert(Waiting(team=acme, key=name, label=name, door="scim"))

    assert all(row.first_at and row.last_at for row in Waiting.every_team.filter(team=acme))


def test_days_find_their_row(acme: Team) -> None:
    find = Select(lambda team, day: SeatDay.every_team.filter(team=team, day=day), UUID, date)
    today = timezone.now().date()

    assert find(acme.pk, today) == list(SeatDay.every_team.filter(team=acme, day=today)) != []
    assert find(acme.pk, today - timedelta(days=1)) == []


@pytest.mark.parametrize(
    "profile",
    [
        {"user_name": "MIA@acme.test"},
        {"user_name": "new", "email": "mia@ACME.test"},
        {"user_name": "new", "external_id": "7"},
        {"user_name": "olga@acme.test", "external_id": "7", "email": "mia@acme.test"},
        {"user_name": "", "external_id": "", "email": ""},
    ],
)
def test_who_has_these_names_is_asked_in_one_statement(acme: Team, globex: Team, profile: names.Profile) -> None:
    Member.every_team.filter(pk=make.who(acme, "adam").pk).update(external_id="7", scim_written=True)
    everybody = Member.every_team.filter(team=acme)
    expected = {
        *everybody.filter(user_name_key=profile["user_name"].lower()),
        *(everybody.filter(external_id=profile["external_id"]) if profile.get("external_id") else ()),
        *(everybody.filter(email_key=profile["email"].lower(), scim_written=False) if profile.get("email") else ()),
    }

    assert set(names.known(acme, profile)) == expected


def test_a_member_to_whom_something_refers_goes_with_all_of_it(acme: Team) -> None:
    mia = make.who(acme, "mia")
    make.group(acme, "Staff", mia)

    parted: list[bool] = []
    mia.leave(Member.referred(mia.pk), lambda: parted.append(GroupMember.every_team.exists()))

    assert parted == [True]
    assert not GroupMember.every_team.exists()
    assert not Member.every_team.filter(pk=mia.pk).exists()


def test_a_row_that_is_read_is_what_django_would_make_of_it(acme: Team) -> None:
    make.who(acme, "mia")
    theirs = models.Model.from_db.__func__  # type: ignore[attr-defined]

    for kind in (Team, Member):
        columns = [field.attname for field in kind._meta.concrete_fields]
        values = kind.every_team.values_list(*columns)[0]
        ours, django = kind.from_db("default", columns, values), theirs(kind, "default", columns, values)
        assert {**vars(ours), "_state": 0} == {**vars(django), "_state": 0}
        assert (ours._state.adding, ours._state.db) == (django._state.adding, django._state.db) == (False, "default")


def test_a_row_that_is_made_is_what_the_constructor_would_make(acme: Team) -> None:
    ours = Member.made(id=UUID(int=1), team=acme, user_name="nina", role=Role.ADMIN, attributes={"title": "Dr."})
    django = Member(id=UUID(int=1), team=acme, user_name="nina", role=Role.ADMIN, attributes={"title": "Dr."})

    assert {**vars(ours), "_state": 0} == {**vars(django), "_state": 0}
    assert vars(ours._state) == vars(django._state)
    assert Member.made().pk != Member.made().pk
    assert Member.made().attributes is not Member.made().attributes


def test_columns_that_were_left_out_are_read_when_they_are_wanted(acme: Team) -> None:
    mia = make.who(acme, "mia")

    part = Member.every_team.only("pk", "email").get(pk=mia.pk)

    assert "user_name" in part.get_deferred_fields()
    assert part.user_name == mia.user_name


def test_a_row_is_summed_up_with_the_one_that_is_there(acme: Team) -> None:
    """The oracle is a read, an addition and a save."""
    now = timezone.now()
    known = {"team": acme, "day": now.date(), "door": "scim", "actor_id": "1", "actor": "50 % of 'us'"}
    for number in (1, 2, 3):
        row = SeatDay.made(**known, last_at=now + timedelta(seconds=number), seated=number, freed=2, bought=-number)
        rows.sum_up_soon(row, once=tuple(known), sums=("seated", "freed", "bought"))
    other = SeatDay.made(**{**known, "door": "dashboard"}, last_at=now, seated=7)
    rows.sum_up_soon(other, once=tuple(known), sums=("seated", "freed", "bought"))

    found = SeatDay.every_team.get(**known)
    assert (found.seated, found.freed, found.bought) == (6, 6, -6)
    assert found.last_at == now + timedelta(seconds=3)
    assert SeatDay.every_team.get(**{**known, "door": "dashboard"}).seated == 7
