"""Random sequences of every act through every door, against a model that knows nothing of the product's code."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from portal.teams import owners, policy, roster, seats
from portal.teams.acts import Act
from scim import tokens
from tests.proof.rules_directory import DirectoryRules
from tests.proof.rules_people import PeopleRules
from tests.proof.rules_switches import SwitchRules

SEQUENCES, LONG_SEQUENCES, STEPS, LONG_STEPS = 50, 1000, 30, 50
# Without shrinking: what failed is printed as it was found, and a minute is not spent on making it shorter.
BASE = settings(
    stateful_step_count=STEPS, deadline=None, database=None, print_blob=False, report_multiple_bugs=False,
    phases=[Phase.generate], suppress_health_check=list(HealthCheck),
)  # fmt: skip
# Twenty seconds of one processor, which may be shared.
pytestmark = pytest.mark.timeout(900)
Patch = Callable[[pytest.MonkeyPatch], None]


class EveryDoor(PeopleRules, DirectoryRules, SwitchRules):
    """Every act through every door."""


def walk(sequences: int = SEQUENCES) -> None:
    """Take the same walks wherever they are run: what new ones would find is for the long run."""
    run_state_machine_as_test(EveryDoor, settings=settings(BASE, max_examples=sequences, derandomize=True))


def test_random_acts_through_every_door_keep_every_invariant(db: None) -> None:
    walk()


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_many_more_random_acts_keep_every_invariant(db: None) -> None:
    run_state_machine_as_test(
        EveryDoor, settings=settings(BASE, max_examples=LONG_SEQUENCES, stateful_step_count=LONG_STEPS)
    )


# ── What it would find ───────────────────────────────────────────────────────────────────────────────────────────────
def seat_not_freed(patch: pytest.MonkeyPatch) -> None:
    """Deactivated people keep their seat."""
    patch.setattr(seats, "release", lambda act, member: None)


def event_left_out(patch: pytest.MonkeyPatch) -> None:
    """The token made with the switch goes untold; an act without any event would be undone whole."""
    record = Act.record

    def told(act: Act, kind: Any, *args: Any, **data: Any) -> None:
        if kind is not tokens.ISSUED:
            record(act, kind, *args, **data)

    patch.setattr(Act, "record", told)


def last_owner_unguarded(patch: pytest.MonkeyPatch) -> None:
    """The last owner can be ended."""
    for place in (owners, roster):
        patch.setattr(place, "is_last_owner", lambda team, member: False)


def door_unlocked(patch: pytest.MonkeyPatch) -> None:
    """No lock holds a door shut."""
    patch.setattr(policy, "lock", lambda team, door, task: None)


def a_third_token(patch: pytest.MonkeyPatch) -> None:
    """A rotation leaves one token more alive."""
    patch.setattr(tokens, "MOST_LIVE", 3)


@pytest.mark.parametrize(
    ("plant", "seen"),
    [
        (seat_not_freed, "seats|I2"),
        (event_left_out, "I8"),
        (last_owner_unguarded, "LastOwner|owner_left"),
        (door_unlocked, "AssignmentLocked"),
        (a_third_token, "tokens|I20"),
    ],
)
def test_a_broken_rule_is_found(db: None, monkeypatch: pytest.MonkeyPatch, plant: Patch, seen: str) -> None:
    plant(monkeypatch)

    with pytest.raises(AssertionError, match=seen):
        walk()
