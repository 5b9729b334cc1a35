"""What is told of one person: facts, and the moments of their timeline; upper apps bring theirs by the registry."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True)
class Fact:
    """What a person is called, or was last told, elsewhere: a label and a value, a name in code or a moment."""

    label: str
    value: str = ""
    at: datetime | None = None
    url: str = ""


class MomentSort(StrEnum):
    """What a moment of a person's timeline is about."""

    SIGN_IN = "sign_in"
    PROVISIONING = "provisioning"
    SEAT = "seat"
    ADMIN = "admin"


@dataclass(frozen=True)
class Past:
    """What is asked of a person's timeline: until when, how many at most, and of which sort."""

    most: int
    until: datetime | None = None
    sort: MomentSort | None = None
    # The key of the last moment shown.
    key: str = ""

    def asks(self, sort: MomentSort) -> bool:
        """Say whether moments of this sort are asked for."""
        return self.sort in (None, sort)


@dataclass(frozen=True)
class Moment:
    """One line of a person's timeline; the key tells two of one instant apart, and gives them one order."""

    at: datetime
    key: str
    sort: MomentSort
    words: str
    door: str = ""
    refused: bool = False
    url: str = ""
