"""What other apps contribute to the floors below, registered in their `ready()`: no arrow points up."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.utils.functional import Promise

from portal.teams.moments import Fact, Moment, Past

# An app's `apps.py` imports this file before any model can be.
if TYPE_CHECKING:
    from django.db.models import Exists
    from django.db.models.lookups import IsNull

    from portal.teams.actor import Role
    from portal.teams.acts import Act
    from portal.teams.models import Draft, Entry, Member, Notice, SetupLink, Team
    from portal.teams.work import WorkRow


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it must be: an invariant's name and what was found."""

    invariant: str
    detail: str


@dataclass(frozen=True)
class Tile:
    """One state on the overview: a title, a badge (kind and word) and a line of detail."""

    title: str
    kind: str
    word: str
    detail: str
    url: str = ""


@dataclass(frozen=True)
class Step:
    """One step of a team's set-up. Its state is one of a check's: ok, todo, wait (for somebody else) or lock."""

    title: str
    state: str
    detail: str
    url: str = ""
    # The words of the button that leads to where it is done.
    act: str = ""


@dataclass(frozen=True)
class Count:
    """A number beside a page's name in the navigation, and what it counts."""

    number: int
    words: str
    bad: bool = False


@dataclass(frozen=True)
class Difference:
    """One line of what a draft would change: a value's name, what it is now, and what it would be."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class Proposal:
    """What an upper app knows of its kind of draft: whose confirmation it wants, what it changes, and how."""

    title: Callable[["Team"], str]
    role: "Role"
    differences: Callable[["Draft"], list[Difference]]
    # What to know before confirming: warnings in words.
    warnings: Callable[["Draft"], list[str]]
    # Called inside the act that confirms; a Refusal undoes all of it.
    apply: Callable[["Act", "Draft"], None]


@dataclass(frozen=True)
class SetupPage:
    """One page that a setup link opens."""

    label: str
    url: str
    icon: str
    detail: str = ""


@dataclass(frozen=True)
class Diagnosis:
    """What the doctor found at one place: its state (ok, warn, bad), a sentence, and what to do about it."""

    check: str
    state: str
    words: str
    fix: str = ""


@dataclass(frozen=True)
class Cause:
    """What a team is told of as long as it lasts: its key among its kind, how bad it is, how far it has come."""

    key: str
    tone: str
    # A new step is told and mailed anew; without a step nothing is mailed yet.
    step: str = "1"
    # What its sentence needs; JSON.
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Said:
    """A notice in words: a title, a sentence, the name of the page where something is done about it, and its button."""

    title: str
    words: str
    url: str
    act: str


@dataclass(frozen=True)
class NoticeKind:
    """A kind of notice: a state, which begins and ends with its causes, or a happening, which somebody tells."""

    name: str
    label: str | Promise
    # What it tells, for who chooses who gets it.
    detail: str | Promise
    say: Callable[["Notice"], Said]
    # A state: what a team is told of now. A happening has none.
    causes: Callable[["Team"], Iterable[Cause]] | None = None
    # The kinds of events after which a cause may have begun, and those that matter only where one is open: the causes
    # are looked at anew in the same act.
    after: frozenset[str] = frozenset()
    until: frozenset[str] = frozenset()
    # The teams in which time alone may have brought a cause; looked at once an hour.
    may_begin: Callable[[], Iterable[UUID]] | None = None
    # Owners always get it, in the portal and by mail.
    security: bool = False
    # Its steps only rise (days): one that falls back is no news.
    ascends: bool = False
    audience: str = "admins"
    # Posts the mail to these people; without it the mail says what the page says.
    post: Callable[["Notice", list["Member"]], None] | None = None


# Until the next try: quick at first, then with patience, two days in all.
BACK_OFF = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240, 720, 1440))


@dataclass(frozen=True)
class Work:
    """A kind of background work: whose rows they are, and what is done with one of them (`portal/teams/work.py`)."""

    name: str
    title: str | Promise
    model: type["WorkRow"]
    # Says when to come again; None where nothing is left to do. What it raises is tried again by the back-off.
    run: Callable[[Any], datetime | None]
    # How long one call may take; a worker that dies gives the row back after it.
    lease: timedelta = timedelta(minutes=5)
    back_off: tuple[timedelta, ...] = BACK_OFF
    # How many rows of this kind one worker does side by side.
    threads: int = 1

    @property
    def most_attempts(self) -> int:
        """After so many attempts without success a row is dead."""
        return len(self.back_off) + 1


@dataclass(frozen=True)
class Depth:
    """How much of a kind there is to do: due now, in hand, dead, and since when the oldest waits."""

    name: str
    title: str | Promise
    due: int
    in_hand: int
    dead: int
    oldest: datetime | None


@dataclass(frozen=True)
class Trouble:
    """What may be wrong with a team, as the operators' list shows it: a badge, and the condition on a row of Team."""

    name: str
    kind: str
    word: str | Promise
    when: Callable[[], "Exists | IsNull"]


@dataclass(frozen=True)
class Retention:
    """What is kept for so many days: how much is older than a moment, and its end."""

    name: str
    days: Callable[[], int]
    count: Callable[[datetime], int]
    # Returns how many went.
    purge: Callable[[datetime], int]


@dataclass(frozen=True)
class Line:
    """One line of what happened last: what was asked, who it was about, what came of it, as a kind and a word."""

    at: datetime
    what: str
    who: str
    words: str
    kind: str
    word: str


@dataclass(frozen=True)
class Latest:
    """What happened last in a log, and the page of the whole log."""

    title: str
    url: str
    lines: list[Line]


@dataclass
class Registry:
    """Lists that the upper apps fill."""

    checks: list[Callable[["Team"], Iterable[Finding]]] = field(default_factory=list)
    tiles: list[Callable[["Team"], Tile]] = field(default_factory=list)
    # The worst first.
    troubles: list[Trouble] = field(default_factory=list)
    # What happened last, for the overview; nothing where there is no such log yet.
    latest: list[Callable[["Team"], Latest | None]] = field(default_factory=list)
    # By name: what a team can be told of (`portal/teams/notices.py`).
    notices: dict[str, NoticeKind] = field(default_factory=dict)
    # The set-up checklist in its order.
    steps: list[Callable[["Team"], Iterable[Step]]] = field(default_factory=list)
    # By the name of the page's URL.
    counts: dict[str, Callable[["Team"], Count]] = field(default_factory=dict)
    # What a person is called elsewhere, on their page.
    facts: list[Callable[["Member"], Iterable[Fact]]] = field(default_factory=list)
    # A person's timeline: the newest moments of a sort (all, where none is named) until then, so many at most.
    timelines: list[Callable[["Member", Past], Iterable[Moment]]] = field(default_factory=list)
    # Who has come through the team's identity provider, by member id.
    came_through_idp: list[Callable[["Team"], set[UUID]]] = field(default_factory=list)
    # Called inside the act that turns SCIM off: every token ends with it.
    on_scim_off: list[Callable[["Act"], None]] = field(default_factory=list)
    # Called by the worker once an hour: each deletes what ran out.
    clean_ups: list[Callable[[], Any]] = field(default_factory=list)
    # Called by the worker once an hour for what is due once a day: each remembers in its own rows what it did.
    daily: list[Callable[[], None]] = field(default_factory=list)
    # What `doctor` looks at, in its order; one that raises is itself a finding.
    doctors: list[Callable[[], Iterable[Diagnosis]]] = field(default_factory=list)
    # Sealed values that lie in no sealed column (`seal`, inside JSON), for whoever asks which keys are needed.
    sealed_elsewhere: list[Callable[[], Iterable[str]]] = field(default_factory=list)
    # What is kept for a time only, in the order in which it is purged.
    retentions: list[Retention] = field(default_factory=list)
    # Whoever follows a team's journal: the number of the last event it has read. Purge leaves what comes after.
    journal_readers: list[Callable[["Team"], int | None]] = field(default_factory=list)
    # Kinds of background work, the most urgent first.
    works: list[Work] = field(default_factory=list)
    # What is done by others than the worker's lanes, counted like theirs.
    depths: list[Callable[[], Depth]] = field(default_factory=list)
    # By the draft's kind: what confirming one means.
    proposals: dict[str, Proposal] = field(default_factory=dict)
    # The pages that a setup link opens, in their order.
    setup_pages: list[Callable[["SetupLink"], Iterable[SetupPage]]] = field(default_factory=list)
    # Called when a browser signed itself out of an Entry: where it goes on to, to sign out there too; "" for nowhere.
    on_sign_out: list[Callable[["Team", "Entry"], str]] = field(default_factory=list)
    # Called inside delete_team's act for what an upper app keeps about the team.
    on_close: list[Callable[["Team"], None]] = field(default_factory=list)


registry = Registry()
