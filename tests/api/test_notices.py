"""An API key that ends is told of while something still uses it."""

from datetime import timedelta
from typing import Any

import time_machine
from django.utils import timezone

from portal.api import keys
from portal.api.models import ApiKey
from portal.teams import notices
from portal.teams.models import Letter, Notice, Team
from tests import make


def a_key(team: Team, days: int | None = 30) -> ApiKey:
    """A key that was used, made by the owner."""
    _text, key = keys.make(team, make.as_owner(team), "Billing", ["seats:read"], days)
    return key


def settle(days: float, *, used: bool = True) -> None:
    """Look in so many days, in which the key was used or was not."""
    with time_machine.travel(timezone.now() + timedelta(days=days), tick=False):
        ApiKey.every_team.update(last_used_at=timezone.now() if used else None)
        notices.settle_due()


def told(team: Team) -> list[Any]:
    """The steps of the notices about keys, open ones."""
    return list(Notice.every_team.filter(team=team, kind="api_key_ends", ended_at=None).values_list("step", flat=True))


def mails() -> int:
    """How many mails of it went to Olga."""
    return Letter.objects.filter(kind="notice", to="olga@acme.test").count()


def test_a_key_in_use_is_told_a_week_before_it_ends_and_on_its_last_day(acme: Team) -> None:
    a_key(acme)

    seen = []
    for day in (22, 24, 25, 29.5):
        settle(day)
        seen.append((told(acme), mails()))

    assert seen == [([], 0), (["soon"], 1), (["soon"], 1), (["last"], 2)]


def test_of_a_key_that_nothing_uses_nobody_hears(acme: Team) -> None:
    a_key(acme)

    settle(29, used=False)

    assert told(acme) == []


def test_a_key_without_an_end_is_never_told(acme: Team) -> None:
    a_key(acme, None)

    settle(400)

    assert told(acme) == []


def test_a_notice_ends_with_its_key(acme: Team) -> None:
    key = a_key(acme)
    settle(25)

    keys.revoke(acme, make.as_owner(acme), key.pk)

    assert told(acme) == []


def test_the_operators_key_is_no_teams_notice(acme: Team) -> None:
    keys.make_for_operator(make.BY_OPERATOR, "All", ["seats:read"], 30)

    settle(25)

    assert not Notice.every_team.filter(kind="api_key_ends").exists()
