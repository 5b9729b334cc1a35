"""Tokens made at the same moment: never more than two live, and what was revoked opens no process."""

from collections.abc import Iterable

import pytest

from portal.teams import invariants
from portal.teams.errors import NotReady
from portal.teams.models import Team
from scim import switch, tokens
from tests import make
from tests.scim.idp import Idp
from tests.teams.test_races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def nothing_differs_afterwards(transactional_db: None) -> Iterable[None]:
    """Check every invariant after the race, SCIM's own too."""
    yield
    for team in Team.every_team.all():
        assert list(invariants.check(team)) == []


def test_of_eight_rotations_at_once_two_tokens_are_left(acme: Team) -> None:
    make.connect_idp(acme)
    first, by, made = switch.turn_on(acme, make.as_owner(acme)), make.as_owner(acme), list[str]()

    at_once([lambda: made.append(tokens.rotate(acme, by))] * 8)

    assert len(made) == 8
    assert len(tokens.live(acme)) == tokens.MOST_LIVE
    assert [Idp(text).get("/Users").status for text in [first, *made]].count(200) == tokens.MOST_LIVE


def test_while_scim_is_off_no_token_is_made(acme: Team) -> None:
    with pytest.raises(NotReady):
        tokens.rotate(acme, make.as_owner(acme))

    assert tokens.live(acme) == []


def test_a_rotation_and_the_switch_at_once_end_in_one_of_the_two_orders(acme: Team) -> None:
    make.connect_idp(acme)
    text, by = switch.turn_on(acme, make.as_owner(acme)), make.as_owner(acme)

    at_once([lambda: tokens.rotate(acme, by), lambda: switch.turn_off(acme, by)])

    assert tokens.live(acme) == []
    assert Idp(text).get("/Users").status in (401, 403)
