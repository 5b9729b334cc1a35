"""What was refused to somebody authenticated: recorded by the door, after the refused act was rolled back."""

from typing import Any

from django.utils.translation import gettext_lazy

from portal.teams import seats
from portal.teams.acts import Act, Kind, act
from portal.teams.errors import NoSeatsLeft, Refusal

REFUSED = Kind("act.refused", gettext_lazy("{actor} was refused: {reason}"))


@act
def record(act: Act, /, refusal: Refusal, subject: Any = None, **data: Any) -> None:
    """Put a refusal into the journal; somebody refused for want of a seat also goes on the waiting list."""
    act.record(REFUSED, subject, refused=True, code=refusal.code, reason=str(refusal), **data)
    if isinstance(refusal, NoSeatsLeft) and subject is not None:
        seats.put_on_waiting_list(act, getattr(subject, "email", "") or str(subject))
