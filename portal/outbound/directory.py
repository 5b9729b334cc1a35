"""What every directory can be asked for an import: which groups there are, and who is in some of them.

    Trouble
    ├── KeyRefused     the key opens nothing (any more), or not this organisation
    ├── GroupGone      a group that was chosen is there no longer
    └── Unavailable    no answer that can be used; `seconds` is how long it asked us to wait

A directory is one file that offers a `Provider`, as `jumpcloud.py` does.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Protocol

from django.utils.functional import Promise

# More people or groups than this are no import any more: what SCIM is for.
MOST_PEOPLE, MOST_GROUPS = 50_000, 2_000


class Trouble(Exception):
    """The directory gave no answer to go by; the sentence says why."""


class KeyRefused(Trouble):
    """The key opens nothing (any more), or not this organisation."""


class GroupGone(Trouble):
    """A group that was chosen is there no longer."""

    def __init__(self, words: str, group_id: str) -> None:
        self.group_id = group_id
        super().__init__(words)


class Unavailable(Trouble):
    """No answer that can be used, for the time being."""

    def __init__(self, words: str, seconds: int = 0) -> None:
        self.seconds = seconds
        super().__init__(words)


@dataclass(frozen=True)
class Group:
    """A group of the directory."""

    id: str
    name: str


@dataclass(frozen=True)
class Person:
    """Somebody in a chosen group: all that is read of them."""

    id: str
    email: str
    given_name: str = ""
    family_name: str = ""
    display_name: str = ""


@dataclass
class Listing:
    """Who is in the chosen groups and may work, and how many are in them who may not (suspended, not activated)."""

    people: list[Person] = field(default_factory=list)
    skipped: int = 0


class Directory(Protocol):
    """One directory, opened with a key."""

    def groups(self) -> list[Group]:
        """List its groups by name."""
        ...

    def people(self, group_ids: Collection[str], known: Collection[str]) -> Listing:
        """List who is in any of these groups; whoever is `known` and seems to be gone is looked for once more."""
        ...


@dataclass(frozen=True)
class Access:
    """What opens a directory: where it is, the key, and the organisation where there are several."""

    region: str
    key: str = field(repr=False)
    organisation: str = ""


@dataclass(frozen=True)
class Provider:
    """A kind of directory: its name, where it can be, and how it is opened.

    What `open` is given as `pause` is called before each request, and with the seconds that a busy directory asks for.
    """

    name: str
    label: str
    # By slug: what a region is called.
    regions: Callable[[], dict[str, str | Promise]]
    open: Callable[[Access, Callable[[int], None]], Directory]
