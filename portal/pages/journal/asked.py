"""What is looked for in the journal, and how far one request looks: a million events hold up nobody."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext_lazy

from portal.teams.actor import Door
from portal.teams.acts import KINDS
from portal.teams.asked import one_of, words
from portal.teams.models import Event, Team

PER_PAGE, CHUNK = 50, 1000
# Numbers of the journal, not rows found: a rare word is looked for so far at once, then on request.
FIRST_WINDOW, MOST_AT_ONCE = 20_000, 80_000

# What an event is about, by the noun of its kind; every other noun is about the team itself.
ABOUT: dict[str, tuple[Any, tuple[str, ...]]] = {
    "people": (
        gettext_lazy("People and seats"),
        ("member", "role", "owner", "waiting", "seats", "import", "directory_import"),
    ),
    "groups": (gettext_lazy("Groups"), ("group", "groups")),
    "sso": (
        gettext_lazy("Single sign-on and domains"),
        ("sso", "jit", "certificate", "subject", "domain", "setup_link", "draft"),
    ),
    "scim": (gettext_lazy("Provisioning"), ("scim", "scim_token", "scim_wizard", "directory")),
    "sessions": (
        gettext_lazy("Sign-in and security"),
        (
            "session", "other_sessions", "sign_in_link", "break_glass", "rescue_codes", "totp", "passkey",
            "recovery_code", "recovery_codes", "second_factor",
        ),
    ),
    "team": (gettext_lazy("Team, API and webhooks"), ()),
}  # fmt: skip


def about(kind: str) -> str:
    """Say what a kind of event is about."""
    noun = kind.partition(".")[0]
    return next((name for name, (_, nouns) in ABOUT.items() if noun in nouns), "team")


@dataclass(frozen=True)
class Asked:
    """The filters of the page and of the exports; what is nonsense asks for nothing."""

    q: str = ""
    who: str = ""
    what: str = ""
    door: str = ""
    refused: str = ""
    since: date | None = None
    until: date | None = None
    before: int = 0

    @classmethod
    def read(cls, given: QueryDict) -> "Asked":
        """Read the filters from an address."""
        number = given.get("before", "")
        before = min(int(number), 2**63 - 1) if number.isascii() and number.isdigit() and len(number) < 50 else 0
        return cls(
            q=words(given, "q"),
            who=words(given, "who"),
            what=one_of(given, "what", ABOUT),
            door=one_of(given, "door", list(Door)),
            refused=one_of(given, "refused", ("0", "1")),
            since=_day(given.get("since", "")),
            until=_day(given.get("until", "")),
            before=before,
        )

    @property
    def narrow(self) -> bool:
        """Say whether rows are passed over, so that the next fifty may lie far apart."""
        return any((self.q, self.who, self.what, self.door, self.refused))

    @property
    def filtered(self) -> bool:
        """Say whether anything is asked for."""
        return self.narrow or self.since is not None or self.until is not None

    def query(self, before: int = 0) -> str:
        """Write the filters back into an address."""
        names = ("q", "who", "what", "door", "refused", "since", "until")
        kept = {name: str(getattr(self, name)) for name in names if getattr(self, name)}
        return urlencode(kept | ({"before": before} if before else {}))

    def chosen(self, team: Team) -> "QuerySet[Event]":
        """The team's events that are asked for, newest first."""
        events = team.events.order_by("-number").filter(**self._plain())
        if self.who:
            events = events.filter(Q(actor_id=self.who) | Q(subject_id=self.who))
        if self.q:
            events = events.filter(Q(actor__icontains=self.q) | Q(subject__icontains=self.q))
        return events

    def _plain(self) -> dict[str, Any]:
        kinds = [name for name in KINDS if about(name) == self.what]
        asked = {
            "kind__in": kinds if self.what else None,
            "door": self.door or None,
            "refused": {"0": False, "1": True}.get(self.refused),
            "at__gte": _midnight(self.since),
            "at__lt": _midnight(self.until, 1),
        }
        return {name: value for name, value in asked.items() if value is not None}

    def bounds(self, team: Team) -> tuple[int, int]:
        """Between which numbers to look: the clock of a team's journal runs with its numbers."""
        low, high = 1, team.last_event + 1
        if self.since:
            first = team.events.filter(at__gte=_midnight(self.since)).order_by("at", "number").first()
            low = first.number if first else high
        if self.until:
            last = team.events.filter(at__lt=_midnight(self.until, 1)).order_by("-at", "-number").first()
            high = last.number + 1 if last else low
        return low, min(high, self.before) if self.before else high


@dataclass(frozen=True)
class Found:
    """A page of events; from where older ones follow; and down to which number was looked, where more may lie below."""

    events: list[Event]
    older: int = 0
    looked_to: int = 0


def page(team: Team, asked: Asked) -> Found:
    """Look for a page of events, in windows that grow, down to a limit that is told."""
    low, upper = asked.bounds(team)
    chosen, found = asked.chosen(team), list[Event]()
    left, span = (MOST_AT_ONCE, FIRST_WINDOW) if asked.narrow else (upper, upper)
    while len(found) <= PER_PAGE and upper > low and left > 0:
        lower = max(low, upper - min(span, left))
        found += chosen.filter(number__gte=lower, number__lt=upper)[: PER_PAGE + 1 - len(found)]
        left, upper, span = left - (upper - lower), lower, span * 3
    if len(found) > PER_PAGE:
        return Found(found[:PER_PAGE], older=found[PER_PAGE - 1].number)
    return Found(found, looked_to=upper if upper > low else 0)


def every(team: Team, asked: Asked) -> Iterator[Event]:
    """Every event that is asked for, newest first, a chunk of numbers at a time: no cursor stays open meanwhile."""
    low, upper = replace(asked, before=0).bounds(team)
    chosen = asked.chosen(team)
    while upper > low:
        lower = max(low, upper - CHUNK)
        yield from chosen.filter(number__gte=lower, number__lt=upper)
        upper = lower


def _day(text: str) -> date | None:
    try:
        found = parse_date(text)
    except ValueError:
        return None
    # Near the first and the last year there are days that have no moment in UTC.
    return found if found is not None and 1970 < found.year < 9000 else None


def _midnight(day: date | None, later: int = 0) -> datetime | None:
    """The first moment of a day, or of a later one, in the team's time zone."""
    return timezone.make_aware(datetime.combine(day + timedelta(later), time())) if day else None
