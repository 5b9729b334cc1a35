"""What was refused to somebody authenticated: recorded by the door, after the refused act was rolled back."""

from typing import Any

from django.utils.translation import gettext_lazy, ngettext

from portal.teams import seats
from portal.teams.actor import Actor
from portal.teams.acts import Act, Kind, act
from portal.teams.errors import NoSeatsLeft, Refusal, Sort
from portal.teams.models import Team

REFUSED = Kind("act.refused", gettext_lazy("{actor} was refused: {reason}"))


# A rule said no. What was malformed, unknown or taken goes to the logs of sign-ins and provisioning (spec rule 25).
BY_A_RULE = {Sort.FORBIDDEN, Sort.EXHAUSTED, Sort.LOCKED, Sort.NOT_READY}


def record(team: Team, by: Actor, refusal: Refusal, subject: Any = None, **data: Any) -> None:
    """Put a refusal by a rule into the journal; somebody refused for want of a seat also goes on the waiting list."""
    if refusal.sort in BY_A_RULE:
        _record(team, by, refusal, subject, **data)


@act
def _record(act: Act, /, refusal: Refusal, subject: Any, **data: Any) -> None:
    act.record(REFUSED, subject, refused=True, code=refusal.code, reason=str(refusal), **data)
    if isinstance(refusal, NoSeatsLeft) and subject is not None:
        # What `seats.take` looks for when they get one: a name or label would stay on the list for ever.
        address = getattr(subject, "email", "") or getattr(subject, "user_name", "")
        seats.put_on_waiting_list(act, address or str(subject), str(refusal))


@act
def record_unseated(act: Act, labels: list[str]) -> None:
    """Put it into the journal once that these people found no seat, and each of them on the waiting list."""
    refusal = NoSeatsLeft(act.team.name, seats.tally(act.team).bought)
    who = ngettext("{n} person", "{n} people", len(labels)).format(n=len(labels))
    act.record(REFUSED, who, refused=True, code=refusal.code, reason=str(refusal), people=len(labels))
    seats.put_all_on_waiting_list(act, labels, str(refusal))
