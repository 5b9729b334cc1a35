"""Rescue codes: ten for each owner, kept as digests, each good for one entry while they are an owner who may enter."""

from collections.abc import Callable

import pytest

from portal.teams import founding, owners, rescue, roster
from portal.teams.actor import Role
from portal.teams.errors import NotAllowed, OwnersOnly
from portal.teams.models import Event, Member, RescueCode, Team
from tests import make
from tests.teams import journal


@pytest.fixture
def codes(acme: Team) -> list[str]:
    """Olga's ten rescue codes."""
    return rescue.make(acme, make.as_owner(acme))


def enters(code: str, email: str = "olga@acme.test", slug: str = "acme") -> bool:
    """Say whether a code lets somebody in."""
    return rescue.claim(slug, email, code) is not None


def test_ten_codes_that_are_all_different(codes: list[str]) -> None:
    assert len(set(codes)) == 10
    assert {len(code.replace("-", "")) for code in codes} == {16}


def test_the_database_holds_no_code(codes: list[str]) -> None:
    kept = str(list(RescueCode.every_team.values()))

    assert [code for code in codes if code in kept or code.replace("-", "") in kept] == []
    assert len(set(RescueCode.every_team.values_list("salt", flat=True))) == 10


def test_a_code_works_once(codes: list[str]) -> None:
    assert [enters(codes[3]), enters(codes[3]), enters(codes[4])] == [True, False, True]


@pytest.mark.parametrize("typed", [str.lower, lambda code: code.replace("-", ""), lambda code: f" {code} "])
def test_a_code_may_be_typed_loosely(codes: list[str], typed: Callable[[str], str]) -> None:
    assert enters(typed(codes[0]))


@pytest.mark.parametrize(
    "wrong",
    [{"slug": "globex"}, {"slug": ""}, {"email": "adam@acme.test"}, {"email": ""}, {"code": "2222-2222-2222-2222"}],
)
def test_all_three_must_fit(codes: list[str], globex: Team, wrong: dict[str, str]) -> None:
    assert not enters(**{"code": codes[0], **wrong})


def test_a_blank_code_opens_nothing(codes: list[str]) -> None:
    assert not enters("")
    assert not enters("", email="nobody@acme.test")


def test_new_codes_end_the_old_ones(acme: Team, codes: list[str]) -> None:
    new = rescue.make(acme, make.as_owner(acme))

    assert [enters(codes[0]), enters(new[0])] == [False, True]


ENDS: dict[str, Callable[[Team, Member], object]] = {
    "suspended": lambda team, olga: owners.suspend(team, adam(team), olga.pk),
    "unassigned": lambda team, olga: roster.unassign(team, adam(team), olga.pk),
    "no owner": lambda team, olga: owners.set_role(team, adam(team), olga.pk, Role.ADMIN),
    "deleted": lambda team, olga: roster.remove(team, adam(team), olga.pk),
    "closed": lambda team, olga: founding.close(team, make.BY_OPERATOR),
}


def adam(team: Team) -> object:
    """Act as the other owner."""
    return make.by(make.who(team, "adam"))


@pytest.mark.parametrize("name", ENDS)
def test_codes_end_with_what_they_stand_for(acme: Team, codes: list[str], name: str) -> None:
    make.second_owner(acme)

    ENDS[name](acme, make.who(acme, "olga"))

    assert not RescueCode.every_team.exists()
    assert not enters(codes[0])


def test_an_owner_who_comes_back_has_no_old_codes(acme: Team, codes: list[str]) -> None:
    make.second_owner(acme)
    olga = make.who(acme, "olga")

    owners.set_role(acme, adam(acme), olga.pk, Role.ADMIN)
    owners.set_role(acme, adam(acme), olga.pk, Role.OWNER)

    assert not enters(codes[0])


def test_a_held_owner_is_not_let_in(acme: Team, codes: list[str]) -> None:
    make.scim_on(acme)
    owners.hold(acme, make.scim(acme), make.who(acme, "olga").pk)

    assert not enters(codes[0])


def test_only_owners_make_codes(acme: Team) -> None:
    for name, refusal in {"adam": OwnersOnly, "mia": NotAllowed}.items():
        with pytest.raises(refusal):
            rescue.make(acme, make.by(make.who(acme, name)))

    assert not RescueCode.every_team.exists()


def test_each_owner_has_codes_of_their_own(acme: Team, codes: list[str]) -> None:
    his = rescue.make(acme, make.by(make.second_owner(acme)))

    assert [enters(his[0]), enters(his[1], "adam@acme.test"), enters(codes[1])] == [False, True, True]


def test_making_and_using_is_recorded_and_mailed_to_all_owners(acme: Team) -> None:
    make.second_owner(acme)

    codes = rescue.make(acme, make.as_owner(acme))
    enters(codes[0])

    assert journal.kinds(acme)[-2:] == ["rescue_codes.made", "break_glass.opened"]
    assert journal.last(acme).data == {"rescue_code": True, "left": 9}
    both = ["adam@acme.test", "olga@acme.test"]
    assert (journal.mailed("rescue_codes_made"), journal.mailed("rescue_code_used")) == (both, both)


def test_neither_journal_nor_mail_holds_a_code(acme: Team, codes: list[str]) -> None:
    enters(codes[0])

    said = f"{list(Event.every_team.values())} {journal.words('rescue_code_used')}"

    assert [code for code in codes if code in said] == []


def test_a_wrong_code_costs_one_query_known_or_not(
    codes: list[str], django_assert_num_queries: Callable[..., object]
) -> None:
    for email, slug in (("olga@acme.test", "acme"), ("nobody@acme.test", "acme"), ("olga@acme.test", "no-team")):
        with django_assert_num_queries(1):  # type: ignore[attr-defined]
            assert not enters("2222-2222-2222-2222", email, slug)


def test_codes_count_as_ready_once_saved_and_while_one_is_left(acme: Team, codes: list[str]) -> None:
    olga = make.who(acme, "olga")
    unsaved = rescue.state(olga).ready

    rescue.save(acme, make.by(olga))
    saved = rescue.state(olga).ready
    for code in codes:
        enters(code)

    assert (unsaved, saved, rescue.state(olga).ready, rescue.state(olga).left) == (False, True, False, 0)
